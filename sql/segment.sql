-- Segments: names for RFM scores, by shipped maps or the user's own. Rust: src/pg/segment.rs

-- Shipped maps. They are made for scores from 1 to 5, to which other numbers of bins are scaled.

CREATE FUNCTION rfm_segment(score rfm_scores) RETURNS text
    AS 'MODULE_PATHNAME', 'rfm_segment_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION rfm_segment(rfm_scores) IS
    'segment of a customer by the default map, from Champions to Hibernating';
CREATE FUNCTION rfm_segment(score rfm_scores, map text) RETURNS text
    AS 'MODULE_PATHNAME', 'rfm_segment_shipped_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION rfm_segment(rfm_scores, text) IS
    'segment of a customer by a shipped map: default, five groups, mean of frequency and monetary';
CREATE FUNCTION rfm_maps() RETURNS TABLE (map text, segment text, r_low integer, r_high integer, f_low integer, f_high integer, m_low integer, m_high integer, priority integer)
    AS 'MODULE_PATHNAME', 'rfm_maps_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 40;
COMMENT ON FUNCTION rfm_maps() IS
    'the shipped maps as rows, to start an own one from';

-- Own maps

CREATE DOMAIN rfm_map AS jsonb
    CHECK (VALUE IS NULL OR pg_catalog.jsonb_typeof(VALUE) OPERATOR(pg_catalog.=) 'array');
COMMENT ON DOMAIN rfm_map IS
    'names for RFM scores: segments with ranges of scores and a priority, the smallest of which decides';

-- The result depends on the arguments alone, although jsonb_build_object is only STABLE.
-- Each step copies the map, and one of more than 1000 rules is refused where it is used.
CREATE FUNCTION _rfm_map_step(map rfm_map, segment text, r_low integer, r_high integer, f_low integer, f_high integer, m_low integer, m_high integer, priority integer)
    RETURNS rfm_map LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT CASE WHEN pg_catalog.jsonb_array_length(map) OPERATOR(pg_catalog.>) 1000 THEN map
            ELSE map OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
                'segment', segment, 'r_low', r_low, 'r_high', r_high, 'f_low', f_low, 'f_high', f_high,
                'm_low', m_low, 'm_high', m_high, 'priority', priority)) END;
    END;
CREATE FUNCTION _rfm_map_step(map rfm_map, segment text, r_low integer, r_high integer, f_low integer, f_high integer)
    RETURNS rfm_map LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT CASE WHEN pg_catalog.jsonb_array_length(map) OPERATOR(pg_catalog.>) 1000 THEN map
            ELSE map OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
                'segment', segment, 'r_low', r_low, 'r_high', r_high, 'f_low', f_low, 'f_high', f_high)) END;
    END;
CREATE AGGREGATE rfm_map(segment text, r_low integer, r_high integer, f_low integer, f_high integer) (
    SFUNC = _rfm_map_step, STYPE = rfm_map, INITCOND = '[]', PARALLEL = SAFE);
CREATE AGGREGATE rfm_map(segment text, r_low integer, r_high integer, f_low integer, f_high integer, m_low integer, m_high integer, priority integer) (
    SFUNC = _rfm_map_step, STYPE = rfm_map, INITCOND = '[]', PARALLEL = SAFE);
COMMENT ON AGGREGATE rfm_map(text, integer, integer, integer, integer) IS
    'a map of segments from rows: ranges of r and f; a NULL bound is open';
COMMENT ON AGGREGATE rfm_map(text, integer, integer, integer, integer, integer, integer, integer) IS
    'a map of segments from rows: ranges of r, f and m, and a priority, the smallest of which decides; a NULL bound is open';

CREATE FUNCTION rfm_segment(score rfm_scores, map rfm_map) RETURNS text
    AS 'MODULE_PATHNAME', 'rfm_segment_map_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION rfm_segment(rfm_scores, rfm_map) IS
    'segment of a customer by an own map; NULL in a gap of the map';
CREATE FUNCTION rfm_check_map(map rfm_map, bins integer DEFAULT 5) RETURNS TABLE (problem text, r integer, f integer, m_low integer, m_high integer, segments text[], decided boolean)
    AS 'MODULE_PATHNAME', 'rfm_check_map_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION rfm_check_map(rfm_map, integer) IS
    'gaps and overlaps of an own map, with the segment that decides first; no rows if there are none';

-- What to do about a customer, by probability and money instead of scores

CREATE FUNCTION clv_segment(p_alive double precision, value double precision, high_value double precision, active double precision DEFAULT 0.7, lost double precision DEFAULT 0.3) RETURNS text
    AS 'MODULE_PATHNAME', 'clv_segment_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION clv_segment(double precision, double precision, double precision, double precision, double precision) IS
    'what to do about a customer by P(alive) and expected value: Protect, Develop, Rescue, Remind, Win Back, Let Go';
