-- RFM: scores of recency, frequency and monetary value, and thresholds that keep them.
-- Rust: src/pg/rfm.rs

-- Frozen once released: a composite used in a table column cannot be altered.
CREATE TYPE rfm AS (
    r     integer,
    f     integer,
    m     integer,
    score text,
    bins  integer
);
COMMENT ON TYPE rfm IS 'recency, frequency and monetary score of one customer, each from 1 to bins, the best';
COMMENT ON COLUMN rfm.r IS 'recency score; the highest for the latest last order';
COMMENT ON COLUMN rfm.f IS 'frequency score';
COMMENT ON COLUMN rfm.m IS 'monetary score';
COMMENT ON COLUMN rfm.score IS 'the three scores in one, such as 545; with ten bins 10-4-5 where one is 10';
COMMENT ON COLUMN rfm.bins IS 'number of scores';

-- Scores within a window. recency is the number of days since the last order, less being better,
-- or the last order's date or time.

CREATE FUNCTION rfm_score(recency double precision, frequency double precision, monetary double precision, bins integer DEFAULT 5, ntile boolean DEFAULT false) RETURNS rfm
    AS 'MODULE_PATHNAME', 'rfm_score_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(double precision, double precision, double precision, integer, boolean) IS
    'RFM scores by percent rank within the partition; recency in days since the last order';
CREATE FUNCTION rfm_score(recency date, frequency double precision, monetary double precision, bins integer DEFAULT 5, ntile boolean DEFAULT false) RETURNS rfm
    AS 'MODULE_PATHNAME', 'rfm_score_date_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(date, double precision, double precision, integer, boolean) IS
    'RFM scores by percent rank within the partition; recency is the date of the last order';
CREATE FUNCTION rfm_score(recency timestamp, frequency double precision, monetary double precision, bins integer DEFAULT 5, ntile boolean DEFAULT false) RETURNS rfm
    AS 'MODULE_PATHNAME', 'rfm_score_timestamp_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(timestamp, double precision, double precision, integer, boolean) IS
    'RFM scores by percent rank within the partition; recency is the time of the last order';
CREATE FUNCTION rfm_score(recency timestamptz, frequency double precision, monetary double precision, bins integer DEFAULT 5, ntile boolean DEFAULT false) RETURNS rfm
    AS 'MODULE_PATHNAME', 'rfm_score_timestamp_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(timestamptz, double precision, double precision, integer, boolean) IS
    'RFM scores by percent rank within the partition; recency is the time of the last order';
CREATE FUNCTION rfm_score(customer clv_summary, bins integer DEFAULT 5, ntile boolean DEFAULT false) RETURNS rfm
    AS 'MODULE_PATHNAME', 'rfm_score_summary_wrapper' LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(clv_summary, integer, boolean) IS
    'RFM scores by percent rank within the partition; recency from the last purchase to as_of';
