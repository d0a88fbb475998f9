-- Summary: the aggregate clv_summary, from orders to a customer's history. Rust: src/pg/summary.rs

-- Frozen once released: a composite used in a table column cannot be altered.
CREATE TYPE clv_summary AS (
    frequency   integer,
    recency     double precision,
    age         double precision,
    monetary    double precision,
    orders      bigint,
    revenue     double precision,
    first_order date,
    last_order  date,
    as_of       date,
    unit        interval
);
COMMENT ON TYPE clv_summary IS 'purchase history of one customer up to a date';
COMMENT ON COLUMN clv_summary.frequency IS 'repeat purchase days (x): purchase days after the first';
COMMENT ON COLUMN clv_summary.recency IS 'from the first to the last purchase day (t_x), in units';
COMMENT ON COLUMN clv_summary.age IS 'from the first purchase day to as_of (T), in units';
COMMENT ON COLUMN clv_summary.monetary IS 'mean net value of a repeat purchase day, NULL without one';
COMMENT ON COLUMN clv_summary.orders IS 'orders up to as_of, refunds not counted';
COMMENT ON COLUMN clv_summary.revenue IS 'sum of all amounts up to as_of, net of refunds';
COMMENT ON COLUMN clv_summary.first_order IS 'first purchase day';
COMMENT ON COLUMN clv_summary.last_order IS 'last purchase day';
COMMENT ON COLUMN clv_summary.as_of IS 'end of observation, a day that is included';
COMMENT ON COLUMN clv_summary.unit IS 'unit of recency and age';

-- Support functions

CREATE FUNCTION _clv_summary_step(internal, date, double precision, date) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_date_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, date, double precision, date, interval) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_date_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, timestamp, double precision, timestamp) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_timestamp_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, timestamp, double precision, timestamp, interval) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_timestamp_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, timestamptz, double precision, timestamptz) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_timestamptz_wrapper' LANGUAGE c STABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, timestamptz, double precision, timestamptz, interval) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_timestamptz_wrapper' LANGUAGE c STABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, date, numeric, date) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_date_numeric_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, date, numeric, date, interval) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_date_numeric_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, timestamp, numeric, timestamp) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_timestamp_numeric_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, timestamp, numeric, timestamp, interval) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_timestamp_numeric_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, timestamptz, numeric, timestamptz) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_timestamptz_numeric_wrapper' LANGUAGE c STABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, timestamptz, numeric, timestamptz, interval) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_timestamptz_numeric_wrapper' LANGUAGE c STABLE PARALLEL SAFE;
-- Costs as measured, one unit being about 12 ns, of states with a few orders: where each worker meets
-- nearly every customer partial states are many, and the planner should know that they are not free.
CREATE FUNCTION _clv_summary_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
CREATE FUNCTION _clv_summary_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_summary_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
CREATE FUNCTION _clv_summary_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
CREATE FUNCTION _clv_summary_final(internal) RETURNS clv_summary
    AS 'MODULE_PATHNAME', '_clv_summary_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;

-- Aggregates. SSPACE is the state of a customer with up to six purchase days, as allocated. The step
-- keeps the cost of an operator: with a higher one the planner would split many small groups among
-- workers, whose partial results cost the leader as much as they save.

CREATE AGGREGATE clv_summary(ordered_at date, amount double precision, as_of date) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_summary(ordered_at date, amount double precision, as_of date, unit interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_summary(ordered_at timestamp, amount double precision, as_of timestamp) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_summary(ordered_at timestamp, amount double precision, as_of timestamp, unit interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_summary(ordered_at timestamptz, amount double precision, as_of timestamptz) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_summary(ordered_at timestamptz, amount double precision, as_of timestamptz, unit interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
-- numeric is read as cents; its cast to double precision would cost more than all the rest.
CREATE AGGREGATE clv_summary(ordered_at date, amount numeric, as_of date) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_summary(ordered_at date, amount numeric, as_of date, unit interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_summary(ordered_at timestamp, amount numeric, as_of timestamp) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_summary(ordered_at timestamp, amount numeric, as_of timestamp, unit interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_summary(ordered_at timestamptz, amount numeric, as_of timestamptz) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_summary(ordered_at timestamptz, amount numeric, as_of timestamptz, unit interval) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_summary(date, double precision, date) IS
    'purchase history of a customer up to as_of, in days';
COMMENT ON AGGREGATE clv_summary(date, double precision, date, interval) IS
    'purchase history of a customer up to as_of, in the given unit';
COMMENT ON AGGREGATE clv_summary(timestamp, double precision, timestamp) IS
    'purchase history of a customer up to as_of, in days';
COMMENT ON AGGREGATE clv_summary(timestamp, double precision, timestamp, interval) IS
    'purchase history of a customer up to as_of, in the given unit';
COMMENT ON AGGREGATE clv_summary(timestamptz, double precision, timestamptz) IS
    'purchase history of a customer up to as_of, in days of the session''s time zone';
COMMENT ON AGGREGATE clv_summary(timestamptz, double precision, timestamptz, interval) IS
    'purchase history of a customer up to as_of, in the given unit, days of the session''s time zone';
COMMENT ON AGGREGATE clv_summary(date, numeric, date) IS
    'purchase history of a customer up to as_of, in days';
COMMENT ON AGGREGATE clv_summary(date, numeric, date, interval) IS
    'purchase history of a customer up to as_of, in the given unit';
COMMENT ON AGGREGATE clv_summary(timestamp, numeric, timestamp) IS
    'purchase history of a customer up to as_of, in days';
COMMENT ON AGGREGATE clv_summary(timestamp, numeric, timestamp, interval) IS
    'purchase history of a customer up to as_of, in the given unit';
COMMENT ON AGGREGATE clv_summary(timestamptz, numeric, timestamptz) IS
    'purchase history of a customer up to as_of, in days of the session''s time zone';
COMMENT ON AGGREGATE clv_summary(timestamptz, numeric, timestamptz, interval) IS
    'purchase history of a customer up to as_of, in the given unit, days of the session''s time zone';

-- Days of a time zone that is named: the same for every session, worker and nightly job.

CREATE FUNCTION _clv_summary_step(internal, timestamptz, double precision, date, interval, text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_zone_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_summary_step(internal, timestamptz, numeric, date, interval, text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_summary_step_zone_numeric_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_summary(ordered_at timestamptz, amount double precision, as_of date, unit interval, time_zone text) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_summary(timestamptz, double precision, date, interval, text) IS
    'purchase history of a customer up to as_of, in the given unit, days of the time zone named, whatever that of the session';
CREATE AGGREGATE clv_summary(ordered_at timestamptz, amount numeric, as_of date, unit interval, time_zone text) (
    SFUNC = _clv_summary_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_summary_final,
    COMBINEFUNC = _clv_summary_combine, SERIALFUNC = _clv_summary_serialize,
    DESERIALFUNC = _clv_summary_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_summary(timestamptz, numeric, date, interval, text) IS
    'purchase history of a customer up to as_of, in the given unit, days of the time zone named, whatever that of the session';
