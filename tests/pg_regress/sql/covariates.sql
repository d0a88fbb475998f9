-- Covariates: purchases and dropout that depend on characteristics of the customers.
SET extra_float_digits = -9;
-- Whether a worker refuses a row, or the leader, is the plan's affair.
\set SHOW_CONTEXT never
CREATE TABLE customers AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s,
       ARRAY[(channel = 'search')::integer, ln(1 + min(amount) FILTER (WHERE ordered_at = first_day))]::float8[] AS z
FROM (SELECT *, min(ordered_at) OVER (PARTITION BY customer_id) AS first_day FROM orders) AS o JOIN channels USING (customer_id)
GROUP BY customer_id, channel;

-- No covariates: the plain model.
SELECT c.model -> 'params' = p.model -> 'params' AS same_parameters,
       c.model -> 'log_likelihood' = p.model -> 'log_likelihood' AS same_likelihood
FROM (SELECT bgnbd_fit_covariates(s, '{}', '{}') AS model FROM customers) AS c, (SELECT bgnbd_fit(s) AS model FROM customers) AS p;
SELECT c.model -> 'params' = p.model -> 'params' AS same_parameters
FROM (SELECT pnbd_fit_covariates(s, '{}', '{}') AS model FROM customers) AS c, (SELECT pnbd_fit(s) AS model FROM customers) AS p;
SELECT c.model -> 'params' = p.model -> 'params' AS same_parameters, c.model ? 'covariates' AS covariates, clv_model_for(c.model, '{}', '{}') -> 'params' = p.model -> 'params' AS of_anybody
FROM (SELECT mbgnbd_fit_covariates(s, '{}', '{}') AS model FROM customers) AS c, (SELECT mbgnbd_fit(s) AS model FROM customers) AS p;

CREATE TABLE models AS
SELECT bgnbd_fit_covariates(s, z, z) AS bgnbd, mbgnbd_fit_covariates(s, z, z) AS mbgnbd, pnbd_fit_covariates(s, z, z) AS pnbd, bgnbd_fit(s) AS plain FROM customers;
SELECT p.* FROM models, clv_parameters(bgnbd) AS p;
SELECT p.* FROM models, clv_parameters(mbgnbd) AS p;
SELECT p.* FROM models, clv_parameters(pnbd) AS p;
SELECT l.degrees_of_freedom, l.statistic > 0 AS larger_fits_better FROM models, clv_likelihood_ratio(plain, bgnbd) AS l;

-- A covariate of two values is two groups: with a large effect drawn into the data, it is found.
CREATE TABLE simulated AS
SELECT z, ROW(frequency, recency, age, NULL, frequency + 1, 0, NULL, NULL, NULL, interval '1 week')::clv_summary AS s
FROM (VALUES (0.0), (1.0)) AS groups (z), LATERAL bgnbd_simulate(bgnbd_model(0.5, 10 * exp(-0.8 * z), 0.8, 2.5, '1 week'), 20000, 60, 1 + z::integer, 100) AS c;
SELECT parameter, abs(estimate - truth) < 3 * std_error AS recovered
FROM (SELECT bgnbd_fit_covariates(s, ARRAY[z], ARRAY[z]) AS model FROM simulated) AS q, clv_parameters(model) AS p
JOIN (VALUES ('r', 0.5), ('alpha', 10), ('a', 0.8), ('b', 2.5), ('purchase_1', 0.8), ('dropout_1', 0)) AS t (name, truth) ON name = parameter
ORDER BY parameter;

-- The model of a customer is a plain one.
SELECT key, round(value::numeric, 9) AS baseline FROM models, jsonb_each_text(clv_model_for(bgnbd, '{0,0}', '{0,0}') -> 'params') ORDER BY key;
SELECT customer_id, clv_p_alive(clv_model_for(bgnbd, z, z), s) AS p_alive, bgnbd_predict(clv_model_for(bgnbd, z, z), s, interval '1 year') AS purchases
FROM models, customers WHERE customer_id IN (1, 18, 1516) ORDER BY 1;

-- Purchases by one characteristic, dropout by the other or by none: nested in the model with all, which is tested.
CREATE TABLE nested AS
SELECT bgnbd_fit_covariates(s, z, '{}') AS purchases, bgnbd_fit_covariates(s, z[2:2], z[1:1]) AS apart,
       bgnbd_fit_covariates(s, z, z, '{"equal": [1]}') AS one_equal, bgnbd_fit_covariates(s, z, z, '{"equal": [2, 1]}') AS both_equal,
       pnbd_fit_covariates(s, z, z, '{"equal": [2]}') AS pareto, mbgnbd_fit_covariates(s, z[2:2], z[1:1], '{"equal": [1]}') AS modified
FROM customers;
SELECT name, m -> 'covariates' AS covariates, m -> 'equal' AS equal, m ->> 'converged' AS converged, k AS parameters,
       abs((m ->> 'aic')::float8 - (2 * k - 2 * (m ->> 'log_likelihood')::float8)) < 1e-9 AS aic, jsonb_array_length(m -> 'covariance') = k AS covariance
FROM nested, jsonb_each(to_jsonb(nested)) AS n (name, m), LATERAL (SELECT count(*) AS k FROM jsonb_object_keys(m -> 'params')) AS p ORDER BY name;
SELECT p.* FROM nested, clv_parameters(apart) AS p;
SELECT p.* FROM nested, clv_parameters(one_equal) AS p;
SELECT name, l.degrees_of_freedom, l.statistic, l.p_value
FROM nested, models, LATERAL (VALUES ('purchases alone', purchases, bgnbd), ('apart', apart, bgnbd), ('one equal', one_equal, bgnbd), ('both equal', both_equal, bgnbd),
    ('both in one', both_equal, one_equal), ('pareto', pareto, pnbd)) AS v (name, smaller, larger), clv_likelihood_ratio(smaller, larger) AS l;
SELECT clv_likelihood_ratio(bgnbd, one_equal) FROM models, nested;
SELECT position, parameters, round(aic_difference::numeric, 3) AS aic_difference FROM models, nested, clv_compare_models(ARRAY[plain, bgnbd, purchases, apart, one_equal, both_equal]::clv_model[]);
-- A coefficient for both acts on both: with a, b = baseline e^(γz) and alpha = baseline e^(-γz).
SELECT abs((m ->> 'alpha')::float8 / ((p ->> 'alpha')::float8 * exp(-((p ->> 'both_1')::float8 + 2 * (p ->> 'purchase_2')::float8))) - 1) < 1e-12 AS alpha,
       abs((m ->> 'a')::float8 / ((p ->> 'a')::float8 * exp((p ->> 'both_1')::float8 + 3 * (p ->> 'dropout_2')::float8)) - 1) < 1e-12 AS a, m -> 'r' = p -> 'r' AS r
FROM nested, LATERAL (SELECT clv_model_for(one_equal, '{1,2}', '{1,3}') -> 'params' AS m, one_equal -> 'params' AS p) AS q;
SELECT customer_id, mbgnbd_predict(clv_model_for(modified, z[2:2], z[1:1]), s, interval '1 year') AS purchases FROM nested, customers WHERE customer_id IN (1, 18, 1516) ORDER BY 1;
SELECT (SELECT bgnbd_fit_covariates(s, z, z, jsonb_build_object('start', one_equal -> 'params', 'equal', jsonb '[1]')) FROM customers) ->> 'converged' AS warm FROM nested;

-- Plain columns, each row standing for so many customers: the model of the summaries.
SELECT name, m -> 'params' = summaries -> 'params' AS parameters, m -> 'log_likelihood' = summaries -> 'log_likelihood' AS log_likelihood, m ->> 'customers' AS customers, m ->> 'unit_days' AS unit_days
FROM (SELECT bgnbd_fit_covariates((s).frequency, (s).recency, (s).age, z[1:1], z) AS plain,
             bgnbd_fit_covariates((s).frequency, (s).recency, (s).age, z[1:1], z, jsonb '{"unit": "1 week"}') AS with_unit,
             bgnbd_fit_covariates(s, z[1:1], z) AS summaries FROM customers) AS f,
     (SELECT bgnbd_fit_covariates(x, t_x, t, z1, z, n) AS weighted, bgnbd_fit_covariates(x, t_x, t, z1, z, n, jsonb '{"max_iterations": 50}') AS weighted_with_options
      FROM (SELECT (s).frequency AS x, (s).recency AS t_x, (s).age AS t, z[1:1] AS z1, z, count(*) AS n FROM customers GROUP BY 1, 2, 3, 4, 5) AS q) AS w,
     LATERAL (VALUES ('plain', plain), ('with_unit', with_unit), ('weighted', weighted), ('weighted_with_options', weighted_with_options)) AS v (name, m);
SELECT mbgnbd_fit_covariates((s).frequency, (s).recency, (s).age, z, '{}') -> 'params' = mbgnbd_fit_covariates(s, z, '{}') -> 'params' AS mbgnbd,
       pnbd_fit_covariates((s).frequency, (s).recency, (s).age, '{}', z, 1) -> 'params' = pnbd_fit_covariates(s, '{}', z) -> 'params' AS pnbd FROM customers;
SELECT model ->> 'skipped' AS skipped, model ->> 'customers' AS customers
FROM (SELECT bgnbd_fit_covariates(x, x, 9, z, '{}', n) AS model FROM (VALUES (1, '{0}'::float8[], 3), (2, '{1}', 4), (0, NULL, 5), (3, '{2}', NULL), (NULL, '{3}', 2), (1, '{1}', 0)) AS v (x, z, n)) AS q;

-- Spend: what multiplies v multiplies what a customer spends.
CREATE TABLE spends AS
SELECT gamma_gamma_fit_covariates(s, z) AS fit, gamma_gamma_fit_covariates(s, z, '{"penalty": 0.001}') AS penalised, gamma_gamma_fit_covariates(s, '{}') AS none, gamma_gamma_fit(s) AS plain,
       gamma_gamma_fit_covariates((s).frequency, (s).monetary, z) AS columns, gamma_gamma_fit_covariates((s).frequency, (s).monetary, z, jsonb '{}') AS options,
       gamma_gamma_fit_covariates((s).frequency, (s).monetary, z, 1) AS weight, gamma_gamma_fit_covariates((s).frequency, (s).monetary, z, 1, '{}') AS weight_options FROM customers;
SELECT p.* FROM spends, clv_parameters(fit) AS p;
SELECT none -> 'params' = plain -> 'params' AS plain, fit - 'as_of' = columns - 'as_of' AND columns = options AND columns = weight AND columns = weight_options AS columns, fit ->> 'left_out' AS left_out, fit -> 'covariates' AS covariates,
       abs((fit ->> 'correlation')::float8 - (plain ->> 'correlation')::float8) < 1e-12 AS correlation, abs((fit ->> 'largest_share')::float8 - (plain ->> 'largest_share')::float8) < 1e-12 AS largest_share, fit ? 'influence' AS influence, penalised ->> 'converged' AS penalised FROM spends;
SELECT l.* FROM spends, clv_likelihood_ratio(plain, fit) AS l;
SELECT abs(clv_predict_spend(clv_model_for(fit, '{1,2}'), 0, NULL) / clv_predict_spend(clv_model_for(fit, '{0,0}'), 0, NULL)
           / exp((fit -> 'params' ->> 'spend_1')::float8 + 2 * (fit -> 'params' ->> 'spend_2')::float8) - 1) < 1e-12 AS multiplied FROM spends;
SELECT customer_id, clv_value(clv_model_for(bgnbd, z, z), clv_model_for(fit, z), s, interval '1 year', 0.1) AS value FROM models, spends, customers WHERE customer_id IN (1, 18, 1516) ORDER BY 1;

-- Contracts.
CREATE TABLE contracts AS
SELECT channel, tenure, churned FROM (VALUES (0, 0.8, 1.6), (1, 0.8 * exp(-0.6), 1.6 * exp(0.3))) AS v (channel, alpha, beta), LATERAL sbg_simulate(sbg_model(alpha, beta), 3000, 8, 5 + channel);
CREATE TABLE contract_models AS
SELECT sbg_fit_covariates(tenure, churned, ARRAY[channel]) AS fit, sbg_fit_covariates(tenure, churned, ARRAY[channel], jsonb '{"equal": [1]}') AS equal, sbg_fit(tenure, churned) AS plain FROM contracts;
SELECT p.*, abs(p.estimate - truth) < 3 * std_error AS recovered FROM contract_models, clv_parameters(fit) WITH ORDINALITY AS p
JOIN (VALUES ('alpha', 0.8), ('beta', 1.6), ('alpha_1', -0.6), ('beta_1', 0.3)) AS t (name, truth) ON name = parameter ORDER BY ordinality;
SELECT p.* FROM contract_models, clv_parameters(equal) AS p;
SELECT name, l.* FROM contract_models, LATERAL (VALUES ('plain', plain, fit), ('equal', equal, fit), ('plain in equal', plain, equal)) AS v (name, smaller, larger), clv_likelihood_ratio(smaller, larger) AS l;
SELECT fit - 'iterations' = weighted - 'iterations' AS weighted, fit = with_options AS options
FROM contract_models, (SELECT sbg_fit_covariates(tenure, churned, ARRAY[channel], n) AS weighted, sbg_fit_covariates(tenure, churned, ARRAY[channel], n, '{}') AS with_options
                       FROM (SELECT channel, tenure, churned, count(*) AS n FROM contracts GROUP BY 1, 2, 3) AS q) AS w;
-- Contracts in every form in which sbg_fit has them: dates, one clv_tenure, tenures, late entries.
CREATE TABLE dated AS
SELECT number, channel, c.started, c.tenure, c.churned, CASE WHEN churned THEN (c.started + (c.tenure || ' months')::interval)::date END AS ended
FROM (SELECT row_number() OVER () AS number, date '2020-01-01' + (row_number() OVER ())::integer % 28 AS started, * FROM contracts) AS c;
SELECT by_dates - 'as_of' = by_tenure - 'as_of' AS dates, by_dates -> 'params' = plain -> 'params' AS plain, by_dates -> 'unit_days' AS unit_days, by_dates = by_dates_options AND by_tenure = by_tenure_options AS options
FROM (SELECT sbg_fit_covariates(started, ended, day, period, z) AS by_dates, sbg_fit_covariates(started, ended, day, period, z, '{"unit": "1 month"}') AS by_dates_options,
             sbg_fit_covariates(contract, z) AS by_tenure, sbg_fit_covariates(contract, z, '{"max_iterations": 100}') AS by_tenure_options,
             sbg_fit_covariates((contract).periods, (contract).churned, z) AS plain
      FROM (SELECT started, ended, day, interval '1 month' AS period, ARRAY[channel]::float8[] AS z, clv_tenure(started, ended, day, interval '1 month') AS contract FROM dated, (VALUES (date '2020-07-15')) AS v (day)) AS d) AS f;
SELECT late -> 'params' = plain -> 'params' AS whole, late ->> 'customers' = weighted ->> 'customers' AND weighted = weighted_options AS weights, truncated ->> 'customers' AS customers, truncated ->> 'skipped' AS skipped, truncated ->> 'converged' AS converged,
       abs((truncated -> 'params' ->> 'alpha_1')::float8 + 0.6) < 3 * (truncated -> 'std_errors' ->> 'alpha_1')::float8 AS recovered
FROM (SELECT sbg_fit_covariates(0, tenure, churned, ARRAY[channel]) AS late, sbg_fit_covariates(tenure, churned, ARRAY[channel]) AS plain,
             sbg_fit_covariates(0, tenure, churned, ARRAY[channel], 1) AS weighted, sbg_fit_covariates(0, tenure, churned, ARRAY[channel], 1, '{}') AS weighted_options,
             sbg_fit_covariates(least(number % 2, tenure), tenure, churned, ARRAY[channel], '{}') AS truncated FROM dated) AS f;
SELECT channel, period, sbg_retention(clv_model_for(fit, ARRAY[channel]), period) AS retention FROM contract_models, (VALUES (0), (1)) AS v (channel), generate_series(1, 3) AS period ORDER BY 1, 2;

-- Row order and parallel plans do not change a bit.
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT bgnbd_fit_covariates(s, z, z) FROM customers;
CREATE TEMP TABLE parallel AS SELECT bgnbd_fit_covariates(s, z, z) AS model FROM customers;
SELECT bgnbd = model AS same FROM models, parallel;
CREATE TEMP TABLE others AS
SELECT mbgnbd_fit_covariates(s, z, '{}') AS mbgnbd, bgnbd_fit_covariates(s, z[2:2], z[1:1]) AS apart, bgnbd_fit_covariates(s, z, z, '{"equal": [1]}') AS one_equal, gamma_gamma_fit_covariates(s, z) AS spend FROM customers;
CREATE TEMP TABLE contracts_parallel AS SELECT sbg_fit_covariates(tenure, churned, ARRAY[channel]) AS model FROM contracts;
SELECT others.apart = nested.apart AS apart, others.one_equal = nested.one_equal AS one_equal, spend = fit AS spend FROM others, nested, spends;
SELECT fit = model AS contracts FROM contract_models, contracts_parallel;
SELECT bgnbd = (SELECT bgnbd_fit_covariates(s, z, z ORDER BY md5(customer_id::text)) FROM customers) AS same FROM models;

-- NULLs are skipped; a start is by name.
SELECT model ->> 'skipped' AS skipped, model ->> 'customers' AS customers
FROM (SELECT bgnbd_fit_covariates(s, CASE WHEN customer_id > 100 THEN z WHEN customer_id > 50 THEN ARRAY[1, NULL] END, z) AS model FROM customers) AS q;
SELECT (SELECT bgnbd_fit_covariates(s, z, z, jsonb_build_object('start', bgnbd -> 'params')) FROM customers) ->> 'converged' AS warm FROM models;

-- After plain columns a literal is options, and a number the weight.
SELECT bgnbd_fit_covariates(x, t_x, t, z, '{}', '{"unit": "1 week"}') = bgnbd_fit_covariates(x, t_x, t, z, '{}', jsonb '{"unit": "1 week"}') AS bgnbd,
       mbgnbd_fit_covariates(x, t_x, t, z, '{}', '{"unit": "1 week"}') ->> 'unit_days' AS mbgnbd, pnbd_fit_covariates(x, t_x, t, z, '{}', '{"unit": "1 week"}') ->> 'unit_days' AS pnbd,
       bgnbd_fit_covariates(x, t_x, t, z, '{}', 2) ->> 'customers' AS weighted, gamma_gamma_fit_covariates(x, m, z, '{"penalty": 0.001}') = gamma_gamma_fit_covariates(x, m, z, jsonb '{"penalty": 0.001}') AS gamma_gamma
FROM (SELECT (s).frequency AS x, (s).recency AS t_x, (s).age AS t, (s).monetary AS m, z FROM customers) AS q;
SELECT sbg_fit_covariates(tenure, churned, ARRAY[channel], '{"equal": [1]}') = equal AS plain, sbg_fit_covariates(0, tenure, churned, ARRAY[channel], '{"equal": [1]}') = equal AS late
FROM contracts, contract_models GROUP BY equal;

-- What is refused, in one process, since the errors of a worker say so.
SET max_parallel_workers_per_gather = 0;
SELECT bgnbd_fit_covariates(s, CASE WHEN customer_id = 1 THEN '{1}' ELSE '{1,2}' END::float8[], z ORDER BY customer_id DESC) FROM customers;
SELECT bgnbd_fit_covariates(s, '{}', '{0,NaN}') FROM customers WHERE customer_id = 1;
SELECT clv_p_alive(bgnbd, s) FROM models, customers LIMIT 1;
SELECT clv_model_for(bgnbd, '{1}') FROM models;
SELECT clv_model_for(plain, '{1}') FROM models;
SELECT clv_model_for(bgnbd, '{1,2}') FROM models;
SELECT clv_model_for(apart, '{1,2}', '{}') FROM nested;
SELECT clv_model_for(fit, '{1,2}', '{}') FROM spends;
SELECT clv_model_for(nbd_model(1, 2), '{1}');
SELECT clv_model_for('{"model": "bgnbd", "border": "nbd", "params": {"r": 1, "alpha": 2}}', '{}', '{}');
SELECT clv_p_alive(apart, 1, 2, 3) FROM nested;
SELECT clv_predict_spend(fit, 1, 20) FROM spends;
SELECT sbg_retention(equal, 1) FROM contract_models;
SELECT bgnbd_fit_covariates(s, z, z, '{"equal": [3]}') FROM customers;
SELECT bgnbd_fit_covariates(s, z, '{}', '{"equal": [1]}') FROM customers;
SELECT bgnbd_fit_covariates(s, z, z, '{"equal": [1, 1]}') FROM customers;
SELECT bgnbd_fit_covariates(s, z, z, '{"equal": ["channel"]}') FROM customers;
SELECT bgnbd_fit_covariates(s, z, z, '{"equal": true}') FROM customers;
SELECT gamma_gamma_fit_covariates(s, z, '{"equal": [1]}') FROM customers;
SELECT bgnbd_fit(s, '{"equal": [1]}') FROM customers;
SELECT bgnbd_fit_covariates(s, CASE WHEN customer_id = 1 THEN z ELSE z[1:1] END, CASE WHEN customer_id = 1 THEN z[1:1] ELSE z END ORDER BY customer_id DESC) FROM customers;
SELECT bgnbd_fit_covariates(s, z, array_fill(1::float8, ARRAY[101])) FROM customers WHERE customer_id = 1;
SELECT sbg_fit_covariates(1.5, true, '{1}');
SELECT sbg_fit_covariates(1, true, '{1}', 1.5);
SELECT sbg_fit_covariates(clv_tenure('2024-01-01', NULL, '2024-05-01', '1 month'), '{NaN}');
SELECT sbg_fit_covariates(NULL, false, '{1}');
SELECT gamma_gamma_fit_covariates(1.5, 20, '{1}');
-- A stored model may come from anybody.
SELECT clv_p_alive('{"model": "bgnbd", "covariates": 1, "params": {}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "covariates": [1], "params": {}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "covariates": [1, 1000000000], "params": {}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "covariates": [1, 1], "equal": [2], "params": {}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "equal": [1], "params": {}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgbb", "covariates": [1], "params": {}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "covariates": [1, 0], "params": {"r": 1, "alpha": 1, "a": 1, "b": 1}}', 1, 2, 3);
SELECT clv_model_for('{"model": "bgnbd", "covariates": [1, 0], "params": {"r": 1, "alpha": 1, "a": 1, "b": 1, "purchase_1": 1e9}}', '{1}', '{}');
