-- Cohort: the calendar period in which a customer began, the number of a later period, and the
-- wide table. Rust: src/pg/cohort.rs
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

-- Wide: 13 columns are a year of months and a quarter of weeks.

CREATE TYPE clv_cohort AS (
    p0  double precision, p1  double precision, p2  double precision, p3  double precision,
    p4  double precision, p5  double precision, p6  double precision, p7  double precision,
    p8  double precision, p9  double precision, p10 double precision, p11 double precision,
    p12 double precision
);
COMMENT ON TYPE clv_cohort IS 'values of a cohort in its periods 0 to 12';
COMMENT ON COLUMN clv_cohort.p0 IS 'period of the cohort itself';
COMMENT ON COLUMN clv_cohort.p1 IS 'period 1 after it';
COMMENT ON COLUMN clv_cohort.p2 IS 'period 2 after it';
COMMENT ON COLUMN clv_cohort.p3 IS 'period 3 after it';
COMMENT ON COLUMN clv_cohort.p4 IS 'period 4 after it';
COMMENT ON COLUMN clv_cohort.p5 IS 'period 5 after it';
COMMENT ON COLUMN clv_cohort.p6 IS 'period 6 after it';
COMMENT ON COLUMN clv_cohort.p7 IS 'period 7 after it';
COMMENT ON COLUMN clv_cohort.p8 IS 'period 8 after it';
COMMENT ON COLUMN clv_cohort.p9 IS 'period 9 after it';
COMMENT ON COLUMN clv_cohort.p10 IS 'period 10 after it';
COMMENT ON COLUMN clv_cohort.p11 IS 'period 11 after it';
COMMENT ON COLUMN clv_cohort.p12 IS 'period 12 after it';

CREATE FUNCTION _cohort_wide_step(internal, integer, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_cohort_wide_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _cohort_wide_final(internal) RETURNS clv_cohort
    AS 'MODULE_PATHNAME', '_cohort_wide_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE cohort_wide(period integer, value double precision) (
    SFUNC = _cohort_wide_step, STYPE = internal, SSPACE = 1024, FINALFUNC = _cohort_wide_final,
    COMBINEFUNC = _clv_sums_combine, SERIALFUNC = _clv_sums_serialize,
    DESERIALFUNC = _clv_sums_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE cohort_wide(integer, double precision) IS
    'values of a cohort side by side, summed by period; periods outside 0 to 12 are left out';
