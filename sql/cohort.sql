-- Cohort: the calendar period in which a customer began, the number of a later period, and what is
-- left of cohorts period by period. Rust: src/pg/cohort.rs
--
-- A period is a day, week (from Monday), month, quarter or year. A timestamptz is cut into days in
-- the session's time zone; for another one pass ordered_at AT TIME ZONE 'Europe/Berlin'.

CREATE FUNCTION cohort_start(at date, period text DEFAULT 'month') RETURNS date
    AS 'MODULE_PATHNAME', 'cohort_start_date_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_start(date, text) IS
    'first day of the period in which a time lies';
CREATE FUNCTION cohort_start(at timestamp, period text DEFAULT 'month') RETURNS date
    AS 'MODULE_PATHNAME', 'cohort_start_timestamp_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_start(timestamp, text) IS
    'first day of the period in which a time lies';
CREATE FUNCTION cohort_start(at timestamptz, period text DEFAULT 'month') RETURNS date
    AS 'MODULE_PATHNAME', 'cohort_start_timestamptz_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_start(timestamptz, text) IS
    'first day of the period in which a time lies, days of the session''s time zone';
CREATE FUNCTION cohort_period(first_at date, at date, period text DEFAULT 'month') RETURNS integer
    AS 'MODULE_PATHNAME', 'cohort_period_date_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_period(date, date, text) IS
    'calendar periods from the first time to the other, 0 within the same period';
CREATE FUNCTION cohort_period(first_at timestamp, at timestamp, period text DEFAULT 'month') RETURNS integer
    AS 'MODULE_PATHNAME', 'cohort_period_timestamp_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_period(timestamp, timestamp, text) IS
    'calendar periods from the first time to the other, 0 within the same period';
CREATE FUNCTION cohort_period(first_at timestamptz, at timestamptz, period text DEFAULT 'month') RETURNS integer
    AS 'MODULE_PATHNAME', 'cohort_period_timestamptz_wrapper' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_period(timestamptz, timestamptz, text) IS
    'calendar periods from the first time to the other, 0 within the same period, days of the session''s time zone';

-- What is left of the cohorts. SSPACE is the state of three years of months.

CREATE TYPE cohort_retention AS (
    cohort                          date,
    period                          integer,
    customers                       bigint,
    active                          bigint,
    retention                       double precision,
    revenue                         double precision,
    cumulative_revenue_per_customer double precision
);
COMMENT ON TYPE cohort_retention IS 'a cohort of customers in one of its periods that are over';
COMMENT ON COLUMN cohort_retention.cohort IS 'first day of the period in which the customers first bought';
COMMENT ON COLUMN cohort_retention.period IS 'periods since then, 0 for the first';
COMMENT ON COLUMN cohort_retention.customers IS 'customers of the cohort';
COMMENT ON COLUMN cohort_retention.active IS 'customers of the cohort who bought in the period';
COMMENT ON COLUMN cohort_retention.retention IS 'share of the cohort who bought in the period';
COMMENT ON COLUMN cohort_retention.revenue IS 'revenue of the period, refunds subtracted, in the first one those from before as well; NULL without amounts';
COMMENT ON COLUMN cohort_retention.cumulative_revenue_per_customer IS 'revenue of the periods up to this one by customer of the cohort; NULL without amounts';

CREATE FUNCTION _cohort_retention_step(internal, date[], date, text) RETURNS internal
    AS 'MODULE_PATHNAME', '_cohort_retention_step_days_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _cohort_retention_step(internal, date[], double precision[], date, text) RETURNS internal
    AS 'MODULE_PATHNAME', '_cohort_retention_step_amounts_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _cohort_retention_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_cohort_retention_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _cohort_retention_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_cohort_retention_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _cohort_retention_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_cohort_retention_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _cohort_retention_final_days(internal) RETURNS cohort_retention[]
    AS 'MODULE_PATHNAME', '_cohort_retention_final_days_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _cohort_retention_final_amounts(internal) RETURNS cohort_retention[]
    AS 'MODULE_PATHNAME', '_cohort_retention_final_amounts_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE cohort_retention(ordered_on date[], as_of date, period text) (
    SFUNC = _cohort_retention_step, STYPE = internal, SSPACE = 16384,
    FINALFUNC = _cohort_retention_final_days, COMBINEFUNC = _cohort_retention_combine,
    SERIALFUNC = _cohort_retention_serialize, DESERIALFUNC = _cohort_retention_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE cohort_retention(date[], date, text) IS
    'customers who bought, by cohort and period, from the days on which each customer bought; one element for each period that is over by as_of';
CREATE AGGREGATE cohort_retention(ordered_on date[], amounts double precision[], as_of date, period text) (
    SFUNC = _cohort_retention_step, STYPE = internal, SSPACE = 16384,
    FINALFUNC = _cohort_retention_final_amounts, COMBINEFUNC = _cohort_retention_combine,
    SERIALFUNC = _cohort_retention_serialize, DESERIALFUNC = _cohort_retention_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE cohort_retention(date[], double precision[], date, text) IS
    'customers who bought and revenue, by cohort and period, from the orders and refunds of each customer; one element for each period that is over by as_of';
