-- Model: the value clv_model, its constructors and its parameters. Rust: src/pg/model.rs

CREATE DOMAIN clv_model AS jsonb
    CHECK (VALUE IS NULL OR (pg_catalog.jsonb_typeof(VALUE) OPERATOR(pg_catalog.=) 'object'
                             AND VALUE OPERATOR(pg_catalog.?) 'model'));
COMMENT ON DOMAIN clv_model IS
    'a fitted or given model of customer behaviour: parameters, standard errors and how the fit went';

-- Models from published parameters

CREATE FUNCTION nbd_model(r double precision, alpha double precision, unit interval DEFAULT NULL)
    RETURNS clv_model AS 'MODULE_PATHNAME', 'nbd_model_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION nbd_model(double precision, double precision, interval) IS
    'NBD model from given parameters, nobody ever leaves; alpha in the given unit of time';
CREATE FUNCTION bgnbd_model(r double precision, alpha double precision, a double precision, b double precision, unit interval DEFAULT NULL)
    RETURNS clv_model AS 'MODULE_PATHNAME', 'bgnbd_model_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION bgnbd_model(double precision, double precision, double precision, double precision, interval) IS
    'BG/NBD model from given parameters; alpha in the given unit of time';
CREATE FUNCTION mbgnbd_model(r double precision, alpha double precision, a double precision, b double precision, unit interval DEFAULT NULL)
    RETURNS clv_model AS 'MODULE_PATHNAME', 'mbgnbd_model_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mbgnbd_model(double precision, double precision, double precision, double precision, interval) IS
    'MBG/NBD model from given parameters; alpha in the given unit of time';
CREATE FUNCTION pnbd_model(r double precision, alpha double precision, s double precision, beta double precision, unit interval DEFAULT NULL)
    RETURNS clv_model AS 'MODULE_PATHNAME', 'pnbd_model_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pnbd_model(double precision, double precision, double precision, double precision, interval) IS
    'Pareto/NBD model from given parameters; alpha and beta in the given unit of time';
CREATE FUNCTION bgbb_model(alpha double precision, beta double precision, gamma double precision, delta double precision, unit interval DEFAULT NULL)
    RETURNS clv_model AS 'MODULE_PATHNAME', 'bgbb_model_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION bgbb_model(double precision, double precision, double precision, double precision, interval) IS
    'BG/BB model from given parameters; the unit is the time from one opportunity to the next';
CREATE FUNCTION gamma_gamma_model(p double precision, q double precision, v double precision)
    RETURNS clv_model AS 'MODULE_PATHNAME', 'gamma_gamma_model_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gamma_gamma_model(double precision, double precision, double precision) IS
    'Gamma-Gamma model of spend from given parameters; v in units of money';

CREATE FUNCTION sbg_model(alpha double precision, beta double precision, unit interval DEFAULT NULL)
    RETURNS clv_model AS 'MODULE_PATHNAME', 'sbg_model_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sbg_model(double precision, double precision, interval) IS
    'sBG model of contract lifetimes from given parameters; the unit is the time between renewals';

-- What is in a model

CREATE FUNCTION clv_parameters(model clv_model, level double precision DEFAULT 0.95)
    RETURNS TABLE (parameter text, estimate double precision, std_error double precision, ci_low double precision, ci_high double precision, z double precision)
    AS 'MODULE_PATHNAME', 'clv_parameters_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 4;
COMMENT ON FUNCTION clv_parameters(clv_model, double precision) IS
    'parameters of a model with standard errors and confidence limits, one row each';
