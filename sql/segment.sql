-- Segments: names for RFM scores, by shipped maps or the user's own. Rust: src/pg/segment.rs

CREATE FUNCTION rfm_segment(score rfm) RETURNS text
    AS 'MODULE_PATHNAME', 'rfm_segment_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION rfm_segment(rfm) IS
    'segment of a customer by the default map, from Champions to Hibernating';
