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
FROM (SELECT bgnbd_fit_covariates(s, '{}') AS model FROM customers) AS c, (SELECT bgnbd_fit(s) AS model FROM customers) AS p;
SELECT c.model -> 'params' = p.model -> 'params' AS same_parameters
FROM (SELECT pnbd_fit_covariates(s, '{}') AS model FROM customers) AS c, (SELECT pnbd_fit(s) AS model FROM customers) AS p;

CREATE TABLE models AS
SELECT bgnbd_fit_covariates(s, z) AS bgnbd, pnbd_fit_covariates(s, z) AS pnbd, bgnbd_fit(s) AS plain FROM customers;
SELECT p.* FROM models, clv_parameters(bgnbd) AS p;
SELECT p.* FROM models, clv_parameters(pnbd) AS p;
SELECT l.degrees_of_freedom, l.statistic > 0 AS larger_fits_better FROM models, clv_likelihood_ratio(plain, bgnbd) AS l;

-- A covariate of two values is two groups: with a large effect drawn into the data, it is found.
CREATE TABLE simulated AS
SELECT z, ROW(frequency, recency, age, NULL, frequency + 1, 0, NULL, NULL, NULL, interval '1 week')::clv_summary AS s
FROM (VALUES (0.0), (1.0)) AS groups (z), LATERAL bgnbd_simulate(bgnbd_model(0.5, 10 * exp(-0.8 * z), 0.8, 2.5, '1 week'), 20000, 60, 1 + z::integer, 100) AS c;
SELECT parameter, abs(estimate - truth) < 3 * std_error AS recovered
FROM (SELECT bgnbd_fit_covariates(s, ARRAY[z]) AS model FROM simulated) AS q, clv_parameters(model) AS p
JOIN (VALUES ('r', 0.5), ('alpha', 10), ('a', 0.8), ('b', 2.5), ('purchase_1', 0.8), ('dropout_1', 0)) AS t (name, truth) ON name = parameter
ORDER BY parameter;

-- The model of a customer is a plain one.
SELECT key, round(value::numeric, 9) AS baseline FROM models, jsonb_each_text(clv_model_for(bgnbd, '{0,0}') -> 'params') ORDER BY key;
SELECT customer_id, clv_p_alive(clv_model_for(bgnbd, z), s) AS p_alive, bgnbd_predict(clv_model_for(bgnbd, z), s, interval '1 year') AS purchases
FROM models, customers WHERE customer_id IN (1, 18, 1516) ORDER BY 1;

-- Row order and parallel plans do not change a bit.
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT bgnbd_fit_covariates(s, z) FROM customers;
CREATE TEMP TABLE parallel AS SELECT bgnbd_fit_covariates(s, z) AS model FROM customers;
SELECT bgnbd = model AS same FROM models, parallel;
SELECT bgnbd = (SELECT bgnbd_fit_covariates(s, z ORDER BY md5(customer_id::text)) FROM customers) AS same FROM models;

-- NULLs are skipped; a start is by name.
SELECT model ->> 'skipped' AS skipped, model ->> 'customers' AS customers
FROM (SELECT bgnbd_fit_covariates(s, CASE WHEN customer_id > 100 THEN z WHEN customer_id > 50 THEN ARRAY[1, NULL] END) AS model FROM customers) AS q;
SELECT (SELECT bgnbd_fit_covariates(s, z, jsonb_build_object('start', bgnbd -> 'params')) FROM customers) ->> 'converged' AS warm FROM models;

-- What is refused, in one process, since the errors of a worker say so.
SET max_parallel_workers_per_gather = 0;
SELECT bgnbd_fit_covariates(s, CASE WHEN customer_id = 1 THEN '{1}' ELSE '{1,2}' END::float8[] ORDER BY customer_id DESC) FROM customers;
SELECT bgnbd_fit_covariates(s, '{NaN}') FROM customers WHERE customer_id = 1;
SELECT clv_p_alive(bgnbd, s) FROM models, customers LIMIT 1;
SELECT clv_model_for(bgnbd, '{1}') FROM models;
SELECT clv_model_for(plain, '{1}') FROM models;
