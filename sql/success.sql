-- Success: scores over ratings, shares, and the health of a customer. Rust: src/pg/success.rs

-- Ratings: aggregates, in which NULL is no answer

CREATE FUNCTION _net_promoter_score_step(internal, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_net_promoter_score_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _net_promoter_score_final(internal) RETURNS double precision
    AS 'MODULE_PATHNAME', '_net_promoter_score_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_net_promoter_score(rating double precision) (
    SFUNC = _net_promoter_score_step, STYPE = internal, SSPACE = 512, FINALFUNC = _net_promoter_score_final,
    COMBINEFUNC = _clv_sums_combine, SERIALFUNC = _clv_sums_serialize,
    DESERIALFUNC = _clv_sums_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_net_promoter_score(double precision) IS
    'net promoter score (NPS) of ratings from 0 to 10: percent of 9 and 10 less percent of 0 to 6';

CREATE FUNCTION _customer_satisfaction_score_step(internal, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_customer_satisfaction_score_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _customer_satisfaction_score_final(internal) RETURNS double precision
    AS 'MODULE_PATHNAME', '_customer_satisfaction_score_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_customer_satisfaction_score(rating double precision) (
    SFUNC = _customer_satisfaction_score_step, STYPE = internal, SSPACE = 512, FINALFUNC = _customer_satisfaction_score_final,
    COMBINEFUNC = _clv_sums_combine, SERIALFUNC = _clv_sums_serialize,
    DESERIALFUNC = _clv_sums_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_customer_satisfaction_score(double precision) IS
    'customer satisfaction score (CSAT) of ratings from 1 to 5: percent of 4 and 5';

CREATE FUNCTION _customer_effort_score_step(internal, double precision) RETURNS internal
    AS 'MODULE_PATHNAME', '_customer_effort_score_step_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION _customer_effort_score_final(internal) RETURNS double precision
    AS 'MODULE_PATHNAME', '_customer_effort_score_final_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE clv_customer_effort_score(rating double precision) (
    SFUNC = _customer_effort_score_step, STYPE = internal, SSPACE = 512, FINALFUNC = _customer_effort_score_final,
    COMBINEFUNC = _clv_sums_combine, SERIALFUNC = _clv_sums_serialize,
    DESERIALFUNC = _clv_sums_deserialize, PARALLEL = SAFE);
COMMENT ON AGGREGATE clv_customer_effort_score(double precision) IS
    'customer effort score (CES) of ratings from 1 to 7: their mean, 7 the easiest';

-- Shares

CREATE FUNCTION clv_adoption_rate(adopters double precision, users double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_adoption_rate_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_adoption_rate(double precision, double precision) IS
    'share of the users who use a feature; NULL without users';
CREATE FUNCTION clv_share_of_wallet(spend double precision, category_spend double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_share_of_wallet_wrapper' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clv_share_of_wallet(double precision, double precision) IS
    'share of what a customer spends in the category that it spends here';

-- Health

CREATE FUNCTION clv_health_score(metrics double precision[], worst double precision[], best double precision[], weights double precision[] DEFAULT NULL) RETURNS double precision
    AS 'MODULE_PATHNAME', 'clv_health_score_wrapper' LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION clv_health_score(double precision[], double precision[], double precision[], double precision[]) IS
    'customer health from 0 to 100: weighted mean of metrics, each from its worst value (0) to its best (100); NULL values are left out';
