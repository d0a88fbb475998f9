-- k-means: clusters of customers by several features. Rust: src/pg/kmeans.rs

CREATE TYPE clv_cluster AS (
    cluster   integer,
    centre    double precision[],
    customers bigint,
    inertia   double precision,
    converged boolean
);
COMMENT ON TYPE clv_cluster IS 'the cluster of a customer, and how well all clusters fit';
COMMENT ON COLUMN clv_cluster.cluster IS 'number of the cluster, from 1, in the order of the centres';
COMMENT ON COLUMN clv_cluster.centre IS 'mean of the cluster''s customers, in the units of the features';
COMMENT ON COLUMN clv_cluster.customers IS 'customers in the cluster';
COMMENT ON COLUMN clv_cluster.inertia IS 'sum over all customers of the squared distance to their centre, in standard deviations of the features';
COMMENT ON COLUMN clv_cluster.converged IS 'whether the search ended because no customer changed the cluster';

CREATE FUNCTION clv_kmeans(features double precision[], k integer, seed bigint DEFAULT 1) RETURNS clv_cluster
    AS 'MODULE_PATHNAME', 'clv_kmeans_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION clv_kmeans(double precision[], integer, bigint) IS
    'k-means cluster of a customer within the partition, by standardised features; the same for a seed';
