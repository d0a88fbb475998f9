-- Contractual lifetimes against lifelines 0.30.3 (tests/data/README.md).
\pset null '(null)'
CREATE TABLE folded (stage int, time float8, churned boolean, customers int);
\copy folded FROM 'tests/data/larynx.csv' WITH (FORMAT csv, HEADER true)
CREATE TABLE larynx AS SELECT stage, time, churned FROM folded, generate_series(1, customers);
CREATE TABLE reference_curve (customer_group text, confidence float8, tenure float8, at_risk bigint, churned bigint, censored bigint, survival float8, std_error float8, ci_low float8, ci_high float8);
\copy reference_curve FROM 'tests/data/larynx_kaplan_meier.csv' WITH (FORMAT csv, HEADER true)
CREATE TABLE reference_lifetimes (customer_group text, confidence float8, median float8, ci_low float8, ci_high float8, horizon float8, mean float8, std_error float8);
\copy reference_lifetimes FROM 'tests/data/larynx_lifetimes.csv' WITH (FORMAT csv, HEADER true)
CREATE TABLE reference_log_rank (groups text, chi_square float8, degrees_of_freedom int, p_value float8);
\copy reference_log_rank FROM 'tests/data/larynx_log_rank.csv' WITH (FORMAT csv, HEADER true)
CREATE VIEW patients AS SELECT 'all' AS customer_group, time, churned FROM larynx UNION ALL SELECT stage::text, time, churned FROM larynx;

-- Every point of every curve.
SELECT count(*) AS points,
       bool_and((km.at_risk, km.churned, km.censored) IS NOT DISTINCT FROM (r.at_risk, r.churned, r.censored)) AS counts,
       bool_and(abs(km.survival - r.survival) < 1e-12) AS survival,
       bool_and(coalesce(abs(km.std_error - r.std_error) < 1e-9, km.std_error IS NULL AND r.survival = 0)) AS std_errors,
       bool_and(coalesce(abs(km.ci_low - r.ci_low) < 1e-9 AND abs(km.ci_high - r.ci_high) < 1e-9, r.survival = 0)) AS limits
FROM (SELECT customer_group, confidence, (unnest(clv_kaplan_meier(time, churned, jsonb_build_object('level', confidence)))).*
      FROM patients JOIN (SELECT DISTINCT customer_group, confidence FROM reference_curve) AS c USING (customer_group) GROUP BY 1, 2) AS km
     FULL JOIN reference_curve AS r ON (km.customer_group, km.confidence, km.tenure) = (r.customer_group, r.confidence, r.tenure);
SELECT customer_group, confidence, (clv_median_lifetime(time, churned, jsonb_build_object('level', confidence))).* FROM patients JOIN reference_lifetimes USING (customer_group) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT customer_group, confidence, median, ci_low, ci_high FROM reference_lifetimes ORDER BY 1, 2;
SELECT count(*) AS curves, bool_and(abs((m).mean - mean) < 1e-9 AND abs((m).std_error - std_error) < 1e-9) AS restricted_means
FROM (SELECT customer_group, horizon, clv_restricted_mean_lifetime(time, churned, jsonb_build_object('horizon', horizon)) AS m FROM patients JOIN (SELECT DISTINCT customer_group, horizon FROM reference_lifetimes) AS h USING (customer_group) GROUP BY 1, 2) AS c
     JOIN reference_lifetimes USING (customer_group, horizon);
SELECT groups, bool_and(abs((t).chi_square - chi_square) < 1e-9 * chi_square AND (t).degrees_of_freedom = degrees_of_freedom AND abs((t).p_value - p_value) < 1e-9) AS log_rank
FROM (SELECT groups, clv_log_rank(stage, time, churned) AS t FROM larynx JOIN reference_log_rank ON stage = ANY (string_to_array(groups, ' ')::int[]) GROUP BY groups) AS c
     JOIN reference_log_rank USING (groups) GROUP BY groups ORDER BY groups;

-- Weights are customers, in the same place for all.
SELECT (SELECT clv_kaplan_meier(time, churned, customers) FROM folded) = (SELECT clv_kaplan_meier(time, churned) FROM larynx) AS curve,
       (SELECT clv_median_lifetime(time, churned, customers) FROM folded)::text = (SELECT clv_median_lifetime(time, churned) FROM larynx)::text AS median,
       (SELECT clv_restricted_mean_lifetime(time, churned, customers, '{"horizon": 6}') FROM folded) = (SELECT clv_restricted_mean_lifetime(time, churned, jsonb '{"horizon": 6}') FROM larynx) AS mean,
       (SELECT clv_log_rank(stage, time, churned, customers) FROM folded) = (SELECT clv_log_rank(stage, time, churned) FROM larynx) AS log_rank;

-- Late entry, against lifelines and, the log-rank test, statsmodels (tests/data/reference/README.md).
CREATE TABLE late (customer_group text, entered float8, time float8, churned int, customers int);
\copy late FROM 'tests/data/reference/late_entry.csv' WITH (FORMAT csv, HEADER true)
CREATE TABLE late_curve (customer_group text, level float8, tenure float8, at_risk bigint, churned bigint, censored bigint, survival float8, std_error float8, ci_low float8, ci_high float8);
\copy late_curve FROM 'tests/data/reference/late_entry_kaplan_meier.csv' WITH (FORMAT csv, HEADER true)
CREATE TABLE late_lifetimes (customer_group text, level float8, median float8, ci_low float8, ci_high float8, horizon float8, mean float8);
\copy late_lifetimes FROM 'tests/data/reference/late_entry_lifetimes.csv' WITH (FORMAT csv, HEADER true)
CREATE VIEW men AS SELECT 'all' AS customer_group, entered, time, churned = 1 AS churned, customers FROM late UNION ALL SELECT customer_group, entered, time, churned = 1, customers FROM late;
SELECT count(*) AS points,
       bool_and((km.at_risk, km.churned, km.censored) IS NOT DISTINCT FROM (r.at_risk, r.churned, r.censored)) AS counts,
       bool_and(abs(km.survival - r.survival) < 1e-12) AS survival,
       bool_and(coalesce(abs(km.std_error - r.std_error) < 1e-9, km.std_error IS NULL AND r.survival = 0)) AS std_errors,
       bool_and(coalesce(abs(km.ci_low - r.ci_low) < 1e-9 AND abs(km.ci_high - r.ci_high) < 1e-9, r.survival = 0)) AS limits
FROM (SELECT customer_group, level, (unnest(clv_kaplan_meier(entered, time, churned, customers, jsonb_build_object('level', level)))).*
      FROM men JOIN (SELECT DISTINCT customer_group, level FROM late_curve) AS c USING (customer_group) GROUP BY 1, 2) AS km
     FULL JOIN late_curve AS r ON (km.customer_group, km.level, km.tenure) = (r.customer_group, r.level, r.tenure);
SELECT customer_group, level, (m).median IS NOT DISTINCT FROM l.median AND (m).ci_low IS NOT DISTINCT FROM l.ci_low AND (m).ci_high IS NOT DISTINCT FROM l.ci_high AS median, abs((r).mean - mean) < 1e-12 AS mean
FROM (SELECT customer_group, level, clv_median_lifetime(entered, time, churned, customers, jsonb_build_object('level', level)) AS m, clv_restricted_mean_lifetime(entered, time, churned, customers, '{"horizon": 5}') AS r
      FROM men JOIN late_lifetimes USING (customer_group) GROUP BY 1, 2) AS c JOIN late_lifetimes AS l USING (customer_group, level) ORDER BY 1, 2;
SELECT clv_log_rank(customer_group, entered, time, churned = 1, customers) AS from_weights, clv_log_rank(customer_group, entered, time, churned = 1) AS from_rows FROM late;
-- at_risk is what is left of the tenure before, and who entered since.
SELECT bool_and(at_risk = left_before + entered) AS adds_up
FROM (SELECT p.*, lag(at_risk - churned - censored) OVER (ORDER BY tenure) AS left_before FROM (SELECT clv_kaplan_meier(entered, time, churned = 1, customers) AS curve FROM late) AS k, unnest(curve) AS p) AS q WHERE left_before IS NOT NULL;
-- Nobody was under observation from 3 to 5: what a new customer's curve is from there on is not known.
CREATE TABLE gap AS SELECT * FROM (VALUES (0.0, 2.0, true), (0, 3, false), (5, 6, true), (0, 2, true), (0, 3, false)) AS v (entered, tenure, churned);
SELECT p.tenure, p.entered, p.at_risk, p.survival FROM (SELECT clv_kaplan_meier(entered, tenure, churned) AS curve FROM gap) AS k, unnest(curve) AS p;
SELECT (clv_median_lifetime(entered, tenure, churned)).median, (clv_restricted_mean_lifetime(entered, tenure, churned, jsonb '{"horizon": 3}')).mean AS mean_of_3, clv_restricted_mean_lifetime(entered, tenure, churned, jsonb '{"horizon": 3.5}') AS mean_of_more FROM gap;
-- Those who enter as they leave, or whose entry is not known, are not under observation.
SELECT clv_kaplan_meier(entered, tenure, true) FROM (VALUES (2, 2), (NULL, 5)) AS v (entered, tenure);

-- A curve by hand: 1 of 4 leaves after a month, 1 is last seen then, 1 of 2 leaves after the third.
SELECT p.tenure, p.at_risk, p.churned, p.censored, p.survival, round(p.std_error::numeric, 9) AS std_error
FROM (SELECT clv_kaplan_meier(tenure, churned) AS curve FROM (VALUES (1, true), (1, false), (3, true), (5, false), (NULL, true)) AS v (tenure, churned)) AS k, unnest(curve) AS p;
-- Without censoring the curve is the empirical one: the share that stays longer.
SELECT bool_and((p).survival = (20 - (p).tenure) / 20) AS empirical
FROM (SELECT unnest(clv_kaplan_meier(i, true)) AS p FROM generate_series(1, 20) AS i) AS k;

-- Start and end of subscriptions with open ends, as of a day: days, and churned or not.
CREATE TABLE subscriptions (customer_id int, plan text, started_on date, ended_on date);
INSERT INTO subscriptions VALUES (1, 'basic', '2024-01-01', '2024-01-31'), (2, 'basic', '2024-01-01', NULL), (3, 'basic', '2024-02-01', '2025-01-31'), (4, 'premium', '2024-03-01', '2024-12-01'), (5, 'premium', '2024-03-01', NULL);
SELECT p.*
FROM (SELECT clv_kaplan_meier(least(ended_on, date '2024-12-31') - started_on, coalesce(ended_on <= date '2024-12-31', false)) AS curve FROM subscriptions) AS k, unnest(curve) AS p;
SELECT (clv_log_rank(plan, least(ended_on, date '2024-12-31') - started_on, coalesce(ended_on <= date '2024-12-31', false))).* FROM subscriptions;
-- Nothing to say
SELECT clv_kaplan_meier(1, true) FILTER (WHERE false) AS curve, clv_median_lifetime(NULL, true) AS median, clv_log_rank('one'::text, 1, true) AS one_group, clv_median_lifetime(1, false) AS nobody_left;

-- A parallel plan gives the bits of a serial one.
CREATE TABLE many AS SELECT 'g' || i % 3 AS plan, i * 7919 % 101 / 3.0::float8 AS tenure, i % 4 < 3 AS churned FROM generate_series(1, 20000) AS i;
ANALYZE many;
SELECT md5(clv_kaplan_meier(tenure, churned)::text) AS curve, clv_restricted_mean_lifetime(tenure, churned, jsonb '{"horizon": 30}') AS mean, clv_log_rank(plan, tenure, churned) AS test FROM many \gset
SELECT md5(clv_kaplan_meier(tenure, churned ORDER BY tenure)::text) = :'curve' AS curve, clv_log_rank(plan, tenure, churned ORDER BY plan DESC)::text = :'test' AS test FROM many;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT clv_kaplan_meier(tenure, churned), clv_log_rank(plan, tenure, churned) FROM many;
SELECT md5(clv_kaplan_meier(tenure, churned)::text) = :'curve' AS curve, clv_restricted_mean_lifetime(tenure, churned, jsonb '{"horizon": 30}')::text = :'mean' AS mean, clv_log_rank(plan, tenure, churned)::text = :'test' AS test FROM many;

SELECT clv_kaplan_meier(-1, true);
SELECT clv_kaplan_meier('NaN', true);
-- The end of a subscription compared with a date is NULL where the end is open.
SELECT clv_kaplan_meier(date '2024-12-31' - started_on, ended_on <= date '2024-12-31') FROM subscriptions;
SELECT clv_kaplan_meier(1, true, jsonb '{"level": 95}');
SELECT clv_kaplan_meier(1, true, jsonb '95');
SELECT clv_kaplan_meier(1, true, 0.95);
SELECT clv_kaplan_meier(5, 4, true);
SELECT clv_kaplan_meier(-1, 4, true);
SELECT clv_kaplan_meier('NaN', 4, true);
SELECT clv_kaplan_meier(i, true, jsonb_build_object('level', 0.5 + i / 10.0)) FROM generate_series(1, 2) AS i;
SELECT clv_restricted_mean_lifetime(1, true, jsonb '{"horizon": 0}');
SELECT clv_restricted_mean_lifetime(1, true, jsonb '{}');
SELECT clv_restricted_mean_lifetime(1, true, jsonb '{"horizon": "a year"}');
SELECT clv_restricted_mean_lifetime(1, true, jsonb '{"level": 0.9}');
SELECT mean::text LIKE '5%e+159' AS far FROM (SELECT (clv_restricted_mean_lifetime(i, i = 1, jsonb '{"horizon": 1e160}')).mean FROM generate_series(1, 2) AS i) AS q;
SELECT clv_log_rank(i, 1, true) FROM generate_series(1, 101) AS i;

-- A timeout stops a log-rank test of many times and groups.
SET statement_timeout = '300ms';
SELECT clv_log_rank(i % 100, i * 0.001, true) FROM generate_series(1, 300000) AS i;
RESET statement_timeout;
-- Who is still there has a tenure: a NULL would leave out the very customers that stay.
SELECT clv_median_lifetime(ended_on - started_on, ended_on IS NOT NULL) FROM (VALUES (date '2024-01-01', date '2024-02-01'), ('2024-01-01', NULL)) AS v (started_on, ended_on);

-- Options need no cast here either.
SELECT clv_kaplan_meier(t, c, '{"level": 0.9}') = clv_kaplan_meier(t, c, jsonb '{"level": 0.9}') AS curve,
       clv_median_lifetime(0, t, c, '{"level": 0.9}') = clv_median_lifetime(0, t, c, jsonb '{"level": 0.9}') AS median,
       clv_restricted_mean_lifetime(t, c, '{"horizon": 2}') = clv_restricted_mean_lifetime(t, c, jsonb '{"horizon": 2}') AS mean,
       sbg_fit(t, c, '{"unit": "1 month"}') = sbg_fit(t, c, jsonb '{"unit": "1 month"}') AS sbg
FROM (VALUES (1, true), (2, true), (3, false), (3, true), (4, false), (1, true), (2, false)) AS l (t, c);
