-- Inference: models compared and tested, limits of predictions.
SET extra_float_digits = -6;
CREATE TABLE customers AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s FROM orders GROUP BY customer_id;
CREATE TABLE models AS
SELECT bgnbd_fit(s) AS bgnbd, mbgnbd_fit(s) AS mbgnbd, pnbd_fit(s) AS pnbd, gamma_gamma_fit(s) AS spend FROM customers;

-- Models by AIC; the position is that in the array. Unfitted and NULL models are left out.
SELECT c.* FROM models, clv_compare_models(ARRAY[bgnbd, NULL, pnbd, mbgnbd, bgnbd_model(1, 1, 1, 1, '1 week')]) AS c;
SELECT count(*) FROM clv_compare_models('{}');

-- Likelihood-ratio test: NBD, a BG/NBD without dropout, against BG/NBD.
SELECT l.* FROM models, clv_likelihood_ratio((SELECT nbd_fit(s) FROM customers), bgnbd) AS l;
SELECT l.* FROM models, clv_likelihood_ratio(bgnbd_model(1, 1, 1, 1, '1 week'), bgnbd) AS l;

-- Confidence limits of the expectation, and limits of the number of purchases
SELECT customer_id, i.* FROM models, customers, clv_predict_interval(bgnbd, s, interval '1 year') AS i
WHERE customer_id IN (1, 3, 18, 1516) ORDER BY 1;
SELECT customer_id, i.* FROM models, customers, clv_predict_interval(pnbd, s, '52 weeks', level => 0.5) AS i
WHERE customer_id IN (1, 3, 18, 1516) ORDER BY 1;
-- The number of purchases lies between its limits with the probability asked for or a little more.
SELECT customer_id, sum(clv_purchase_pmf(bgnbd, s, n, interval '1 year')) BETWEEN 0.9 AND 0.97 AS holds
FROM models, customers, clv_predict_interval(bgnbd, s, interval '1 year', 0.9) AS i, generate_series(purchases_low::integer, purchases_high::integer) AS n
WHERE customer_id = 1516 GROUP BY 1;
-- By columns, and with a model that no fit has made: no confidence limits.
SELECT i.* FROM models, clv_predict_interval(bgnbd, 2, 30.43, 38.86, 39) AS i;
SELECT i.* FROM clv_predict_interval(bgnbd_model(0.243, 4.414, 0.793, 2.426), 2, 30.43, 38.86, 39) AS i;
-- The limits hold more often, the higher the level.
SELECT bool_and(h.expected_low <= l.expected_low AND h.expected_high >= l.expected_high AND h.purchases_low <= l.purchases_low AND h.purchases_high >= l.purchases_high) AS nested
FROM models, customers, clv_predict_interval(mbgnbd, s, '39 weeks', 0.8) AS l, clv_predict_interval(mbgnbd, s, '39 weeks', 0.99) AS h WHERE customer_id < 50;

-- What is refused
SELECT c.* FROM models, clv_compare_models(ARRAY[bgnbd, spend]) AS c;
SELECT c.* FROM models, (SELECT bgnbd_fit(s) AS part FROM customers WHERE customer_id < 1000) AS q, clv_compare_models(ARRAY[bgnbd, part]) AS c;
SELECT c.* FROM models, (SELECT bgnbd_fit((s).frequency, (s).recency, (s).age) AS bare FROM customers) AS q, clv_compare_models(ARRAY[bgnbd, bare]) AS c;
SELECT l.* FROM models, clv_likelihood_ratio(bgnbd, mbgnbd) AS l;
SELECT i.* FROM models, customers, clv_predict_interval(bgnbd, s, '39 weeks', 1.5) AS i LIMIT 1;
SELECT clv_compare_models(ARRAY[bgnbd, earlier]) FROM models, (SELECT bgnbd_fit(s) AS earlier FROM (SELECT clv_summary(ordered_at, amount, date '1997-06-30', '1 week') AS s FROM orders GROUP BY customer_id) AS q) AS fit;
SELECT clv_likelihood_ratio(earlier, bgnbd) FROM models, (SELECT bgnbd_fit(s) AS earlier FROM (SELECT clv_summary(ordered_at, amount, date '1997-06-30', '1 week') AS s FROM orders GROUP BY customer_id) AS q) AS fit;

-- Over all customers the log-likelihoods add up to that of the fit.
SELECT abs(sum(clv_log_likelihood(bgnbd, s)) - max((bgnbd ->> 'log_likelihood')::float8)) < 1e-6 AS bgnbd,
       abs(sum(clv_log_likelihood(mbgnbd, s)) - max((mbgnbd ->> 'log_likelihood')::float8)) < 1e-6 AS mbgnbd,
       abs(sum(clv_log_likelihood(pnbd, s)) - max((pnbd ->> 'log_likelihood')::float8)) < 1e-6 AS pnbd,
       count(*) FILTER (WHERE clv_log_likelihood(bgnbd, s) = clv_log_likelihood(bgnbd, (s).frequency, (s).recency, (s).age)) AS columns
FROM models, customers;
SELECT abs(sum(clv_log_likelihood(spend, s)) - max((spend ->> 'log_likelihood')::float8)) < 1e-6 AS spend,
       count(clv_log_likelihood(spend, s)) = count(*) FILTER (WHERE (s).frequency > 0 AND (s).monetary > 0) AS of_repeaters,
       count(*) FILTER (WHERE clv_log_likelihood(spend, s) = clv_log_likelihood(spend, (s).frequency, (s).monetary)) = count(clv_log_likelihood(spend, s)) AS columns
FROM (SELECT gamma_gamma_fit(s) AS spend FROM customers) AS fit, customers;
SELECT clv_log_likelihood(sbg_model(1, 1), s) FROM customers LIMIT 1;
SELECT clv_log_likelihood(bgnbd, 1, 20) FROM models;
