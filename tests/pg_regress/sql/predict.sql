-- Predictions: every row of the oracle tables through SQL, all forms of a call, NULLs, errors.
\set VERBOSITY terse

-- A row passes when its relative error is at most max(1e-10, 100 × cond × 1.1e-16), where cond is
-- the condition of the value itself; values come from 60 and more digits. None may fail.
CREATE FUNCTION outside(computed float8, value float8, cond float8, tag text) RETURNS boolean LANGUAGE sql
RETURN CASE WHEN tag LIKE '%underflow%' THEN computed IS NULL OR abs(computed) > 1e-300
            ELSE computed IS NULL OR abs(computed - value) > greatest(1e-10, 100 * cond * 1.1e-16) * abs(value) END;
CREATE TEMP TABLE p_alive (model text, quantity text, r float8, alpha float8, a float8, b float8, x float8, t_x float8, age float8, value float8, cond float8, tag text);
CREATE TEMP TABLE expected (model text, quantity text, r float8, alpha float8, a float8, b float8, x float8, t_x float8, age float8, t float8, value float8, cond float8, tag text);
CREATE TEMP TABLE discounted (model text, quantity text, r float8, alpha float8, a float8, b float8, x float8, t_x float8, age float8, delta float8, value float8, cond float8, tag text);
CREATE TEMP TABLE spend (model text, quantity text, p float8, q float8, v float8, x float8, mean float8, value float8, cond float8, tag text);
\copy p_alive FROM 'tests/data/oracle/bgnbd_palive.csv' WITH (FORMAT csv, HEADER true)
\copy p_alive FROM 'tests/data/oracle/mbgnbd_palive.csv' WITH (FORMAT csv, HEADER true)
\copy expected FROM 'tests/data/oracle/bgnbd_cond_exp.csv' WITH (FORMAT csv, HEADER true)
\copy expected FROM 'tests/data/oracle/mbgnbd_cond_exp.csv' WITH (FORMAT csv, HEADER true)
\copy discounted FROM 'tests/data/oracle/bgnbd_dert.csv' WITH (FORMAT csv, HEADER true)
\copy discounted FROM 'tests/data/oracle/mbgnbd_dert.csv' WITH (FORMAT csv, HEADER true)
CREATE TEMP TABLE new_customer (model text, quantity text, r float8, alpha float8, a float8, b float8, t float8, value float8, cond float8, tag text);
CREATE TEMP TABLE pmf (model text, quantity text, r float8, alpha float8, a float8, b float8, t float8, n integer, value float8, cond float8, tag text);
\copy new_customer FROM 'tests/data/oracle/bgnbd_exp.csv' WITH (FORMAT csv, HEADER true)
\copy new_customer FROM 'tests/data/oracle/mbgnbd_exp.csv' WITH (FORMAT csv, HEADER true)
\copy pmf FROM 'tests/data/oracle/bgnbd_pmf.csv' WITH (FORMAT csv, HEADER true)
\copy pmf FROM 'tests/data/oracle/mbgnbd_pmf.csv' WITH (FORMAT csv, HEADER true)
\copy spend FROM 'tests/data/oracle/gg_cond_spend.csv' WITH (FORMAT csv, HEADER true)
CREATE FUNCTION model_of(model text, r float8, alpha float8, a float8, b float8) RETURNS clv_model LANGUAGE sql
RETURN CASE model WHEN 'bgnbd' THEN bgnbd_model(r, alpha, a, b) ELSE mbgnbd_model(r, alpha, a, b) END;

-- A model in every row: what is cached of the last one must not leak into the next.
SELECT model, count(*) AS rows, count(DISTINCT (r, alpha, a, b)) AS models, count(*) FILTER (WHERE outside(computed, value, cond, tag)) AS outside
FROM (SELECT *, clv_p_alive(model_of(model, r, alpha, a, b), x, t_x, age) AS computed FROM p_alive) AS q GROUP BY model ORDER BY model;
SELECT model, count(*) AS rows, count(DISTINCT (r, alpha, a, b)) AS models, count(*) FILTER (WHERE outside(computed, value, cond, tag)) AS outside
FROM (SELECT *, clv_predict_purchases(model_of(model, r, alpha, a, b), x, t_x, age, t) AS computed FROM expected) AS q GROUP BY model ORDER BY model;
SELECT count(*) AS rows, count(*) FILTER (WHERE outside(computed, value, cond, tag)) AS outside
FROM (SELECT *, bgnbd_predict(bgnbd_model(r, alpha, a, b), x, t_x, age, t) AS computed FROM expected WHERE model = 'bgnbd') AS q;
SELECT count(*) AS rows, count(*) FILTER (WHERE outside(computed, value, cond, tag)) AS outside
FROM (SELECT *, mbgnbd_predict(mbgnbd_model(r, alpha, a, b), x, t_x, age, t) AS computed FROM expected WHERE model = 'mbgnbd') AS q;
SELECT model, count(*) AS rows, count(*) FILTER (WHERE outside(computed, value, cond, tag)) AS outside
FROM (SELECT *, clv_expected_purchases(model_of(model, r, alpha, a, b), t) AS computed FROM new_customer) AS q GROUP BY model ORDER BY model;
SELECT model, count(*) AS rows, count(*) FILTER (WHERE outside(computed, value, cond, tag)) AS outside
FROM (SELECT *, clv_purchase_pmf(model_of(model, r, alpha, a, b), n, t) AS computed FROM pmf) AS q GROUP BY model ORDER BY model;
-- With q <= 1 the mean over all customers is infinite; that of a customer is finite for p x + q > 1.
SELECT q > 1 AS mean_exists, p * x + q > 1 AS own_exists, count(*) AS rows, count(computed) AS computed, count(*) FILTER (WHERE outside(computed, value, cond, tag)) AS outside
FROM (SELECT *, clv_predict_spend(gamma_gamma_model(p, q, v), x, mean) AS computed FROM spend) AS computed GROUP BY 1, 2 ORDER BY 1, 2;
-- Discounted purchases are the value of a customer who spends exactly 1 per purchase. A unit of one
-- year turns delta into the rate exp(delta) − 1, which is written as a series where it is small.
CREATE FUNCTION rate(delta float8) RETURNS float8 LANGUAGE sql
RETURN CASE WHEN delta < 0.001 THEN delta * (1 + delta / 2 * (1 + delta / 3 * (1 + delta / 4))) ELSE exp(delta) - 1 END;
SELECT model, count(*) AS rows, count(*) FILTER (WHERE outside(computed, value, cond, tag)) AS outside
FROM (SELECT *, clv_value(CASE model WHEN 'bgnbd' THEN bgnbd_model(r, alpha, a, b, '1 year') ELSE mbgnbd_model(r, alpha, a, b, '1 year') END,
                          gamma_gamma_model(1, 2, 1), x, t_x, age, 1, discount_rate => rate(delta)) AS computed FROM discounted) AS q
GROUP BY model ORDER BY model;
-- The same rows in another order, and several models joined to all customers.
SELECT count(*) AS rows, count(*) FILTER (WHERE outside(computed, value, cond, tag)) AS outside
FROM (SELECT *, clv_p_alive(model_of(model, r, alpha, a, b), x, t_x, age) AS computed FROM (SELECT * FROM p_alive ORDER BY md5(value::text || tag)) AS shuffled) AS q;
CREATE TEMP TABLE several AS SELECT n, bgnbd_model(0.2 + n / 10.0, 4, 0.8, 2.4, '1 week') AS m FROM generate_series(1, 5) AS n;
SELECT count(*) AS pairs, bool_and(joined = alone) AS joined_as_alone
FROM (SELECT clv_p_alive(m, x, 10, 20) AS joined, (SELECT clv_p_alive(bgnbd_model(0.2 + n / 10.0, 4, 0.8, 2.4), x, 10, 20)) AS alone
      FROM several, generate_series(1, 20) AS x ORDER BY x, n) AS q;

-- Published predictions. Fader, Hardie and Lee 2005; customer 1516 of CDNOW from Fader and Hardie.
SELECT abs(clv_predict_purchases(bgnbd_model(0.2425945, 4.4136020, 0.7929220, 2.4259068), 2, 30.43, 38.86, 39) - 1.2259068) < 1e-4 AS conditional,
       abs(bgnbd_predict(bgnbd_model(0.2425967, 4.413659, 0.7929869, 2.426164), 26, 30.857, 31, 52) - 25.75659) < 1e-3 AS of_1516,
       abs(clv_p_alive(bgnbd_model(0.2425967, 4.413659, 0.7929869, 2.426164), 26, 30.857, 31) - 0.9688523) < 1e-5 AS p_alive_of_1516,
       abs(bgnbd_predict(bgnbd_model(0.11, 2.24, 0.31, 0.5), 0, 0, 1, 30) / 0.5645886155 - 1) < 1e-9 AS where_textbooks_give_nan;

-- The whole table of customers: all forms agree.
CREATE TABLE customers AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s FROM orders GROUP BY customer_id;
CREATE TABLE models AS SELECT bgnbd_fit(s) AS b, mbgnbd_fit(s) AS m, gamma_gamma_fit(s) AS g FROM customers;
SELECT count(*) AS customers,
       count(*) FILTER (WHERE clv_p_alive(b, s) = clv_p_alive(b, (s).frequency, (s).recency, (s).age)) AS p_alive,
       count(*) FILTER (WHERE bgnbd_predict(b, s, interval '52 weeks') = bgnbd_predict(b, s, '52 weeks')) AS interval_is_text,
       count(*) FILTER (WHERE bgnbd_predict(b, s, '52 weeks') = bgnbd_predict(b, (s).frequency, (s).recency, (s).age, 52)) AS columns,
       count(*) FILTER (WHERE bgnbd_predict(b, s, interval '52 weeks') = bgnbd_predict(b, (s).frequency, (s).recency, (s).age, interval '52 weeks')) AS columns_interval,
       count(*) FILTER (WHERE bgnbd_predict(b, s, '52 weeks') = clv_predict_purchases(b, s, '52 weeks')) AS generic,
       count(*) FILTER (WHERE mbgnbd_predict(m, s, '52 weeks') = clv_predict_purchases(m, s, interval '364 days')) AS mbgnbd,
       count(*) FILTER (WHERE clv_predict_spend(g, s) = clv_predict_spend(g, (s).frequency, (s).monetary)) AS spend,
       count(*) FILTER (WHERE clv_value(b, g, s, interval '52 weeks', 0.1, 0.3) = clv_value(b, g, s, '52 weeks', 0.1, 0.3)) AS value_text,
       count(*) FILTER (WHERE clv_value(b, g, s, '52 weeks', 0.1, 0.3) = clv_value(b, g, (s).frequency, (s).recency, (s).age, (s).monetary, 52, 0.1, 0.3)) AS value_columns,
       count(*) FILTER (WHERE clv_value(b, g, s, discount_rate => 0.1) = clv_value(b, g, (s).frequency, (s).recency, (s).age, (s).monetary, discount_rate => 0.1)) AS value_lifetime
FROM customers, models;
-- Probabilities, never negative counts, more with a longer horizon, and nobody without a value.
SELECT bool_and(clv_p_alive(b, s) BETWEEN 0 AND 1) AS p_alive, bool_and(bgnbd_predict(b, s, '0 days') = 0) AS at_once_none,
       bool_and(bgnbd_predict(b, s, '10 weeks') BETWEEN 0 AND bgnbd_predict(b, s, '20 weeks')) AS increasing, count(clv_value(b, g, s, interval '1 year')) AS valued FROM customers, models;
-- BG/NBD customers without a repeat purchase are alive for certain, MBG/NBD ones not.
SELECT bool_and(clv_p_alive(b, s) = 1) AS bgnbd, bool_or(clv_p_alive(m, s) = 1) AS mbgnbd, round(avg(clv_p_alive(m, s))::numeric, 3) AS mean FROM customers, models WHERE (s).frequency = 0;

-- Value = margin × spend × discounted purchases.
SELECT bool_and(abs(clv_value(b, g, s, interval '1 year') / (bgnbd_predict(b, s, interval '1 year') * clv_predict_spend(g, s)) - 1) < 1e-12) AS undiscounted,
       bool_and(abs(clv_value(b, g, s, interval '1 year', 0.1, 0.3) / (0.3 * clv_value(b, g, s, interval '1 year', 0.1)) - 1) < 1e-12) AS margin,
       bool_and(clv_value(b, g, s, interval '1 year', 0) = clv_value(b, g, s, interval '1 year')) AS rate_of_0,
       bool_and(clv_value(b, g, s, interval '1 year', 0.1) BETWEEN clv_value(b, g, s, interval '1 year') / 1.1 AND clv_value(b, g, s, interval '1 year')) AS discounted,
       bool_and(clv_value(b, g, s, NULL::interval, 0.1) > clv_value(b, g, s, interval '10 years', 0.1)) AS lifetime_is_more,
       bool_and(abs(clv_value(b, g, s, interval '400 years', 0.1) / clv_value(b, g, s, discount_rate => 0.1) - 1) < 1e-12) AS lifetime_is_the_limit,
       bool_and(clv_value(b, g, s, interval '1 year', -0.1) > clv_value(b, g, s, interval '1 year')) AS negative_rate,
       bool_and(clv_value(b, g, s, interval '1 year', margin => -0.3) < 0) AS loss,
       bool_and(clv_value(b, g, s, horizon => NULL, discount_rate => 0.1) = clv_value(b, g, s, discount_rate => 0.1)) AS null_is_the_lifetime
FROM customers, models WHERE customer_id % 10 = 0;
-- The value within a year is the sum over its days: purchases of each day, discounted from its middle.
SELECT customer_id, abs(value / by_days - 1) < 1e-6 AS agrees
FROM models, customers, LATERAL (SELECT clv_value(b, g, s, interval '365 days', 0.25)) AS v (value),
     LATERAL (SELECT clv_predict_spend(g, s) * sum((bgnbd_predict(b, s, day * interval '1 day') - bgnbd_predict(b, s, (day - 1) * interval '1 day'))
                     * 1.25 ^ (-(day - 0.5) / 365.25)) FROM generate_series(1, 365) AS day) AS d (by_days)
WHERE customer_id IN (1, 2, 1516) ORDER BY customer_id;

-- Undiscounted, the purchases of a lifetime are infinite for a <= 1: NULL. Else they are finite.
SELECT clv_value(b, g, s, discount_rate => 0) AS infinite, clv_value(bgnbd_model(0.2, 4, 1.5, 2.4, '1 week'), g, s, discount_rate => 0) > 0 AS finite,
       abs(clv_value(bgnbd_model(0.2, 4, 2.5, 2.4, '1 week'), g, s, discount_rate => 0) / clv_value(bgnbd_model(0.2, 4, 2.5, 2.4, '1 week'), g, s, interval '90000 years') - 1) < 1e-6 AS is_the_limit
FROM customers, models WHERE customer_id = 1;

-- Units. A customer in days, a model in weeks: converted, whatever the unit.
SELECT unit, bool_and(abs(clv_p_alive(b, other) / clv_p_alive(b, s) - 1) < 1e-12) AS p_alive,
       bool_and(abs(bgnbd_predict(b, other, interval '1 year') / bgnbd_predict(b, s, interval '1 year') - 1) < 1e-12) AS purchases,
       bool_and(abs(bgnbd_predict(b, other, '52 weeks') / bgnbd_predict(b, (s).frequency, (s).recency, (s).age, 52) - 1) < 1e-12) AS number_is_in_the_models_unit,
       bool_and(abs(clv_value(b, g, other, discount_rate => 0.1) / clv_value(b, g, s, discount_rate => 0.1) - 1) < 1e-12) AS value
FROM models, customers, LATERAL (SELECT unit, clv_summary(ordered_at, amount, date '1997-09-30', unit) AS other
     FROM orders AS o, (VALUES (interval '1 day'), ('1 month'), ('1 year')) AS u (unit) WHERE o.customer_id = customers.customer_id GROUP BY unit) AS q
WHERE customer_id <= 200 GROUP BY unit ORDER BY unit;
-- A model without a unit takes that of the summary; plain columns are in the unit of the model.
SELECT bgnbd_predict(bgnbd_model(0.243, 4.414, 0.793, 2.426), s, interval '52 weeks') = bgnbd_predict(bgnbd_model(0.243, 4.414, 0.793, 2.426, '1 week'), s, '52 weeks') AS same FROM customers WHERE customer_id = 1;
-- A month is 30.4375 days, a year 365.25 days; hours count.
SELECT bgnbd_predict(m, 2, 30, 38, interval '1 year') = bgnbd_predict(m, 2, 30, 38, 365.25) AS year, bgnbd_predict(m, 2, 30, 38, interval '1 month') = bgnbd_predict(m, 2, 30, 38, 30.4375) AS month,
       bgnbd_predict(m, 2, 30, 38, interval '12 hours') = bgnbd_predict(m, 2, 30, 38, 0.5) AS hours
FROM (SELECT bgnbd_model(0.243, 4.414, 0.793, 2.426, '1 day') AS m) AS q;

-- A value has the same bits whichever customers came before, and beside any model, horizon and rate.
CREATE TEMP TABLE alone AS
SELECT customer_id, clv_value(b, g, s, interval '1 year', 0.1) AS bg, clv_value(m, g, s, interval '1 year', 0.1) AS mbg,
       clv_value(b, g, s, interval '3 years', 0.1) AS longer, clv_value(b, g, s, interval '1 year', 0.2) AS dearer,
       clv_predict_purchases(b, s, interval '1 year') AS n_bg, clv_predict_purchases(m, s, interval '1 year') AS n_mbg
FROM customers, models ORDER BY customer_id;
SELECT count(*) AS customers, count(DISTINCT bg) > 100 AS different, count(*) FILTER (WHERE value IS DISTINCT FROM CASE customer_id % 4 WHEN 0 THEN bg WHEN 1 THEN mbg WHEN 2 THEN longer ELSE dearer END) AS differing,
       count(*) FILTER (WHERE n IS DISTINCT FROM CASE WHEN customer_id % 3 = 0 THEN n_mbg ELSE n_bg END) AS n_differing
FROM (SELECT customer_id, clv_value(CASE WHEN customer_id % 4 = 1 THEN m ELSE b END, g, s, CASE WHEN customer_id % 4 = 2 THEN interval '3 years' ELSE interval '1 year' END,
                                    CASE WHEN customer_id % 4 = 3 THEN 0.2 ELSE 0.1 END) AS value,
             clv_predict_purchases(CASE WHEN customer_id % 3 = 0 THEN m ELSE b END, s, interval '1 year') AS n
      FROM (SELECT * FROM customers ORDER BY md5(customer_id::text)) AS shuffled, models) AS mixed
JOIN alone USING (customer_id);

-- Models that come in turns: each row has the bits of its model alone, however many there are, also
-- more than are kept (16384), of stored values as of computed ones, and whatever else is decoded.
CREATE TEMP TABLE turns AS
SELECT n, bgnbd_model(0.2 + n / 1e4, 4, 0.8, 2.4, '1 week') AS b, gamma_gamma_model(6 + n / 1e4, 4, 15) AS g FROM generate_series(1, 20000) AS n;
CREATE TEMP TABLE first_time AS
SELECT n, clv_p_alive(b, 2, 10, 20) AS p_alive, clv_value(b, g, 2, 10, 20, 30, 52, 0.1) AS value FROM turns ORDER BY n;
SELECT count(*) AS rows, count(DISTINCT first_time.value) AS values, bool_and(clv_p_alive(b, 2, 10, 20) = p_alive) AS p_alive, bool_and(clv_value(b, g, 2, 10, 20, 30, 52, 0.1) = value) AS value
FROM first_time JOIN (SELECT * FROM turns, generate_series(1, 3) AS again ORDER BY md5(n || ',' || again)) AS shuffled USING (n);
-- A call for each row keeps nothing for the next.
CREATE FUNCTION value_alone(b clv_model, g clv_model, s clv_summary) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE value float8;
BEGIN
    EXECUTE 'SELECT clv_value($1, $2, $3, interval ''52 weeks'', 0.1)' INTO value USING b, g, s;
    RETURN value;
END $$;
SELECT count(*) AS rows, count(DISTINCT value) > 200 AS different, bool_and(value = value_alone(b, g, s)) AS as_alone
FROM (SELECT b, g, s, clv_value(b, g, s, interval '52 weeks', 0.1) AS value FROM customers, turns WHERE customer_id <= 100 AND n <= 20 ORDER BY customer_id, n) AS crossed;
SELECT bool_and(value = value_alone(b, g, s)) AS as_alone
FROM (SELECT b, g, s, clv_value(b, g, s, interval '52 weeks', 0.1) AS value FROM customers JOIN turns ON n = 1 + customer_id % 50 WHERE customer_id <= 1000) AS joined;
-- Models so long that they are stored apart, or compressed, and as many that are computed.
CREATE TABLE stored (n integer, b jsonb, short jsonb);
ALTER TABLE stored ALTER b SET STORAGE EXTERNAL;
INSERT INTO stored SELECT n, b || jsonb_build_object('note', (SELECT string_agg(md5(n || ',' || i), '') FROM generate_series(1, 100) AS i)), b || jsonb_build_object('note', repeat('x', 9000)) FROM turns WHERE n <= 30;
SELECT pg_column_size(b) > 3000 AS apart, pg_column_size(short) < 1500 AS compressed FROM stored LIMIT 1;
SELECT count(*) AS rows, bool_and(clv_p_alive(stored.b, 2, 10, 20) = p_alive) AS apart, bool_and(clv_p_alive(short, 2, 10, 20) = p_alive) AS compressed,
       bool_and(clv_p_alive(stored.b || '{}', 2, 10, 20) = p_alive) AS computed
FROM generate_series(1, 3) AS again, stored JOIN first_time USING (n);
-- An update is another value, also within one function that keeps its plan.
CREATE FUNCTION updated(times integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    answer float8;
    same boolean := true;
BEGIN
    FOR i IN 1 .. times LOOP
        UPDATE stored SET b = jsonb_set(b, '{params, r}', to_jsonb(0.2 + (i % 3) / 10.0)) WHERE n = 1;
        SELECT clv_p_alive(b, 2, 10, 20) INTO answer FROM stored WHERE n = 1;
        same := same AND answer = (SELECT clv_p_alive(m, 2, 10, 20) FROM (SELECT bgnbd_model(0.2 + (i % 3) / 10.0, 4, 0.8, 2.4) AS m) AS fresh);
    END LOOP;
    RETURN same;
END $$;
SELECT updated(30);
-- Maps of segments and tiers.
CREATE TEMP TABLE maps AS
SELECT k, rfm_map('low ' || k, 1, 5, 1, 5, 1, k, 1) || rfm_map('high ' || k, 1, 5, 1, 5, k + 1, 5, 1) AS map, ARRAY[k * 10.0, 50, 90]::float8[] AS thresholds, ARRAY['a' || k, 'b' || k, 'c', 'd'] AS names FROM generate_series(1, 4) AS k GROUP BY k;
SELECT count(*) AS rows, bool_and(rfm_segment(ROW(3, 3, m, '', 5)::rfm_scores, map) = CASE WHEN m <= k THEN 'low ' ELSE 'high ' END || k) AS segments,
       bool_and(clv_tier(m * 9.0, names, thresholds) = CASE WHEN m * 9 < k * 10 THEN 'a' || k WHEN m * 9 < 50 THEN 'b' || k ELSE 'c' END) AS tiers
FROM (SELECT * FROM maps, generate_series(1, 5) AS m ORDER BY m, k) AS crossed;

-- NULL. Anything that is needed and NULL gives NULL.
SELECT clv_p_alive(NULL, s) AS model, clv_p_alive(b, NULL) AS customer, clv_p_alive(b, NULL, 1, 2) AS frequency, clv_p_alive(b, 1, NULL, 2) AS recency, clv_p_alive(b, 1, 2, NULL) AS age,
       bgnbd_predict(b, s, NULL::interval) AS horizon, clv_predict_spend(NULL, s) AS spend_model, clv_predict_spend(g, NULL) AS spend_customer,
       clv_value(NULL, g, s, interval '1 year') AS value_model, clv_value(b, NULL, s, interval '1 year') AS value_spend, clv_value(b, g, NULL::clv_summary, interval '1 year') AS value_customer,
       clv_value(b, g, s, interval '1 year', margin => NULL) AS value_margin
FROM customers, models WHERE customer_id = 1;
-- monetary is NULL without a repeat purchase: the mean of all customers; with repeat purchases: unknown.
SELECT round(clv_predict_spend(g, 0, NULL)::numeric, 4) AS mean, clv_predict_spend(g, 0, 5) = clv_predict_spend(g, 0, NULL) AS not_used, clv_predict_spend(g, 2, NULL) AS unknown,
       round(clv_value(b, g, 0, 0, 38, NULL, interval '1 year')::numeric, 4) AS value, clv_value(b, g, 2, 30, 38, NULL, interval '1 year') AS unknown_value FROM models;
-- The mean of all is infinite for q <= 1, that of a customer for p x + q <= 1: NULL, never a negative or
-- infinite amount. Else it is (p v + p x m) / (p x + q - 1): 6 (15 + 60) / 17.5.
SELECT clv_predict_spend(gamma_gamma_model(6, 1, 15), 0, NULL) AS new, clv_predict_spend(gamma_gamma_model(6, 0.5, 15), 3, 20) - 6 * 75 / 17.5 AS known,
       clv_predict_spend(gamma_gamma_model(0.1, 0.5, 15), 5, 20) AS too_few, round(clv_predict_spend(gamma_gamma_model(0.1, 0.5, 15), 6, 20)::numeric, 9) AS enough;
SELECT (s).frequency = 0 AS new, count(*) AS customers, count(clv_value(b, v, s, interval '52 weeks', 0.1)) AS valued,
       bool_and(abs(clv_value(b, v, s, interval '52 weeks', 0.1) / (clv_discounted_purchases(b, s, interval '52 weeks', 0.1) * clv_predict_spend(v, s)) - 1) < 1e-12) AS by_its_parts
FROM customers, models, LATERAL (SELECT gamma_gamma_model(6, 0.5, 15)) AS spend (v) GROUP BY 1 ORDER BY 1;
-- Parameters without values predict NULL: see also fit.
SELECT clv_p_alive(m, 1, 2, 3) AS p_alive, clv_predict_spend(bad, 1, 2) AS spend FROM (SELECT bgnbd_fit(0, 0, 10) AS m, gamma_gamma_fit(0, NULL) AS bad) AS q;

-- Errors.
\set VERBOSITY default
SELECT clv_p_alive(b, 1, 3, 2) FROM models;
SELECT clv_p_alive(b, 1, -1, 2) FROM models;
SELECT clv_p_alive(b, 1, 1, 'NaN') FROM models;
SELECT clv_p_alive(b, 1, 1, 'infinity') FROM models;
SELECT clv_p_alive(b, 0.5, 1, 2) FROM models;
SELECT clv_p_alive(b, 0, 1, 2) FROM models;
SELECT clv_p_alive(b, 'often', 1, 2) FROM models;
SELECT bgnbd_predict(b, s, interval '-1 month') FROM customers, models WHERE customer_id = 1;
SELECT bgnbd_predict(b, s, '-1 week') FROM customers, models WHERE customer_id = 1;
SELECT bgnbd_predict(b, 2, 30, 38, 'NaN'::float8) FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s, interval '-1 month') FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s, interval '1 year', -2) FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s, interval '1 year', -1) FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s, interval '1 year', 'NaN') FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s, interval '1 year', margin => 30) FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s, interval '1 year', margin => 'NaN') FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s) FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s, discount_rate => -0.1) FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, 1, 2, 3, -5, 52) FROM models;
-- The wrong kind of model.
SELECT clv_p_alive(g, s) FROM customers, models WHERE customer_id = 1;
SELECT bgnbd_predict(g, s, '52 weeks') FROM customers, models WHERE customer_id = 1;
SELECT bgnbd_predict(m, s, '52 weeks') FROM customers, models WHERE customer_id = 1;
SELECT clv_predict_spend(b, s) FROM customers, models WHERE customer_id = 1;
SELECT clv_value(g, b, s, '52 weeks') FROM customers, models WHERE customer_id = 1;
SELECT clv_p_alive(s, b) FROM customers, models WHERE customer_id = 1;
SELECT clv_p_alive('{"a": 1}', s) FROM customers WHERE customer_id = 1;
-- An interval without a unit of time to measure it, and a rate per year.
SELECT bgnbd_predict(bgnbd_model(0.243, 4.414, 0.793, 2.426), 2, 30, 38, interval '1 year');
SELECT clv_value(bgnbd_model(0.243, 4.414, 0.793, 2.426), g, 2, 30, 38, 20, 52, 0.1) FROM models;
-- A horizon resolves however it is written: a literal, NULL, a parameter of a driver, a column of text.
SELECT bgnbd_predict(b, s, '1 year') = bgnbd_predict(b, s, interval '1 year') AS literal,
       clv_value(b, g, s, '1 year') = clv_value(b, g, s, interval '1 year') AS value,
       clv_value(b, g, s, horizon => '1 year', discount_rate => 0.1) = clv_value(b, g, s, interval '1 year', 0.1) AS named,
       clv_value(b, g, s, NULL, 0.1) = clv_value(b, g, s, discount_rate => 0.1) AS null_is_the_lifetime,
       bgnbd_predict(b, s, NULL) IS NULL AS null_is_null,
       bgnbd_predict(b, 2, 30, 38, '1 year') = bgnbd_predict(b, 2, 30, 38, interval '1 year') AS columns,
       clv_value(b, g, 2, 30, 38, 22, NULL, 0.1) = clv_value(b, g, 2, 30, 38, 22, discount_rate => 0.1) AS columns_null,
       clv_p_alive(b, s, '1 month') = clv_p_alive(b, s, interval '1 month') AS p_alive,
       clv_expected_purchases(b, '1 year') = clv_expected_purchases(b, interval '1 year') AS newcomer,
       clv_purchase_pmf(b, s, 0, '1 year') = clv_purchase_pmf(b, s, 0, interval '1 year') AS none,
       clv_discounted_purchases(b, s, '1 year', 0.1) = clv_discounted_purchases(b, s, interval '1 year', 0.1) AS discounted,
       clv_predict_interval(b, s, '1 year') = clv_predict_interval(b, s, interval '1 year') AS limits
FROM customers, models WHERE customer_id = 1;
PREPARE by_parameter AS SELECT clv_value(b, g, s, $1, $2) AS value FROM customers, models WHERE customer_id = 1;
PREPARE by_varchar(varchar) AS SELECT clv_value(b, g, s, $1, 0.1) AS value FROM customers, models WHERE customer_id = 1;
EXECUTE by_parameter('1 year', 0.1);
EXECUTE by_varchar('1 year');
EXECUTE by_parameter(NULL, 0.1);
-- Texts that change from row to row are each read.
SELECT horizon, bgnbd_predict(b, s, horizon) = bgnbd_predict(b, s, horizon::interval) AS same
FROM customers, models, (VALUES ('1 year'), ('2 weeks'), ('1 year'), ('P3M')) AS h (horizon) WHERE customer_id = 1;
-- A discount rate is never taken for a horizon, nor a number for some unit of time.
SELECT clv_value(b, g, s, 0.10, 0.30) FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s, '0.10') FROM customers, models WHERE customer_id = 1;
SELECT bgnbd_predict(b, s, ' 52 ') FROM customers, models WHERE customer_id = 1;
SELECT bgnbd_predict(b, s, 'a year') FROM customers, models WHERE customer_id = 1;
-- Until a day of the calendar, that day included.
SELECT clv_until(s, '1997-12-31') AS until, bgnbd_predict(b, s, clv_until(s, '1997-12-31')) = bgnbd_predict(b, s, '92 days') AS days,
       clv_until(s, '1997-09-30') AS at_once, clv_until(NULL, '1997-12-31') IS NULL AS unknown
FROM customers, models WHERE customer_id = 1;
SELECT clv_until(s, '1997-09-29') FROM customers WHERE customer_id = 1;
SELECT clv_until(s, 'infinity') FROM customers WHERE customer_id = 1;
-- A summary made by hand that was observed up to no day.
SELECT clv_until(jsonb_populate_record(s, '{"as_of": "-infinity"}'), '1997-12-31') FROM customers WHERE customer_id = 1;
SELECT nbd_fit(jsonb_populate_record(s, '{"as_of": "infinity"}')) FROM customers WHERE customer_id = 1;
-- The customer is named by the fields of the summary, also those that are NULL, so that a WHERE finds it.
SELECT clv_p_alive(b, jsonb_populate_record(s, '{"recency": 100}')) FROM customers, models WHERE customer_id = 1;
SELECT count(*) FROM customers WHERE (s).orders = 3 AND (s).revenue = 74.02 AND (s).first_order = '1997-01-01' AND (s).last_order = '1997-08-02' AND (s).as_of = '1997-09-30';
SELECT clv_predict_spend(g, jsonb_populate_record(s, '{"monetary": -1, "orders": null, "revenue": null, "last_order": "infinity"}')) FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, jsonb_populate_record(s, '{"unit": "-1 day"}'), interval '1 year') FROM customers, models WHERE customer_id = 1;
SELECT bgbb_predict(bgbb_model(1.2, 0.75, 0.66, 2.8, '2 weeks'), s, interval '1 year') FROM customers WHERE customer_id = 1;
\set VERBOSITY sqlstate
SELECT clv_p_alive(b, 1, 3, 2) FROM models;
SELECT bgnbd_predict(b, s, interval '-1 month') FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s, interval '1 year', -2) FROM customers, models WHERE customer_id = 1;
SELECT clv_value(b, g, s) FROM customers, models WHERE customer_id = 1;
SELECT clv_p_alive(g, s) FROM customers, models WHERE customer_id = 1;
SELECT bgnbd_predict(bgnbd_model(0.243, 4.414, 0.793, 2.426), 2, 30, 38, interval '1 year');
SELECT clv_value(b, g, s, '1') FROM customers, models WHERE customer_id = 1;
\set VERBOSITY default
SELECT 'the session goes on' AS then;
-- Money in a report, where round(x, 2) is not defined for double precision.
SELECT clv_money(38.53567963) AS cents, clv_money(-0.005) AS refund, clv_money(1234.5, 0) AS whole, clv_money(NULL) IS NULL AS unknown;
