-- Contract: the sBG model of customers whose contract is renewed or ends. Rust: src/pg/contract.rs
--
-- SSPACE is the state of a few hundred distinct tenures.

CREATE FUNCTION _sbg_fit_final(internal) RETURNS clv_model
    AS 'MODULE_PATHNAME', '_sbg_fit_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50000;
CREATE AGGREGATE sbg_fit(tenure double precision, churned boolean) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(tenure double precision, churned boolean, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(tenure double precision, churned boolean, options text) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(tenure double precision, churned boolean, weight double precision) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(tenure double precision, churned boolean, weight double precision, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(entered double precision, tenure double precision, churned boolean) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(entered double precision, tenure double precision, churned boolean, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(entered double precision, tenure double precision, churned boolean, options text) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(entered double precision, tenure double precision, churned boolean, weight double precision) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(entered double precision, tenure double precision, churned boolean, weight double precision, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(contract clv_tenure) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(contract clv_tenure, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(started_on date, ended_on date, as_of date, period interval) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE sbg_fit(started_on date, ended_on date, as_of date, period interval, options jsonb) (
    SFUNC = _clv_lifetime_step, STYPE = internal, SSPACE = 16384, FINALFUNC = _sbg_fit_final,
    COMBINEFUNC = _clv_lifetime_combine, SERIALFUNC = _clv_lifetime_serialize,
    DESERIALFUNC = _clv_lifetime_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE sbg_fit(double precision, boolean) IS
    'sBG model of contract lifetimes from tenures';
COMMENT ON AGGREGATE sbg_fit(double precision, boolean, jsonb) IS
    'sBG model of contract lifetimes from tenures, with options';
COMMENT ON AGGREGATE sbg_fit(double precision, boolean, text) IS
    'sBG model of contract lifetimes from tenures, with options';
COMMENT ON AGGREGATE sbg_fit(double precision, boolean, double precision) IS
    'sBG model of contract lifetimes from tenures, each row standing for weight customers';
COMMENT ON AGGREGATE sbg_fit(double precision, boolean, double precision, jsonb) IS
    'sBG model of contract lifetimes from tenures, each row standing for weight customers, with options';
COMMENT ON AGGREGATE sbg_fit(double precision, double precision, boolean) IS
    'sBG model of contract lifetimes from tenures observed late';
COMMENT ON AGGREGATE sbg_fit(double precision, double precision, boolean, jsonb) IS
    'sBG model of contract lifetimes from tenures observed late, with options';
COMMENT ON AGGREGATE sbg_fit(double precision, double precision, boolean, text) IS
    'sBG model of contract lifetimes from tenures observed late, with options';
COMMENT ON AGGREGATE sbg_fit(double precision, double precision, boolean, double precision) IS
    'sBG model of contract lifetimes from tenures observed late, each row standing for weight customers';
COMMENT ON AGGREGATE sbg_fit(double precision, double precision, boolean, double precision, jsonb) IS
    'sBG model of contract lifetimes from tenures observed late, each row standing for weight customers, with options';
COMMENT ON AGGREGATE sbg_fit(clv_tenure) IS
    'sBG model of contract lifetimes from contracts';
COMMENT ON AGGREGATE sbg_fit(clv_tenure, jsonb) IS
    'sBG model of contract lifetimes from contracts, with options';
COMMENT ON AGGREGATE sbg_fit(date, date, date, interval) IS
    'sBG model of contract lifetimes from the dates of contracts';
COMMENT ON AGGREGATE sbg_fit(date, date, date, interval, jsonb) IS
    'sBG model of contract lifetimes from the dates of contracts, with options';

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
CREATE FUNCTION sbg_predict(model clv_model, contract clv_tenure, horizon double precision DEFAULT NULL, discount_rate double precision DEFAULT NULL) RETURNS double precision
    AS 'MODULE_PATHNAME', 'sbg_predict_contract_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 40;
COMMENT ON FUNCTION sbg_predict(clv_model, clv_tenure, double precision, double precision) IS
    'discounted expected residual lifetime, in periods, of a contract just before its next renewal, 0 if it has ended; discount_rate per year';
CREATE FUNCTION sbg_cohort(survivors bigint[])
    RETURNS TABLE (tenure integer, churned boolean, customers bigint)
    AS 'MODULE_PATHNAME', 'sbg_cohort_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION sbg_cohort(bigint[]) IS
    'customers of a cohort by tenure, as sbg_fit takes them, from the customers left after each period';
