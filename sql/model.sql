-- Model: the value clv_model, its constructors and its parameters. Rust: src/pg/model.rs

CREATE DOMAIN clv_model AS jsonb
    CHECK (VALUE IS NULL OR (jsonb_typeof(VALUE) = 'object' AND VALUE ? 'model'));
COMMENT ON DOMAIN clv_model IS
    'a fitted or given model of customer behaviour: parameters, standard errors and how the fit went';

-- Models from published parameters

CREATE FUNCTION bgnbd_model(r double precision, alpha double precision, a double precision, b double precision, unit interval DEFAULT NULL)
    RETURNS clv_model AS 'MODULE_PATHNAME', 'bgnbd_model_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION bgnbd_model(double precision, double precision, double precision, double precision, interval) IS
    'BG/NBD model from given parameters; alpha in the given unit of time';
CREATE FUNCTION mbgnbd_model(r double precision, alpha double precision, a double precision, b double precision, unit interval DEFAULT NULL)
    RETURNS clv_model AS 'MODULE_PATHNAME', 'mbgnbd_model_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mbgnbd_model(double precision, double precision, double precision, double precision, interval) IS
    'MBG/NBD model from given parameters; alpha in the given unit of time';
CREATE FUNCTION gamma_gamma_model(p double precision, q double precision, v double precision)
    RETURNS clv_model AS 'MODULE_PATHNAME', 'gamma_gamma_model_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION gamma_gamma_model(double precision, double precision, double precision) IS
    'Gamma-Gamma model of spend from given parameters; v in units of money';

-- What is in a model

CREATE FUNCTION clv_parameters(model clv_model, level double precision DEFAULT 0.95)
    RETURNS TABLE (parameter text, estimate double precision, std_error double precision, ci_low double precision, ci_high double precision)
    AS 'MODULE_PATHNAME', 'clv_parameters_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 4;
COMMENT ON FUNCTION clv_parameters(clv_model, double precision) IS
    'parameters of a model with standard errors and confidence limits, one row each';
