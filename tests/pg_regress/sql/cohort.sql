-- Cohorts: calendar periods, retention tables, wide tables.
\pset null '(null)'

-- The start of a period is that of date_trunc, its number the difference of starts.
SELECT period, bool_and(cohort_start(day, period) = date_trunc(period, day::timestamp)::date) AS starts,
       bool_and(cohort_period(date '2001-05-31', day, period) =
                CASE period WHEN 'day' THEN day - date '2001-05-31'
                            WHEN 'week' THEN (date_trunc('week', day::timestamp)::date - date_trunc('week', timestamp '2001-05-31')::date) / 7
                            WHEN 'month' THEN (extract(year FROM day) - 2001) * 12 + extract(month FROM day) - 5
                            WHEN 'quarter' THEN (extract(year FROM day) - 2001) * 4 + extract(quarter FROM day) - 2
                            ELSE extract(year FROM day) - 2001 END) AS numbers
FROM unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) AS period,
     (SELECT date '1890-01-01' + i * 37 AS day FROM generate_series(0, 3000) AS i) AS days
GROUP BY period ORDER BY period;
-- New Year's Eve to New Year: one day, no week (1997-12-31 was a Wednesday), one month.
SELECT cohort_period(date '1997-12-31', date '1998-01-01', 'day') AS day, cohort_period(date '1997-12-31', date '1998-01-01', 'week') AS week, cohort_period(date '1997-12-31', date '1998-01-01') AS month,
       cohort_period(date '1998-01-01', date '1997-12-31', 'year') AS year_before, cohort_start(date '1997-12-31') AS december, cohort_period(NULL::date, date '1998-01-01') AS unknown;
-- Time zones: the session's for timestamptz, any other by AT TIME ZONE.
SET timezone = 'America/New_York';
SELECT cohort_start(at) AS session, cohort_start(at AT TIME ZONE 'Europe/Berlin') AS berlin, cohort_period(timestamptz '2024-01-15 12:00+00', at) AS months
FROM (VALUES (timestamptz '2024-03-01 02:00+00')) AS o (at);
RESET timezone;

-- The shop by month of the first order: one row for each month that is over.
CREATE VIEW customers AS SELECT customer_id, array_agg(ordered_at) AS days, array_agg(amount) AS amounts FROM orders GROUP BY customer_id;
CREATE TABLE cohorts AS SELECT r.* FROM (SELECT cohort_retention(days, amounts, date '1998-06-30', 'month') AS rows FROM customers) AS c, unnest(rows) AS r;
SELECT cohort, count(*) AS periods, min(customers) AS customers, max(period) AS last, sum(revenue)::numeric(10, 2) AS revenue FROM cohorts GROUP BY cohort ORDER BY cohort;
SELECT cohort, period, customers, active, round(retention::numeric, 4) AS retention, round(revenue::numeric, 2) AS revenue, round(cumulative_revenue_per_customer::numeric, 2) AS cumulative_revenue_per_customer FROM cohorts WHERE period <= 3 ORDER BY cohort, period;
-- The same by hand, months without an order filled in.
WITH firsts AS (SELECT *, cohort_start(min(ordered_at) OVER (PARTITION BY customer_id)) AS cohort FROM orders),
     counted AS (SELECT cohort, cohort_period(cohort, ordered_at) AS period, count(DISTINCT customer_id) AS active, sum(amount) AS revenue FROM firsts GROUP BY 1, 2)
SELECT count(*) AS rows, bool_and(c.active = coalesce(k.active, 0)) AS active, bool_and(abs(c.revenue - coalesce(k.revenue, 0)::float8) < 1e-9) AS revenue FROM cohorts AS c FULL JOIN counted AS k USING (cohort, period);
-- Side by side: an array for each cohort, NULL where its time has not come.
SELECT cohort, min(customers) AS customers, array_agg(active ORDER BY period) AS active FROM cohorts GROUP BY cohort ORDER BY cohort;
SELECT cohort, (array_agg(retention ORDER BY period))[18] IS NULL AS not_over FROM cohorts GROUP BY cohort ORDER BY cohort;
-- A day before the end of June it is not over; the end of the running month counts it as if it were.
SELECT max(period) FILTER (WHERE cohort = '1997-01-01') AS january FROM unnest((SELECT cohort_retention(days, date '1998-06-29', 'month') FROM customers)) AS r;
SELECT cohort, count(*) AS rows, sum(active) AS active, count(revenue) AS revenues FROM unnest((SELECT cohort_retention(days, date '1998-09-30', 'month') FROM customers)) AS r GROUP BY cohort ORDER BY cohort;
-- Zeros are kept: of two customers one comes back in one of two months, so that mean retention is a quarter, and half in the last.
SELECT r.* FROM (SELECT cohort_retention(days, date '2024-03-31', 'month') AS rows FROM (VALUES (ARRAY[date '2024-01-10', '2024-03-02']), (ARRAY[date '2024-01-20', NULL])) AS v (days)) AS q, unnest(rows) AS r;
-- Refunds: what was returned on its day is no purchase, what is returned later lowers the revenue of its month. 31.417 + 58.209 + 12.004 - 101.630 is 0.
SELECT r.* FROM (SELECT cohort_retention(days, amounts, date '2024-03-31', 'month') AS rows FROM (VALUES
    (ARRAY[date '2024-01-10', '2024-02-05', '2024-02-05', '2024-02-05', '2024-02-05'], ARRAY[10, 31.417, 58.209, 12.004, -101.630]),
    (ARRAY[date '2024-01-20', '2024-03-01'], ARRAY[20.0, -20])) AS v (days, amounts)) AS q, unnest(rows) AS r;
-- Every amount counts, a refund of an order older than the data as well: the revenue of a cohort is that of clv_summary, whatever the period.
WITH early AS (SELECT 1 AS customer, date '2024-01-02' AS day, -9.5 AS amount UNION ALL VALUES (1, date '2024-02-20', 30.0), (1, date '2024-02-27', -4.0), (1, date '2024-06-03', 12.0), (2, date '2024-02-21', 7.0))
SELECT kind.period, (SELECT sum(r.revenue) FROM unnest((SELECT cohort_retention(days, amounts, date '2024-12-31', kind.period)
                                                          FROM (SELECT array_agg(day) AS days, array_agg(amount) AS amounts FROM early GROUP BY customer) AS c)) AS r) AS revenue,
       (SELECT sum((s).revenue) FROM (SELECT clv_summary(day, amount, date '2024-12-31') AS s FROM early GROUP BY customer) AS c) AS of_summaries
FROM unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) AS kind (period);
-- Weeks, quarters, years, days; customers without an order.
SELECT kind.period, count(*) AS rows, count(DISTINCT r.cohort) AS cohorts, sum(r.active) FILTER (WHERE r.period = 0) AS customers
FROM unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) AS kind (period), LATERAL (SELECT cohort_retention(days, date '1998-06-30', kind.period) AS rows FROM customers) AS q, unnest(rows) AS r GROUP BY 1 ORDER BY 1;
SELECT cohort_retention(days, date '2024-01-31', 'month') AS nothing, cohort_retention(days, date '2024-01-31', 'month') FILTER (WHERE false) AS no_rows FROM (VALUES ('{}'::date[]), (NULL), ('{2024-02-01}'), ('{infinity}')) AS v (days);

-- A parallel plan gives the bits of a serial one.
CREATE TABLE many AS SELECT i AS customer_id, ARRAY[date '2020-01-01' + i * 7877 % 1013, date '2020-01-01' + i * 31 % 1500] AS days, ARRAY[i % 97 / 3.0, i % 89 / 7.0]::float8[] AS amounts FROM generate_series(1, 20000) AS i;
ANALYZE many;
SELECT md5(cohort_retention(days, amounts, date '2024-01-31', 'week')::text) AS serial FROM many \gset
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT cohort_retention(days, amounts, date '2024-01-31', 'week') FROM many;
SELECT md5(cohort_retention(days, amounts, date '2024-01-31', 'week')::text) = :'serial' AS same FROM many;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

SELECT cohort_start(date '2024-01-01', 'fortnight');
SELECT cohort_period(date '2024-01-01', date 'infinity');
SELECT cohort_retention('{-infinity}', date '2024-01-31', 'month');
SELECT cohort_retention('{2024-01-01}', date 'infinity', 'month');
SELECT cohort_retention('{2024-01-01}', date '2024-01-31', 'fortnight');
SELECT cohort_retention('{2024-01-01}', '{1,2}', date '2024-01-31', 'month');
SELECT cohort_retention('{2024-01-01}', '{NaN}', date '2024-01-31', 'month');
SELECT cohort_retention('{2024-01-01}', '{1e308}', date '2024-01-31', 'month') FROM generate_series(1, 2);
SELECT cohort_retention('{2024-01-01}', date '2024-01-31' + i, 'month') FROM generate_series(0, 1) AS i;
SELECT cohort_retention('{0800-01-01}', date '4000-01-01', 'day');
