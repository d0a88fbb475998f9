-- Contracts that are renewed or end: sBG against the oracle tables and the values in print.
SET extra_float_digits = 1;
CREATE TABLE oracle (quantity text, alpha float8, beta float8, n float8, d float8, value float8, cond float8);
CREATE TABLE by_period (model text, quantity text, alpha float8, beta float8, n float8, value float8, cond float8, tag text);
CREATE TABLE residual (model text, quantity text, alpha float8, beta float8, n float8, d float8, value float8, cond float8, tag text);
\copy by_period FROM 'tests/data/oracle/sbg_retention.csv' WITH (FORMAT csv, HEADER true)
\copy by_period FROM 'tests/data/oracle/sbg_survival.csv' WITH (FORMAT csv, HEADER true)
\copy residual FROM 'tests/data/oracle/sbg_derl.csv' WITH (FORMAT csv, HEADER true)
-- A year as the unit, so that the yearly discount rate is that of a period.
SELECT quantity, count(*) AS rows, count(*) FILTER (WHERE abs(answer / value - 1) <= greatest(1e-10, 100 * cond * 1.1e-16)) AS passed
FROM (SELECT quantity, value, cond, CASE quantity WHEN 'retention' THEN sbg_retention(sbg_model(alpha, beta), n)
             ELSE sbg_survival(sbg_model(alpha, beta), n) END AS answer FROM by_period
      UNION ALL
      SELECT quantity, value, cond, sbg_predict(sbg_model(alpha, beta, interval '1 year'), n, discount_rate => d) FROM residual) AS q
GROUP BY quantity ORDER BY quantity;

-- A cohort by its survivors is the same as its customers one by one.
CREATE TABLE customers AS
SELECT tenure, churned FROM sbg_cohort('{1000,869,743,653,593,551,517,491}'), generate_series(1, customers);
SELECT count(*) AS customers, count(*) FILTER (WHERE NOT churned) AS still_there FROM customers;
SELECT sbg_fit(tenure, churned) = (SELECT sbg_fit(tenure, churned, customers) FROM sbg_cohort('{1000,869,743,653,593,551,517,491}')) AS same
FROM customers;
-- Fitted to seven years, projected to twelve, as in Fader and Hardie 2007.
SELECT year, round(100 * sbg_survival(model, year)::numeric, 1) AS percent_left
FROM (SELECT sbg_fit(tenure, churned) AS model FROM customers) AS q, generate_series(1, 12) AS year;

-- A finite horizon tends to the whole lifetime; one period is worth the chance to renew.
SELECT abs(sbg_predict(m, 2, 2000, 0.1) / sbg_predict(m, 2, discount_rate => 0.1) - 1) < 1e-12 AS tends_to_lifetime,
       abs(sbg_predict(m, 2, 1) - sbg_retention(m, 2)) < 1e-15 AS first_renewal
FROM sbg_model(0.668, 3.806, interval '1 year') AS m;

-- Monthly contracts: a year's rate is spread over twelve months.
SELECT abs(sbg_predict(sbg_model(0.668, 3.806, interval '1 month'), 2, discount_rate => 0.1)
         / sbg_predict(sbg_model(0.668, 3.806, interval '1 year'), 2, discount_rate => 1.1 ^ (1 / 12.0) - 1) - 1) < 1e-10 AS same;

-- NULLs, and data that say nothing
SELECT sbg_fit(t, c) ->> 'skipped' AS skipped FROM (VALUES (1, true), (NULL, true), (NULL, NULL), (3, false)) AS v(t, c);
-- Who is still there has a tenure and is not churned: both are refused, not left out.
SELECT sbg_fit(t, c) FROM (VALUES (1, true), (2, NULL)) AS v(t, c);
SELECT sbg_fit(t, c) FROM (VALUES (1, true), (NULL, false)) AS v(t, c);
SELECT sbg_fit(t, c) ->> 'termination' FROM (VALUES (1, false), (2, false)) AS v(t, c);
SELECT sbg_fit(t, c) IS NULL AS nothing FROM (VALUES (1, true)) AS v(t, c) WHERE false;

-- What is refused
SELECT sbg_fit(t, true) FROM (VALUES (0)) AS v(t);
SELECT sbg_fit(t, false) FROM (VALUES (1.5)) AS v(t);
SELECT sbg_fit(0.5, t, false) FROM (VALUES (2)) AS v(t);
SELECT sbg_fit(t, true, 1.5) FROM (VALUES (2)) AS v(t);
SELECT * FROM sbg_cohort('{10,11}');
SELECT * FROM sbg_cohort('{10,NULL}');
SELECT sbg_retention(sbg_model(1, 1), 0);
SELECT sbg_predict(sbg_model(1, 1), 1, discount_rate => 0.1);
SELECT sbg_predict(sbg_model(1, 1, interval '1 year'), 1, discount_rate => 0) IS NULL AS infinite;
SELECT sbg_predict(sbg_model(1, 1, interval '1 year'), 1, discount_rate => -0.1);
SELECT sbg_predict(sbg_model(1, 1, interval '1 year'), 1);
SELECT sbg_retention(bgnbd_model(1, 1, 1, 1), 1);
