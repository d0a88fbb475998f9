-- Every model from raw data to the values in print, and against the oracle tables through SQL.
\set VERBOSITY terse
SET extra_float_digits = 1;

CREATE TABLE customers AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s
FROM orders GROUP BY customer_id;
CREATE TABLE donations (x integer, t_x integer, n integer, customers integer);
\copy donations FROM 'tests/data/donations.csv' WITH (FORMAT csv, HEADER true)
CREATE TABLE models AS
SELECT bgnbd_fit(s) AS bgnbd, mbgnbd_fit(s) AS mbgnbd, pnbd_fit(s) AS pnbd, gamma_gamma_fit(s) AS spend,
       (SELECT bgbb_fit(x, t_x, n, customers, jsonb '{"unit": "1 year"}') FROM donations) AS bgbb,
       (SELECT sbg_fit(tenure, churned, customers) FROM sbg_cohort('{1000,631,468,382,326,289,262,241}')) AS sbg_regular,
       (SELECT sbg_fit(tenure, churned, customers) FROM sbg_cohort('{1000,869,743,653,593,551,517,491}')) AS sbg_high_end
FROM customers;

-- Published estimates: 1e-3 relative; log-likelihoods: 1e-4 absolute.
CREATE TABLE published (model text, parameter text, estimate float8, log_likelihood float8);
INSERT INTO published VALUES
('bgnbd', 'r', .2425945, -9582.42921), ('bgnbd', 'alpha', 4.4136020, -9582.42921), ('bgnbd', 'a', .7929220, -9582.42921), ('bgnbd', 'b', 2.4259068, -9582.42921),
('mbgnbd', 'r', .5248432, -9582.13572), ('mbgnbd', 'alpha', 6.1830852, -9582.13572), ('mbgnbd', 'a', .8913594, -9582.13572), ('mbgnbd', 'b', 1.6140023, -9582.13572),
('pnbd', 'r', .5532770, -9594.97618), ('pnbd', 'alpha', 10.5776834, -9594.97618), ('pnbd', 's', .6062400, -9594.97618), ('pnbd', 'beta', 11.6687342, -9594.97618),
('spend', 'p', 6.249572, -4055.9177), ('spend', 'q', 3.744225, -4055.9177), ('spend', 'v', 15.443521, -4055.9177),
('bgbb', 'alpha', 1.203522, -33225.58127), ('bgbb', 'beta', .749716, -33225.58127), ('bgbb', 'gamma', .656718, -33225.58127), ('bgbb', 'delta', 2.783442, -33225.58127),
('sbg_regular', 'alpha', .7040773, -1680.2652), ('sbg_regular', 'beta', 1.1820430, -1680.2652),
('sbg_high_end', 'alpha', .6680883, -1611.1581), ('sbg_high_end', 'beta', 3.8060949, -1611.1581);
SELECT model, p.parameter, f.estimate / p.estimate BETWEEN 0.999 AND 1.001 AS estimate_agrees,
       abs((m.value ->> 'log_likelihood')::float8 - p.log_likelihood) < 1e-4 AS likelihood_agrees,
       m.value ->> 'converged' AS converged
FROM published AS p
JOIN (SELECT key, value FROM models, jsonb_each(to_jsonb(models))) AS m ON m.key = p.model,
LATERAL clv_parameters(m.value) AS f
WHERE f.parameter = p.parameter ORDER BY model, p.parameter;

-- Predictions in print: customer 1516 of CDNOW, 26 repeat purchases in 31 weeks.
SELECT round(clv_p_alive(bgnbd, s)::numeric, 4) AS bgnbd, round(clv_predict_purchases(bgnbd, s, '52 weeks')::numeric, 1) AS bgnbd_year,
       round(clv_p_alive(pnbd, s)::numeric, 5) AS pnbd, round(clv_predict_purchases(pnbd, s, '52 weeks')::numeric, 4) AS pnbd_year,
       round(clv_expected_purchases(pnbd, 52)::numeric, 5) AS new_customer
FROM models, customers WHERE customer_id = 1516;
SELECT t, round(clv_expected_purchases(bgnbd_model(.2425967, 4.413659, .7929869, 2.426164), t)::numeric, 5) AS expected
FROM unnest('{1,3,32,78}'::float8[]) AS t;
SELECT x, t_x, round(clv_p_alive(bgbb, x, t_x, n)::numeric, 6) AS p_alive FROM models, donations
WHERE (x, t_x) IN ((0, 0), (2, 4), (6, 6)) ORDER BY x;
SELECT clv_predict_purchases(bgnbd_model(.11, 2.24, .31, .5), 0, 0, 1, 30) BETWEEN .5645886154 AND .5645886156 AS not_nan;

-- The oracle tables. A row passes within max(1e-10, 100 × cond × 1.1e-16), relative.
CREATE TABLE pnbd_customer (model text, quantity text, r float8, alpha float8, s float8, beta float8, x float8, t_x float8, age float8, value float8, cond float8, tag text);
CREATE TABLE pnbd_horizon (model text, quantity text, r float8, alpha float8, s float8, beta float8, x float8, t_x float8, age float8, t float8, value float8, cond float8, tag text);
CREATE TABLE pnbd_new (model text, quantity text, r float8, alpha float8, s float8, beta float8, t float8, value float8, cond float8, tag text);
CREATE TABLE pnbd_pmf (model text, quantity text, r float8, alpha float8, s float8, beta float8, t float8, n integer, value float8, cond float8, tag text);
\copy pnbd_customer FROM 'tests/data/oracle/paretonbd_palive.csv' WITH (FORMAT csv, HEADER true)
\copy pnbd_horizon FROM 'tests/data/oracle/paretonbd_cond_exp.csv' WITH (FORMAT csv, HEADER true)
\copy pnbd_new FROM 'tests/data/oracle/paretonbd_exp.csv' WITH (FORMAT csv, HEADER true)
\copy pnbd_pmf FROM 'tests/data/oracle/paretonbd_pmf.csv' WITH (FORMAT csv, HEADER true)
CREATE TABLE bgbb_horizon (model text, quantity text, alpha float8, beta float8, gamma float8, delta float8, x float8, t_x float8, n float8, m float8, value float8, cond float8, tag text);
CREATE TABLE bgbb_dert (LIKE bgbb_horizon);
CREATE TABLE bgbb_pmf (model text, quantity text, alpha float8, beta float8, gamma float8, delta float8, n float8, x integer, value float8, cond float8, tag text);
\copy bgbb_horizon FROM 'tests/data/oracle/bgbb_palive.csv' WITH (FORMAT csv, HEADER true)
\copy bgbb_horizon FROM 'tests/data/oracle/bgbb_cond_exp.csv' WITH (FORMAT csv, HEADER true)
\copy bgbb_dert FROM 'tests/data/oracle/bgbb_dert.csv' WITH (FORMAT csv, HEADER true)
\copy bgbb_pmf FROM 'tests/data/oracle/bgbb_pmf.csv' WITH (FORMAT csv, HEADER true)
CREATE TABLE mbgnbd_customer (model text, quantity text, r float8, alpha float8, a float8, b float8, x float8, t_x float8, age float8, t float8, value float8, cond float8, tag text);
\copy mbgnbd_customer (model, quantity, r, alpha, a, b, x, t_x, age, value, cond, tag) FROM 'tests/data/oracle/mbgnbd_palive.csv' WITH (FORMAT csv, HEADER true)
\copy mbgnbd_customer FROM 'tests/data/oracle/mbgnbd_cond_exp.csv' WITH (FORMAT csv, HEADER true)
\copy mbgnbd_customer FROM 'tests/data/oracle/mbgnbd_dert.csv' WITH (FORMAT csv, HEADER true)

CREATE VIEW answers AS
SELECT quantity, tag, value, cond, CASE quantity
           WHEN 'p_alive' THEN clv_p_alive(mbgnbd_model(r, alpha, a, b), x, t_x, age)
           WHEN 'dert_continuous' THEN clv_discounted_purchases(mbgnbd_model(r, alpha, a, b, interval '1461 days'), x, t_x, age, discount_rate => exp(t / 4) - 1)
           ELSE mbgnbd_predict(mbgnbd_model(r, alpha, a, b), x, t_x, age, t) END AS answer, 'mbgnbd' AS model
FROM mbgnbd_customer
UNION ALL SELECT quantity, tag, value, cond, clv_p_alive(pnbd_model(r, alpha, s, beta), x, t_x, age), 'pnbd' FROM pnbd_customer
UNION ALL SELECT quantity, tag, value, cond, pnbd_predict(pnbd_model(r, alpha, s, beta), x, t_x, age, t), 'pnbd' FROM pnbd_horizon
UNION ALL SELECT quantity, tag, value, cond, clv_expected_purchases(pnbd_model(r, alpha, s, beta), t), 'pnbd' FROM pnbd_new
UNION ALL SELECT quantity, tag, value, cond, clv_purchase_pmf(pnbd_model(r, alpha, s, beta), n, t), 'pnbd' FROM pnbd_pmf
-- m = 0, alive after opportunity n and not at n + 1, is no answer of the SQL functions.
UNION ALL SELECT quantity, tag, value, cond, CASE quantity
           WHEN 'p_alive_at_n_plus_m' THEN clv_p_alive(bgbb_model(alpha, beta, gamma, delta), x, t_x, n, m - 1)
           ELSE bgbb_predict(bgbb_model(alpha, beta, gamma, delta), x, t_x, n, m) END, 'bgbb'
FROM bgbb_horizon WHERE NOT (quantity = 'p_alive_at_n_plus_m' AND m = 0)
UNION ALL SELECT quantity, tag, value, cond, clv_purchase_pmf(bgbb_model(alpha, beta, gamma, delta), x, n), 'bgbb' FROM bgbb_pmf
UNION ALL SELECT quantity, tag, value, cond, clv_discounted_purchases(bgbb_model(alpha, beta, gamma, delta, interval '1461 days'), x, t_x, n, discount_rate => (1 + m) ^ 0.25 - 1), 'bgbb' FROM bgbb_dert;
-- A discount rate that went through its yearly form has lost some digits: hence its own bound.
SELECT model, quantity, count(*) AS rows, count(*) FILTER (WHERE NOT coalesce(CASE
           WHEN tag LIKE '%underflow%' THEN answer < 1e-300
           WHEN quantity LIKE 'dert%' THEN abs(answer / value - 1) < greatest(1e-9, 1e-13 * cond * 1e4)
           WHEN value = 0 THEN answer = 0
           ELSE abs(answer / value - 1) <= greatest(1e-10, 100 * coalesce(cond, 0) * 1.1e-16) END, false)) AS failed
FROM answers GROUP BY model, quantity ORDER BY model, quantity;

-- Discounting tends to none, and a finite horizon to the whole lifetime.
SELECT name, clv_discounted_purchases(m, s, '1 year', 0) = clv_predict_purchases(m, s, interval '1 year') AS undiscounted,
       abs(clv_discounted_purchases(m, s, '1 year', 1e-9) / clv_predict_purchases(m, s, interval '1 year') - 1) < 1e-8 AS tends_to_undiscounted,
       abs(clv_discounted_purchases(m, s, '90 years', 0.5) / clv_discounted_purchases(m, s, discount_rate => 0.5) - 1) < 1e-9 AS tends_to_lifetime,
       clv_p_alive(m, s, interval '1 year') < clv_p_alive(m, s) AS falls
FROM (SELECT key AS name, value::clv_model AS m FROM models, jsonb_each(to_jsonb(models)) WHERE key IN ('bgnbd', 'mbgnbd', 'pnbd')) AS q, customers
WHERE customer_id = 1516 ORDER BY name;

-- The probabilities of all numbers of purchases add up to 1, their mean is the expectation.
SELECT name, abs(sum(p) - 1) < 1e-9 AS sums_to_one, abs(sum(n * p) / max(e) - 1) < 1e-9 AS mean_is_expectation
FROM (SELECT name, n, clv_purchase_pmf(m, s, n, interval '1 year') AS p, clv_predict_purchases(m, s, interval '1 year') AS e
      FROM (SELECT key AS name, value::clv_model AS m FROM models, jsonb_each(to_jsonb(models)) WHERE key IN ('bgnbd', 'mbgnbd', 'pnbd')) AS q,
           customers, generate_series(0, 1500) AS n WHERE customer_id = 1516) AS q
GROUP BY name ORDER BY name;

-- The unit of the data does not matter: days and weeks give the same predictions, and
-- log-likelihoods that differ by the known Jacobian.
WITH days AS (
    SELECT bgnbd_fit(s) AS bgnbd, mbgnbd_fit(s) AS mbgnbd, pnbd_fit(s) AS pnbd, sum((s).frequency) AS purchases
    FROM (SELECT clv_summary(ordered_at, amount, date '1997-09-30') AS s FROM orders GROUP BY customer_id) AS q)
SELECT bool_and(abs(clv_predict_purchases(models.bgnbd, s, interval '1 year') / clv_predict_purchases(days.bgnbd, s, interval '1 year') - 1) < 1e-7
            AND abs(clv_predict_purchases(models.mbgnbd, s, interval '1 year') / clv_predict_purchases(days.mbgnbd, s, interval '1 year') - 1) < 1e-7
            AND abs(clv_predict_purchases(models.pnbd, s, interval '1 year') / clv_predict_purchases(days.pnbd, s, interval '1 year') - 1) < 1e-7) AS same_predictions,
       bool_and(abs((models.bgnbd ->> 'log_likelihood')::float8 - (days.bgnbd ->> 'log_likelihood')::float8 - purchases * ln(7::float8)) < 1e-6) AS jacobian
FROM models, days, customers;

-- Horizons count opportunities for BG/BB; an interval is measured by the unit of the model.
SELECT bgbb_predict(bgbb, 2, 4, 6, 5) = bgbb_predict(bgbb, 2, 4, 6, interval '5 years') AS same FROM models;

-- At a rate of 0 a lifetime may add up (Pareto/NBD with s > 1) or not.
SELECT clv_discounted_purchases(pnbd_model(0.5, 10, 1.5, 10, interval '1 week'), s, discount_rate => 0) > 0 AS adds_up,
       clv_discounted_purchases(pnbd_model(0.5, 10, 0.5, 10, interval '1 week'), s, discount_rate => 0) IS NULL AS is_infinite,
       clv_discounted_purchases(bgnbd_model(0.5, 10, 1.5, 10, interval '1 week'), s, discount_rate => 0) > 0 AS bgnbd_adds_up,
       clv_discounted_purchases(bgnbd_model(0.5, 10, 0.5, 10, interval '1 week'), s, discount_rate => 0) IS NULL AS bgnbd_is_infinite
FROM customers WHERE customer_id = 1516;

-- What is refused
\set VERBOSITY default
SELECT clv_p_alive(bgbb_model(1, 1, 1, 1), s) FROM customers WHERE customer_id = 1;
SELECT bgbb_fit(x, t, n) FROM (VALUES (1, 0.5, 6), (2, 2, 6)) AS v(x, t, n);
SELECT clv_purchase_pmf(pnbd, s, -1, '52 weeks') FROM models, customers LIMIT 1;
SELECT clv_purchase_pmf(pnbd, 2, 30, 38, 1, 'infinity'::float8) FROM models, customers LIMIT 1;
SELECT clv_discounted_purchases(pnbd, s, discount_rate => NULL) FROM models, customers LIMIT 1;
SELECT clv_discounted_purchases(pnbd, s, discount_rate => -0.1) FROM models, customers LIMIT 1;
SELECT pnbd_predict(bgnbd, s, '52 weeks') FROM models, customers LIMIT 1;
SELECT clv_p_alive(sbg_regular, s) FROM models, customers LIMIT 1;
SELECT pnbd_model(1, 2, -3, 4);
SELECT clv_p_alive(pnbd, s, interval '-1 day') FROM models, customers LIMIT 1;
-- A summary by hand whose unit is none, and a value nested too deeply
SELECT clv_predict_purchases(pnbd, ROW(2, 1, 3, 1, NULL, NULL, NULL, NULL, NULL, interval '-1 week')::clv_summary, interval '1 year') FROM models;
SELECT clv_p_alive((repeat('{"model":', 500) || '1' || repeat('}', 500))::jsonb::clv_model, 1, 1, 1);
-- Options that differ from row to row
SELECT bgnbd_fit(s, CASE WHEN (s).frequency > 2 THEN '{"penalty": 1}' ELSE '{"penalty": 0}' END::jsonb ORDER BY (s).frequency) FROM customers;
-- A rate in percent, a unit without a name
SELECT clv_discounted_purchases(pnbd, s, discount_rate => 10) FROM models, customers LIMIT 1;
SELECT bgnbd_fit((s).frequency, (s).recency, (s).age, jsonb '{"unit": "7"}') FROM customers;
