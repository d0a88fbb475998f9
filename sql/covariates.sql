-- Covariates: fits that let purchases and dropout depend on characteristics of the customers, and
-- the model of a customer with given ones. Rust: src/pg/covariates.rs

CREATE FUNCTION _clv_covariates_step(internal, clv_summary, double precision[]) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_covariates_step(internal, clv_summary, double precision[], jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_step_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_covariates_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_covariates_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_covariates_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_covariates_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_covariates_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

-- BG/NBD

CREATE FUNCTION _bgnbd_fit_covariates_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_bgnbd_fit_covariates_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE bgnbd_fit_covariates(customer clv_summary, covariates double precision[]) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE bgnbd_fit_covariates(clv_summary, double precision[]) IS 'BG/NBD model of purchases from customer summaries and their covariates';
CREATE AGGREGATE bgnbd_fit_covariates(customer clv_summary, covariates double precision[], options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE bgnbd_fit_covariates(clv_summary, double precision[], jsonb) IS 'BG/NBD model of purchases from customer summaries and their covariates, with options';

-- Pareto/NBD

CREATE FUNCTION _pnbd_fit_covariates_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_pnbd_fit_covariates_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE pnbd_fit_covariates(customer clv_summary, covariates double precision[]) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE pnbd_fit_covariates(clv_summary, double precision[]) IS 'Pareto/NBD model of purchases from customer summaries and their covariates';
CREATE AGGREGATE pnbd_fit_covariates(customer clv_summary, covariates double precision[], options jsonb) (
    SFUNC = _clv_covariates_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_covariates_final,
    COMBINEFUNC = _clv_covariates_combine, SERIALFUNC = _clv_covariates_serialize,
    DESERIALFUNC = _clv_covariates_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE pnbd_fit_covariates(clv_summary, double precision[], jsonb) IS 'Pareto/NBD model of purchases from customer summaries and their covariates, with options';

CREATE FUNCTION clv_model_for(model clv_model, covariates double precision[]) RETURNS clv_model
    AS 'MODULE_PATHNAME', 'clv_model_for_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION clv_model_for(clv_model, double precision[]) IS
    'model of a customer with the given covariates, from a model that was fitted with covariates';
