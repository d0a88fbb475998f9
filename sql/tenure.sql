-- Tenure: contracts by the calendar, and the rows that all aggregates over lifetimes collect.
-- Rust: src/pg/tenure.rs

CREATE TYPE clv_tenure AS (
    periods integer,
    churned boolean,
    days    integer,
    ended   boolean,
    entered integer,
    period  interval,
    as_of   date
);
COMMENT ON TYPE clv_tenure IS 'how long a contract has run, in periods by the calendar and in days';
COMMENT ON COLUMN clv_tenure.periods IS 'renewal that was declined, or last renewal made; counted from the start';
COMMENT ON COLUMN clv_tenure.churned IS 'whether the renewal was declined: with periods what sbg_fit and clv_kaplan_meier take';
COMMENT ON COLUMN clv_tenure.days IS 'days from the start to the end, or to as_of';
COMMENT ON COLUMN clv_tenure.ended IS 'whether the contract has ended by as_of, be its last period over or not';
COMMENT ON COLUMN clv_tenure.entered IS 'renewals before the data begin, 0 if the start was seen';
COMMENT ON COLUMN clv_tenure.period IS 'what the contract is billed by';
COMMENT ON COLUMN clv_tenure.as_of IS 'end of observation, a day that is included';

CREATE FUNCTION clv_tenure(started_on date, ended_on date, as_of date, period interval, observed_from date DEFAULT NULL) RETURNS clv_tenure
    AS 'MODULE_PATHNAME', 'clv_tenure_date_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION clv_tenure(date, date, date, interval, date) IS
    'periods that a contract has run by the calendar, whether it was renewed or ended, and its days; NULL before it begins';
CREATE FUNCTION clv_tenure(started_on timestamp, ended_on timestamp, as_of timestamp, period interval, observed_from timestamp DEFAULT NULL) RETURNS clv_tenure
    AS 'MODULE_PATHNAME', 'clv_tenure_timestamp_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION clv_tenure(timestamp, timestamp, timestamp, interval, timestamp) IS
    'periods that a contract has run by the calendar, whether it was renewed or ended, and its days; NULL before it begins';
CREATE FUNCTION clv_tenure(started_on timestamptz, ended_on timestamptz, as_of timestamptz, period interval, observed_from timestamptz DEFAULT NULL) RETURNS clv_tenure
    AS 'MODULE_PATHNAME', 'clv_tenure_timestamptz_wrapper' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION clv_tenure(timestamptz, timestamptz, timestamptz, interval, timestamptz) IS
    'periods that a contract has run by the calendar, whether it was renewed or ended, and its days, days of the session''s time zone; NULL before it begins';

-- Support functions. A customer is (tenure, churned), (entered, tenure, churned), a clv_tenure, or the
-- dates it is made of; a weight comes after it, options come last.

CREATE FUNCTION _clv_lifetime_step(internal, double precision, boolean) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_plain_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, double precision, boolean, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_plain_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, double precision, boolean, text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_plain_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, double precision, boolean, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_plain_weight_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, double precision, boolean, double precision, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_plain_weight_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, double precision, double precision, boolean) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_late_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, double precision, double precision, boolean, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_late_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, double precision, double precision, boolean, text) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_late_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, double precision, double precision, boolean, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_late_weight_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, double precision, double precision, boolean, double precision, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_late_weight_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, clv_tenure) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_contract_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, clv_tenure, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_contract_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, date, date, date, interval) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_dates_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_step(internal, date, date, date, interval, jsonb) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_step_dates_options_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_group_step(internal, anyelement, double precision, boolean) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_group_step_plain_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_group_step(internal, anyelement, double precision, boolean, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_group_step_plain_weight_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_group_step(internal, anyelement, double precision, double precision, boolean) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_group_step_late_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_group_step(internal, anyelement, double precision, double precision, boolean, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_group_step_late_weight_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_group_step(internal, anyelement, clv_tenure) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_group_step_contract_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_group_step(internal, anyelement, date, date, date, interval) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_group_step_dates_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
CREATE FUNCTION _clv_lifetime_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_lifetime_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_lifetime_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_lifetime_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_lifetime_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
