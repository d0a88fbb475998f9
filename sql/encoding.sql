-- Encoding: texts are UTF-8 throughout, so a database in another encoding is refused before
-- anything is made in it. Rust: src/pg/encoding.rs

CREATE FUNCTION _clv_check_encoding() RETURNS void
    AS 'MODULE_PATHNAME', '_clv_check_encoding_wrapper' LANGUAGE c STABLE;
SELECT _clv_check_encoding();
DROP FUNCTION _clv_check_encoding();
