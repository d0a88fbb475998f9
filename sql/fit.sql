-- Fit: the aggregates that estimate a model from customers. Rust: src/pg/fit.rs
--
-- All models of purchases collect the same folded histories and differ in their final function;
-- models of spend collect frequency and monetary. SSPACE is the state of a few hundred histories.

-- Support functions: histories

CREATE FUNCTION _clv_fit_step(internal, clv_summary) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_fit_step_summary_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_fit_step(internal, clv_summary, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_fit_step_summary_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_fit_step(internal, double precision, double precision, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_fit_step_columns_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_fit_step(internal, double precision, double precision, double precision, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_fit_step_columns_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_fit_step(internal, double precision, double precision, double precision, text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_fit_step_columns_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_fit_step(internal, double precision, double precision, double precision, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_fit_step_weighted_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_fit_step(internal, double precision, double precision, double precision, double precision, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_fit_step_weighted_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_fit_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_fit_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_fit_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_fit_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_fit_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_fit_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

-- Support functions: spends

CREATE FUNCTION _clv_spend_step(internal, clv_summary) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_step_summary_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_step(internal, clv_summary, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_step_summary_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_step(internal, double precision, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_step_columns_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_step(internal, double precision, double precision, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_step_columns_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_step(internal, double precision, double precision, text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_step_columns_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_step(internal, double precision, double precision, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_step_weighted_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_step(internal, double precision, double precision, double precision, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_step_weighted_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_spend_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_spend_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_spend_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_spend_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_spend_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

-- NBD

CREATE FUNCTION _nbd_fit_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_nbd_fit_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE nbd_fit(customer clv_summary) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _nbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE nbd_fit(customer clv_summary, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _nbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE nbd_fit(frequency double precision, recency double precision, age double precision) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _nbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE nbd_fit(frequency double precision, recency double precision, age double precision, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _nbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE nbd_fit(frequency double precision, recency double precision, age double precision, options text) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _nbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE nbd_fit(frequency double precision, recency double precision, age double precision, weight double precision) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _nbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE nbd_fit(frequency double precision, recency double precision, age double precision, weight double precision, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _nbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE nbd_fit(clv_summary) IS 'NBD model of purchases from customer summaries';
COMMENT ON AGGREGATE nbd_fit(clv_summary, jsonb) IS 'NBD model of purchases from customer summaries, with options';
COMMENT ON AGGREGATE nbd_fit(double precision, double precision, double precision) IS 'NBD model of purchases from plain columns';
COMMENT ON AGGREGATE nbd_fit(double precision, double precision, double precision, jsonb) IS 'NBD model of purchases from plain columns, with options';
COMMENT ON AGGREGATE nbd_fit(double precision, double precision, double precision, text) IS 'NBD model of purchases from plain columns, with options';
COMMENT ON AGGREGATE nbd_fit(double precision, double precision, double precision, double precision) IS 'NBD model of purchases from plain columns, each row standing for weight customers';
COMMENT ON AGGREGATE nbd_fit(double precision, double precision, double precision, double precision, jsonb) IS 'NBD model of purchases from weighted plain columns, with options';

-- BG/NBD

CREATE FUNCTION _bgnbd_fit_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_bgnbd_fit_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE bgnbd_fit(customer clv_summary) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit(customer clv_summary, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit(frequency double precision, recency double precision, age double precision) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit(frequency double precision, recency double precision, age double precision, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit(frequency double precision, recency double precision, age double precision, options text) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit(frequency double precision, recency double precision, age double precision, weight double precision) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgnbd_fit(frequency double precision, recency double precision, age double precision, weight double precision, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE bgnbd_fit(clv_summary) IS 'BG/NBD model of purchases from customer summaries';
COMMENT ON AGGREGATE bgnbd_fit(clv_summary, jsonb) IS 'BG/NBD model of purchases from customer summaries, with options';
COMMENT ON AGGREGATE bgnbd_fit(double precision, double precision, double precision) IS 'BG/NBD model of purchases from plain columns';
COMMENT ON AGGREGATE bgnbd_fit(double precision, double precision, double precision, jsonb) IS 'BG/NBD model of purchases from plain columns, with options';
COMMENT ON AGGREGATE bgnbd_fit(double precision, double precision, double precision, text) IS 'BG/NBD model of purchases from plain columns, with options';
COMMENT ON AGGREGATE bgnbd_fit(double precision, double precision, double precision, double precision) IS 'BG/NBD model of purchases from plain columns, each row standing for weight customers';
COMMENT ON AGGREGATE bgnbd_fit(double precision, double precision, double precision, double precision, jsonb) IS 'BG/NBD model of purchases from weighted plain columns, with options';

-- MBG/NBD

CREATE FUNCTION _mbgnbd_fit_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_mbgnbd_fit_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE mbgnbd_fit(customer clv_summary) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit(customer clv_summary, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit(frequency double precision, recency double precision, age double precision) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit(frequency double precision, recency double precision, age double precision, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit(frequency double precision, recency double precision, age double precision, options text) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit(frequency double precision, recency double precision, age double precision, weight double precision) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mbgnbd_fit(frequency double precision, recency double precision, age double precision, weight double precision, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _mbgnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE mbgnbd_fit(clv_summary) IS 'MBG/NBD model of purchases from customer summaries';
COMMENT ON AGGREGATE mbgnbd_fit(clv_summary, jsonb) IS 'MBG/NBD model of purchases from customer summaries, with options';
COMMENT ON AGGREGATE mbgnbd_fit(double precision, double precision, double precision) IS 'MBG/NBD model of purchases from plain columns';
COMMENT ON AGGREGATE mbgnbd_fit(double precision, double precision, double precision, jsonb) IS 'MBG/NBD model of purchases from plain columns, with options';
COMMENT ON AGGREGATE mbgnbd_fit(double precision, double precision, double precision, text) IS 'MBG/NBD model of purchases from plain columns, with options';
COMMENT ON AGGREGATE mbgnbd_fit(double precision, double precision, double precision, double precision) IS 'MBG/NBD model of purchases from plain columns, each row standing for weight customers';
COMMENT ON AGGREGATE mbgnbd_fit(double precision, double precision, double precision, double precision, jsonb) IS 'MBG/NBD model of purchases from weighted plain columns, with options';

-- Pareto/NBD

CREATE FUNCTION _pnbd_fit_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_pnbd_fit_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE pnbd_fit(customer clv_summary) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit(customer clv_summary, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit(frequency double precision, recency double precision, age double precision) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit(frequency double precision, recency double precision, age double precision, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit(frequency double precision, recency double precision, age double precision, options text) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit(frequency double precision, recency double precision, age double precision, weight double precision) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE pnbd_fit(frequency double precision, recency double precision, age double precision, weight double precision, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _pnbd_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE pnbd_fit(clv_summary) IS 'Pareto/NBD model of purchases from customer summaries';
COMMENT ON AGGREGATE pnbd_fit(clv_summary, jsonb) IS 'Pareto/NBD model of purchases from customer summaries, with options';
COMMENT ON AGGREGATE pnbd_fit(double precision, double precision, double precision) IS 'Pareto/NBD model of purchases from plain columns';
COMMENT ON AGGREGATE pnbd_fit(double precision, double precision, double precision, jsonb) IS 'Pareto/NBD model of purchases from plain columns, with options';
COMMENT ON AGGREGATE pnbd_fit(double precision, double precision, double precision, text) IS 'Pareto/NBD model of purchases from plain columns, with options';
COMMENT ON AGGREGATE pnbd_fit(double precision, double precision, double precision, double precision) IS 'Pareto/NBD model of purchases from plain columns, each row standing for weight customers';
COMMENT ON AGGREGATE pnbd_fit(double precision, double precision, double precision, double precision, jsonb) IS 'Pareto/NBD model of purchases from weighted plain columns, with options';

-- BG/BB

CREATE FUNCTION _bgbb_fit_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_bgbb_fit_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE bgbb_fit(customer clv_summary) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgbb_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgbb_fit(customer clv_summary, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgbb_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgbb_fit(frequency double precision, recency double precision, age double precision) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgbb_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgbb_fit(frequency double precision, recency double precision, age double precision, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgbb_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgbb_fit(frequency double precision, recency double precision, age double precision, options text) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgbb_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgbb_fit(frequency double precision, recency double precision, age double precision, weight double precision) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgbb_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE bgbb_fit(frequency double precision, recency double precision, age double precision, weight double precision, options jsonb) (
    SFUNC = _clv_fit_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _bgbb_fit_final,
    COMBINEFUNC = _clv_fit_combine, SERIALFUNC = _clv_fit_serialize,
    DESERIALFUNC = _clv_fit_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE bgbb_fit(clv_summary) IS 'BG/BB model of purchases from customer summaries';
COMMENT ON AGGREGATE bgbb_fit(clv_summary, jsonb) IS 'BG/BB model of purchases from customer summaries, with options';
COMMENT ON AGGREGATE bgbb_fit(double precision, double precision, double precision) IS 'BG/BB model of purchases from plain columns';
COMMENT ON AGGREGATE bgbb_fit(double precision, double precision, double precision, jsonb) IS 'BG/BB model of purchases from plain columns, with options';
COMMENT ON AGGREGATE bgbb_fit(double precision, double precision, double precision, text) IS 'BG/BB model of purchases from plain columns, with options';
COMMENT ON AGGREGATE bgbb_fit(double precision, double precision, double precision, double precision) IS 'BG/BB model of purchases from plain columns, each row standing for weight customers';
COMMENT ON AGGREGATE bgbb_fit(double precision, double precision, double precision, double precision, jsonb) IS 'BG/BB model of purchases from weighted plain columns, with options';

-- Gamma-Gamma

CREATE FUNCTION _gamma_gamma_fit_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_gamma_gamma_fit_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE gamma_gamma_fit(customer clv_summary) (
    SFUNC = _clv_spend_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_final,
    COMBINEFUNC = _clv_spend_combine, SERIALFUNC = _clv_spend_serialize,
    DESERIALFUNC = _clv_spend_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit(customer clv_summary, options jsonb) (
    SFUNC = _clv_spend_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_final,
    COMBINEFUNC = _clv_spend_combine, SERIALFUNC = _clv_spend_serialize,
    DESERIALFUNC = _clv_spend_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit(frequency double precision, monetary double precision) (
    SFUNC = _clv_spend_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_final,
    COMBINEFUNC = _clv_spend_combine, SERIALFUNC = _clv_spend_serialize,
    DESERIALFUNC = _clv_spend_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit(frequency double precision, monetary double precision, options jsonb) (
    SFUNC = _clv_spend_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_final,
    COMBINEFUNC = _clv_spend_combine, SERIALFUNC = _clv_spend_serialize,
    DESERIALFUNC = _clv_spend_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit(frequency double precision, monetary double precision, options text) (
    SFUNC = _clv_spend_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_final,
    COMBINEFUNC = _clv_spend_combine, SERIALFUNC = _clv_spend_serialize,
    DESERIALFUNC = _clv_spend_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit(frequency double precision, monetary double precision, weight double precision) (
    SFUNC = _clv_spend_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_final,
    COMBINEFUNC = _clv_spend_combine, SERIALFUNC = _clv_spend_serialize,
    DESERIALFUNC = _clv_spend_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE gamma_gamma_fit(frequency double precision, monetary double precision, weight double precision, options jsonb) (
    SFUNC = _clv_spend_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _gamma_gamma_fit_final,
    COMBINEFUNC = _clv_spend_combine, SERIALFUNC = _clv_spend_serialize,
    DESERIALFUNC = _clv_spend_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE gamma_gamma_fit(clv_summary) IS 'Gamma-Gamma model of spend from customer summaries';
COMMENT ON AGGREGATE gamma_gamma_fit(clv_summary, jsonb) IS 'Gamma-Gamma model of spend from customer summaries, with options';
COMMENT ON AGGREGATE gamma_gamma_fit(double precision, double precision) IS 'Gamma-Gamma model of spend from plain columns';
COMMENT ON AGGREGATE gamma_gamma_fit(double precision, double precision, jsonb) IS 'Gamma-Gamma model of spend from plain columns, with options';
COMMENT ON AGGREGATE gamma_gamma_fit(double precision, double precision, text) IS 'Gamma-Gamma model of spend from plain columns, with options';
COMMENT ON AGGREGATE gamma_gamma_fit(double precision, double precision, double precision) IS 'Gamma-Gamma model of spend from plain columns, each row standing for weight customers';
COMMENT ON AGGREGATE gamma_gamma_fit(double precision, double precision, double precision, jsonb) IS 'Gamma-Gamma model of spend from weighted plain columns, with options';
