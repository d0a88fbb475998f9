-- Survival: contractual lifetimes, seen whole or cut off by the end of observation.
-- Rust: src/pg/survival.rs
--
-- A customer is (tenure, churned): how long it stayed, and whether it left then or was still there
-- when observation ended. SSPACE is the state of a few hundred distinct tenures.

CREATE FUNCTION _kaplan_meier_step(internal, double precision, boolean) RETURNS internal
    AS 'MODULE_PATHNAME', '_kaplan_meier_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _kaplan_meier_step(internal, double precision, boolean, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_kaplan_meier_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _restricted_mean_step(internal, double precision, boolean, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_restricted_mean_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _log_rank_step(internal, anyelement, double precision, boolean) RETURNS internal
    AS 'MODULE_PATHNAME', '_log_rank_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_lifetimes_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetimes_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_lifetimes_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_lifetimes_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_lifetimes_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetimes_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

-- The curve

CREATE TYPE clv_kaplan_meier AS (
    tenure    double precision,
    at_risk   bigint,
    churned   bigint,
    censored  bigint,
    survival  double precision,
    std_error double precision,
    ci_low    double precision,
    ci_high   double precision
);
COMMENT ON TYPE clv_kaplan_meier IS 'the Kaplan-Meier curve just after one observed tenure';
COMMENT ON COLUMN clv_kaplan_meier.tenure IS 'observed tenure';
COMMENT ON COLUMN clv_kaplan_meier.at_risk IS 'customers with a tenure of at least this';
COMMENT ON COLUMN clv_kaplan_meier.churned IS 'customers who left at this tenure';
COMMENT ON COLUMN clv_kaplan_meier.censored IS 'customers last seen at this tenure, still there';
COMMENT ON COLUMN clv_kaplan_meier.survival IS 'probability of staying longer';
COMMENT ON COLUMN clv_kaplan_meier.std_error IS 'Greenwood''s standard error, NULL once nobody is left';
COMMENT ON COLUMN clv_kaplan_meier.ci_low IS 'lower log-log confidence limit';
COMMENT ON COLUMN clv_kaplan_meier.ci_high IS 'upper log-log confidence limit';

CREATE FUNCTION _kaplan_meier_final(internal) RETURNS clv_kaplan_meier[]
    AS 'MODULE_PATHNAME', '_kaplan_meier_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_kaplan_meier(tenure double precision, churned boolean) (
    SFUNC = _kaplan_meier_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetimes_combine, SERIALFUNC = _clv_lifetimes_serialize,
    DESERIALFUNC = _clv_lifetimes_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, boolean) IS
    'Kaplan-Meier curve with 95 % limits, one element for each observed tenure';
CREATE AGGREGATE clv_kaplan_meier(tenure double precision, churned boolean, level double precision) (
    SFUNC = _kaplan_meier_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetimes_combine, SERIALFUNC = _clv_lifetimes_serialize,
    DESERIALFUNC = _clv_lifetimes_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, boolean, double precision) IS
    'Kaplan-Meier curve with confidence limits, one element for each observed tenure';

-- Lifetimes

CREATE TYPE clv_median_lifetime AS (median double precision, ci_low double precision, ci_high double precision);
COMMENT ON TYPE clv_median_lifetime IS 'tenure by which half of the customers have left, with confidence limits; NULL beyond what was observed';
COMMENT ON COLUMN clv_median_lifetime.median IS 'first tenure at which half of the customers or more have left';
COMMENT ON COLUMN clv_median_lifetime.ci_low IS 'lower confidence limit';
COMMENT ON COLUMN clv_median_lifetime.ci_high IS 'upper confidence limit';
CREATE FUNCTION _median_lifetime_final(internal) RETURNS clv_median_lifetime
    AS 'MODULE_PATHNAME', '_median_lifetime_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_median_lifetime(tenure double precision, churned boolean) (
    SFUNC = _kaplan_meier_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetimes_combine, SERIALFUNC = _clv_lifetimes_serialize,
    DESERIALFUNC = _clv_lifetimes_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_median_lifetime(double precision, boolean) IS
    'tenure by which half of the customers have left, with 95 % limits';
CREATE AGGREGATE clv_median_lifetime(tenure double precision, churned boolean, level double precision) (
    SFUNC = _kaplan_meier_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetimes_combine, SERIALFUNC = _clv_lifetimes_serialize,
    DESERIALFUNC = _clv_lifetimes_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_median_lifetime(double precision, boolean, double precision) IS
    'tenure by which half of the customers have left, with confidence limits';

CREATE TYPE clv_restricted_mean_lifetime AS (mean double precision, std_error double precision);
COMMENT ON TYPE clv_restricted_mean_lifetime IS 'mean lifetime up to a horizon, with its standard error';
COMMENT ON COLUMN clv_restricted_mean_lifetime.mean IS 'mean of the lifetime or the horizon, whichever is shorter';
COMMENT ON COLUMN clv_restricted_mean_lifetime.std_error IS 'standard error of the mean';
CREATE FUNCTION _restricted_mean_final(internal) RETURNS clv_restricted_mean_lifetime
    AS 'MODULE_PATHNAME', '_restricted_mean_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_restricted_mean_lifetime(tenure double precision, churned boolean, horizon double precision) (
    SFUNC = _restricted_mean_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _restricted_mean_final,
    COMBINEFUNC = _clv_lifetimes_combine, SERIALFUNC = _clv_lifetimes_serialize,
    DESERIALFUNC = _clv_lifetimes_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_restricted_mean_lifetime(double precision, boolean, double precision) IS
    'mean lifetime up to the horizon: the area under the Kaplan-Meier curve';

-- Groups

CREATE TYPE clv_log_rank AS (chi_square double precision, degrees_of_freedom integer, p_value double precision);
COMMENT ON TYPE clv_log_rank IS 'test that all groups have one and the same survival curve';
COMMENT ON COLUMN clv_log_rank.chi_square IS 'test statistic';
COMMENT ON COLUMN clv_log_rank.degrees_of_freedom IS 'groups compared less one';
COMMENT ON COLUMN clv_log_rank.p_value IS 'probability of so much difference among groups that are alike';
CREATE FUNCTION _log_rank_final(internal) RETURNS clv_log_rank
    AS 'MODULE_PATHNAME', '_log_rank_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_log_rank(customer_group anyelement, tenure double precision, churned boolean) (
    SFUNC = _log_rank_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _log_rank_final,
    COMBINEFUNC = _clv_lifetimes_combine, SERIALFUNC = _clv_lifetimes_serialize,
    DESERIALFUNC = _clv_lifetimes_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_log_rank(anyelement, double precision, boolean) IS
    'log-rank test that all groups have one and the same survival curve';
