-- Experiment: sample size, power, and whether two groups differ. Rust: src/pg/experiment.rs
--
-- A difference is that of the first group, the treated one, less the second; p-values are
-- two-sided.

-- Before

CREATE FUNCTION experiment_sample_size(rate_1 double precision, rate_2 double precision, significance double precision DEFAULT 0.05, power double precision DEFAULT 0.8, ratio double precision DEFAULT 1, OUT customers_1 bigint, OUT customers_2 bigint)
    AS 'MODULE_PATHNAME', 'experiment_sample_size_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_sample_size(double precision, double precision, double precision, double precision, double precision) IS
    'customers needed in each group to find the difference of two response rates; ratio is the second group over the first';
CREATE FUNCTION experiment_power(rate_1 double precision, rate_2 double precision, customers_1 double precision, customers_2 double precision, significance double precision DEFAULT 0.05) RETURNS double precision
    AS 'MODULE_PATHNAME', 'experiment_power_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_power(double precision, double precision, double precision, double precision, double precision) IS
    'probability of finding the difference of two response rates with groups of these sizes';

-- After: from the numbers of the groups

CREATE TYPE clv_difference AS (
    difference double precision,
    statistic  double precision,
    p_value    double precision,
    ci_low     double precision,
    ci_high    double precision,
    uplift      double precision,
    uplift_low  double precision,
    uplift_high double precision
);
COMMENT ON TYPE clv_difference IS 'a difference between two groups, its test and its confidence limits';
COMMENT ON COLUMN clv_difference.difference IS 'the first group less the second';
COMMENT ON COLUMN clv_difference.statistic IS 'z, or t of Welch';
COMMENT ON COLUMN clv_difference.p_value IS 'two-sided';
COMMENT ON COLUMN clv_difference.ci_low IS 'lower confidence limit of the difference';
COMMENT ON COLUMN clv_difference.ci_high IS 'upper confidence limit of the difference';
COMMENT ON COLUMN clv_difference.uplift IS 'the first group over the second, less 1';
COMMENT ON COLUMN clv_difference.uplift_low IS 'lower confidence limit of the uplift';
COMMENT ON COLUMN clv_difference.uplift_high IS 'upper confidence limit of the uplift';

CREATE FUNCTION experiment_rates(responses_1 double precision, customers_1 double precision, responses_2 double precision, customers_2 double precision, level double precision DEFAULT 0.95) RETURNS clv_difference
    AS 'MODULE_PATHNAME', 'experiment_rates_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION experiment_rates(double precision, double precision, double precision, double precision, double precision) IS
    'difference of two response rates: z test, limits of Newcombe';
CREATE FUNCTION experiment_rates_exact(responses_1 double precision, customers_1 double precision, responses_2 double precision, customers_2 double precision, level double precision DEFAULT 0.95, OUT odds_ratio double precision, OUT p_value double precision, OUT ci_low double precision, OUT ci_high double precision)
    AS 'MODULE_PATHNAME', 'experiment_rates_exact_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 4000;
COMMENT ON FUNCTION experiment_rates_exact(double precision, double precision, double precision, double precision, double precision) IS
    'difference of two response rates: Fisher''s exact test, exact limits of the odds ratio';
CREATE FUNCTION experiment_means(mean_1 double precision, variance_1 double precision, customers_1 double precision, mean_2 double precision, variance_2 double precision, customers_2 double precision, level double precision DEFAULT 0.95) RETURNS clv_difference
    AS 'MODULE_PATHNAME', 'experiment_means_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION experiment_means(double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
    'difference of two means by Welch''s test';

-- After: from a row for each customer

CREATE FUNCTION _experiment_rates_step(internal, boolean, boolean) RETURNS internal
    AS 'MODULE_PATHNAME', '_experiment_rates_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _experiment_rates_step(internal, boolean, boolean, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_experiment_rates_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _experiment_rates_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_experiment_rates_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _experiment_rates_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_experiment_rates_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _experiment_rates_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_experiment_rates_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _experiment_rates_final(internal) RETURNS clv_difference
    AS 'MODULE_PATHNAME', '_experiment_rates_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE experiment_rates(treated boolean, responded boolean) (
    SFUNC = _experiment_rates_step, STYPE = internal, SSPACE = 192, FINALFUNC = _experiment_rates_final,
    COMBINEFUNC = _experiment_rates_combine, SERIALFUNC = _experiment_rates_serialize,
    DESERIALFUNC = _experiment_rates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE experiment_rates(boolean, boolean) IS
    'difference of two response rates: z test, 95 % limits of Newcombe';
CREATE AGGREGATE experiment_rates(treated boolean, responded boolean, level double precision) (
    SFUNC = _experiment_rates_step, STYPE = internal, SSPACE = 192, FINALFUNC = _experiment_rates_final,
    COMBINEFUNC = _experiment_rates_combine, SERIALFUNC = _experiment_rates_serialize,
    DESERIALFUNC = _experiment_rates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE experiment_rates(boolean, boolean, double precision) IS
    'difference of two response rates: z test, limits of Newcombe';

CREATE FUNCTION _experiment_values_step(internal, boolean, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_experiment_values_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _experiment_values_step(internal, boolean, double precision, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_experiment_values_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _experiment_values_step(internal, boolean, double precision, double precision, integer) RETURNS internal
    AS 'MODULE_PATHNAME', '_experiment_values_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _experiment_values_step(internal, boolean, double precision, double precision, integer, integer) RETURNS internal
    AS 'MODULE_PATHNAME', '_experiment_values_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _experiment_values_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_experiment_values_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _experiment_values_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_experiment_values_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _experiment_values_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_experiment_values_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _experiment_means_final(internal) RETURNS clv_difference
    AS 'MODULE_PATHNAME', '_experiment_means_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _experiment_bootstrap_final(internal) RETURNS clv_difference
    AS 'MODULE_PATHNAME', '_experiment_bootstrap_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE experiment_means(treated boolean, value double precision) (
    SFUNC = _experiment_values_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _experiment_means_final,
    COMBINEFUNC = _experiment_values_combine, SERIALFUNC = _experiment_values_serialize,
    DESERIALFUNC = _experiment_values_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE experiment_means(boolean, double precision) IS
    'difference of two means by Welch''s test, 95 % limits';
CREATE AGGREGATE experiment_means(treated boolean, value double precision, level double precision) (
    SFUNC = _experiment_values_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _experiment_means_final,
    COMBINEFUNC = _experiment_values_combine, SERIALFUNC = _experiment_values_serialize,
    DESERIALFUNC = _experiment_values_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE experiment_means(boolean, double precision, double precision) IS
    'difference of two means by Welch''s test';
CREATE AGGREGATE experiment_bootstrap(treated boolean, value double precision) (
    SFUNC = _experiment_values_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _experiment_bootstrap_final,
    COMBINEFUNC = _experiment_values_combine, SERIALFUNC = _experiment_values_serialize,
    DESERIALFUNC = _experiment_values_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE experiment_bootstrap(boolean, double precision) IS
    'difference of two means of skewed values, BCa bootstrap limits: 95 %, 10,000 resamples, seed 1';
CREATE AGGREGATE experiment_bootstrap(treated boolean, value double precision, level double precision) (
    SFUNC = _experiment_values_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _experiment_bootstrap_final,
    COMBINEFUNC = _experiment_values_combine, SERIALFUNC = _experiment_values_serialize,
    DESERIALFUNC = _experiment_values_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE experiment_bootstrap(boolean, double precision, double precision) IS
    'difference of two means of skewed values, BCa bootstrap limits: 10,000 resamples, seed 1';
CREATE AGGREGATE experiment_bootstrap(treated boolean, value double precision, level double precision, resamples integer) (
    SFUNC = _experiment_values_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _experiment_bootstrap_final,
    COMBINEFUNC = _experiment_values_combine, SERIALFUNC = _experiment_values_serialize,
    DESERIALFUNC = _experiment_values_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE experiment_bootstrap(boolean, double precision, double precision, integer) IS
    'difference of two means of skewed values, BCa bootstrap limits: seed 1';
CREATE AGGREGATE experiment_bootstrap(treated boolean, value double precision, level double precision, resamples integer, seed integer) (
    SFUNC = _experiment_values_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _experiment_bootstrap_final,
    COMBINEFUNC = _experiment_values_combine, SERIALFUNC = _experiment_values_serialize,
    DESERIALFUNC = _experiment_values_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE experiment_bootstrap(boolean, double precision, double precision, integer, integer) IS
    'difference of two means of skewed values, BCa bootstrap limits';

-- Several groups: sizes as they were meant, p-values of several comparisons

CREATE FUNCTION experiment_sample_ratio(customers double precision[], shares double precision[] DEFAULT NULL, OUT chi_square double precision, OUT degrees_of_freedom integer, OUT p_value double precision)
    AS 'MODULE_PATHNAME', 'experiment_sample_ratio_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION experiment_sample_ratio(double precision[], double precision[]) IS
    'whether groups have the sizes that they were meant to have: chi-square test against the shares, equal ones if left out';
CREATE FUNCTION experiment_adjust(p_values double precision[]) RETURNS double precision[]
    AS 'MODULE_PATHNAME', 'experiment_adjust_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_adjust(double precision[]) IS
    'p-values of several comparisons, adjusted by Holm''s method; NULL stays NULL and does not count';
