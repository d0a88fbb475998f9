-- Retention: rates of staying and leaving, of customers and of recurring revenue.
-- Rust: src/pg/retention.rs
--
-- A rate over nothing, no customers or no revenue at the start, is NULL, and so is one of numbers that
-- contradict each other, such as more customers kept than there were.

-- Customers

CREATE FUNCTION clv_retention_rate(start_customers double precision, end_customers double precision, new_customers double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_retention_rate_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_retention_rate(double precision, double precision, double precision) IS
    'share of the customers at the start who are still there at the end of a period';
CREATE FUNCTION clv_churn_rate(start_customers double precision, end_customers double precision, new_customers double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_churn_rate_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_churn_rate(double precision, double precision, double precision) IS
    'share of the customers at the start who left within a period';
CREATE FUNCTION clv_expected_lifespan(churn_rate double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_expected_lifespan_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_expected_lifespan(double precision) IS
    'expected periods as a customer, the first one counted: 1 / churn_rate';

-- From one length of period to another: 12 takes a monthly rate to a yearly one, 1 / 12.0 back

CREATE FUNCTION clv_convert_retention_rate(retention_rate double precision, periods double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_convert_retention_rate_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_convert_retention_rate(double precision, double precision) IS
    'retention rate over so many periods';
CREATE FUNCTION clv_convert_churn_rate(churn_rate double precision, periods double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_convert_churn_rate_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_convert_churn_rate(double precision, double precision) IS
    'churn rate over so many periods';
CREATE FUNCTION clv_convert_discount_rate(discount_rate double precision, periods double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_convert_discount_rate_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_convert_discount_rate(double precision, double precision) IS
    'discount rate over so many periods';

-- Recurring revenue

CREATE FUNCTION clv_gross_revenue_retention(start_revenue double precision, contraction double precision, churn double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_gross_revenue_retention_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_gross_revenue_retention(double precision, double precision, double precision) IS
    'share of the recurring revenue at the start that was not lost: (start - contraction - churn) / start';
CREATE FUNCTION clv_net_revenue_retention(start_revenue double precision, contraction double precision, churn double precision, expansion double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_net_revenue_retention_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_net_revenue_retention(double precision, double precision, double precision, double precision) IS
    'recurring revenue of the customers of the start, over that at the start, expansion included';

CREATE TYPE clv_mrr_movements AS (
    start_mrr               double precision,
    new_mrr                 double precision,
    reactivated_mrr         double precision,
    expansion_mrr           double precision,
    contraction_mrr         double precision,
    churned_mrr             double precision,
    end_mrr                 double precision,
    gross_revenue_retention double precision,
    net_revenue_retention   double precision,
    left_out                bigint
);
COMMENT ON TYPE clv_mrr_movements IS
    'movements of monthly recurring revenue: end = start + new + reactivated + expansion - contraction - churned';
COMMENT ON COLUMN clv_mrr_movements.start_mrr IS 'recurring revenue of the previous month';
COMMENT ON COLUMN clv_mrr_movements.new_mrr IS 'of customers who pay for the first time';
COMMENT ON COLUMN clv_mrr_movements.reactivated_mrr IS 'of customers who paid earlier, but not in the previous month';
COMMENT ON COLUMN clv_mrr_movements.expansion_mrr IS 'more from customers of the previous month';
COMMENT ON COLUMN clv_mrr_movements.contraction_mrr IS 'less from customers of the previous month, as a positive number';
COMMENT ON COLUMN clv_mrr_movements.churned_mrr IS 'of customers of the previous month who pay nothing now';
COMMENT ON COLUMN clv_mrr_movements.end_mrr IS 'recurring revenue of the current month';
COMMENT ON COLUMN clv_mrr_movements.gross_revenue_retention IS '(start - contraction - churned) / start';
COMMENT ON COLUMN clv_mrr_movements.net_revenue_retention IS '(start - contraction - churned + expansion) / start';
COMMENT ON COLUMN clv_mrr_movements.left_out IS 'customers whose revenue of one of the two months is negative, which are in none of the sums';

CREATE FUNCTION _mrr_movements_step(internal, double precision, double precision, boolean) RETURNS internal
    AS 'MODULE_PATHNAME', '_mrr_movements_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _mrr_movements_final(internal) RETURNS clv_mrr_movements
    AS 'MODULE_PATHNAME', '_mrr_movements_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_mrr_movements(previous double precision, current double precision, paid_before boolean) (
    SFUNC = _mrr_movements_step, STYPE = internal, SSPACE = 1024, FINALFUNC = _mrr_movements_final,
    COMBINEFUNC = _clv_sums_combine, SERIALFUNC = _clv_sums_serialize,
    DESERIALFUNC = _clv_sums_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_mrr_movements(double precision, double precision, boolean) IS
    'movements of monthly recurring revenue over customers: theirs in the previous and the current month, and whether they paid in any earlier one; NULL is none';
