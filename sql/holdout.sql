-- Holdout: the aggregate clv_holdout, what customers did after a model's data end, and how well
-- the model foresaw it. Rust: src/pg/holdout.rs

-- Frozen once released: a composite used in a table column cannot be altered.
CREATE TYPE clv_holdout AS (
    purchases integer,
    monetary  double precision,
    orders    bigint,
    revenue   double precision,
    after     date,
    until     date
);
COMMENT ON TYPE clv_holdout IS 'what a customer did in a stretch of time after the observation of a model';
COMMENT ON COLUMN clv_holdout.purchases IS 'purchase days';
COMMENT ON COLUMN clv_holdout.monetary IS 'mean net value of a purchase day, NULL without one';
COMMENT ON COLUMN clv_holdout.orders IS 'orders, refunds not counted';
COMMENT ON COLUMN clv_holdout.revenue IS 'sum of all amounts, net of refunds';
COMMENT ON COLUMN clv_holdout.after IS 'last day before the stretch, the as_of of the summaries';
COMMENT ON COLUMN clv_holdout.until IS 'last day of the stretch';

-- Support functions

CREATE FUNCTION _clv_holdout_step(internal, date, double precision, date, date) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_holdout_step_date_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_holdout_step(internal, timestamp, double precision, timestamp, timestamp) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_holdout_step_timestamp_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_holdout_step(internal, timestamptz, double precision, timestamptz, timestamptz) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_holdout_step_timestamptz_wrapper' LANGUAGE c STABLE PARALLEL SAFE;
CREATE FUNCTION _clv_holdout_step(internal, date, numeric, date, date) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_holdout_step_date_numeric_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_holdout_step(internal, timestamp, numeric, timestamp, timestamp) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_holdout_step_timestamp_numeric_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_holdout_step(internal, timestamptz, numeric, timestamptz, timestamptz) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_holdout_step_timestamptz_numeric_wrapper' LANGUAGE c STABLE PARALLEL SAFE;
-- Costs as of clv_summary, whose states these are like.
CREATE FUNCTION _clv_holdout_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_holdout_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
CREATE FUNCTION _clv_holdout_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_holdout_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3;
CREATE FUNCTION _clv_holdout_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_holdout_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
CREATE FUNCTION _clv_holdout_final(internal) RETURNS clv_holdout
    AS 'MODULE_PATHNAME', '_clv_holdout_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;

-- Aggregates. SSPACE is the state of a customer with up to four purchase days, as allocated.

CREATE AGGREGATE clv_holdout(ordered_at date, amount double precision, "from" date, "to" date) (
    SFUNC = _clv_holdout_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_holdout_final,
    COMBINEFUNC = _clv_holdout_combine, SERIALFUNC = _clv_holdout_serialize,
    DESERIALFUNC = _clv_holdout_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_holdout(ordered_at timestamp, amount double precision, "from" timestamp, "to" timestamp) (
    SFUNC = _clv_holdout_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_holdout_final,
    COMBINEFUNC = _clv_holdout_combine, SERIALFUNC = _clv_holdout_serialize,
    DESERIALFUNC = _clv_holdout_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_holdout(ordered_at timestamptz, amount double precision, "from" timestamptz, "to" timestamptz) (
    SFUNC = _clv_holdout_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_holdout_final,
    COMBINEFUNC = _clv_holdout_combine, SERIALFUNC = _clv_holdout_serialize,
    DESERIALFUNC = _clv_holdout_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_holdout(ordered_at date, amount numeric, "from" date, "to" date) (
    SFUNC = _clv_holdout_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_holdout_final,
    COMBINEFUNC = _clv_holdout_combine, SERIALFUNC = _clv_holdout_serialize,
    DESERIALFUNC = _clv_holdout_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_holdout(ordered_at timestamp, amount numeric, "from" timestamp, "to" timestamp) (
    SFUNC = _clv_holdout_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_holdout_final,
    COMBINEFUNC = _clv_holdout_combine, SERIALFUNC = _clv_holdout_serialize,
    DESERIALFUNC = _clv_holdout_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE clv_holdout(ordered_at timestamptz, amount numeric, "from" timestamptz, "to" timestamptz) (
    SFUNC = _clv_holdout_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_holdout_final,
    COMBINEFUNC = _clv_holdout_combine, SERIALFUNC = _clv_holdout_serialize,
    DESERIALFUNC = _clv_holdout_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_holdout(date, double precision, date, date) IS
    'what a customer did after one date and until another';
COMMENT ON AGGREGATE clv_holdout(timestamp, double precision, timestamp, timestamp) IS
    'what a customer did after one date and until another';
COMMENT ON AGGREGATE clv_holdout(timestamptz, double precision, timestamptz, timestamptz) IS
    'what a customer did after one date and until another, days of the session''s time zone';
COMMENT ON AGGREGATE clv_holdout(date, numeric, date, date) IS
    'what a customer did after one date and until another';
COMMENT ON AGGREGATE clv_holdout(timestamp, numeric, timestamp, timestamp) IS
    'what a customer did after one date and until another';
COMMENT ON AGGREGATE clv_holdout(timestamptz, numeric, timestamptz, timestamptz) IS
    'what a customer did after one date and until another, days of the session''s time zone';

-- How well it was foreseen

CREATE TYPE clv_accuracy AS (
    customers              bigint,
    predicted              double precision,
    actual                 double precision,
    bias                   double precision,
    mean_absolute_error    double precision,
    root_mean_square_error double precision
);
COMMENT ON TYPE clv_accuracy IS
    'how far predictions were off: means per customer, bias and errors of predicted less actual';
CREATE FUNCTION _clv_accuracy_step(internal, double precision, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_accuracy_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_accuracy_final(internal) RETURNS clv_accuracy
    AS 'MODULE_PATHNAME', '_clv_accuracy_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_accuracy(predicted double precision, actual double precision) (
    SFUNC = _clv_accuracy_step, STYPE = internal, SSPACE = 400, FINALFUNC = _clv_accuracy_final,
    COMBINEFUNC = _clv_sums_combine, SERIALFUNC = _clv_sums_serialize,
    DESERIALFUNC = _clv_sums_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_accuracy(double precision, double precision) IS
    'bias, mean absolute and root mean square error of predictions against what happened';

-- Days of a time zone that is named: the same for every session, worker and nightly job.

CREATE FUNCTION _clv_holdout_step(internal, timestamptz, double precision, date, date, text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_holdout_step_zone_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_holdout_step(internal, timestamptz, numeric, date, date, text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_holdout_step_zone_numeric_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_holdout(ordered_at timestamptz, amount double precision, "from" date, "to" date, time_zone text) (
    SFUNC = _clv_holdout_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_holdout_final,
    COMBINEFUNC = _clv_holdout_combine, SERIALFUNC = _clv_holdout_serialize,
    DESERIALFUNC = _clv_holdout_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_holdout(timestamptz, double precision, date, date, text) IS
    'what a customer did after one date and until another, days of the time zone named';
CREATE AGGREGATE clv_holdout(ordered_at timestamptz, amount numeric, "from" date, "to" date, time_zone text) (
    SFUNC = _clv_holdout_step, STYPE = internal, SSPACE = 80, FINALFUNC = _clv_holdout_final,
    COMBINEFUNC = _clv_holdout_combine, SERIALFUNC = _clv_holdout_serialize,
    DESERIALFUNC = _clv_holdout_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_holdout(timestamptz, numeric, date, date, text) IS
    'what a customer did after one date and until another, days of the time zone named';
