-- Classic: customer lifetime value by formula, without a model; present values; customer equity.
-- Rust: src/pg/classic.rs
--
-- A period is whatever the rates are per: a month, a year. First payment: 'now', at acquisition;
-- 'period_end', at the end of the first period and certain; 'first_renewal', at the end of the
-- first period if the customer is still there.

-- Lifetime value of a customer

CREATE FUNCTION clv_simple(average_order_value double precision, purchase_frequency double precision, lifespan double precision, margin double precision DEFAULT 1, acquisition_cost double precision DEFAULT 0) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_simple_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_simple(double precision, double precision, double precision, double precision, double precision) IS
    'undiscounted lifetime value: order value times purchases per period times periods times margin, less the acquisition cost';

CREATE FUNCTION clv_discounted(payment double precision, retention_rate double precision, discount_rate double precision, periods double precision DEFAULT NULL, growth_rate double precision DEFAULT 0, retention_cost double precision DEFAULT 0, acquisition_cost double precision DEFAULT 0, first_payment text DEFAULT 'period_end', first_growth text DEFAULT 'second_payment') RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_discounted_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION clv_discounted(double precision, double precision, double precision, double precision, double precision, double precision, double precision, text, text) IS
    'present value of the margins of a customer with constant retention, less the costs; for ever unless periods is given';
CREATE FUNCTION clv_discounted(payments double precision[], retention_rates double precision[], discount_rate double precision, retention_cost double precision DEFAULT 0, acquisition_cost double precision DEFAULT 0, first_payment text DEFAULT 'period_end') RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_discounted_curves_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION clv_discounted(double precision[], double precision[], double precision, double precision, double precision, text) IS
    'present value of a curve of margins under a curve of retention, less the costs';

CREATE FUNCTION clv_sensitivity(payment double precision, retention_rate double precision, discount_rate double precision, periods double precision DEFAULT NULL, growth_rate double precision DEFAULT 0, retention_cost double precision DEFAULT 0, acquisition_cost double precision DEFAULT 0, first_payment text DEFAULT 'period_end', first_growth text DEFAULT 'second_payment')
    RETURNS TABLE (term text, gain double precision, elasticity double precision)
    AS 'MODULE_PATHNAME', 'clv_sensitivity_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 6;
COMMENT ON FUNCTION clv_sensitivity(double precision, double precision, double precision, double precision, double precision, double precision, double precision, text, text) IS
    'what 1 % more of each term of clv_discounted adds to the value, as money and in percent';

CREATE FUNCTION clv_subscription(arpu double precision, churn_rate double precision, margin double precision DEFAULT 1, expansion_rate double precision DEFAULT 0, acquisition_cost double precision DEFAULT 0) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_subscription_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_subscription(double precision, double precision, double precision, double precision, double precision) IS
    'undiscounted lifetime value of a subscription; NULL where the expansion outweighs the churn';

-- Present values

CREATE FUNCTION clv_npv(cash_flows double precision[], discount_rate double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_npv_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_npv(double precision[], double precision) IS
    'net present value of one cash flow a period, the first one now';

-- Dated cash flows: aggregates. Undiscounted, money to date is the revenue of clv_summary, cent by
-- cent, from the same state. A cash flow takes 16 bytes of the state; its
-- day is that of a date, of a timestamp, or of a timestamptz in the session's time zone.

CREATE FUNCTION _clv_xnpv_step(internal, date, double precision, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_xnpv_step_date_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_xnpv_step(internal, date, double precision, double precision, date) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_xnpv_step_date_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_xnpv_step(internal, timestamp, double precision, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_xnpv_step_timestamp_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_xnpv_step(internal, timestamp, double precision, double precision, timestamp) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_xnpv_step_timestamp_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_xnpv_step(internal, timestamptz, double precision, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_xnpv_step_timestamptz_wrapper' LANGUAGE c STABLE PARALLEL SAFE;
CREATE FUNCTION _clv_xnpv_step(internal, timestamptz, double precision, double precision, timestamptz) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_xnpv_step_timestamptz_wrapper' LANGUAGE c STABLE PARALLEL SAFE;
CREATE FUNCTION _clv_historical_step(internal, date, double precision, date, double precision, date) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_historical_step_date_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_historical_step(internal, timestamp, double precision, timestamp, double precision, timestamp) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_historical_step_timestamp_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_historical_step(internal, timestamptz, double precision, timestamptz, double precision, timestamptz) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_historical_step_timestamptz_wrapper' LANGUAGE c STABLE PARALLEL SAFE;
CREATE FUNCTION _clv_cash_flows_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_cash_flows_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_cash_flows_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_cash_flows_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_cash_flows_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_cash_flows_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_xnpv_final(internal) RETURNS double precision
    AS 'MODULE_PATHNAME', '_clv_xnpv_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_revenue_final(internal) RETURNS double precision
    AS 'MODULE_PATHNAME', '_clv_revenue_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_historical_final(internal) RETURNS double precision
    AS 'MODULE_PATHNAME', '_clv_historical_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE clv_xnpv(paid_at date, amount double precision, discount_rate double precision) (
    SFUNC = _clv_xnpv_step, STYPE = internal, SSPACE = 96, FINALFUNC = _clv_xnpv_final,
    COMBINEFUNC = _clv_cash_flows_combine, SERIALFUNC = _clv_cash_flows_serialize,
    DESERIALFUNC = _clv_cash_flows_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_xnpv(date, double precision, double precision) IS
    'present value of dated cash flows on the day of the first one, as XNPV of spreadsheets';
CREATE AGGREGATE clv_xnpv(paid_at date, amount double precision, discount_rate double precision, value_date date) (
    SFUNC = _clv_xnpv_step, STYPE = internal, SSPACE = 96, FINALFUNC = _clv_xnpv_final,
    COMBINEFUNC = _clv_cash_flows_combine, SERIALFUNC = _clv_cash_flows_serialize,
    DESERIALFUNC = _clv_cash_flows_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_xnpv(date, double precision, double precision, date) IS
    'present value of dated cash flows on value_date';
CREATE AGGREGATE clv_xnpv(paid_at timestamp, amount double precision, discount_rate double precision) (
    SFUNC = _clv_xnpv_step, STYPE = internal, SSPACE = 96, FINALFUNC = _clv_xnpv_final,
    COMBINEFUNC = _clv_cash_flows_combine, SERIALFUNC = _clv_cash_flows_serialize,
    DESERIALFUNC = _clv_cash_flows_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_xnpv(timestamp, double precision, double precision) IS
    'present value of dated cash flows on the day of the first one, as XNPV of spreadsheets';
CREATE AGGREGATE clv_xnpv(paid_at timestamp, amount double precision, discount_rate double precision, value_date timestamp) (
    SFUNC = _clv_xnpv_step, STYPE = internal, SSPACE = 96, FINALFUNC = _clv_xnpv_final,
    COMBINEFUNC = _clv_cash_flows_combine, SERIALFUNC = _clv_cash_flows_serialize,
    DESERIALFUNC = _clv_cash_flows_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_xnpv(timestamp, double precision, double precision, timestamp) IS
    'present value of dated cash flows on value_date';
CREATE AGGREGATE clv_xnpv(paid_at timestamptz, amount double precision, discount_rate double precision) (
    SFUNC = _clv_xnpv_step, STYPE = internal, SSPACE = 96, FINALFUNC = _clv_xnpv_final,
    COMBINEFUNC = _clv_cash_flows_combine, SERIALFUNC = _clv_cash_flows_serialize,
    DESERIALFUNC = _clv_cash_flows_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_xnpv(timestamptz, double precision, double precision) IS
    'present value of dated cash flows on the day of the first one, as XNPV of spreadsheets, days of the session''s time zone';
CREATE AGGREGATE clv_xnpv(paid_at timestamptz, amount double precision, discount_rate double precision, value_date timestamptz) (
    SFUNC = _clv_xnpv_step, STYPE = internal, SSPACE = 96, FINALFUNC = _clv_xnpv_final,
    COMBINEFUNC = _clv_cash_flows_combine, SERIALFUNC = _clv_cash_flows_serialize,
    DESERIALFUNC = _clv_cash_flows_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_xnpv(timestamptz, double precision, double precision, timestamptz) IS
    'present value of dated cash flows on value_date, days of the session''s time zone';
CREATE AGGREGATE clv_historical(ordered_at date, amount double precision, as_of date) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_revenue_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_historical(date, double precision, date) IS
    'what a customer has brought up to as_of, refunds subtracted';
CREATE AGGREGATE clv_historical(ordered_at date, amount numeric, as_of date) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_revenue_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_historical(date, numeric, date) IS
    'what a customer has brought up to as_of, refunds subtracted';
CREATE AGGREGATE clv_historical(ordered_at date, amount double precision, as_of date, discount_rate double precision, value_date date) (
    SFUNC = _clv_historical_step, STYPE = internal, SSPACE = 96, FINALFUNC = _clv_historical_final,
    COMBINEFUNC = _clv_cash_flows_combine, SERIALFUNC = _clv_cash_flows_serialize,
    DESERIALFUNC = _clv_cash_flows_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_historical(date, double precision, date, double precision, date) IS
    'what a customer has brought up to as_of, discounted or compounded to value_date';
CREATE AGGREGATE clv_historical(ordered_at timestamp, amount double precision, as_of timestamp) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_revenue_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_historical(timestamp, double precision, timestamp) IS
    'what a customer has brought up to as_of, refunds subtracted';
CREATE AGGREGATE clv_historical(ordered_at timestamp, amount numeric, as_of timestamp) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_revenue_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_historical(timestamp, numeric, timestamp) IS
    'what a customer has brought up to as_of, refunds subtracted';
CREATE AGGREGATE clv_historical(ordered_at timestamp, amount double precision, as_of timestamp, discount_rate double precision, value_date timestamp) (
    SFUNC = _clv_historical_step, STYPE = internal, SSPACE = 96, FINALFUNC = _clv_historical_final,
    COMBINEFUNC = _clv_cash_flows_combine, SERIALFUNC = _clv_cash_flows_serialize,
    DESERIALFUNC = _clv_cash_flows_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_historical(timestamp, double precision, timestamp, double precision, timestamp) IS
    'what a customer has brought up to as_of, discounted or compounded to value_date';
CREATE AGGREGATE clv_historical(ordered_at timestamptz, amount double precision, as_of timestamptz) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_revenue_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_historical(timestamptz, double precision, timestamptz) IS
    'what a customer has brought up to as_of, refunds subtracted, days of the session''s time zone';
CREATE AGGREGATE clv_historical(ordered_at timestamptz, amount numeric, as_of timestamptz) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_revenue_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_historical(timestamptz, numeric, timestamptz) IS
    'what a customer has brought up to as_of, refunds subtracted, days of the session''s time zone';
CREATE AGGREGATE clv_historical(ordered_at timestamptz, amount double precision, as_of timestamptz, discount_rate double precision, value_date timestamptz) (
    SFUNC = _clv_historical_step, STYPE = internal, SSPACE = 96, FINALFUNC = _clv_historical_final,
    COMBINEFUNC = _clv_cash_flows_combine, SERIALFUNC = _clv_cash_flows_serialize,
    DESERIALFUNC = _clv_cash_flows_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_historical(timestamptz, double precision, timestamptz, double precision, timestamptz) IS
    'what a customer has brought up to as_of, discounted or compounded to value_date, days of the session''s time zone';

-- Customer equity

CREATE FUNCTION clv_customer_equity(residual_value double precision, acquisitions_per_period double precision, value_at_acquisition double precision, discount_rate double precision, periods double precision DEFAULT NULL) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_customer_equity_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION clv_customer_equity(double precision, double precision, double precision, double precision, double precision) IS
    'residual value of today''s customers plus present value of those to be acquired at a constant pace';
CREATE FUNCTION clv_customer_equity(residual_value double precision, acquisitions double precision[], values_at_acquisition double precision[], discount_rate double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_customer_equity_curves_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_customer_equity(double precision, double precision[], double precision[], double precision) IS
    'residual value of today''s customers plus present value of those to be acquired in each coming period';
