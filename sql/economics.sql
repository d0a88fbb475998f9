-- Economics: what a customer costs to win against what it brings. Rust: src/pg/economics.rs
--
-- A ratio over nothing is NULL, so that an empty channel does not stop a report by channel.

CREATE FUNCTION clv_customer_acquisition_cost(spend double precision, new_customers double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_customer_acquisition_cost_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_customer_acquisition_cost(double precision, double precision) IS
    'spend on acquisition per new customer (CAC); NULL without new customers';
CREATE FUNCTION clv_ltv_cac_ratio(lifetime_value double precision, acquisition_cost double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_ltv_cac_ratio_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_ltv_cac_ratio(double precision, double precision) IS
    'lifetime value over acquisition cost (LTV:CAC); NULL if acquisition cost nothing';
CREATE FUNCTION clv_ltv_cac_reading(ratio double precision) RETURNS text
    AS 'MODULE_PATHNAME', 'clv_ltv_cac_reading_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_ltv_cac_reading(double precision) IS
    'usual reading of LTV:CAC: loses money below 1, thin below 3, healthy up to 5, underinvests above';
CREATE FUNCTION clv_payback_period(acquisition_cost double precision, payment double precision, churn_rate double precision DEFAULT 0, discount_rate double precision DEFAULT 0, first_payment text DEFAULT 'period_end') RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_payback_period_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_payback_period(double precision, double precision, double precision, double precision, text) IS
    'periods until the margins of a customer have paid back its acquisition; NULL if they never do';
CREATE FUNCTION clv_payback_observed(acquisition_cost double precision, payments double precision[]) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_payback_observed_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_payback_observed(double precision, double precision[]) IS
    'periods after which the payments observed so far have paid back the acquisition; NULL if they have not yet';
