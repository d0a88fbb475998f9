-- Survival: contractual lifetimes, seen whole or cut off by the begin and the end of observation.
-- Rust: src/pg/survival.rs, src/pg/tenure.rs
--
-- All aggregates take their customers in the same forms. SSPACE is the state of a few hundred distinct
-- tenures.

-- The curve

CREATE TYPE clv_kaplan_meier AS (
    tenure    double precision,
    entered   bigint,
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
COMMENT ON COLUMN clv_kaplan_meier.entered IS 'customers who came under observation late, between the tenure before and this one';
COMMENT ON COLUMN clv_kaplan_meier.at_risk IS 'customers with a tenure of at least this, under observation before it';
COMMENT ON COLUMN clv_kaplan_meier.churned IS 'customers who left at this tenure';
COMMENT ON COLUMN clv_kaplan_meier.censored IS 'customers last seen at this tenure, still there';
COMMENT ON COLUMN clv_kaplan_meier.survival IS 'probability of staying longer';
COMMENT ON COLUMN clv_kaplan_meier.std_error IS 'Greenwood''s standard error, NULL once nobody is left';
COMMENT ON COLUMN clv_kaplan_meier.ci_low IS 'lower log-log confidence limit';
COMMENT ON COLUMN clv_kaplan_meier.ci_high IS 'upper log-log confidence limit';

CREATE FUNCTION _kaplan_meier_final(internal) RETURNS clv_kaplan_meier[]
    AS 'MODULE_PATHNAME', '_kaplan_meier_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_kaplan_meier(tenure double precision, churned boolean) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(tenure double precision, churned boolean, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(tenure double precision, churned boolean, options text) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(tenure double precision, churned boolean, weight double precision) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(tenure double precision, churned boolean, weight double precision, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(entered double precision, tenure double precision, churned boolean) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(entered double precision, tenure double precision, churned boolean, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(entered double precision, tenure double precision, churned boolean, options text) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(entered double precision, tenure double precision, churned boolean, weight double precision) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(entered double precision, tenure double precision, churned boolean, weight double precision, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(contract clv_tenure) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(contract clv_tenure, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(started_on date, ended_on date, as_of date, period interval) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_kaplan_meier(started_on date, ended_on date, as_of date, period interval, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _kaplan_meier_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, boolean) IS
    'Kaplan-Meier curve with 95 % limits, one element for each observed tenure, from tenures';
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, boolean, jsonb) IS
    'Kaplan-Meier curve with limits of the level in options, one element for each observed tenure, from tenures';
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, boolean, text) IS
    'Kaplan-Meier curve with limits of the level in options, one element for each observed tenure, from tenures';
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, boolean, double precision) IS
    'Kaplan-Meier curve with 95 % limits, one element for each observed tenure, from tenures, each row standing for weight customers';
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, boolean, double precision, jsonb) IS
    'Kaplan-Meier curve with limits of the level in options, one element for each observed tenure, from tenures, each row standing for weight customers';
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, double precision, boolean) IS
    'Kaplan-Meier curve with 95 % limits, one element for each observed tenure, from tenures observed late';
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, double precision, boolean, jsonb) IS
    'Kaplan-Meier curve with limits of the level in options, one element for each observed tenure, from tenures observed late';
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, double precision, boolean, text) IS
    'Kaplan-Meier curve with limits of the level in options, one element for each observed tenure, from tenures observed late';
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, double precision, boolean, double precision) IS
    'Kaplan-Meier curve with 95 % limits, one element for each observed tenure, from tenures observed late, each row standing for weight customers';
COMMENT ON AGGREGATE clv_kaplan_meier(double precision, double precision, boolean, double precision, jsonb) IS
    'Kaplan-Meier curve with limits of the level in options, one element for each observed tenure, from tenures observed late, each row standing for weight customers';
COMMENT ON AGGREGATE clv_kaplan_meier(clv_tenure) IS
    'Kaplan-Meier curve with 95 % limits, one element for each observed tenure, from contracts';
COMMENT ON AGGREGATE clv_kaplan_meier(clv_tenure, jsonb) IS
    'Kaplan-Meier curve with limits of the level in options, one element for each observed tenure, from contracts';
COMMENT ON AGGREGATE clv_kaplan_meier(date, date, date, interval) IS
    'Kaplan-Meier curve with 95 % limits, one element for each observed tenure, from the dates of contracts';
COMMENT ON AGGREGATE clv_kaplan_meier(date, date, date, interval, jsonb) IS
    'Kaplan-Meier curve with limits of the level in options, one element for each observed tenure, from the dates of contracts';

-- Lifetimes

CREATE TYPE clv_median_lifetime AS (median double precision, ci_low double precision, ci_high double precision);
COMMENT ON TYPE clv_median_lifetime IS 'tenure by which half of the customers have left, with confidence limits; NULL beyond what was observed';
COMMENT ON COLUMN clv_median_lifetime.median IS 'first tenure at which half of the customers or more have left';
COMMENT ON COLUMN clv_median_lifetime.ci_low IS 'lower confidence limit';
COMMENT ON COLUMN clv_median_lifetime.ci_high IS 'upper confidence limit';
CREATE FUNCTION _median_lifetime_final(internal) RETURNS clv_median_lifetime
    AS 'MODULE_PATHNAME', '_median_lifetime_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_median_lifetime(tenure double precision, churned boolean) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(tenure double precision, churned boolean, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(tenure double precision, churned boolean, options text) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(tenure double precision, churned boolean, weight double precision) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(tenure double precision, churned boolean, weight double precision, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(entered double precision, tenure double precision, churned boolean) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(entered double precision, tenure double precision, churned boolean, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(entered double precision, tenure double precision, churned boolean, options text) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(entered double precision, tenure double precision, churned boolean, weight double precision) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(entered double precision, tenure double precision, churned boolean, weight double precision, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(contract clv_tenure) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(contract clv_tenure, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(started_on date, ended_on date, as_of date, period interval) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_median_lifetime(started_on date, ended_on date, as_of date, period interval, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _median_lifetime_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_median_lifetime(double precision, boolean) IS
    'tenure by which half of the customers have left, with 95 % limits, from tenures';
COMMENT ON AGGREGATE clv_median_lifetime(double precision, boolean, jsonb) IS
    'tenure by which half of the customers have left, with limits of the level in options, from tenures';
COMMENT ON AGGREGATE clv_median_lifetime(double precision, boolean, text) IS
    'tenure by which half of the customers have left, with limits of the level in options, from tenures';
COMMENT ON AGGREGATE clv_median_lifetime(double precision, boolean, double precision) IS
    'tenure by which half of the customers have left, with 95 % limits, from tenures, each row standing for weight customers';
COMMENT ON AGGREGATE clv_median_lifetime(double precision, boolean, double precision, jsonb) IS
    'tenure by which half of the customers have left, with limits of the level in options, from tenures, each row standing for weight customers';
COMMENT ON AGGREGATE clv_median_lifetime(double precision, double precision, boolean) IS
    'tenure by which half of the customers have left, with 95 % limits, from tenures observed late';
COMMENT ON AGGREGATE clv_median_lifetime(double precision, double precision, boolean, jsonb) IS
    'tenure by which half of the customers have left, with limits of the level in options, from tenures observed late';
COMMENT ON AGGREGATE clv_median_lifetime(double precision, double precision, boolean, text) IS
    'tenure by which half of the customers have left, with limits of the level in options, from tenures observed late';
COMMENT ON AGGREGATE clv_median_lifetime(double precision, double precision, boolean, double precision) IS
    'tenure by which half of the customers have left, with 95 % limits, from tenures observed late, each row standing for weight customers';
COMMENT ON AGGREGATE clv_median_lifetime(double precision, double precision, boolean, double precision, jsonb) IS
    'tenure by which half of the customers have left, with limits of the level in options, from tenures observed late, each row standing for weight customers';
COMMENT ON AGGREGATE clv_median_lifetime(clv_tenure) IS
    'tenure by which half of the customers have left, with 95 % limits, from contracts';
COMMENT ON AGGREGATE clv_median_lifetime(clv_tenure, jsonb) IS
    'tenure by which half of the customers have left, with limits of the level in options, from contracts';
COMMENT ON AGGREGATE clv_median_lifetime(date, date, date, interval) IS
    'tenure by which half of the customers have left, with 95 % limits, from the dates of contracts';
COMMENT ON AGGREGATE clv_median_lifetime(date, date, date, interval, jsonb) IS
    'tenure by which half of the customers have left, with limits of the level in options, from the dates of contracts';

CREATE TYPE clv_restricted_mean_lifetime AS (mean double precision, std_error double precision);
COMMENT ON TYPE clv_restricted_mean_lifetime IS 'mean lifetime up to a horizon, with its standard error; NULL where it is not known';
COMMENT ON COLUMN clv_restricted_mean_lifetime.mean IS 'mean of the lifetime or the horizon, whichever is shorter';
COMMENT ON COLUMN clv_restricted_mean_lifetime.std_error IS 'standard error of the mean';
CREATE FUNCTION _restricted_mean_final(internal) RETURNS clv_restricted_mean_lifetime
    AS 'MODULE_PATHNAME', '_restricted_mean_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_restricted_mean_lifetime(tenure double precision, churned boolean, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _restricted_mean_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_restricted_mean_lifetime(tenure double precision, churned boolean, weight double precision, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _restricted_mean_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_restricted_mean_lifetime(entered double precision, tenure double precision, churned boolean, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _restricted_mean_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_restricted_mean_lifetime(entered double precision, tenure double precision, churned boolean, weight double precision, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _restricted_mean_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_restricted_mean_lifetime(contract clv_tenure, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _restricted_mean_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_restricted_mean_lifetime(started_on date, ended_on date, as_of date, period interval, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _restricted_mean_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_restricted_mean_lifetime(double precision, boolean, jsonb) IS
    'mean lifetime up to the horizon in options: the area under the Kaplan-Meier curve from tenures';
COMMENT ON AGGREGATE clv_restricted_mean_lifetime(double precision, boolean, double precision, jsonb) IS
    'mean lifetime up to the horizon in options: the area under the Kaplan-Meier curve from tenures, each row standing for weight customers';
COMMENT ON AGGREGATE clv_restricted_mean_lifetime(double precision, double precision, boolean, jsonb) IS
    'mean lifetime up to the horizon in options: the area under the Kaplan-Meier curve from tenures observed late';
COMMENT ON AGGREGATE clv_restricted_mean_lifetime(double precision, double precision, boolean, double precision, jsonb) IS
    'mean lifetime up to the horizon in options: the area under the Kaplan-Meier curve from tenures observed late, each row standing for weight customers';
COMMENT ON AGGREGATE clv_restricted_mean_lifetime(clv_tenure, jsonb) IS
    'mean lifetime up to the horizon in options: the area under the Kaplan-Meier curve from contracts';
COMMENT ON AGGREGATE clv_restricted_mean_lifetime(date, date, date, interval, jsonb) IS
    'mean lifetime up to the horizon in options: the area under the Kaplan-Meier curve from the dates of contracts';

-- Groups

CREATE TYPE clv_log_rank AS (chi_square double precision, degrees_of_freedom integer, p_value double precision);
COMMENT ON TYPE clv_log_rank IS 'test that all groups have one and the same survival curve';
COMMENT ON COLUMN clv_log_rank.chi_square IS 'test statistic';
COMMENT ON COLUMN clv_log_rank.degrees_of_freedom IS 'groups compared less one';
COMMENT ON COLUMN clv_log_rank.p_value IS 'probability of so much difference among groups that are alike';
CREATE FUNCTION _log_rank_final(internal) RETURNS clv_log_rank
    AS 'MODULE_PATHNAME', '_log_rank_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_log_rank(customer_group anyelement, tenure double precision, churned boolean) (
    SFUNC = _clv_lifetime_group_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _log_rank_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_log_rank(customer_group anyelement, tenure double precision, churned boolean, weight double precision) (
    SFUNC = _clv_lifetime_group_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _log_rank_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_log_rank(customer_group anyelement, entered double precision, tenure double precision, churned boolean) (
    SFUNC = _clv_lifetime_group_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _log_rank_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_log_rank(customer_group anyelement, entered double precision, tenure double precision, churned boolean, weight double precision) (
    SFUNC = _clv_lifetime_group_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _log_rank_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_log_rank(customer_group anyelement, contract clv_tenure) (
    SFUNC = _clv_lifetime_group_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _log_rank_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_log_rank(customer_group anyelement, started_on date, ended_on date, as_of date, period interval) (
    SFUNC = _clv_lifetime_group_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _log_rank_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_log_rank(anyelement, double precision, boolean) IS
    'log-rank test that all groups have one and the same survival curve, from tenures';
COMMENT ON AGGREGATE clv_log_rank(anyelement, double precision, boolean, double precision) IS
    'log-rank test that all groups have one and the same survival curve, from tenures, each row standing for weight customers';
COMMENT ON AGGREGATE clv_log_rank(anyelement, double precision, double precision, boolean) IS
    'log-rank test that all groups have one and the same survival curve, from tenures observed late';
COMMENT ON AGGREGATE clv_log_rank(anyelement, double precision, double precision, boolean, double precision) IS
    'log-rank test that all groups have one and the same survival curve, from tenures observed late, each row standing for weight customers';
COMMENT ON AGGREGATE clv_log_rank(anyelement, clv_tenure) IS
    'log-rank test that all groups have one and the same survival curve, from contracts';
COMMENT ON AGGREGATE clv_log_rank(anyelement, date, date, date, interval) IS
    'log-rank test that all groups have one and the same survival curve, from the dates of contracts';
