-- Lifecycle: the state of a customer by the dates of its orders. Rust: src/pg/lifecycle.rs

CREATE FUNCTION clv_lifecycle(ordered_on date[], as_of date, new_for integer DEFAULT 30, at_risk_after integer DEFAULT 90, lapsed_after integer DEFAULT 180, churned_after integer DEFAULT 365) RETURNS text
    AS 'MODULE_PATHNAME', 'clv_lifecycle_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION clv_lifecycle(date[], date, integer, integer, integer, integer) IS
    'state of a customer on a day: new, active, at risk, lapsed, reactivated or churned; rules in days; NULL before the first order';
CREATE FUNCTION clv_reactivations(ordered_on date[], first_day date, last_day date, lapsed_after integer DEFAULT 180) RETURNS integer
    AS 'MODULE_PATHNAME', 'clv_reactivations_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION clv_reactivations(date[], date, date, integer) IS
    'how often a customer came back in a period after more than lapsed_after days without an order';
