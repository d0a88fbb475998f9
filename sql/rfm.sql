-- RFM: scores of recency, frequency and monetary value, and thresholds that keep them.
-- Rust: src/pg/rfm.rs

-- Frozen once released: a composite used in a table column cannot be altered.
CREATE TYPE rfm_scores AS (
    r     integer,
    f     integer,
    m     integer,
    score text,
    bins  integer
);
COMMENT ON TYPE rfm_scores IS 'recency, frequency and monetary score of one customer, each from 1 to bins, the best';
COMMENT ON COLUMN rfm_scores.r IS 'recency score; the highest for the latest last order';
COMMENT ON COLUMN rfm_scores.f IS 'frequency score';
COMMENT ON COLUMN rfm_scores.m IS 'monetary score';
COMMENT ON COLUMN rfm_scores.score IS 'the three scores in one, such as 545; with ten bins 10-4-5 where one is 10';
COMMENT ON COLUMN rfm_scores.bins IS 'number of scores';

-- Scores within a window. recency is the number of days since the last order, less being better,
-- or the last order's date or time.

CREATE FUNCTION rfm_score(recency double precision, frequency double precision, monetary double precision, bins integer DEFAULT 5, ntile boolean DEFAULT false) RETURNS rfm_scores
    AS 'MODULE_PATHNAME', 'rfm_score_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(double precision, double precision, double precision, integer, boolean) IS
    'RFM scores by percent rank within the partition; recency in days since the last order';
CREATE FUNCTION rfm_score(recency date, frequency double precision, monetary double precision, bins integer DEFAULT 5, ntile boolean DEFAULT false) RETURNS rfm_scores
    AS 'MODULE_PATHNAME', 'rfm_score_date_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(date, double precision, double precision, integer, boolean) IS
    'RFM scores by percent rank within the partition; recency is the date of the last order';
CREATE FUNCTION rfm_score(recency timestamp, frequency double precision, monetary double precision, bins integer DEFAULT 5, ntile boolean DEFAULT false) RETURNS rfm_scores
    AS 'MODULE_PATHNAME', 'rfm_score_timestamp_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(timestamp, double precision, double precision, integer, boolean) IS
    'RFM scores by percent rank within the partition; recency is the time of the last order';
CREATE FUNCTION rfm_score(recency timestamptz, frequency double precision, monetary double precision, bins integer DEFAULT 5, ntile boolean DEFAULT false) RETURNS rfm_scores
    AS 'MODULE_PATHNAME', 'rfm_score_timestamp_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(timestamptz, double precision, double precision, integer, boolean) IS
    'RFM scores by percent rank within the partition; recency is the time of the last order';
CREATE FUNCTION rfm_score(customer clv_summary, bins integer DEFAULT 5, ntile boolean DEFAULT false) RETURNS rfm_scores
    AS 'MODULE_PATHNAME', 'rfm_score_summary_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(clv_summary, integer, boolean) IS
    'RFM scores by percent rank within the partition; recency from the last purchase to as_of';

-- Thresholds, which keep a score's meaning

CREATE TYPE rfm_thresholds AS (
    recency   double precision[],
    frequency double precision[],
    monetary  double precision[]
);
COMMENT ON TYPE rfm_thresholds IS 'where the RFM scores from 2 upwards begin; one cut point fewer than there are scores';
COMMENT ON COLUMN rfm_thresholds.recency IS 'most days since the last order for the scores 2, 3, and so on; falling';
COMMENT ON COLUMN rfm_thresholds.frequency IS 'least frequency for the scores 2, 3, and so on; rising';
COMMENT ON COLUMN rfm_thresholds.monetary IS 'least monetary value for the scores 2, 3, and so on; rising';

CREATE FUNCTION _rfm_thresholds_step(internal, double precision, double precision, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_rfm_thresholds_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _rfm_thresholds_step(internal, double precision, double precision, double precision, integer) RETURNS internal
    AS 'MODULE_PATHNAME', '_rfm_thresholds_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _rfm_thresholds_step(internal, clv_summary) RETURNS internal
    AS 'MODULE_PATHNAME', '_rfm_thresholds_step_summary_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _rfm_thresholds_step(internal, clv_summary, integer) RETURNS internal
    AS 'MODULE_PATHNAME', '_rfm_thresholds_step_summary_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _rfm_thresholds_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_rfm_thresholds_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _rfm_thresholds_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_rfm_thresholds_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _rfm_thresholds_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_rfm_thresholds_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _rfm_thresholds_final(internal) RETURNS rfm_thresholds
    AS 'MODULE_PATHNAME', '_rfm_thresholds_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;

-- SSPACE is the state of a few hundred customers, 24 bytes each.
CREATE AGGREGATE rfm_thresholds(recency double precision, frequency double precision, monetary double precision) (
    SFUNC = _rfm_thresholds_step, STYPE = internal, SSPACE = 8192, FINALFUNC = _rfm_thresholds_final,
    COMBINEFUNC = _rfm_thresholds_combine, SERIALFUNC = _rfm_thresholds_serialize,
    DESERIALFUNC = _rfm_thresholds_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE rfm_thresholds(recency double precision, frequency double precision, monetary double precision, bins integer) (
    SFUNC = _rfm_thresholds_step, STYPE = internal, SSPACE = 8192, FINALFUNC = _rfm_thresholds_final,
    COMBINEFUNC = _rfm_thresholds_combine, SERIALFUNC = _rfm_thresholds_serialize,
    DESERIALFUNC = _rfm_thresholds_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE rfm_thresholds(customer clv_summary) (
    SFUNC = _rfm_thresholds_step, STYPE = internal, SSPACE = 8192, FINALFUNC = _rfm_thresholds_final,
    COMBINEFUNC = _rfm_thresholds_combine, SERIALFUNC = _rfm_thresholds_serialize,
    DESERIALFUNC = _rfm_thresholds_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE rfm_thresholds(customer clv_summary, bins integer) (
    SFUNC = _rfm_thresholds_step, STYPE = internal, SSPACE = 8192, FINALFUNC = _rfm_thresholds_final,
    COMBINEFUNC = _rfm_thresholds_combine, SERIALFUNC = _rfm_thresholds_serialize,
    DESERIALFUNC = _rfm_thresholds_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE rfm_thresholds(double precision, double precision, double precision) IS
    'cut points by which customers keep their RFM scores; recency in days since the last order';
COMMENT ON AGGREGATE rfm_thresholds(double precision, double precision, double precision, integer) IS
    'cut points by which customers keep their RFM scores of 1 to bins; recency in days since the last order';
COMMENT ON AGGREGATE rfm_thresholds(clv_summary) IS
    'cut points by which customers keep their RFM scores, from customer summaries';
COMMENT ON AGGREGATE rfm_thresholds(clv_summary, integer) IS
    'cut points by which customers keep their RFM scores of 1 to bins, from customer summaries';

CREATE FUNCTION rfm_score(recency double precision, frequency double precision, monetary double precision, thresholds rfm_thresholds) RETURNS rfm_scores
    AS 'MODULE_PATHNAME', 'rfm_score_thresholds_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION rfm_score(double precision, double precision, double precision, rfm_thresholds) IS
    'RFM scores by fixed thresholds; recency in days since the last order, monetary may be NULL';
CREATE FUNCTION rfm_score(customer clv_summary, thresholds rfm_thresholds) RETURNS rfm_scores
    AS 'MODULE_PATHNAME', 'rfm_score_summary_thresholds_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION rfm_score(clv_summary, rfm_thresholds) IS
    'RFM scores by fixed thresholds; recency from the last purchase to as_of';
