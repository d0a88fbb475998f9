-- Simulate: customers drawn from a model, the same for the same seed. Rust: src/pg/simulate.rs

CREATE FUNCTION nbd_simulate(model clv_model, customers integer, min_age double precision, seed bigint DEFAULT 0, max_age double precision DEFAULT NULL, holdout double precision DEFAULT 0)
    RETURNS TABLE (customer integer, frequency integer, recency double precision, age double precision, holdout_purchases integer)
    AS 'MODULE_PATHNAME', 'nbd_simulate_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 1000;
COMMENT ON FUNCTION nbd_simulate(clv_model, integer, double precision, bigint, double precision, double precision) IS
    'histories of customers drawn from an NBD model, aged from min_age to max_age, and their purchases in the holdout after it';
CREATE FUNCTION bgnbd_simulate(model clv_model, customers integer, min_age double precision, seed bigint DEFAULT 0, max_age double precision DEFAULT NULL, holdout double precision DEFAULT 0)
    RETURNS TABLE (customer integer, frequency integer, recency double precision, age double precision, holdout_purchases integer)
    AS 'MODULE_PATHNAME', 'bgnbd_simulate_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 1000;
COMMENT ON FUNCTION bgnbd_simulate(clv_model, integer, double precision, bigint, double precision, double precision) IS
    'histories of customers drawn from a BG/NBD model, aged from min_age to max_age, and their purchases in the holdout after it';
CREATE FUNCTION mbgnbd_simulate(model clv_model, customers integer, min_age double precision, seed bigint DEFAULT 0, max_age double precision DEFAULT NULL, holdout double precision DEFAULT 0)
    RETURNS TABLE (customer integer, frequency integer, recency double precision, age double precision, holdout_purchases integer)
    AS 'MODULE_PATHNAME', 'mbgnbd_simulate_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 1000;
COMMENT ON FUNCTION mbgnbd_simulate(clv_model, integer, double precision, bigint, double precision, double precision) IS
    'histories of customers drawn from a MBG/NBD model, aged from min_age to max_age, and their purchases in the holdout after it';
CREATE FUNCTION pnbd_simulate(model clv_model, customers integer, min_age double precision, seed bigint DEFAULT 0, max_age double precision DEFAULT NULL, holdout double precision DEFAULT 0)
    RETURNS TABLE (customer integer, frequency integer, recency double precision, age double precision, holdout_purchases integer)
    AS 'MODULE_PATHNAME', 'pnbd_simulate_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 1000;
COMMENT ON FUNCTION pnbd_simulate(clv_model, integer, double precision, bigint, double precision, double precision) IS
    'histories of customers drawn from a Pareto/NBD model, aged from min_age to max_age, and their purchases in the holdout after it';
CREATE FUNCTION bgbb_simulate(model clv_model, customers integer, min_age double precision, seed bigint DEFAULT 0, max_age double precision DEFAULT NULL, holdout double precision DEFAULT 0)
    RETURNS TABLE (customer integer, frequency integer, recency double precision, age double precision, holdout_purchases integer)
    AS 'MODULE_PATHNAME', 'bgbb_simulate_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 1000;
COMMENT ON FUNCTION bgbb_simulate(clv_model, integer, double precision, bigint, double precision, double precision) IS
    'histories of customers drawn from a BG/BB model, aged from min_age to max_age, and their purchases in the holdout after it';
CREATE FUNCTION gamma_gamma_simulate(model clv_model, customers integer, purchases integer, seed bigint DEFAULT 0)
    RETURNS TABLE (customer integer, frequency integer, monetary double precision)
    AS 'MODULE_PATHNAME', 'gamma_gamma_simulate_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 1000;
COMMENT ON FUNCTION gamma_gamma_simulate(clv_model, integer, integer, bigint) IS
    'mean spend over so many purchases of customers drawn from a Gamma-Gamma model';
CREATE FUNCTION sbg_simulate(model clv_model, customers integer, periods integer, seed bigint DEFAULT 0)
    RETURNS TABLE (customer integer, tenure integer, churned boolean)
    AS 'MODULE_PATHNAME', 'sbg_simulate_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 1000;
COMMENT ON FUNCTION sbg_simulate(clv_model, integer, integer, bigint) IS
    'tenures of customers drawn from an sBG model, observed for so many periods';
