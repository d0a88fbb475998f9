-- Metrics over customers and over the orders of one customer.
\pset null '(null)'
CREATE TABLE customers AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s FROM orders GROUP BY customer_id;

-- Against plain SQL over the orders (no order of the shop is a refund).
\x
SELECT (clv_metrics(s)).* FROM customers;
WITH per_customer AS (
    SELECT count(*) AS orders, sum(amount) AS revenue, max(ordered_at) - min(ordered_at) AS lifespan, count(DISTINCT ordered_at) - 1 AS repeats
    FROM orders WHERE ordered_at <= '1997-09-30' GROUP BY customer_id)
SELECT count(*) AS customers, sum(orders) AS orders, sum(revenue) AS revenue, sum(revenue) / sum(orders) AS average_order_value,
       sum(orders) / count(*) AS purchase_frequency, avg((repeats > 0)::int) AS repeat_rate, avg(revenue) AS revenue_per_customer,
       avg(lifespan) AS average_lifespan, sum(lifespan) / sum(repeats)::numeric AS time_between_purchases
FROM per_customer;
\x

-- Three customers by hand: orders on days 0, 10, 40 of 10, 20, 30; on day 5 twice 50; on day 7 of
-- 100 with a refund of 40 the day after.
CREATE TABLE small (customer_id int, ordered_at date, amount numeric);
INSERT INTO small VALUES (1, '2024-01-01', 10), (1, '2024-01-11', 20), (1, '2024-02-10', 30), (2, '2024-01-06', 50), (2, '2024-01-06', 50),
                         (3, '2024-01-08', 100), (3, '2024-01-09', -40);
\x
SELECT (clv_metrics(s)).* FROM (SELECT clv_summary(ordered_at, amount, date '2024-12-31') AS s FROM small GROUP BY customer_id) AS c;
SELECT (clv_metrics(s)).* FROM (SELECT clv_summary(ordered_at, amount, date '2024-12-31') AS s FROM small WHERE customer_id = 2 GROUP BY customer_id) AS c;
\x
SELECT clv_metrics(NULL) IS NULL AS of_null, (SELECT clv_metrics(s) FROM customers WHERE false) IS NULL AS of_nothing;
SELECT customer_id, clv_purchase_gaps(ordered_at, amount, date '2024-12-31') AS gaps, clv_purchase_gaps(ordered_at, amount, date '2024-01-31') AS in_january,
       clv_purchase_gaps(ordered_at, amount, date '2023-12-31') AS before
FROM small GROUP BY customer_id ORDER BY customer_id;

-- Time between purchases: mean and median, and the same by a window over purchase days.
SELECT avg(gap), percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median
FROM (SELECT unnest(clv_purchase_gaps(ordered_at, amount, date '1997-09-30')) AS gap FROM orders GROUP BY customer_id) AS g;
SELECT avg(gap), percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median
FROM (SELECT ordered_at - lag(ordered_at) OVER (PARTITION BY customer_id ORDER BY ordered_at) AS gap
      FROM (SELECT DISTINCT customer_id, ordered_at FROM orders WHERE ordered_at <= '1997-09-30' AND amount >= 0) AS days) AS g;

-- Activity in June 2024 against May: of the 1st of June, of May and June, of April and June, of
-- the 31st of May, of the 30th of April, of July.
SELECT customer, clv_activity(ordered_at, 1, date '2024-06-30', interval '1 month')
FROM (VALUES ('a', date '2024-06-01'), ('b', '2024-05-01'), ('b', '2024-06-30'), ('c', '2024-04-30'), ('c', '2024-06-15'), ('d', '2024-05-31'), ('e', '2024-04-30'), ('f', '2024-07-01')) AS o (customer, ordered_at)
GROUP BY customer ORDER BY customer;
-- A month that ends with the 28th of February begins with the 1st.
SELECT ordered_at, clv_activity(ordered_at, 1, date '2023-02-28', interval '1 month') FROM (VALUES (date '2023-02-01'), ('2023-01-31'), ('2023-01-01'), ('2022-12-31')) AS o (ordered_at) GROUP BY ordered_at ORDER BY ordered_at DESC;
-- Over the shop, in June 1997: plain SQL says the same.
SELECT activity, count(*) FROM (SELECT clv_activity(ordered_at, amount, date '1997-06-30', interval '1 month') AS activity FROM orders GROUP BY customer_id) AS a GROUP BY activity ORDER BY activity;
SELECT activity, count(*)
FROM (SELECT CASE WHEN now AND first >= '1997-06-01' THEN 'new' WHEN now AND before THEN 'returning' WHEN now THEN 'reactivated' WHEN before THEN 'lapsed' ELSE 'inactive' END AS activity
      FROM (SELECT min(ordered_at) AS first, bool_or(ordered_at BETWEEN '1997-06-01' AND '1997-06-30') AS now, bool_or(ordered_at BETWEEN '1997-05-01' AND '1997-05-31') AS before
            FROM orders WHERE ordered_at <= '1997-06-30' GROUP BY customer_id) AS c) AS a GROUP BY activity ORDER BY activity;
-- Timestamps: days of the calendar, and of the session's time zone.
SET timezone = 'America/New_York';
SELECT clv_activity(timestamp '2024-05-31 23:30', 1, timestamp '2024-06-30', interval '1 month') AS "timestamp",
       clv_activity(timestamptz '2024-06-01 03:30+00', 1, timestamptz '2024-06-30 12:00+00', interval '1 month') AS "timestamptz",
       clv_purchase_gaps(at, 1, timestamptz '2024-06-30 12:00+00') AS gaps
FROM (VALUES (timestamptz '2024-06-01 03:30+00'), ('2024-06-01 04:30+00')) AS o (at);
RESET timezone;

-- Purchase days: ascending, each once, without what was returned, up to as_of.
SELECT clv_purchase_days(d::date, a, date '2024-02-10') AS days, clv_purchase_days(d::date, a::float8, date '2024-02-10') AS "real", clv_purchase_days(d::timestamp, a, timestamp '2024-01-20') AS earlier,
       clv_purchase_days(d::date, a, date '2023-01-01') IS NULL AS none, clv_lifecycle(clv_purchase_days(d::date, a, date '2024-02-10'), date '2024-02-10') AS state
FROM (VALUES ('2024-01-31', 5.5), ('2024-01-11', 31.417), ('2024-01-11', 58.209), ('2024-01-11', -89.626), ('2024-01-15', -3), ('2024-01-01', 0), ('2024-01-01', 2), ('2024-03-01', 7)) AS o (d, a);
SELECT count(*) AS customers, count(*) FILTER (WHERE days = ordered) AS same
FROM (SELECT clv_purchase_days(ordered_at, amount, date '1997-09-30') AS days, array_agg(DISTINCT ordered_at ORDER BY ordered_at) FILTER (WHERE ordered_at <= '1997-09-30') AS ordered FROM orders GROUP BY customer_id) AS q;

-- Summary, gaps and activity in one query.
SELECT (clv_summary(ordered_at, amount, date '2024-12-31')).frequency, clv_purchase_gaps(ordered_at, amount, date '2024-12-31') AS gaps FROM small GROUP BY customer_id ORDER BY customer_id;

-- A parallel plan gives the bits of a serial one.
SELECT clv_metrics(s) AS serial FROM customers \gset
SELECT clv_purchase_gaps(ordered_at, amount, date '1997-09-30') AS gaps, clv_activity(ordered_at, amount, date '1997-06-30', interval '1 week') AS activity FROM orders WHERE customer_id < 100 \gset
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT clv_metrics(s) FROM customers;
SELECT clv_metrics(s)::text = :'serial' AS same FROM customers;
SELECT clv_metrics(s ORDER BY (s).revenue)::text = :'serial' AS same FROM customers;
SELECT clv_purchase_gaps(ordered_at, amount, date '1997-09-30')::text = :'gaps' AS gaps, clv_activity(ordered_at, amount, date '1997-06-30', interval '1 week') = :'activity' AS activity FROM orders WHERE customer_id < 100;

SELECT clv_metrics(ROW(-1, 0, 0, NULL, 1, 1, '2024-01-01', '2024-01-01', '2024-01-01', '1 day')::clv_summary);
SELECT clv_activity(date '2024-01-01', 1, date '2024-01-31', interval '1 hour');

-- Value at an age, by SQL: all that came in within so many days or months of the first purchase day, of those who are that old.
CREATE TEMP TABLE by_age AS
SELECT customer_id, clv_value_at_age(ordered_at, amount, date '1997-09-30', interval '90 days') AS days,
       clv_value_at_age(ordered_at, amount::float8, date '1997-09-30', interval '6 months') AS months,
       min(ordered_at) FILTER (WHERE amount > 0) AS first
FROM orders GROUP BY customer_id;
SELECT count(*) AS customers, count(days) AS old_enough, count(*) FILTER (WHERE (days IS NULL) = (first + 90 - 1 > date '1997-09-30')) AS right_ones,
       count(*) FILTER (WHERE days = (SELECT sum(amount) FROM orders AS o WHERE o.customer_id = a.customer_id AND o.ordered_at < first + 90)) AS same_days,
       count(months) AS half_a_year, count(*) FILTER (WHERE abs(months - (SELECT sum(amount) FROM orders AS o WHERE o.customer_id = a.customer_id AND o.ordered_at < first + interval '6 months')) < 1e-9) AS same_months
FROM by_age AS a WHERE first IS NOT NULL;
SELECT clv_value_at_age(day, amount, '2024-04-30', '1 month') AS until_the_29th_of_february, clv_value_at_age(day, amount, '2024-02-28', '1 month') AS complete,
       clv_value_at_age(day, amount, '2024-02-27', '1 month') IS NULL AS a_day_short, clv_value_at_age(day, amount, '2024-04-30', '4 months') IS NULL AS too_young
FROM (VALUES (date '2024-01-31', 10), ('2024-02-28', 5), ('2024-02-29', 3), ('2024-02-10', -2)) AS o (day, amount);
SELECT clv_value_at_age(day, amount, '2024-04-30', '1 hour') FROM (VALUES (date '2024-01-31', 10)) AS o (day, amount);
