-- Models on the border of their parameters: a shop that nobody has left, as a year of many shops is.
\set VERBOSITY terse
SET extra_float_digits = 0;

CREATE TABLE loyal AS
SELECT customer, frequency::float8 AS x, recency AS t_x, age FROM nbd_simulate(nbd_model(0.83, 9.97), 3000, 4, 1, 52);
CREATE TABLE fits AS
SELECT nbd_fit(x, t_x, age, jsonb '{"unit": "1 week"}') AS nbd, bgnbd_fit(x, t_x, age, jsonb '{"unit": "1 week"}') AS bgnbd,
       mbgnbd_fit(x, t_x, age, jsonb '{"unit": "1 week"}') AS mbgnbd, pnbd_fit(x, t_x, age, jsonb '{"unit": "1 week"}') AS pnbd
FROM loyal;
SELECT key AS model, m ->> 'model' AS prefix, m ->> 'border' AS border, m -> 'converged' AS converged,
       round((m -> 'params' ->> 'r')::numeric, 4) AS r, round((m -> 'params' ->> 'alpha')::numeric, 4) AS alpha,
       round((m -> 'std_errors' ->> 'r')::numeric, 4) AS se_r, m -> 'params' ->> 'a' AS a, m ->> 'termination' AS termination
FROM fits, jsonb_each(to_jsonb(fits)) AS f (key, m) ORDER BY key;

-- The border of each is the NBD to the digits; AIC counts what is left.
SELECT m ->> 'model' AS model, m -> 'params' = nbd -> 'params' AS params, m -> 'covariance' = nbd -> 'covariance' AS covariance,
       (m ->> 'aic')::float8 = 4 - 2 * (m ->> 'log_likelihood')::float8 AS aic, m -> 'bic' = nbd -> 'bic' AS bic
FROM fits, unnest(ARRAY[bgnbd, mbgnbd, pnbd]) AS m;
SELECT parameter, round(estimate::numeric, 4) AS estimate, std_error > 0 AS std_error, ci_low < estimate AND estimate < ci_high AS limits
FROM fits, clv_parameters(bgnbd);

-- It predicts with the prefix of its family: (r + x)/(alpha + T) a week, for ever, and everybody is alive.
SELECT clv_p_alive(bgnbd, 2, 30, 39) AS p_alive, clv_p_alive(pnbd, 2, 30, 39, 1000) AS later,
       bgnbd_predict(bgnbd, 2, 30, 39, '52 weeks') = nbd_predict(nbd, 2, 30, 39, 52) AS one_answer,
       abs(pnbd_predict(pnbd, 2, 30, 39, 52) / ((r + 2) / (alpha + 39) * 52) - 1) < 1e-15 AS formula,
       abs(clv_discounted_purchases(mbgnbd, 2, 30, 39, 52, 0.1) / ((r + 2) / (alpha + 39) * (1 - 1.1 ^ (-52 * 7 / 365.25)) / (ln(1.1) * 7 / 365.25)) - 1) < 1e-13 AS discounted,
       abs(clv_purchase_pmf(bgnbd, 2, 30, 39, 0, 13) / ((alpha + 39) / (alpha + 52)) ^ (r + 2) - 1) < 1e-14 AS none,
       (SELECT abs(sum(clv_purchase_pmf(bgnbd, 2, 30, 39, n, 13)) - 1) < 1e-12 FROM generate_series(0, 200) AS n) AS pmf
FROM fits, LATERAL (SELECT (nbd -> 'params' ->> 'r')::float8 AS r, (nbd -> 'params' ->> 'alpha')::float8 AS alpha) AS p;
SELECT (i).expected_low < (i).expected AND (i).expected < (i).expected_high AS limits, i = clv_predict_interval(nbd, 2, 30, 39, 52) AS as_nbd
FROM (SELECT nbd, clv_predict_interval(bgnbd, 2, 30, 39, 52) AS i FROM fits) AS f;
SELECT count(*), sum(frequency) > 0 AS bought FROM fits, bgnbd_simulate(bgnbd, 100, 39);

-- Compared by the parameters that are left; tested as families.
SELECT position, model, parameters, round(aic_difference::numeric, 6) AS aic_difference, converged FROM fits, clv_compare_models(ARRAY[nbd, bgnbd, pnbd]) ORDER BY position;
SELECT t.* FROM fits, clv_likelihood_ratio(nbd, bgnbd) AS t;

-- A warm start from the model of a border begins anew.
SELECT bgnbd_fit(x, t_x, age, jsonb_build_object('start', bgnbd -> 'params', 'unit', '1 week')) = bgnbd AS same
FROM loyal, fits GROUP BY bgnbd;
SELECT bgnbd_fit(x, t_x, age, jsonb '{"start": {"r": 1, "p": 0.5}}') FROM loyal;

-- CDNOW: values in print.
SELECT round((m -> 'params' ->> 'r')::numeric, 6) AS r, round((m -> 'params' ->> 'alpha')::numeric, 6) AS alpha, round((m ->> 'log_likelihood')::numeric, 4) AS log_likelihood
FROM (SELECT nbd_fit(s) AS m FROM (SELECT clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s FROM orders GROUP BY customer_id) AS c) AS f;

-- The other borders, from customers made to be so.
CREATE TABLE truths (family text, model clv_model);
INSERT INTO truths VALUES
('bgnbd', '{"model": "bgnbd", "border": "same_dropout", "params": {"r": 0.8, "alpha": 10, "p": 0.2}}'),
('bgnbd', '{"model": "bgnbd", "border": "mover_stayer", "params": {"r": 0.8, "alpha": 10, "movers": 0.3}}'),
('bgnbd', '{"model": "bgnbd", "border": "same_rate", "params": {"lambda": 0.2, "a": 0.8, "b": 2.5}}'),
('bgnbd', '{"model": "bgnbd", "border": "same_rate_same_dropout", "params": {"lambda": 0.2, "p": 0.2}}'),
('mbgnbd', '{"model": "mbgnbd", "border": "mover_stayer", "params": {"r": 0.8, "alpha": 10, "movers": 0.3}}'),
('mbgnbd', '{"model": "mbgnbd", "border": "same_dropout", "params": {"r": 0.8, "alpha": 10, "p": 0.2}}'),
('pnbd', '{"model": "pnbd", "border": "same_dropout", "params": {"r": 0.8, "alpha": 10, "mu": 0.05}}'),
('pnbd', '{"model": "pnbd", "border": "same_rate", "params": {"lambda": 0.2, "s": 0.6, "beta": 12}}'),
('pnbd', '{"model": "pnbd", "border": "same_rate_same_dropout", "params": {"lambda": 0.2, "mu": 0.05}}'),
('nbd', '{"model": "nbd", "border": "poisson", "params": {"lambda": 0.2}}');
CREATE TABLE refits AS
SELECT family, model, CASE family WHEN 'nbd' THEN nbd_fit(frequency, recency, age) WHEN 'bgnbd' THEN bgnbd_fit(frequency, recency, age) WHEN 'mbgnbd' THEN mbgnbd_fit(frequency, recency, age) ELSE pnbd_fit(frequency, recency, age) END AS fit
FROM truths, generate_series(1, 6) AS seed,
LATERAL (SELECT * FROM bgnbd_simulate(CASE family WHEN 'bgnbd' THEN model END, 500, 10, seed, 50)
         UNION ALL SELECT * FROM mbgnbd_simulate(CASE family WHEN 'mbgnbd' THEN model END, 500, 10, seed, 50)
         UNION ALL SELECT * FROM pnbd_simulate(CASE family WHEN 'pnbd' THEN model END, 500, 10, seed, 50)
         UNION ALL SELECT * FROM nbd_simulate(CASE family WHEN 'nbd' THEN model END, 500, 10, seed, 50)) AS c
GROUP BY family, model, seed;
SELECT family, model ->> 'border' AS truth, count(*) FILTER (WHERE fit -> 'converged' = 'true') AS converged,
       count(*) FILTER (WHERE fit ->> 'border' = model ->> 'border') > 0 AS comes_there,
       bool_and(fit ->> 'border' IS DISTINCT FROM model ->> 'border' OR fit -> 'std_errors' <> 'null') AS with_std_errors
FROM refits GROUP BY family, model ORDER BY family, truth;
SELECT DISTINCT ON (model ->> 'border') model ->> 'border' AS border, p.parameter, p.std_error > 0 AS std_error, p.ci_low < p.estimate AND p.estimate < p.ci_high AS limits,
       abs(p.estimate - (model -> 'params' ->> p.parameter)::float8) < 5 * p.std_error AS near
FROM refits, clv_parameters(fit) AS p WHERE fit ->> 'border' = model ->> 'border' ORDER BY model ->> 'border', p.parameter DESC;

-- Opportunities and contracts.
INSERT INTO truths VALUES
('bgbb', '{"model": "bgbb", "border": "beta_binomial", "params": {"alpha": 1.2, "beta": 2.5}}'),
('bgbb', '{"model": "bgbb", "border": "same_dropout", "params": {"alpha": 1.2, "beta": 2.5, "theta": 0.15}}'),
('bgbb', '{"model": "bgbb", "border": "same_rate", "params": {"p": 0.4, "gamma": 0.6, "delta": 2.5}}'),
('bgbb', '{"model": "bgbb", "border": "binomial", "params": {"p": 0.4}}');
CREATE TABLE discrete AS
SELECT model, bgbb_fit(frequency, recency, age) AS fit
FROM truths, generate_series(1, 6) AS seed, bgbb_simulate(model, 500, 4, seed, 12) WHERE family = 'bgbb' GROUP BY model, seed;
SELECT model ->> 'border' AS truth, bool_and(fit -> 'converged' = 'true' AND fit -> 'std_errors' <> 'null') AS converged, bool_or(fit ->> 'border' = model ->> 'border') AS comes_there
FROM discrete GROUP BY model ORDER BY truth;
SELECT DISTINCT ON (model ->> 'border') model ->> 'border' AS border, bgbb_predict(fit, 2, 5, 6, 5) > 0 AS predicts, clv_p_alive(fit, 2, 5, 6) AS p_alive
FROM discrete WHERE model ->> 'border' LIKE '%binomial' AND fit ->> 'border' = model ->> 'border' ORDER BY model ->> 'border';
CREATE TABLE contracts AS
SELECT name, sbg_fit(tenure, churned, customers) AS fit
FROM (VALUES ('geometric', '{1024,512,256,128,64}'::bigint[]), ('half at once', '{1000,500,500,500}')) AS c (name, survivors), sbg_cohort(survivors) GROUP BY name;
SELECT name, fit ->> 'border' AS border, fit ->> 'termination' AS termination, parameter, round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 5) AS std_error,
       round(sbg_survival(fit, 3)::numeric, 9) AS survival_3, round(sbg_retention(fit, 2)::numeric, 9) AS retention_2, round(sbg_predict(fit, 2, 10, 0)::numeric, 6) AS residual
FROM contracts, clv_parameters(fit) ORDER BY name;

-- Documents from anybody.
\set VERBOSITY default
SELECT clv_p_alive('{"model": "bgnbd", "border": "nowhere", "params": {"r": 1, "alpha": 2}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "nbd", "border": "nbd", "params": {"r": 1, "alpha": 2}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "border": "nbd", "params": {"r": 1}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "border": "nbd"}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "border": 7, "params": {"r": 1, "alpha": 2}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "border": "nbd", "covariates": [1, 1], "params": {"r": 1, "alpha": 2, "purchase_1": 0, "dropout_1": 0}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "border": "same_dropout", "params": {"r": 1, "alpha": 2, "p": 1}}', 1, 2, 3);
SELECT * FROM clv_parameters('{"model": "bgnbd", "border": "nowhere", "params": {"r": 1}}');
SELECT clv_p_alive('{"model": "bgnbd", "border": null, "params": {"r": 1, "alpha": 2, "a": 1, "b": 1}}', 1, 2, 3) AS inside;
