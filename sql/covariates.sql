-- Covariates: fits that let purchases and dropout, spend or the end of contracts depend on
-- characteristics of the customers, and the model of a customer with given ones.
-- Rust: src/pg/covariates.rs
--
-- A model of purchases takes two arrays, of what acts on purchases and of what acts on dropout.

-- Support functions: histories

CREATE FUNCTION _clv_covariates_step(internal, clv_summary, double precision[], double precision[]) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_step_summary_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_covariates_step(internal, clv_summary, double precision[], double precision[], jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_step_summary_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_covariates_step(internal, double precision, double precision, double precision, double precision[], double precision[]) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_step_columns_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_covariates_step(internal, double precision, double precision, double precision, double precision[], double precision[], jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_step_columns_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_covariates_step(internal, double precision, double precision, double precision, double precision[], double precision[], text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_step_columns_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_covariates_step(internal, double precision, double precision, double precision, double precision[], double precision[], double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_step_weighted_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_covariates_step(internal, double precision, double precision, double precision, double precision[], double precision[], double precision, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_step_weighted_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_covariates_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_covariates_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_covariates_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_covariates_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

-- Support functions: spends

CREATE FUNCTION _clv_spend_covariates_step(internal, clv_summary, double precision[]) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_covariates_step_summary_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_covariates_step(internal, clv_summary, double precision[], jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_covariates_step_summary_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_covariates_step(internal, double precision, double precision, double precision[]) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_covariates_step_columns_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_covariates_step(internal, double precision, double precision, double precision[], jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_covariates_step_columns_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_covariates_step(internal, double precision, double precision, double precision[], text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_covariates_step_columns_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_covariates_step(internal, double precision, double precision, double precision[], double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_covariates_step_weighted_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_covariates_step(internal, double precision, double precision, double precision[], double precision, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_covariates_step_weighted_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_covariates_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_covariates_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_spend_covariates_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_spend_covariates_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_spend_covariates_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_covariates_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

-- Support functions: tenures

CREATE FUNCTION _clv_tenure_covariates_step(internal, double precision, boolean, double precision[]) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_plain_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, double precision, boolean, double precision[], jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_plain_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, double precision, boolean, double precision[], text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_plain_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, double precision, boolean, double precision[], double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_plain_weight_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, double precision, boolean, double precision[], double precision, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_plain_weight_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, double precision, double precision, boolean, double precision[]) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_late_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, double precision, double precision, boolean, double precision[], jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_late_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, double precision, double precision, boolean, double precision[], text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_late_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, double precision, double precision, boolean, double precision[], double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_late_weight_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, double precision, double precision, boolean, double precision[], double precision, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_late_weight_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, clv_tenure, double precision[]) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_contract_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, clv_tenure, double precision[], jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_contract_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, date, date, date, interval, double precision[]) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_dates_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_step(internal, date, date, date, interval, double precision[], jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_step_dates_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_tenure_covariates_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_tenure_covariates_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_tenure_covariates_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_tenure_covariates_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

-- BG/NBD

CREATE FUNCTION _bgnbd_fit_covariates_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_bgnbd_fit_covariates_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE bgnbd_fit_covariates(customer clv_summary, purchase double precision[], dropout double precision[]) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit_covariates(
    customer clv_summary, purchase double precision[], dropout double precision[], options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[]) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], options text) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], weight double precision) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], weight double precision, options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE bgnbd_fit_covariates(clv_summary, double precision[], double precision[]) IS
    'BG/NBD model of purchases from customer summaries and covariates';
COMMENT ON AGGREGATE bgnbd_fit_covariates(clv_summary, double precision[], double precision[], jsonb) IS
    'BG/NBD model of purchases from customer summaries and covariates, with options';
COMMENT ON AGGREGATE bgnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[]) IS
    'BG/NBD model of purchases from plain columns and covariates';
COMMENT ON AGGREGATE bgnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], jsonb) IS
    'BG/NBD model of purchases from plain columns and covariates, with options';
COMMENT ON AGGREGATE bgnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], text) IS
    'BG/NBD model of purchases from plain columns and covariates, with options';
COMMENT ON AGGREGATE bgnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], double precision) IS
    'BG/NBD model of purchases from plain columns and covariates, each row standing for weight customers';
COMMENT ON AGGREGATE bgnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], double precision, jsonb) IS
    'BG/NBD model of purchases from weighted plain columns and covariates, with options';

-- MBG/NBD

CREATE FUNCTION _mbgnbd_fit_covariates_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_mbgnbd_fit_covariates_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE mbgnbd_fit_covariates(customer clv_summary, purchase double precision[], dropout double precision[]) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit_covariates(
    customer clv_summary, purchase double precision[], dropout double precision[], options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[]) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], options text) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], weight double precision) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], weight double precision, options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE mbgnbd_fit_covariates(clv_summary, double precision[], double precision[]) IS
    'MBG/NBD model of purchases from customer summaries and covariates';
COMMENT ON AGGREGATE mbgnbd_fit_covariates(clv_summary, double precision[], double precision[], jsonb) IS
    'MBG/NBD model of purchases from customer summaries and covariates, with options';
COMMENT ON AGGREGATE mbgnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[]) IS
    'MBG/NBD model of purchases from plain columns and covariates';
COMMENT ON AGGREGATE mbgnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], jsonb) IS
    'MBG/NBD model of purchases from plain columns and covariates, with options';
COMMENT ON AGGREGATE mbgnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], text) IS
    'MBG/NBD model of purchases from plain columns and covariates, with options';
COMMENT ON AGGREGATE mbgnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], double precision) IS
    'MBG/NBD model of purchases from plain columns and covariates, each row standing for weight customers';
COMMENT ON AGGREGATE mbgnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], double precision, jsonb) IS
    'MBG/NBD model of purchases from weighted plain columns and covariates, with options';

-- Pareto/NBD

CREATE FUNCTION _pnbd_fit_covariates_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_pnbd_fit_covariates_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE pnbd_fit_covariates(customer clv_summary, purchase double precision[], dropout double precision[]) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit_covariates(
    customer clv_summary, purchase double precision[], dropout double precision[], options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[]) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], options text) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], weight double precision) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit_covariates(
    frequency double precision, recency double precision, age double precision, purchase double precision[], dropout double precision[], weight double precision, options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE pnbd_fit_covariates(clv_summary, double precision[], double precision[]) IS
    'Pareto/NBD model of purchases from customer summaries and covariates';
COMMENT ON AGGREGATE pnbd_fit_covariates(clv_summary, double precision[], double precision[], jsonb) IS
    'Pareto/NBD model of purchases from customer summaries and covariates, with options';
COMMENT ON AGGREGATE pnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[]) IS
    'Pareto/NBD model of purchases from plain columns and covariates';
COMMENT ON AGGREGATE pnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], jsonb) IS
    'Pareto/NBD model of purchases from plain columns and covariates, with options';
COMMENT ON AGGREGATE pnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], text) IS
    'Pareto/NBD model of purchases from plain columns and covariates, with options';
COMMENT ON AGGREGATE pnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], double precision) IS
    'Pareto/NBD model of purchases from plain columns and covariates, each row standing for weight customers';
COMMENT ON AGGREGATE pnbd_fit_covariates(double precision, double precision, double precision, double precision[], double precision[], double precision, jsonb) IS
    'Pareto/NBD model of purchases from weighted plain columns and covariates, with options';

-- Gamma-Gamma

CREATE FUNCTION _gamma_gamma_fit_covariates_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_gamma_gamma_fit_covariates_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE gamma_gamma_fit_covariates(customer clv_summary, covariates double precision[]) (
    SFUNC = _clv_spend_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_covariates_final,
    COMBINEFUNC = _clv_spend_covariates_combine, SERIALFUNC = _clv_spend_covariates_serialize,
    DESERIALFUNC = _clv_spend_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit_covariates(customer clv_summary, covariates double precision[], options jsonb) (
    SFUNC = _clv_spend_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_covariates_final,
    COMBINEFUNC = _clv_spend_covariates_combine, SERIALFUNC = _clv_spend_covariates_serialize,
    DESERIALFUNC = _clv_spend_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit_covariates(
    frequency double precision, monetary double precision, covariates double precision[]) (
    SFUNC = _clv_spend_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_covariates_final,
    COMBINEFUNC = _clv_spend_covariates_combine, SERIALFUNC = _clv_spend_covariates_serialize,
    DESERIALFUNC = _clv_spend_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit_covariates(
    frequency double precision, monetary double precision, covariates double precision[], options jsonb) (
    SFUNC = _clv_spend_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_covariates_final,
    COMBINEFUNC = _clv_spend_covariates_combine, SERIALFUNC = _clv_spend_covariates_serialize,
    DESERIALFUNC = _clv_spend_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit_covariates(
    frequency double precision, monetary double precision, covariates double precision[], options text) (
    SFUNC = _clv_spend_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_covariates_final,
    COMBINEFUNC = _clv_spend_covariates_combine, SERIALFUNC = _clv_spend_covariates_serialize,
    DESERIALFUNC = _clv_spend_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit_covariates(
    frequency double precision, monetary double precision, covariates double precision[], weight double precision) (
    SFUNC = _clv_spend_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_covariates_final,
    COMBINEFUNC = _clv_spend_covariates_combine, SERIALFUNC = _clv_spend_covariates_serialize,
    DESERIALFUNC = _clv_spend_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit_covariates(
    frequency double precision, monetary double precision, covariates double precision[], weight double precision, options jsonb) (
    SFUNC = _clv_spend_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_covariates_final,
    COMBINEFUNC = _clv_spend_covariates_combine, SERIALFUNC = _clv_spend_covariates_serialize,
    DESERIALFUNC = _clv_spend_covariates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE gamma_gamma_fit_covariates(clv_summary, double precision[]) IS
    'Gamma-Gamma model of spend from customer summaries and covariates';
COMMENT ON AGGREGATE gamma_gamma_fit_covariates(clv_summary, double precision[], jsonb) IS
    'Gamma-Gamma model of spend from customer summaries and covariates, with options';
COMMENT ON AGGREGATE gamma_gamma_fit_covariates(double precision, double precision, double precision[]) IS
    'Gamma-Gamma model of spend from plain columns and covariates';
COMMENT ON AGGREGATE gamma_gamma_fit_covariates(double precision, double precision, double precision[], jsonb) IS
    'Gamma-Gamma model of spend from plain columns and covariates, with options';
COMMENT ON AGGREGATE gamma_gamma_fit_covariates(double precision, double precision, double precision[], text) IS
    'Gamma-Gamma model of spend from plain columns and covariates, with options';
COMMENT ON AGGREGATE gamma_gamma_fit_covariates(double precision, double precision, double precision[], double precision) IS
    'Gamma-Gamma model of spend from plain columns and covariates, each row standing for weight customers';
COMMENT ON AGGREGATE gamma_gamma_fit_covariates(double precision, double precision, double precision[], double precision, jsonb) IS
    'Gamma-Gamma model of spend from weighted plain columns and covariates, with options';

-- sBG

CREATE FUNCTION _sbg_fit_covariates_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_sbg_fit_covariates_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE sbg_fit_covariates(tenure double precision, churned boolean, covariates double precision[]) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    tenure double precision, churned boolean, covariates double precision[], options jsonb) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    tenure double precision, churned boolean, covariates double precision[], options text) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    tenure double precision, churned boolean, covariates double precision[], weight double precision) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    tenure double precision, churned boolean, covariates double precision[], weight double precision, options jsonb) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    entered double precision, tenure double precision, churned boolean, covariates double precision[]) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    entered double precision, tenure double precision, churned boolean, covariates double precision[], options jsonb) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    entered double precision, tenure double precision, churned boolean, covariates double precision[], options text) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    entered double precision, tenure double precision, churned boolean, covariates double precision[], weight double precision) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    entered double precision, tenure double precision, churned boolean, covariates double precision[], weight double precision, options jsonb) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(contract clv_tenure, covariates double precision[]) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(contract clv_tenure, covariates double precision[], options jsonb) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    started_on date, ended_on date, as_of date, period interval, covariates double precision[]) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit_covariates(
    started_on date, ended_on date, as_of date, period interval, covariates double precision[], options jsonb) (
    SFUNC = _clv_tenure_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_covariates_final,
    COMBINEFUNC = _clv_tenure_covariates_combine, SERIALFUNC = _clv_tenure_covariates_serialize,
    DESERIALFUNC = _clv_tenure_covariates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE sbg_fit_covariates(double precision, boolean, double precision[]) IS
    'sBG model of contract lifetimes from tenures and covariates';
COMMENT ON AGGREGATE sbg_fit_covariates(double precision, boolean, double precision[], jsonb) IS
    'sBG model of contract lifetimes from tenures and covariates, with options';
COMMENT ON AGGREGATE sbg_fit_covariates(double precision, boolean, double precision[], text) IS
    'sBG model of contract lifetimes from tenures and covariates, with options';
COMMENT ON AGGREGATE sbg_fit_covariates(double precision, boolean, double precision[], double precision) IS
    'sBG model of contract lifetimes from tenures and covariates, each row standing for weight customers';
COMMENT ON AGGREGATE sbg_fit_covariates(double precision, boolean, double precision[], double precision, jsonb) IS
    'sBG model of contract lifetimes from weighted tenures and covariates, with options';
COMMENT ON AGGREGATE sbg_fit_covariates(double precision, double precision, boolean, double precision[]) IS
    'sBG model of contract lifetimes from tenures of customers who came under observation late, and covariates';
COMMENT ON AGGREGATE sbg_fit_covariates(double precision, double precision, boolean, double precision[], jsonb) IS
    'sBG model of contract lifetimes from tenures of customers who came under observation late, and covariates, with options';
COMMENT ON AGGREGATE sbg_fit_covariates(double precision, double precision, boolean, double precision[], text) IS
    'sBG model of contract lifetimes from tenures of customers who came under observation late, and covariates, with options';
COMMENT ON AGGREGATE sbg_fit_covariates(double precision, double precision, boolean, double precision[], double precision) IS
    'sBG model of contract lifetimes from tenures of customers who came under observation late, and covariates, each row standing for weight customers';
COMMENT ON AGGREGATE sbg_fit_covariates(double precision, double precision, boolean, double precision[], double precision, jsonb) IS
    'sBG model of contract lifetimes from weighted tenures of customers who came under observation late, and covariates, with options';
COMMENT ON AGGREGATE sbg_fit_covariates(clv_tenure, double precision[]) IS
    'sBG model of contract lifetimes from contracts and covariates';
COMMENT ON AGGREGATE sbg_fit_covariates(clv_tenure, double precision[], jsonb) IS
    'sBG model of contract lifetimes from contracts and covariates, with options';
COMMENT ON AGGREGATE sbg_fit_covariates(date, date, date, interval, double precision[]) IS
    'sBG model of contract lifetimes from the dates of contracts and covariates';
COMMENT ON AGGREGATE sbg_fit_covariates(date, date, date, interval, double precision[], jsonb) IS
    'sBG model of contract lifetimes from the dates of contracts and covariates, with options';

-- The model of a customer

CREATE FUNCTION clv_model_for(model clv_model, covariates double precision[]) RETURNS clv_model
    AS 'MODULE_PATHNAME', 'clv_model_for_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION clv_model_for(clv_model, double precision[]) IS
    'model of a customer with the given covariates, from a model of spend or contracts that was fitted with covariates';
CREATE FUNCTION clv_model_for(model clv_model, purchase double precision[], dropout double precision[]) RETURNS clv_model
    AS 'MODULE_PATHNAME', 'clv_model_for_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION clv_model_for(clv_model, double precision[], double precision[]) IS
    'model of a customer with the given covariates of purchases and of dropout, from a model of purchases that was fitted with covariates';
