-- Sums: what all aggregates that add up share, exact sums. Rust: src/pg/sums.rs

CREATE FUNCTION _clv_sums_combine(internal, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_sums_combine_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _clv_sums_serialize(internal) RETURNS bytea
    AS 'MODULE_PATHNAME', '_clv_sums_serialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _clv_sums_deserialize(bytea, internal) RETURNS internal
    AS 'MODULE_PATHNAME', '_clv_sums_deserialize_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
