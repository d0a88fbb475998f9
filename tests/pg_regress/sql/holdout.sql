-- Holdout: what customers did after the data of a model end.
SET extra_float_digits = 1;

-- Against plain SQL, for all of CDNOW
CREATE TABLE customers AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s,
       clv_holdout(ordered_at, amount, date '1997-09-30', date '1998-06-30') AS h
FROM orders GROUP BY customer_id;
WITH days AS (
    SELECT customer_id, ordered_at, sum(amount) AS net, count(*) AS orders FROM orders
    WHERE ordered_at > '1997-09-30' AND ordered_at <= '1998-06-30' GROUP BY 1, 2),
exact AS (
    SELECT customer_id, count(*) AS purchases, sum(orders) AS orders, sum(net) AS revenue, avg(net) AS monetary FROM days GROUP BY 1)
SELECT count(*) AS customers, sum((h).purchases) AS purchases,
       count(*) FILTER (WHERE (h).purchases <> coalesce(purchases, 0) OR (h).orders <> coalesce(orders, 0)
                           OR (h).revenue <> coalesce(revenue, 0)::float8
                           OR abs((h).monetary - monetary::float8) > 1e-9 OR ((h).monetary IS NULL) <> (purchases IS NULL)) AS different
FROM customers LEFT JOIN exact USING (customer_id);

-- BG/NBD foresees the second 39 weeks as in print (Fader, Hardie and Lee 2005, figure 3).
SELECT least((s).frequency, 7) AS frequency, count(*) AS customers, round(avg((h).purchases), 3) AS actual,
       round(avg(bgnbd_predict(model, s, '39 weeks'))::numeric, 3) AS predicted
FROM customers, (SELECT bgnbd_fit(s) AS model FROM customers) AS q GROUP BY 1 ORDER BY 1;

-- Errors of the predictions, against plain SQL; by frequency with GROUP BY.
CREATE TABLE predictions AS
SELECT (s).frequency, bgnbd_predict(model, s, '39 weeks') AS predicted, (h).purchases AS actual
FROM customers, (SELECT bgnbd_fit(s) AS model FROM customers) AS q;
SELECT (a).customers, abs((a).predicted - p) < 1e-12 AS predicted, abs((a).actual - t) < 1e-12 AS actual, abs((a).bias - (p - t)) < 1e-12 AS bias,
       abs((a).mean_absolute_error - mae) < 1e-12 AS mae, abs((a).root_mean_square_error - rmse) < 1e-12 AS rmse
FROM (SELECT clv_accuracy(predicted, actual) AS a, avg(predicted) AS p, avg(actual::float8) AS t, avg(abs(predicted - actual)) AS mae, sqrt(avg((predicted - actual) ^ 2)) AS rmse
      FROM predictions) AS q;
SELECT clv_accuracy(predicted, actual ORDER BY md5(predicted::text)) = clv_accuracy(predicted, actual ORDER BY predicted) AS order_does_not_matter FROM predictions;
SELECT clv_accuracy(p, a) FROM (VALUES (1, 2), (NULL, 1), (3, NULL)) AS v(p, a);
SELECT clv_accuracy(p, a) IS NULL AS nobody FROM (VALUES (1, 2)) AS v(p, a) WHERE false;

-- Tracking: repeat purchases expected and made, week by week, from everyone's own first purchase on.
CREATE VIEW tracking AS
WITH days AS (SELECT DISTINCT customer_id, ordered_at FROM orders),
firsts AS (SELECT customer_id, min(ordered_at) AS first_day FROM days GROUP BY 1),
cohorts AS (SELECT first_day, count(*) AS customers FROM firsts GROUP BY 1),
repeats AS (SELECT ordered_at, count(*) AS purchases FROM days JOIN firsts USING (customer_id) WHERE ordered_at > first_day GROUP BY 1),
weeks AS (SELECT week, date '1996-12-31' + 7 * week AS until FROM generate_series(1, 78) AS week)
SELECT week, (SELECT sum(customers * clv_expected_purchases(model, (until - first_day) / 7.0)) FROM cohorts WHERE first_day <= until) AS expected,
       (SELECT sum(purchases) FROM repeats WHERE ordered_at <= until) AS actual
FROM weeks, (SELECT bgnbd_fit(s) AS model FROM customers) AS q;
SELECT week, round(expected::numeric, 1) AS expected, actual FROM tracking WHERE week IN (13, 26, 39, 52, 78) ORDER BY week;

-- Same-day orders, refunds, free orders, days outside
SELECT case_, h.* FROM (
    SELECT case_, clv_holdout(day::date, amount, date '2020-01-10', date '2020-01-20') AS h
    FROM (VALUES (1, '2020-01-10', 5), (1, '2020-01-21', 5),
                 (2, '2020-01-11', 5), (2, '2020-01-11', 6), (2, '2020-01-20', 7),
                 (3, '2020-01-11', 5), (3, '2020-01-11', -5), (3, '2020-01-12', 4), (3, '2020-01-13', -1),
                 (4, '2020-01-15', 0),
                 (5, 'infinity', 3), (6, '2020-01-15', NULL)) AS v(case_, day, amount) GROUP BY 1) AS q,
    LATERAL (SELECT (h).*) AS h ORDER BY 1;

-- Days are cut in the session's time zone
SET timezone = 'America/New_York';
SELECT (clv_holdout(t, 1, timestamptz '2020-01-10 12:00', timestamptz '2020-01-20')).purchases
FROM (VALUES (timestamptz '2020-01-11 04:30Z'), (timestamptz '2020-01-11 05:30Z')) AS v(t);
SET timezone = 'UTC';
SELECT (clv_holdout(t, 1, timestamptz '2020-01-10 12:00', timestamptz '2020-01-20')).purchases
FROM (VALUES (timestamptz '2020-01-11 04:30Z'), (timestamptz '2020-01-12 05:30Z')) AS v(t);

-- What is refused
SELECT clv_holdout(ordered_at, amount, date '1998-06-30', date '1997-09-30') FROM orders;
SELECT clv_holdout(ordered_at, amount, ordered_at, date '1998-06-30') FROM orders;
SELECT clv_holdout(ordered_at, 'NaN', date '1997-09-30', date '1998-06-30') FROM orders;
SELECT clv_holdout(ordered_at, amount, date 'infinity', date '1998-06-30') FROM orders;
SELECT clv_accuracy('NaN', 1);
