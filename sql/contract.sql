-- Contract: lifetimes of customers whose contract is renewed or ends, by the sBG model.
-- Rust: src/pg/contract.rs; the aggregate sbg_fit is in fit.sql

CREATE FUNCTION sbg_retention(model clv_model, period double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'sbg_retention_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION sbg_retention(clv_model, double precision) IS
    'share of the customers present in a period who renew at its end';
CREATE FUNCTION sbg_survival(model clv_model, period double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'sbg_survival_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION sbg_survival(clv_model, double precision) IS
    'share of a cohort still there after a number of periods';
CREATE FUNCTION sbg_predict(model clv_model, tenure double precision, horizon double precision DEFAULT NULL, discount_rate double precision DEFAULT NULL) RETURNS double precision
    AS 'MODULE_PATHNAME', 'sbg_predict_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 40;
COMMENT ON FUNCTION sbg_predict(clv_model, double precision, double precision, double precision) IS
    'discounted expected residual lifetime, in periods, of a customer in the given period, just before renewal; discount_rate per year';
CREATE FUNCTION sbg_cohort(survivors bigint[])
    RETURNS TABLE (tenure integer, churned boolean, customers bigint)
    AS 'MODULE_PATHNAME', 'sbg_cohort_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION sbg_cohort(bigint[]) IS
    'customers of a cohort by tenure, as sbg_fit takes them, from the customers left after each period';
