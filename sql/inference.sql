-- Inference: models compared and tested, limits of predictions. Rust: src/pg/inference.rs

CREATE FUNCTION clv_compare_models(models clv_model[])
    RETURNS TABLE ("position" integer, model text, parameters integer, log_likelihood double precision, aic double precision, aic_difference double precision, aic_weight double precision, bic double precision, bic_difference double precision, converged boolean)
    AS 'MODULE_PATHNAME', 'clv_compare_models_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 4;
COMMENT ON FUNCTION clv_compare_models(clv_model[]) IS
    'fitted models of the same customers by rising AIC; position is the place in the array';
CREATE FUNCTION clv_likelihood_ratio(smaller clv_model, larger clv_model, OUT statistic double precision, OUT degrees_of_freedom integer, OUT p_value double precision)
    AS 'MODULE_PATHNAME', 'clv_likelihood_ratio_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_likelihood_ratio(clv_model, clv_model) IS
    'likelihood-ratio test of a model against a larger one of which it is a special case';

CREATE FUNCTION clv_predict_interval(model clv_model, customer clv_summary, horizon interval, level double precision DEFAULT 0.95, OUT expected double precision, OUT expected_low double precision, OUT expected_high double precision, OUT purchases_low double precision, OUT purchases_high double precision)
    AS 'MODULE_PATHNAME', 'clv_predict_interval_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION clv_predict_interval(clv_model, clv_summary, interval, double precision) IS
    'expected purchases with confidence limits, and the limits between which the number of purchases will lie';
CREATE FUNCTION clv_predict_interval(model clv_model, customer clv_summary, horizon text, level double precision DEFAULT 0.95, OUT expected double precision, OUT expected_low double precision, OUT expected_high double precision, OUT purchases_low double precision, OUT purchases_high double precision)
    AS 'MODULE_PATHNAME', 'clv_predict_interval_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION clv_predict_interval(clv_model, clv_summary, text, double precision) IS
    'expected purchases with confidence limits, and the limits between which the number of purchases will lie; the text is read as an interval';
CREATE FUNCTION clv_predict_interval(model clv_model, frequency double precision, recency double precision, age double precision, horizon interval, level double precision DEFAULT 0.95, OUT expected double precision, OUT expected_low double precision, OUT expected_high double precision, OUT purchases_low double precision, OUT purchases_high double precision)
    AS 'MODULE_PATHNAME', 'clv_predict_interval_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION clv_predict_interval(clv_model, double precision, double precision, double precision, interval, double precision) IS
    'expected purchases with confidence limits, and the limits between which the number of purchases will lie';
CREATE FUNCTION clv_predict_interval(model clv_model, frequency double precision, recency double precision, age double precision, horizon text, level double precision DEFAULT 0.95, OUT expected double precision, OUT expected_low double precision, OUT expected_high double precision, OUT purchases_low double precision, OUT purchases_high double precision)
    AS 'MODULE_PATHNAME', 'clv_predict_interval_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION clv_predict_interval(clv_model, double precision, double precision, double precision, text, double precision) IS
    'expected purchases with confidence limits, and the limits between which the number of purchases will lie; the text is read as an interval';
CREATE FUNCTION clv_predict_interval(model clv_model, frequency double precision, recency double precision, age double precision, horizon double precision, level double precision DEFAULT 0.95, OUT expected double precision, OUT expected_low double precision, OUT expected_high double precision, OUT purchases_low double precision, OUT purchases_high double precision)
    AS 'MODULE_PATHNAME', 'clv_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION clv_predict_interval(clv_model, double precision, double precision, double precision, double precision, double precision) IS
    'expected purchases with confidence limits, and the limits between which the number of purchases will lie';

-- How likely a customer is

CREATE FUNCTION clv_log_likelihood(model clv_model, customer clv_summary) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_log_likelihood_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 40;
COMMENT ON FUNCTION clv_log_likelihood(clv_model, clv_summary) IS
    'log-likelihood of a customer''s purchases, or of their spend, at the parameters of a model';
CREATE FUNCTION clv_log_likelihood(model clv_model, frequency double precision, recency double precision, age double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_log_likelihood_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 40;
COMMENT ON FUNCTION clv_log_likelihood(clv_model, double precision, double precision, double precision) IS
    'log-likelihood of a customer''s purchases at the parameters of a model';
CREATE FUNCTION clv_log_likelihood(spend clv_model, frequency double precision, monetary double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_log_likelihood_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 40;
COMMENT ON FUNCTION clv_log_likelihood(clv_model, double precision, double precision) IS
    'log-likelihood of a customer''s spend at the parameters of a Gamma-Gamma model; NULL without a repeat purchase of positive value';
