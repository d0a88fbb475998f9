-- Metrics: what a shop's customers do on the whole, and one customer in a period.
-- Rust: src/pg/metrics.rs
--
-- GROUP BY customer_id makes customers of orders: in parallel, on disk where memory is short, on
-- every worker of a cluster. So the metrics of a shop are an aggregate over clv_summary values,
-- and those that need a customer's days share the state of clv_summary and differ in the final
-- function: in one query the orders are collected once.

-- Over customers

CREATE TYPE clv_metrics AS (
    customers              bigint,
    orders                 bigint,
    revenue                double precision,
    average_order_value    double precision,
    purchase_frequency     double precision,
    repeat_rate            double precision,
    revenue_per_customer   double precision,
    average_lifespan       double precision,
    time_between_purchases double precision
);
COMMENT ON TYPE clv_metrics IS 'what the customers of a shop do on the whole';
COMMENT ON COLUMN clv_metrics.customers IS 'customers with a purchase';
COMMENT ON COLUMN clv_metrics.orders IS 'orders, refunds not counted';
COMMENT ON COLUMN clv_metrics.revenue IS 'sum of all amounts, net of refunds';
COMMENT ON COLUMN clv_metrics.average_order_value IS 'revenue per order';
COMMENT ON COLUMN clv_metrics.purchase_frequency IS 'orders per customer';
COMMENT ON COLUMN clv_metrics.repeat_rate IS 'share of the customers who purchased on more than one day';
COMMENT ON COLUMN clv_metrics.revenue_per_customer IS 'revenue per customer';
COMMENT ON COLUMN clv_metrics.average_lifespan IS 'mean days from the first to the last purchase, over all customers';
COMMENT ON COLUMN clv_metrics.time_between_purchases IS 'mean days from one purchase day to the next, over all pairs';

CREATE FUNCTION _clv_metrics_step(internal, clv_summary) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_metrics_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_metrics_final(internal) RETURNS clv_metrics
    AS 'MODULE_PATHNAME', '_clv_metrics_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_metrics(customer clv_summary) (
    SFUNC = _clv_metrics_step, STYPE = internal, SSPACE = 1024, FINALFUNC = _clv_metrics_final,
    COMBINEFUNC = _clv_sums_combine, SERIALFUNC = _clv_sums_serialize,
    DESERIALFUNC = _clv_sums_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_metrics(clv_summary) IS
    'order value, frequency, repeat rate, lifespan and more over customers';

-- Over the orders of one customer; SSPACE as for clv_summary

CREATE FUNCTION _clv_purchase_days_final(internal) RETURNS date[]
    AS 'MODULE_PATHNAME', '_clv_purchase_days_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_purchase_gaps_final(internal) RETURNS integer[]
    AS 'MODULE_PATHNAME', '_clv_purchase_gaps_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_activity_final(internal) RETURNS text
    AS 'MODULE_PATHNAME', '_clv_activity_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_purchase_days(ordered_at date, amount double precision, as_of date) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_days_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_days(date, double precision, date) IS
    'purchase days of a customer, ascending, those left out that were returned';
CREATE AGGREGATE clv_purchase_days(ordered_at date, amount numeric, as_of date) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_days_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_days(date, numeric, date) IS
    'purchase days of a customer, ascending, those left out that were returned';
CREATE AGGREGATE clv_purchase_days(ordered_at timestamp, amount double precision, as_of timestamp) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_days_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_days(timestamp, double precision, timestamp) IS
    'purchase days of a customer, ascending, those left out that were returned';
CREATE AGGREGATE clv_purchase_days(ordered_at timestamp, amount numeric, as_of timestamp) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_days_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_days(timestamp, numeric, timestamp) IS
    'purchase days of a customer, ascending, those left out that were returned';
CREATE AGGREGATE clv_purchase_days(ordered_at timestamptz, amount double precision, as_of timestamptz) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_days_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_days(timestamptz, double precision, timestamptz) IS
    'purchase days of a customer, ascending, those left out that were returned, days of the session''s time zone';
CREATE AGGREGATE clv_purchase_days(ordered_at timestamptz, amount numeric, as_of timestamptz) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_days_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_days(timestamptz, numeric, timestamptz) IS
    'purchase days of a customer, ascending, those left out that were returned, days of the session''s time zone';
CREATE AGGREGATE clv_purchase_gaps(ordered_at date, amount double precision, as_of date) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_gaps_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_gaps(date, double precision, date) IS
    'days from each purchase day of a customer to the next';
CREATE AGGREGATE clv_purchase_gaps(ordered_at date, amount numeric, as_of date) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_gaps_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_gaps(date, numeric, date) IS
    'days from each purchase day of a customer to the next';
CREATE AGGREGATE clv_purchase_gaps(ordered_at timestamp, amount double precision, as_of timestamp) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_gaps_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_gaps(timestamp, double precision, timestamp) IS
    'days from each purchase day of a customer to the next';
CREATE AGGREGATE clv_purchase_gaps(ordered_at timestamp, amount numeric, as_of timestamp) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_gaps_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_gaps(timestamp, numeric, timestamp) IS
    'days from each purchase day of a customer to the next';
CREATE AGGREGATE clv_purchase_gaps(ordered_at timestamptz, amount double precision, as_of timestamptz) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_gaps_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_gaps(timestamptz, double precision, timestamptz) IS
    'days from each purchase day of a customer to the next, days of the session''s time zone';
CREATE AGGREGATE clv_purchase_gaps(ordered_at timestamptz, amount numeric, as_of timestamptz) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_purchase_gaps_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_purchase_gaps(timestamptz, numeric, timestamptz) IS
    'days from each purchase day of a customer to the next, days of the session''s time zone';
CREATE AGGREGATE clv_activity(ordered_at date, amount double precision, as_of date, period interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_activity_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_activity(date, double precision, date, interval) IS
    'new, returning, reactivated, lapsed or inactive: a customer in the period that ends with as_of';
CREATE AGGREGATE clv_activity(ordered_at date, amount numeric, as_of date, period interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_activity_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_activity(date, numeric, date, interval) IS
    'new, returning, reactivated, lapsed or inactive: a customer in the period that ends with as_of';
CREATE AGGREGATE clv_activity(ordered_at timestamp, amount double precision, as_of timestamp, period interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_activity_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_activity(timestamp, double precision, timestamp, interval) IS
    'new, returning, reactivated, lapsed or inactive: a customer in the period that ends with as_of';
CREATE AGGREGATE clv_activity(ordered_at timestamp, amount numeric, as_of timestamp, period interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_activity_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_activity(timestamp, numeric, timestamp, interval) IS
    'new, returning, reactivated, lapsed or inactive: a customer in the period that ends with as_of';
CREATE AGGREGATE clv_activity(ordered_at timestamptz, amount double precision, as_of timestamptz, period interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_activity_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_activity(timestamptz, double precision, timestamptz, interval) IS
    'new, returning, reactivated, lapsed or inactive: a customer in the period that ends with as_of, days of the session''s time zone';
CREATE AGGREGATE clv_activity(ordered_at timestamptz, amount numeric, as_of timestamptz, period interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_activity_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_activity(timestamptz, numeric, timestamptz, interval) IS
    'new, returning, reactivated, lapsed or inactive: a customer in the period that ends with as_of, days of the session''s time zone';

-- Days of a time zone that is named: the same for every session, worker and nightly job.

CREATE AGGREGATE clv_activity(ordered_at timestamptz, amount double precision, as_of date, period interval, time_zone text) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_activity_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_activity(timestamptz, double precision, date, interval, text) IS
    'new, returning, reactivated, lapsed or inactive: a customer in the period that ends with as_of, days of the time zone named';
CREATE AGGREGATE clv_activity(ordered_at timestamptz, amount numeric, as_of date, period interval, time_zone text) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_activity_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_activity(timestamptz, numeric, date, interval, text) IS
    'new, returning, reactivated, lapsed or inactive: a customer in the period that ends with as_of, days of the time zone named';

-- What customers had brought by the same age, so that cohorts compare

CREATE FUNCTION _clv_value_at_age_final(internal) RETURNS double precision
    AS 'MODULE_PATHNAME', '_clv_value_at_age_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_value_at_age(ordered_at date, amount double precision, as_of date, age interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_value_at_age_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_value_at_age(date, double precision, date, interval) IS
    'what a customer had brought by an age, counted from the first purchase day; NULL before as_of is that far';
CREATE AGGREGATE clv_value_at_age(ordered_at date, amount numeric, as_of date, age interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_value_at_age_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_value_at_age(date, numeric, date, interval) IS
    'what a customer had brought by an age, counted from the first purchase day; NULL before as_of is that far';
CREATE AGGREGATE clv_value_at_age(ordered_at timestamp, amount double precision, as_of timestamp, age interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_value_at_age_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_value_at_age(timestamp, double precision, timestamp, interval) IS
    'what a customer had brought by an age, counted from the first purchase day; NULL before as_of is that far';
CREATE AGGREGATE clv_value_at_age(ordered_at timestamp, amount numeric, as_of timestamp, age interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_value_at_age_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_value_at_age(timestamp, numeric, timestamp, interval) IS
    'what a customer had brought by an age, counted from the first purchase day; NULL before as_of is that far';
CREATE AGGREGATE clv_value_at_age(ordered_at timestamptz, amount double precision, as_of timestamptz, age interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_value_at_age_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_value_at_age(timestamptz, double precision, timestamptz, interval) IS
    'what a customer had brought by an age, counted from the first purchase day; NULL before as_of is that far, days of the session''s time zone';
CREATE AGGREGATE clv_value_at_age(ordered_at timestamptz, amount numeric, as_of timestamptz, age interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_value_at_age_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_value_at_age(timestamptz, numeric, timestamptz, interval) IS
    'what a customer had brought by an age, counted from the first purchase day; NULL before as_of is that far, days of the session''s time zone';
CREATE AGGREGATE clv_value_at_age(ordered_at timestamptz, amount double precision, as_of date, age interval, time_zone text) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_value_at_age_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_value_at_age(timestamptz, double precision, date, interval, text) IS
    'what a customer had brought by an age, counted from the first purchase day; NULL before as_of is that far, days of the time zone named';
CREATE AGGREGATE clv_value_at_age(ordered_at timestamptz, amount numeric, as_of date, age interval, time_zone text) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_value_at_age_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_value_at_age(timestamptz, numeric, date, interval, text) IS
    'what a customer had brought by an age, counted from the first purchase day; NULL before as_of is that far, days of the time zone named';
