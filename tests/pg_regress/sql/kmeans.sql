-- k-means: the window function clv_kmeans.
-- Three heaps far apart: the clusters are the heaps, in the order of their centres.
CREATE TABLE heaps AS
SELECT i AS id, heap, ARRAY[10 * heap + i % 3, 100 * (3 - heap) + i % 5] AS features
FROM generate_series(1, 90) AS i, LATERAL (SELECT i % 3 + 1 AS heap) AS h;
SELECT heap, (c).cluster, round((c).centre[1]) AS x, round((c).centre[2]) AS y, (c).customers, (c).converged, count(*)
FROM (SELECT heap, clv_kmeans(features, 3) OVER () AS c FROM heaps) AS q GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1;
-- The inertia, from the centres and the features standardised.
SELECT round(max((c).inertia)::numeric, 10) AS inertia,
       round(sum(((features[1] - (c).centre[1]) / s1) ^ 2 + ((features[2] - (c).centre[2]) / s2) ^ 2)::numeric, 10) AS by_hand
FROM (SELECT features, clv_kmeans(features, 3) OVER () AS c, stddev_pop(features[1]) OVER () AS s1, stddev_pop(features[2]) OVER () AS s2 FROM heaps) AS q;
-- One cluster: its centre is the mean, its inertia the number of customers times that of features.
SELECT DISTINCT (c).cluster, (c).centre, round((c).inertia::numeric, 9) AS inertia FROM (SELECT clv_kmeans(features, 1) OVER () AS c FROM heaps) AS q;
-- As many clusters as different customers: nothing is left.
SELECT count(DISTINCT (c).cluster) AS clusters, max((c).inertia) AS inertia
FROM (SELECT clv_kmeans(ARRAY[id % 4], 4) OVER () AS c FROM heaps) AS q;

-- CDNOW by recency, frequency and money: the order of the rows changes nothing, nor does the unit
-- of a feature; a seed gives the same clusters again.
CREATE TABLE customers AS
SELECT customer_id, ARRAY[date '1998-06-30' - max(ordered_at), count(*), sum(amount)]::float8[] AS features FROM orders GROUP BY customer_id;
CREATE TABLE clusters AS
SELECT customer_id, clv_kmeans(features, 4) OVER (ORDER BY customer_id) AS c,
       clv_kmeans(features, 4) OVER (ORDER BY md5(customer_id::text)) AS shuffled,
       clv_kmeans(ARRAY[features[1] / 8, features[2], features[3] * 4], 4) OVER () AS scaled,
       clv_kmeans(features, 4, seed => 7) OVER () AS other_seed
FROM customers;
SELECT (c).cluster, (c).customers, round((c).centre[1]) AS recency, round((c).centre[2]::numeric, 1) AS orders, round((c).centre[3]) AS revenue, count(*)
FROM clusters GROUP BY c ORDER BY c;
SELECT count(*) AS customers, bool_and(c = shuffled) AS shuffled, bool_and((c).cluster = (scaled).cluster) AS scaled,
       bool_and(abs((c).inertia - (other_seed).inertia) < 1e-3 * (c).inertia) AS other_seed
FROM clusters;
-- More clusters fit closer.
SELECT bool_and(inertia <= before) AS falls
FROM (SELECT inertia, lag(inertia, 1, 'Infinity') OVER (ORDER BY k) AS before
      FROM generate_series(1, 6) AS k, LATERAL (SELECT max((c).inertia) AS inertia FROM (SELECT clv_kmeans(features, k) OVER () AS c FROM customers) AS q) AS i) AS steps;

-- By partition; a NULL is in no cluster.
SELECT heap, (c).cluster, (c).customers, count(*)
FROM (SELECT heap, clv_kmeans(CASE WHEN id > 30 THEN ARRAY[id % 2] END, 2) OVER (PARTITION BY heap) AS c FROM heaps) AS q GROUP BY 1, 2, 3 ORDER BY 1, 2;
SELECT count(c) AS clustered FROM (SELECT clv_kmeans(NULL, 2) OVER () AS c FROM heaps) AS q;
SELECT clv_kmeans(features, 2) OVER () FROM heaps WHERE false;
-- All alike is one cluster, with no distance to its centre.
SELECT DISTINCT clv_kmeans(ARRAY[1, 2], 1) OVER () FROM heaps;

\echo Errors
SELECT clv_kmeans(features, 0) OVER () FROM heaps;
SELECT clv_kmeans(features, NULL) OVER () FROM heaps;
SELECT clv_kmeans(features, 3, NULL) OVER () FROM heaps;
SELECT clv_kmeans(features, 91) OVER () FROM heaps;
SELECT clv_kmeans(ARRAY[1, 2], 2) OVER () FROM heaps;
SELECT clv_kmeans(features || id, 3) OVER () FROM (SELECT id, CASE WHEN id = 5 THEN features || 1 ELSE features END AS features FROM heaps ORDER BY id) AS ragged;
SELECT clv_kmeans(CASE WHEN id = 5 THEN '{1}' ELSE features END, 3) OVER (ORDER BY id) FROM heaps;
SELECT clv_kmeans(ARRAY[1, 'NaN'::float8], 1) OVER () FROM heaps;
SELECT clv_kmeans(ARRAY[1, NULL], 1) OVER () FROM heaps;
SELECT clv_kmeans('{}', 1) OVER () FROM heaps;
-- It stops when it is told to.
\set VERBOSITY terse
SET statement_timeout = '200ms';
SELECT max((c).inertia) FROM (SELECT clv_kmeans(ARRAY[sin(i), cos(i * 7), sin(i * i)], 100) OVER () AS c FROM generate_series(1, 20000) AS i) AS q;
RESET statement_timeout;
