-- The fit aggregates: published estimates from the orders on, all forms of a call, options, groups.
\set VERBOSITY terse
CREATE TABLE customers AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s FROM orders GROUP BY customer_id;
CREATE TABLE models AS
SELECT bgnbd_fit(s) AS bgnbd, mbgnbd_fit(s) AS mbgnbd, gamma_gamma_fit(s) AS gamma_gamma FROM customers;

-- Published estimates and standard errors: BG/NBD Fader, Hardie and Lee 2005; MBG/NBD Batislam,
-- Denizel and Filiztekin 2007; Gamma-Gamma Fader and Hardie 2013. Within 1e-3.
SELECT paper.model, parameter, published, abs(estimate / published - 1) < 1e-3 AS estimate_agrees,
       published_error, abs(std_error / published_error - 1) < 1e-3 AS std_error_agrees, ci_low < estimate AND estimate < ci_high AS within_limits
FROM (VALUES (1, 'bgnbd', 'r', 0.2425945, 0.0125574), (2, 'bgnbd', 'alpha', 4.4136020, 0.3782243),
             (3, 'bgnbd', 'a', 0.7929220, 0.1857332), (4, 'bgnbd', 'b', 2.4259068, 0.7054115),
             (5, 'mbgnbd', 'r', 0.5248432, NULL), (6, 'mbgnbd', 'alpha', 6.1830852, NULL),
             (7, 'mbgnbd', 'a', 0.8913594, NULL), (8, 'mbgnbd', 'b', 1.6140023, NULL),
             (9, 'gamma_gamma', 'p', 6.249572, NULL), (10, 'gamma_gamma', 'q', 3.744225, NULL), (11, 'gamma_gamma', 'v', 15.443521, NULL))
     AS paper (line, model, parameter, published, published_error)
LEFT JOIN (SELECT m ->> 'model' AS model, p.*
           FROM models, LATERAL (VALUES (bgnbd), (mbgnbd), (gamma_gamma)) AS v (m), clv_parameters(m) AS p) AS fitted USING (model, parameter)
ORDER BY line;
SELECT model, published, abs((m ->> 'log_likelihood')::float8 - published) < 1e-4 AS log_likelihood_agrees,
       m ->> 'customers' AS customers, m ->> 'skipped' AS skipped, m ->> 'left_out' AS left_out, m ->> 'unit_days' AS unit_days,
       m ->> 'converged' AS converged, m ->> 'termination' AS termination,
       (m ->> 'gradient_norm')::float8 < 1e-8 AS at_the_top, (m ->> 'condition_number')::float8 > 1 AS conditioned,
       abs((m ->> 'aic')::float8 - (2 * k - 2 * published)) < 1e-3 AS aic_agrees,
       abs((m ->> 'bic')::float8 - (k * ln((m ->> 'customers')::float8) - 2 * published)) < 1e-3 AS bic_agrees
FROM models, LATERAL (VALUES ('bgnbd', bgnbd, -9582.42921, 4), ('mbgnbd', mbgnbd, -9582.13572, 4), ('gamma_gamma', gamma_gamma, -4055.9177, 3))
     AS v (model, m, published, k);
-- The standard errors are the roots of the diagonal of the covariance, which is symmetric.
SELECT m ->> 'model' AS model, bool_and(abs(sqrt((m -> 'covariance' -> i::int - 1 ->> i::int - 1)::float8) / std_error - 1) < 1e-12) AS diagonal,
       jsonb_array_length(m -> 'covariance') AS rows, m -> 'covariance' -> 0 -> 1 = m -> 'covariance' -> 1 -> 0 AS symmetric
FROM models, LATERAL (VALUES (bgnbd), (mbgnbd), (gamma_gamma)) AS v (m), clv_parameters(m) WITH ORDINALITY AS p (parameter, estimate, std_error, low, high, z, i)
GROUP BY m ORDER BY 1;
-- The assumption of the Gamma-Gamma model, checked by PostgreSQL's own corr().
SELECT abs((gamma_gamma ->> 'correlation')::float8 - corr((s).frequency, (s).monetary)) < 1e-12 AS correlation_agrees, round(corr((s).frequency, (s).monetary)::numeric, 4) AS corr
FROM models, customers WHERE (s).frequency > 0 GROUP BY gamma_gamma;
SELECT bgnbd ->> 'version' = extversion AS version FROM models, pg_extension WHERE extname = 'pg_clv';
SELECT DISTINCT jsonb_object_keys(m) COLLATE "C" AS keys FROM models, LATERAL (VALUES (bgnbd), (gamma_gamma)) AS v (m) ORDER BY 1;

-- Estimates, standard errors and log-likelihoods to 17 digits, computed in ball arithmetic, for
-- these data and for two other sets of customers.
CREATE TEMP TABLE mle (dataset text, model text, customers integer, parameter1 text, value1 float8, error1 float8, parameter2 text, value2 float8, error2 float8,
    parameter3 text, value3 float8, error3 float8, parameter4 text, value4 float8, error4 float8, log_likelihood float8);
\copy mle FROM 'tests/data/oracle/mle.csv' WITH (FORMAT csv, HEADER true)
CREATE TEMP TABLE rounded (customer_id integer, x integer, t_x float8, age float8, mean float8);
CREATE TEMP TABLE synthetic (LIKE rounded);
\copy rounded FROM 'tests/data/oracle/data_cdnow_summary_rounded.csv' WITH (FORMAT csv, HEADER true)
\copy synthetic FROM 'tests/data/oracle/data_synthetic_A.csv' WITH (FORMAT csv, HEADER true)
CREATE TEMP TABLE fitted AS
SELECT 'cdnow_sample_39w' AS data, m AS model FROM models, LATERAL (VALUES (bgnbd), (mbgnbd), (gamma_gamma)) AS v (m)
UNION ALL SELECT 'cdnow_summary_rounded', m FROM (SELECT bgnbd_fit(x, t_x, age), mbgnbd_fit(x, t_x, age), gamma_gamma_fit(x, mean) FROM rounded) AS q (b, mb, g), LATERAL (VALUES (b), (mb), (g)) AS v (m)
UNION ALL SELECT 'synthetic_A', m FROM (SELECT bgnbd_fit(x, t_x, age), mbgnbd_fit(x, t_x, age) FROM synthetic) AS q (b, mb), LATERAL (VALUES (b), (mb)) AS v (m);
SELECT dataset, mle.model, mle.customers = (f.model ->> 'customers')::integer AS customers,
       abs((f.model ->> 'log_likelihood')::float8 - log_likelihood) < 1e-6 AS log_likelihood,
       bool_and(abs(p.estimate / v.value - 1) < 1e-5) AS estimates, bool_and(abs(p.std_error / v.error - 1) < 1e-5) AS std_errors, count(p.*) AS parameters
FROM mle JOIN fitted AS f ON f.data = dataset AND f.model ->> 'model' = mle.model
CROSS JOIN LATERAL (VALUES (parameter1, value1, error1), (parameter2, value2, error2), (parameter3, value3, error3), (parameter4, value4, error4)) AS v (parameter, value, error)
LEFT JOIN LATERAL (SELECT * FROM clv_parameters(f.model)) AS p USING (parameter)
WHERE v.parameter IS NOT NULL
GROUP BY dataset, mle.model, mle.customers, f.model, log_likelihood ORDER BY dataset, mle.model COLLATE "C";

-- Summaries, columns, folded rows with a weight: one and the same model, to the last bit; columns
-- do not know up to which day they go.
CREATE TEMP TABLE folded AS
SELECT (s).frequency AS x, (s).recency AS t_x, (s).age AS age, count(*) AS customers FROM customers GROUP BY 1, 2, 3;
CREATE TEMP TABLE folded_spend AS
SELECT (s).frequency AS x, (s).monetary AS mean, count(*) AS customers FROM customers GROUP BY 1, 2;
SELECT count(*) AS rows, sum(customers) AS customers FROM folded;
SELECT bgnbd - 'as_of' = (SELECT bgnbd_fit((s).frequency, (s).recency, (s).age, jsonb '{"unit": "1 week"}') - 'as_of' FROM customers) AS columns,
       bgnbd - 'as_of' = (SELECT bgnbd_fit(x, t_x, age, customers, '{"unit": "1 week"}') - 'as_of' FROM folded) AS weighted,
       mbgnbd - 'as_of' = (SELECT mbgnbd_fit((s).frequency, (s).recency, (s).age, jsonb '{"unit": "7 days"}') - 'as_of' FROM customers) AS mbgnbd_columns,
       mbgnbd - 'as_of' = (SELECT mbgnbd_fit(x, t_x, age, customers, '{"unit": "7 days"}') - 'as_of' FROM folded) AS mbgnbd_weighted,
       gamma_gamma - 'as_of' = (SELECT gamma_gamma_fit((s).frequency, (s).monetary) - 'as_of' FROM customers) AS spend_columns,
       gamma_gamma - 'as_of' = (SELECT gamma_gamma_fit(x, mean, customers) - 'as_of' FROM folded_spend) AS spend_weighted
FROM models;
-- Without the option the columns have no unit, and nothing else differs.
SELECT bgnbd_fit(x, t_x, age, customers) - 'unit_days' - 'as_of' = (SELECT bgnbd - 'unit_days' - 'as_of' FROM models) AS same, bgnbd_fit(x, t_x, age, customers) -> 'unit_days' AS unit_days,
       bgnbd_fit(x, t_x, age, customers) -> 'as_of' AS as_of, (SELECT bgnbd ->> 'as_of' FROM models) AS of_summaries FROM folded;
-- The order of the rows does not matter.
SELECT bool_and(bgnbd = b) AS bgnbd, bool_and(mbgnbd = m) AS mbgnbd, bool_and(gamma_gamma = g) AS gamma_gamma, count(*) AS orders
FROM models, generate_series(1, 4) AS seed,
     LATERAL (SELECT bgnbd_fit(s ORDER BY md5(customer_id::text || seed)) AS b, mbgnbd_fit(s ORDER BY md5(customer_id::text || seed)) AS m,
                     gamma_gamma_fit(s ORDER BY md5(customer_id::text || seed)) AS g FROM customers) AS shuffled;
SELECT bgnbd = (SELECT bgnbd_fit(s ORDER BY customer_id DESC) FROM customers) AS descending FROM models;
-- A weight of n is n customers: the whole cohort three times.
SELECT (SELECT bgnbd_fit(x, t_x, age, 3 * customers) FROM folded) = (SELECT bgnbd_fit((s).frequency, (s).recency, (s).age) FROM customers, generate_series(1, 3)) AS thrice;
-- Integer, numeric and real columns resolve.
SELECT bgnbd_fit(x, t_x::numeric, age::real, customers::smallint) IS NOT NULL AS resolves, bgnbd_fit(x::bigint, 0, 30) IS NOT NULL AS constants FROM folded WHERE x = 0;

-- Rows with a NULL are skipped and counted; a weight of 0 is nobody.
SELECT m ->> 'customers' AS customers, m ->> 'skipped' AS skipped,
       m - 'skipped' = (SELECT bgnbd - 'skipped' || '{"unit_days": null, "as_of": null}' FROM models) AS unharmed
FROM (SELECT bgnbd_fit(x, t_x, age, customers) AS m
      FROM (SELECT * FROM folded UNION ALL VALUES (NULL, 1, 2, 1), (1, NULL, 2, 2), (1, 1, NULL, 4), (1, 1, 2, NULL), (5, 1, 2, 0)) AS q) AS fit;
SELECT m ->> 'customers' AS customers, m ->> 'skipped' AS skipped
FROM (SELECT bgnbd_fit(s) AS m FROM (SELECT s FROM customers UNION ALL SELECT NULL UNION ALL SELECT NULL) AS q) AS fit;
SELECT m ->> 'customers' AS customers, m ->> 'skipped' AS skipped, m ->> 'left_out' AS left_out
FROM (SELECT gamma_gamma_fit(x, mean, customers) AS m
      FROM (SELECT * FROM folded_spend UNION ALL VALUES (NULL, 10, 1), (3, NULL, 2), (3, 0, 4)) AS q) AS fit;
-- No rows, no model.
SELECT bgnbd_fit(s) IS NULL AS summaries, bgnbd_fit((s).frequency, (s).recency, (s).age) IS NULL AS columns, gamma_gamma_fit(s) IS NULL AS spend FROM customers WHERE false;
SELECT bgnbd_fit(NULL::clv_summary) ->> 'termination' AS only_nulls;

-- A model per segment: hard segments say why they have none, the others are as if alone.
CREATE TEMP TABLE segments AS
SELECT channel AS segment, s FROM customers JOIN channels USING (customer_id)
UNION ALL (SELECT 'one customer', s FROM customers WHERE (s).frequency > 1 ORDER BY customer_id LIMIT 1)
UNION ALL SELECT 'nobody repeats', s FROM customers WHERE (s).frequency = 0
UNION ALL (SELECT 'two alike', s FROM customers, generate_series(1, 2) WHERE (s).frequency = 3 ORDER BY customer_id LIMIT 2)
UNION ALL SELECT 'all repeat on the last day', clv_summary(d, 1, date '2024-01-31') FROM generate_series(1, 100) AS c, LATERAL (VALUES (date '2024-01-01'), ('2024-01-31')) AS o (d) GROUP BY c
UNION ALL SELECT 'only NULL', NULL;
SELECT segment, m ->> 'customers' AS customers, m ->> 'converged' AS converged, m -> 'params' <> 'null' AS params, m -> 'std_errors' <> 'null' AS std_errors, m ->> 'termination' AS termination
FROM (SELECT segment, bgnbd_fit(s) AS m FROM segments GROUP BY segment) AS fit ORDER BY segment COLLATE "C";
SELECT segment, m ->> 'customers' AS customers, m ->> 'left_out' AS left_out, m ->> 'converged' AS converged, m -> 'params' <> 'null' AS params, m ->> 'termination' AS termination
FROM (SELECT segment, gamma_gamma_fit(s) AS m FROM segments GROUP BY segment) AS fit ORDER BY segment COLLATE "C";
SELECT channel, bgnbd_fit(s) = (SELECT bgnbd_fit(s) FROM segments WHERE segment = channel) AS as_if_alone
FROM customers JOIN channels USING (customer_id) GROUP BY channel ORDER BY channel;
-- What has no parameters predicts NULL, and stops no query.
SELECT segment, count(*) AS customers, count(clv_p_alive(m, s)) AS p_alive, count(bgnbd_predict(m, s, interval '1 year')) AS predicted
FROM segments JOIN (SELECT segment, bgnbd_fit(s) AS m FROM segments GROUP BY segment) AS fit USING (segment) GROUP BY segment ORDER BY segment COLLATE "C";

-- Options. A penalty draws the parameters to 0; the log-likelihood reported is without it.
SELECT penalty, round((m -> 'params' ->> 'b')::numeric, 3) AS b, round((m ->> 'log_likelihood')::numeric, 2) AS log_likelihood, m ->> 'converged' AS converged
FROM (VALUES (0), (0.001), (0.01), (0.1)) AS p (penalty), LATERAL (SELECT bgnbd_fit(s, jsonb_build_object('penalty', penalty)) AS m FROM customers) AS fit ORDER BY penalty;
SELECT (bgnbd_fit(s, '{"penalty": 0}')) = (SELECT bgnbd FROM models) AS no_penalty, bgnbd_fit(s, '{}') = (SELECT bgnbd FROM models) AS empty, bgnbd_fit(s, NULL) = (SELECT bgnbd FROM models) AS null_options,
       bgnbd_fit(s, 'null') = (SELECT bgnbd FROM models) AS json_null FROM customers;
-- A penalty makes a model where the likelihood alone has no maximum.
SELECT m ->> 'converged' AS converged, m -> 'std_errors' <> 'null' AS std_errors, m ->> 'termination' AS termination
FROM (SELECT bgnbd_fit(x, t_x, 60) AS without, bgnbd_fit(x, t_x, 60, jsonb '{"penalty": 0.001}') AS penalised
      FROM (VALUES (1, 5), (4, 20), (2, 12), (6, 40), (8, 41), (11, 57), (12, 58), (10, 59)) AS alike (x, t_x)) AS fit, LATERAL (VALUES (without), (penalised)) AS v (m);
-- Where a parameter runs to 0 a penalty is no remedy, nor is it where there is one already.
SELECT bgnbd_fit(x, t_x, 30, jsonb '{"penalty": 0.01}') ->> 'termination' AS termination
FROM (VALUES (4, 28), (4, 29), (5, 28), (5, 29), (5, 30), (6, 29)) AS nobody_leaves (x, t_x);
-- A warm start from another month's model: the same maximum in fewer steps.
SELECT (warm ->> 'iterations')::integer < (bgnbd ->> 'iterations')::integer AS fewer_steps, warm ->> 'converged' AS converged,
       abs((warm ->> 'log_likelihood')::float8 - (bgnbd ->> 'log_likelihood')::float8) < 1e-8 AS same_maximum,
       abs((warm -> 'params' ->> 'b')::float8 / (bgnbd -> 'params' ->> 'b')::float8 - 1) < 1e-7 AS same_b
FROM models, LATERAL (SELECT bgnbd_fit(s, jsonb_build_object('start', bgnbd -> 'params')) AS warm FROM customers) AS fit;
SELECT m ->> 'converged' AS converged, m ->> 'termination' AS termination, m -> 'params' <> 'null' AS params, m -> 'std_errors' AS std_errors
FROM (SELECT bgnbd_fit(s, '{"max_iterations": 1}') AS m FROM customers) AS fit;
SELECT m ->> 'converged' AS converged, abs((m -> 'params' ->> 'r')::float8 / (bgnbd -> 'params' ->> 'r')::float8 - 1) < 0.01 AS near
FROM models, LATERAL (SELECT bgnbd_fit(s, '{"tolerance": 0.01}') AS m FROM customers) AS fit;
-- Summaries have a unit, columns take that of the option.
SELECT bgnbd_fit(s, '{"unit": "7 days"}') ->> 'unit_days' AS of_the_summary, bgnbd_fit((s).frequency, (s).recency, (s).age, jsonb '{"unit": "1 month"}') ->> 'unit_days' AS of_the_option FROM customers;
-- Days instead of weeks: alpha seven times as large, the rest the same.
SELECT abs((days -> 'params' ->> 'alpha')::float8 / (bgnbd -> 'params' ->> 'alpha')::float8 - 7) < 1e-6 AS alpha, abs((days -> 'params' ->> 'a')::float8 / (bgnbd -> 'params' ->> 'a')::float8 - 1) < 1e-7 AS a, days ->> 'unit_days' AS unit_days
FROM models, LATERAL (SELECT bgnbd_fit(d) AS days FROM (SELECT clv_summary(ordered_at, amount, date '1997-09-30') AS d FROM orders GROUP BY customer_id) AS q) AS fit;

-- Errors of options.
\set VERBOSITY default
SELECT bgnbd_fit(s, '{"penalti": 1}') FROM customers;
SELECT bgnbd_fit(s, '{"penalty": "much"}') FROM customers;
SELECT bgnbd_fit(s, '{"penalty": -1}') FROM customers;
SELECT bgnbd_fit(s, '{"penalty": 1e999}') FROM customers;
SELECT bgnbd_fit(s, '{"max_iterations": 0}') FROM customers;
SELECT bgnbd_fit(s, '{"max_iterations": 1.5}') FROM customers;
SELECT bgnbd_fit(s, '{"tolerance": 1}') FROM customers;
SELECT bgnbd_fit(s, '{"start": [1, 2, 3, 4]}') FROM customers;
SELECT bgnbd_fit(s, '{"start": {"r": 1, "alpha": 2, "a": 3}}') FROM customers;
SELECT bgnbd_fit(s, '{"start": {"r": 1, "alpha": 2, "a": 3, "b": 4, "c": 5}}') FROM customers;
SELECT bgnbd_fit(s, '{"start": {"r": -1, "alpha": 2, "a": 3, "b": 4}}') FROM customers;
SELECT gamma_gamma_fit(s, '{"start": {"r": 1, "alpha": 2, "a": 3, "b": 4}}') FROM customers;
SELECT bgnbd_fit(s, '{"unit": 7}') FROM customers;
SELECT bgnbd_fit(s, '{"unit": "a while"}') FROM customers;
SELECT bgnbd_fit(s, '{"unit": "-1 week"}') FROM customers;
SELECT bgnbd_fit(s, '{"unit": "1 month"}') FROM customers;
SELECT bgnbd_fit(s, '[]') FROM customers;
SELECT bgnbd_fit(s, '{') FROM customers;

-- A mistake of 9,999,999 shows in the share of the largest customer and in the influence, which is what
-- a fit without it says; a row that stands for several customers weighs as one of them.
CREATE TEMP TABLE spends AS SELECT (s).frequency, (s).monetary, 1 AS customers FROM customers WHERE (s).frequency > 0;
CREATE TEMP VIEW spend_models AS
SELECT gamma_gamma_fit(frequency, monetary) AS without, gamma_gamma_fit(frequency, monetary, customers) FILTER (WHERE customers = 1) AS weighted FROM spends;
SELECT without = weighted AS weights_of_1, round((without ->> 'largest_share')::numeric, 6) AS largest_share,
       abs((SELECT max(frequency * monetary) / sum(frequency * monetary) FROM spends) - (without ->> 'largest_share')::float8) < 1e-15 AS is_that_of_the_rows,
       jsonb_array_length(without -> 'influence') AS influential FROM spend_models;
SELECT rank, frequency, monetary, abs(share - frequency * monetary / total) < 1e-12 AS share,
       abs(p - ((m.without #>> '{params,p}')::float8 / (all_models.m #>> '{params,p}')::float8 - 1)) < 1e-8 AS p, abs(q - ((m.without #>> '{params,q}')::float8 / (all_models.m #>> '{params,q}')::float8 - 1)) < 1e-8 AS q,
       abs(v - ((m.without #>> '{params,v}')::float8 / (all_models.m #>> '{params,v}')::float8 - 1)) < 1e-8 AS v,
       abs(mean_spend - (clv_predict_spend(m.without, 0, NULL) / clv_predict_spend(all_models.m, 0, NULL) - 1)) < 1e-8 AS mean_spend
FROM (SELECT gamma_gamma_fit(frequency, monetary) AS m, sum(frequency * monetary) AS total FROM (SELECT * FROM spends UNION ALL SELECT 1, 9999999, 1) AS q) AS all_models,
     jsonb_array_elements(m -> 'influence') WITH ORDINALITY AS customer (influence, rank),
     jsonb_to_record(influence) AS i (frequency integer, monetary float8, share float8, p float8, q float8, v float8, mean_spend float8),
     LATERAL (SELECT gamma_gamma_fit(frequency, monetary) AS without
              FROM (SELECT frequency, monetary FROM spends UNION ALL SELECT 1, 9999999 EXCEPT ALL SELECT i.frequency, i.monetary) AS others) AS m
ORDER BY rank;
-- Where there is no maximum nobody has any, and other models have none.
SELECT m -> 'influence' AS influence, m -> 'largest_share' AS largest_share FROM (SELECT gamma_gamma_fit(2, 10.0) AS m) AS q;
SELECT bgnbd_fit(s) ?| '{influence,largest_share}' AS of_purchases FROM customers;

-- Errors of customers.
SELECT bgnbd_fit(1, 2, 'NaN');
SELECT bgnbd_fit(1, 2, 'infinity');
SELECT bgnbd_fit('NaN', 2, 3);
SELECT bgnbd_fit(1, -2, 3);
SELECT bgnbd_fit(1, 3, 2);
SELECT bgnbd_fit(-1, 2, 3);
SELECT bgnbd_fit(1.5, 2, 3);
SELECT bgnbd_fit(0, 2, 3);
SELECT bgnbd_fit(5e9, 2, 3);
SELECT bgnbd_fit(1, 2, 3, -1);
SELECT bgnbd_fit(1, 2, 3, 0.5);
SELECT bgnbd_fit(1, 2, 3, 'NaN'::float8);
-- More than 2^32 customers of one history are counted all the same.
SELECT bgnbd_fit(1, 2, 3, n) -> 'customers' AS customers FROM generate_series(4000000000, 4000000001) AS n;
SELECT gamma_gamma_fit(1, -2);
SELECT gamma_gamma_fit(1, 'infinity');
SELECT gamma_gamma_fit(1.5, 2);
SELECT bgnbd_fit(ROW(1, 3, 2, 10, 2, 20, '2024-01-01', '2024-01-04', '2024-01-03', '1 day')::clv_summary);
SELECT bgnbd_fit(s) FROM (SELECT clv_summary(date '2024-01-01', 1, date '2024-02-01', u) AS s FROM (VALUES (interval '1 day'), ('1 week')) AS v (u) GROUP BY u ORDER BY u DESC) AS q;
-- One of many is named.
SELECT gamma_gamma_fit(CASE WHEN customer_id = 1516 THEN jsonb_populate_record(s, '{"monetary": "NaN"}') ELSE s END) FROM customers;
SELECT bgnbd_fit(customer_id) FROM customers;

-- Who did not buy since the end of June keeps the summary of that day, as if only buyers were
-- refreshed: nobody is seen to be silent, and a forecast of what they will do is far too high.
CREATE TEMP TABLE buyers_refreshed AS
SELECT customer_id, CASE WHEN (new).last_order > date '1997-06-30' THEN new ELSE old END AS s, new
FROM (SELECT customer_id, clv_summary(ordered_at, amount, date '1997-06-30', interval '1 week') AS old,
             clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS new FROM orders GROUP BY customer_id) AS q;
SELECT bgnbd_fit(s ORDER BY customer_id) FROM buyers_refreshed;
SELECT pnbd_fit(s, '{"mixed_as_of": false}' ORDER BY customer_id) FROM buyers_refreshed;
SELECT bgnbd_fit_covariates(s, '{1}', '{1}' ORDER BY customer_id) FROM buyers_refreshed;
SELECT bgnbd_fit(s, '{"mixed_as_of": 1}') FROM customers;
SELECT model ->> 'as_of' AS as_of, mixed ->> 'as_of' AS latest, covariates ->> 'as_of' AS with_covariates, clv_model_for(covariates, '{1}', '{}') ->> 'as_of' AS of_one, spend ->> 'as_of' AS spend,
       round((forecast / of_right)::numeric, 2) AS too_high
FROM (SELECT sum(bgnbd_predict(r.model, new, interval '39 weeks')) AS of_right, sum(bgnbd_predict(w.model, s, interval '39 weeks')) AS forecast, r.model, w.model AS mixed, c.model AS covariates, g.model AS spend
      FROM buyers_refreshed, (SELECT bgnbd_fit(new) AS model FROM buyers_refreshed) AS r, (SELECT bgnbd_fit(s, '{"mixed_as_of": true}') AS model FROM buyers_refreshed) AS w,
           (SELECT bgnbd_fit_covariates(s, ARRAY[customer_id % 2], '{}', '{"mixed_as_of": true}') AS model FROM buyers_refreshed) AS c, (SELECT gamma_gamma_fit(s) AS model FROM buyers_refreshed) AS g
      GROUP BY r.model, w.model, c.model, g.model) AS q;
-- In whichever process they are: the same model, the same refusal.
SELECT bgnbd_fit(s, '{"mixed_as_of": true}' ORDER BY customer_id) = bgnbd_fit(s, '{"mixed_as_of": true}' ORDER BY customer_id DESC) AS same FROM buyers_refreshed;
\set VERBOSITY sqlstate
SELECT bgnbd_fit(s, '{"penalti": 1}') FROM customers;
SELECT bgnbd_fit(1, 3, 2);
SELECT bgnbd_fit(customer_id) FROM customers;
\set VERBOSITY default
SELECT 'the session goes on' AS then;

-- Options after plain columns need no cast, whatever a driver binds them as; a number stays the weight.
CREATE TEMP TABLE flat AS SELECT (s).frequency::float8 AS x, (s).recency AS t_x, (s).age, (s).monetary FROM customers;
SELECT bgnbd_fit(x, t_x, age, '{"unit": "1 week"}') = bgnbd_fit(x, t_x, age, jsonb '{"unit": "1 week"}') AS bgnbd,
       nbd_fit(x, t_x, age, '{"unit": "1 week"}') = nbd_fit(x, t_x, age, jsonb '{"unit": "1 week"}') AS nbd,
       gamma_gamma_fit(x, monetary, '{"penalty": 0.001}') = gamma_gamma_fit(x, monetary, jsonb '{"penalty": 0.001}') AS spend,
       bgnbd_fit(x, t_x, age, 1) = bgnbd_fit(x, t_x, age) AS weight,
       bgnbd_fit(x, t_x, age, NULL) = bgnbd_fit(x, t_x, age) AS without FROM flat;
PREPARE with_options AS SELECT bgnbd_fit(x, t_x, age, $1) ->> 'unit_days' AS unit_days FROM flat;
EXECUTE with_options('{"unit": "1 week"}');
SELECT bgnbd_fit(x, t_x, age, '{"unit": "1 week"') FROM flat;
SELECT bgnbd_fit(x, t_x, age, 'penalty') FROM flat;
