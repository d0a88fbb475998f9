-- Concentration: value tiers, Pareto shares and the Gini coefficient. Rust: src/pg/concentration.rs

-- Tiers: by quantile within a window, or by given thresholds

CREATE FUNCTION clv_tier(value double precision, names text[] DEFAULT '{Bronze,Silver,Gold,Platinum}') RETURNS text
    AS 'MODULE_PATHNAME', 'clv_tier_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION clv_tier(double precision, text[]) IS
    'value tier of a customer by percent rank within the partition; names from the lowest tier up';
CREATE FUNCTION clv_tier(value double precision, names text[], thresholds double precision[]) RETURNS text
    AS 'MODULE_PATHNAME', 'clv_tier_thresholds_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION clv_tier(double precision, text[], double precision[]) IS
    'value tier of a customer by thresholds: the least value of each tier but the lowest';

-- Pareto

CREATE TYPE clv_pareto_share AS (
    cumulative_share double precision,
    abc_class        text,
    decile           integer
);
COMMENT ON TYPE clv_pareto_share IS 'where a customer stands among all, from the most valuable down';
COMMENT ON COLUMN clv_pareto_share.cumulative_share IS 'share of the total that customers of at least this value hold together';
COMMENT ON COLUMN clv_pareto_share.abc_class IS 'ABC class: A are the fewest customers who hold a_share of the total, B those who with them hold b_share';
COMMENT ON COLUMN clv_pareto_share.decile IS 'decile of customers, 1 being the most valuable';

CREATE FUNCTION clv_pareto_share(value double precision, a_share double precision DEFAULT 0.8, b_share double precision DEFAULT 0.95) RETURNS clv_pareto_share
    AS 'MODULE_PATHNAME', 'clv_pareto_share_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION clv_pareto_share(double precision, double precision, double precision) IS
    'cumulative share of value, ABC class and decile of a customer within the partition';

-- Gini

CREATE FUNCTION _gini_step(internal, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_gini_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _gini_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_gini_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _gini_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_gini_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _gini_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_gini_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _gini_final(internal) RETURNS double precision
    AS 'MODULE_PATHNAME', '_gini_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
-- SSPACE is the state of a few hundred distinct values, 16 bytes each.
CREATE AGGREGATE clv_gini(value double precision) (
    SFUNC = _gini_step, STYPE = internal, SSPACE = 8192, FINALFUNC = _gini_final,
    COMBINEFUNC = _gini_combine, SERIALFUNC = _gini_serialize,
    DESERIALFUNC = _gini_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_gini(double precision) IS
    'Gini coefficient of values of at least 0: 0 where all are equal, near 1 where one has everything';
