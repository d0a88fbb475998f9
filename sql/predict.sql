-- Predict: a model applied to a customer, who is a clv_summary or the plain columns frequency,
-- recency, age. A horizon is an interval or a number in the model's unit. Rust: src/pg/predict.rs
-- COST was measured: one unit is the time of a built-in operator, about 12 ns. Over a lifetime
-- clv_value takes seven times what is stated here, which is within a horizon of one to three years.

-- P(alive)

CREATE FUNCTION clv_p_alive(model clv_model, customer clv_summary) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_p_alive_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION clv_p_alive(clv_model, clv_summary) IS
    'probability that a customer is still active at the end of observation';
CREATE FUNCTION clv_p_alive(model clv_model, frequency double precision, recency double precision, age double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_p_alive_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION clv_p_alive(clv_model, double precision, double precision, double precision) IS
    'probability that a customer is still active at the end of observation';
CREATE FUNCTION clv_p_alive(model clv_model, customer clv_summary, after interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_p_alive_after_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 25;
COMMENT ON FUNCTION clv_p_alive(clv_model, clv_summary, interval) IS
    'probability that a customer is still active some time after the end of observation';
CREATE FUNCTION clv_p_alive(model clv_model, customer clv_summary, after text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_p_alive_after_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 25;
COMMENT ON FUNCTION clv_p_alive(clv_model, clv_summary, text) IS
    'probability that a customer is still active some time after the end of observation; the text is read as an interval';
CREATE FUNCTION clv_p_alive(model clv_model, frequency double precision, recency double precision, age double precision, after interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_p_alive_after_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 25;
COMMENT ON FUNCTION clv_p_alive(clv_model, double precision, double precision, double precision, interval) IS
    'probability that a customer is still active some time after the end of observation';
CREATE FUNCTION clv_p_alive(model clv_model, frequency double precision, recency double precision, age double precision, after text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_p_alive_after_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 25;
COMMENT ON FUNCTION clv_p_alive(clv_model, double precision, double precision, double precision, text) IS
    'probability that a customer is still active some time after the end of observation; the text is read as an interval';
CREATE FUNCTION clv_p_alive(model clv_model, frequency double precision, recency double precision, age double precision, after double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_p_alive_after_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 25;
COMMENT ON FUNCTION clv_p_alive(clv_model, double precision, double precision, double precision, double precision) IS
    'probability that a customer is still active some time after the end of observation';

-- Expected purchases

CREATE FUNCTION clv_predict_purchases(model clv_model, customer clv_summary, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_predict_purchases_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION clv_predict_purchases(clv_model, clv_summary, interval) IS
    'expected purchases of a customer within the horizon, under any purchase model';
CREATE FUNCTION clv_predict_purchases(model clv_model, customer clv_summary, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_predict_purchases_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION clv_predict_purchases(clv_model, clv_summary, text) IS
    'expected purchases of a customer within the horizon, under any purchase model; the text is read as an interval';
CREATE FUNCTION clv_predict_purchases(model clv_model, frequency double precision, recency double precision, age double precision, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_predict_purchases_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION clv_predict_purchases(clv_model, double precision, double precision, double precision, interval) IS
    'expected purchases of a customer within the horizon, under any purchase model';
CREATE FUNCTION clv_predict_purchases(model clv_model, frequency double precision, recency double precision, age double precision, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_predict_purchases_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION clv_predict_purchases(clv_model, double precision, double precision, double precision, text) IS
    'expected purchases of a customer within the horizon, under any purchase model; the text is read as an interval';
CREATE FUNCTION clv_predict_purchases(model clv_model, frequency double precision, recency double precision, age double precision, horizon double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_predict_purchases_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION clv_predict_purchases(clv_model, double precision, double precision, double precision, double precision) IS
    'expected purchases of a customer within the horizon, under any purchase model';

CREATE FUNCTION nbd_predict(model clv_model, customer clv_summary, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'nbd_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION nbd_predict(clv_model, clv_summary, interval) IS
    'expected purchases of a customer within the horizon, under an NBD model';
CREATE FUNCTION nbd_predict(model clv_model, customer clv_summary, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'nbd_predict_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION nbd_predict(clv_model, clv_summary, text) IS
    'expected purchases of a customer within the horizon, under an NBD model; the text is read as an interval';
CREATE FUNCTION nbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'nbd_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION nbd_predict(clv_model, double precision, double precision, double precision, interval) IS
    'expected purchases of a customer within the horizon, under an NBD model';
CREATE FUNCTION nbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'nbd_predict_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION nbd_predict(clv_model, double precision, double precision, double precision, text) IS
    'expected purchases of a customer within the horizon, under an NBD model; the text is read as an interval';
CREATE FUNCTION nbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'nbd_predict_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION nbd_predict(clv_model, double precision, double precision, double precision, double precision) IS
    'expected purchases of a customer within the horizon, under an NBD model';

CREATE FUNCTION bgnbd_predict(model clv_model, customer clv_summary, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'bgnbd_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION bgnbd_predict(clv_model, clv_summary, interval) IS
    'expected purchases of a customer within the horizon, under a BG/NBD model';
CREATE FUNCTION bgnbd_predict(model clv_model, customer clv_summary, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'bgnbd_predict_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION bgnbd_predict(clv_model, clv_summary, text) IS
    'expected purchases of a customer within the horizon, under a BG/NBD model; the text is read as an interval';
CREATE FUNCTION bgnbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'bgnbd_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION bgnbd_predict(clv_model, double precision, double precision, double precision, interval) IS
    'expected purchases of a customer within the horizon, under a BG/NBD model';
CREATE FUNCTION bgnbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'bgnbd_predict_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION bgnbd_predict(clv_model, double precision, double precision, double precision, text) IS
    'expected purchases of a customer within the horizon, under a BG/NBD model; the text is read as an interval';
CREATE FUNCTION bgnbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'bgnbd_predict_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION bgnbd_predict(clv_model, double precision, double precision, double precision, double precision) IS
    'expected purchases of a customer within the horizon, under a BG/NBD model';

CREATE FUNCTION mbgnbd_predict(model clv_model, customer clv_summary, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'mbgnbd_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION mbgnbd_predict(clv_model, clv_summary, interval) IS
    'expected purchases of a customer within the horizon, under an MBG/NBD model';
CREATE FUNCTION mbgnbd_predict(model clv_model, customer clv_summary, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'mbgnbd_predict_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION mbgnbd_predict(clv_model, clv_summary, text) IS
    'expected purchases of a customer within the horizon, under an MBG/NBD model; the text is read as an interval';
CREATE FUNCTION mbgnbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'mbgnbd_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION mbgnbd_predict(clv_model, double precision, double precision, double precision, interval) IS
    'expected purchases of a customer within the horizon, under an MBG/NBD model';
CREATE FUNCTION mbgnbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'mbgnbd_predict_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION mbgnbd_predict(clv_model, double precision, double precision, double precision, text) IS
    'expected purchases of a customer within the horizon, under an MBG/NBD model; the text is read as an interval';
CREATE FUNCTION mbgnbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'mbgnbd_predict_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION mbgnbd_predict(clv_model, double precision, double precision, double precision, double precision) IS
    'expected purchases of a customer within the horizon, under an MBG/NBD model';

CREATE FUNCTION pnbd_predict(model clv_model, customer clv_summary, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pnbd_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION pnbd_predict(clv_model, clv_summary, interval) IS
    'expected purchases of a customer within the horizon, under a Pareto/NBD model';
CREATE FUNCTION pnbd_predict(model clv_model, customer clv_summary, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pnbd_predict_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION pnbd_predict(clv_model, clv_summary, text) IS
    'expected purchases of a customer within the horizon, under a Pareto/NBD model; the text is read as an interval';
CREATE FUNCTION pnbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pnbd_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION pnbd_predict(clv_model, double precision, double precision, double precision, interval) IS
    'expected purchases of a customer within the horizon, under a Pareto/NBD model';
CREATE FUNCTION pnbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pnbd_predict_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION pnbd_predict(clv_model, double precision, double precision, double precision, text) IS
    'expected purchases of a customer within the horizon, under a Pareto/NBD model; the text is read as an interval';
CREATE FUNCTION pnbd_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'pnbd_predict_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION pnbd_predict(clv_model, double precision, double precision, double precision, double precision) IS
    'expected purchases of a customer within the horizon, under a Pareto/NBD model';

CREATE FUNCTION bgbb_predict(model clv_model, customer clv_summary, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'bgbb_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION bgbb_predict(clv_model, clv_summary, interval) IS
    'expected purchases of a customer within the horizon, under a BG/BB model';
CREATE FUNCTION bgbb_predict(model clv_model, customer clv_summary, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'bgbb_predict_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION bgbb_predict(clv_model, clv_summary, text) IS
    'expected purchases of a customer within the horizon, under a BG/BB model; the text is read as an interval';
CREATE FUNCTION bgbb_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'bgbb_predict_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION bgbb_predict(clv_model, double precision, double precision, double precision, interval) IS
    'expected purchases of a customer within the horizon, under a BG/BB model';
CREATE FUNCTION bgbb_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'bgbb_predict_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION bgbb_predict(clv_model, double precision, double precision, double precision, text) IS
    'expected purchases of a customer within the horizon, under a BG/BB model; the text is read as an interval';
CREATE FUNCTION bgbb_predict(model clv_model, frequency double precision, recency double precision, age double precision, horizon double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'bgbb_predict_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION bgbb_predict(clv_model, double precision, double precision, double precision, double precision) IS
    'expected purchases of a customer within the horizon, under a BG/BB model';

-- A customer just acquired

CREATE FUNCTION clv_expected_purchases(model clv_model, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_expected_purchases_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_expected_purchases(clv_model, interval) IS
    'expected purchases of a customer just acquired within the horizon, the first one not counted';
CREATE FUNCTION clv_expected_purchases(model clv_model, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_expected_purchases_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_expected_purchases(clv_model, text) IS
    'expected purchases of a customer just acquired within the horizon, the first one not counted; the text is read as an interval';
CREATE FUNCTION clv_expected_purchases(model clv_model, horizon double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_expected_purchases_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_expected_purchases(clv_model, double precision) IS
    'expected purchases of a customer just acquired within the horizon, the first one not counted';

-- Probability of n purchases

CREATE FUNCTION clv_purchase_pmf(model clv_model, n integer, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_purchase_pmf_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION clv_purchase_pmf(clv_model, integer, interval) IS
    'probability that a customer just acquired makes exactly n purchases within the horizon';
CREATE FUNCTION clv_purchase_pmf(model clv_model, n integer, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_purchase_pmf_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION clv_purchase_pmf(clv_model, integer, text) IS
    'probability that a customer just acquired makes exactly n purchases within the horizon; the text is read as an interval';
CREATE FUNCTION clv_purchase_pmf(model clv_model, n integer, horizon double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_purchase_pmf_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION clv_purchase_pmf(clv_model, integer, double precision) IS
    'probability that a customer just acquired makes exactly n purchases within the horizon';
CREATE FUNCTION clv_purchase_pmf(model clv_model, customer clv_summary, n integer, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_purchase_pmf_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION clv_purchase_pmf(clv_model, clv_summary, integer, interval) IS
    'probability that a customer makes exactly n purchases within the horizon';
CREATE FUNCTION clv_purchase_pmf(model clv_model, customer clv_summary, n integer, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_purchase_pmf_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION clv_purchase_pmf(clv_model, clv_summary, integer, text) IS
    'probability that a customer makes exactly n purchases within the horizon; the text is read as an interval';
CREATE FUNCTION clv_purchase_pmf(model clv_model, frequency double precision, recency double precision, age double precision, n integer, horizon interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_purchase_pmf_interval_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION clv_purchase_pmf(clv_model, double precision, double precision, double precision, integer, interval) IS
    'probability that a customer makes exactly n purchases within the horizon';
CREATE FUNCTION clv_purchase_pmf(model clv_model, frequency double precision, recency double precision, age double precision, n integer, horizon text) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_purchase_pmf_text_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION clv_purchase_pmf(clv_model, double precision, double precision, double precision, integer, text) IS
    'probability that a customer makes exactly n purchases within the horizon; the text is read as an interval';
CREATE FUNCTION clv_purchase_pmf(model clv_model, frequency double precision, recency double precision, age double precision, n integer, horizon double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_purchase_pmf_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION clv_purchase_pmf(clv_model, double precision, double precision, double precision, integer, double precision) IS
    'probability that a customer makes exactly n purchases within the horizon';

-- Discounted purchases. Without a horizon over the whole lifetime.

CREATE FUNCTION clv_discounted_purchases(model clv_model, customer clv_summary, horizon interval DEFAULT NULL, discount_rate double precision DEFAULT NULL) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_discounted_purchases_interval_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_discounted_purchases(clv_model, clv_summary, interval, double precision) IS
    'expected future purchases of a customer, discounted; discount_rate per year';
CREATE FUNCTION clv_discounted_purchases(model clv_model, customer clv_summary, horizon text, discount_rate double precision DEFAULT NULL) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_discounted_purchases_text_wrapper' LANGUAGE c STABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_discounted_purchases(clv_model, clv_summary, text, double precision) IS
    'expected future purchases of a customer, discounted; discount_rate per year; the text is read as an interval';
CREATE FUNCTION clv_discounted_purchases(model clv_model, frequency double precision, recency double precision, age double precision, horizon interval DEFAULT NULL, discount_rate double precision DEFAULT NULL) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_discounted_purchases_interval_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_discounted_purchases(clv_model, double precision, double precision, double precision, interval, double precision) IS
    'expected future purchases of a customer, discounted; discount_rate per year';
CREATE FUNCTION clv_discounted_purchases(model clv_model, frequency double precision, recency double precision, age double precision, horizon text, discount_rate double precision DEFAULT NULL) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_discounted_purchases_text_wrapper' LANGUAGE c STABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_discounted_purchases(clv_model, double precision, double precision, double precision, text, double precision) IS
    'expected future purchases of a customer, discounted; discount_rate per year; the text is read as an interval';
CREATE FUNCTION clv_discounted_purchases(model clv_model, frequency double precision, recency double precision, age double precision, horizon double precision, discount_rate double precision DEFAULT NULL) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_discounted_purchases_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_discounted_purchases(clv_model, double precision, double precision, double precision, double precision, double precision) IS
    'expected future purchases of a customer, discounted; discount_rate per year';

-- Spend

CREATE FUNCTION clv_predict_spend(spend clv_model, customer clv_summary) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_predict_spend_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION clv_predict_spend(clv_model, clv_summary) IS
    'expected value of a future purchase of a customer';
CREATE FUNCTION clv_predict_spend(spend clv_model, frequency double precision, monetary double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_predict_spend_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION clv_predict_spend(clv_model, double precision, double precision) IS
    'expected value of a future purchase; monetary may be NULL when frequency is 0';

-- Value: purchases times spend times margin, discounted. Without a horizon the whole lifetime.

CREATE FUNCTION clv_value(purchases clv_model, spend clv_model, customer clv_summary, horizon interval DEFAULT NULL, discount_rate double precision DEFAULT NULL, margin double precision DEFAULT 1) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_value_interval_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_value(clv_model, clv_model, clv_summary, interval, double precision, double precision) IS
    'present value of a customer''s future purchases; discount_rate per year';
CREATE FUNCTION clv_value(purchases clv_model, spend clv_model, customer clv_summary, horizon text, discount_rate double precision DEFAULT NULL, margin double precision DEFAULT 1) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_value_text_wrapper' LANGUAGE c STABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_value(clv_model, clv_model, clv_summary, text, double precision, double precision) IS
    'present value of a customer''s future purchases; discount_rate per year; the text is read as an interval';
CREATE FUNCTION clv_value(purchases clv_model, spend clv_model, frequency double precision, recency double precision, age double precision, monetary double precision, horizon interval DEFAULT NULL, discount_rate double precision DEFAULT NULL, margin double precision DEFAULT 1) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_value_interval_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_value(clv_model, clv_model, double precision, double precision, double precision, double precision, interval, double precision, double precision) IS
    'present value of a customer''s future purchases; discount_rate per year';
CREATE FUNCTION clv_value(purchases clv_model, spend clv_model, frequency double precision, recency double precision, age double precision, monetary double precision, horizon text, discount_rate double precision DEFAULT NULL, margin double precision DEFAULT 1) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_value_text_wrapper' LANGUAGE c STABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_value(clv_model, clv_model, double precision, double precision, double precision, double precision, text, double precision, double precision) IS
    'present value of a customer''s future purchases; discount_rate per year; the text is read as an interval';
CREATE FUNCTION clv_value(purchases clv_model, spend clv_model, frequency double precision, recency double precision, age double precision, monetary double precision, horizon double precision, discount_rate double precision DEFAULT NULL, margin double precision DEFAULT 1) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_value_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 60;
COMMENT ON FUNCTION clv_value(clv_model, clv_model, double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
    'present value of a customer''s future purchases; horizon in the model''s unit';

-- A horizon that ends on a day of the calendar

CREATE FUNCTION clv_until(customer clv_summary, day date) RETURNS interval
    AS 'MODULE_PATHNAME', 'clv_until_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION clv_until(clv_summary, date) IS
    'days from the customer''s as_of to a day of the calendar, as the horizon that ends with it';

-- Money for reports

CREATE FUNCTION clv_money(amount double precision, decimals integer DEFAULT 2) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN pg_catalog.round(CAST(amount AS pg_catalog.numeric), decimals);
COMMENT ON FUNCTION clv_money(double precision, integer) IS
    'an amount as numeric with so many decimals, for reports: round(amount::numeric, 2)';
