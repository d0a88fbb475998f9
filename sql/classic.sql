-- Classic: customer lifetime value by formula, without a model; present values; customer equity.
-- Rust: src/pg/classic.rs
--
-- A period is whatever the rates are per: a month, a year. First payment: 'now', at acquisition;
-- 'period_end', at the end of the first period and certain; 'first_renewal', at the end of the
-- first period if the customer is still there.

-- Lifetime value of a customer

CREATE FUNCTION clv_simple(average_order_value double precision, purchase_frequency double precision, lifespan double precision, margin double precision DEFAULT 1, acquisition_cost double precision DEFAULT 0) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_simple_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_simple(double precision, double precision, double precision, double precision, double precision) IS
    'undiscounted lifetime value: order value × purchases per period × periods × margin, less the acquisition cost';

CREATE FUNCTION clv_discounted(margin double precision, retention_rate double precision, discount_rate double precision, periods double precision DEFAULT NULL, growth_rate double precision DEFAULT 0, retention_cost double precision DEFAULT 0, acquisition_cost double precision DEFAULT 0, first_payment text DEFAULT 'period_end') RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_discounted_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION clv_discounted(double precision, double precision, double precision, double precision, double precision, double precision, double precision, text) IS
    'present value of the margins of a customer with constant retention, less the costs; for ever unless periods is given';
CREATE FUNCTION clv_discounted(margins double precision[], retention_rates double precision[], discount_rate double precision, retention_cost double precision DEFAULT 0, acquisition_cost double precision DEFAULT 0, first_payment text DEFAULT 'period_end') RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_discounted_curves_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION clv_discounted(double precision[], double precision[], double precision, double precision, double precision, text) IS
    'present value of a curve of margins under a curve of retention, less the costs';

CREATE FUNCTION clv_sensitivity(margin double precision, retention_rate double precision, discount_rate double precision, periods double precision DEFAULT NULL, growth_rate double precision DEFAULT 0, retention_cost double precision DEFAULT 0, acquisition_cost double precision DEFAULT 0, first_payment text DEFAULT 'period_end')
    RETURNS TABLE (term text, gain double precision, elasticity double precision)
    AS 'MODULE_PATHNAME', 'clv_sensitivity_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 6;
COMMENT ON FUNCTION clv_sensitivity(double precision, double precision, double precision, double precision, double precision, double precision, double precision, text) IS
    'what 1 % more of each term of clv_discounted adds to the value, as money and in percent';

CREATE FUNCTION clv_subscription(arpu double precision, churn_rate double precision, gross_margin double precision DEFAULT 1, expansion_rate double precision DEFAULT 0, acquisition_cost double precision DEFAULT 0) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_subscription_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_subscription(double precision, double precision, double precision, double precision, double precision) IS
    'undiscounted lifetime value of a subscription; NULL where the expansion outweighs the churn';

-- Present values

CREATE FUNCTION clv_npv(cash_flows double precision[], discount_rate double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_npv_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_npv(double precision[], double precision) IS
    'net present value of one cash flow a period, the first one now';

-- Customer equity

CREATE FUNCTION customer_equity(residual_value double precision, acquisitions_per_period double precision, value_at_acquisition double precision, discount_rate double precision, periods double precision DEFAULT NULL) RETURNS double precision
    AS 'MODULE_PATHNAME', 'customer_equity_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION customer_equity(double precision, double precision, double precision, double precision, double precision) IS
    'residual value of today''s customers plus present value of those to be acquired at a constant pace';
CREATE FUNCTION customer_equity(residual_value double precision, acquisitions double precision[], values_at_acquisition double precision[], discount_rate double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'customer_equity_curves_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customer_equity(double precision, double precision[], double precision[], double precision) IS
    'residual value of today''s customers plus present value of those to be acquired in each coming period';
