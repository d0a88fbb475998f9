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

-- The shop by month of the first order: retention of customers, of revenue, cumulative value.
CREATE VIEW cohorts AS
SELECT cohort_start(first_at) AS cohort, cohort_period(first_at, ordered_at) AS period, count(DISTINCT customer_id) AS customers, sum(amount) AS revenue
FROM (SELECT *, min(ordered_at) OVER (PARTITION BY customer_id) AS first_at FROM orders) AS o
GROUP BY 1, 2;
SELECT cohort, period, customers, round(customers::numeric / first_value(customers) OVER cohort, 4) AS retention,
       round(revenue / first_value(revenue) OVER cohort, 4) AS revenue_retention,
       round(sum(revenue) OVER cohort / first_value(customers) OVER cohort, 2) AS value_per_customer
FROM cohorts WHERE period <= 3 WINDOW cohort AS (PARTITION BY cohort ORDER BY period) ORDER BY cohort, period;
-- Side by side.
SELECT cohort, (cohort_wide(period, customers)).* FROM cohorts GROUP BY cohort ORDER BY cohort;
SELECT cohort, (cohort_wide(period - 13, customers)).p0 AS p13, (cohort_wide(period - 13, customers)).p4 AS p17, (cohort_wide(period - 13, customers)).p5 AS p18 FROM cohorts GROUP BY cohort ORDER BY cohort;
-- By week, straight from the orders: values of one period are summed.
SELECT (cohort_wide(cohort_period(first_at, ordered_at, 'week'), amount)).p0 = sum(amount) FILTER (WHERE cohort_period(first_at, ordered_at, 'week') = 0)::float8 AS summed
FROM (SELECT *, min(ordered_at) OVER (PARTITION BY customer_id) AS first_at FROM orders) AS o;
SELECT cohort_wide(period, value) FROM (VALUES (0, 1.0), (2, 0.5), (2, 0.25), (13, 9), (-1, 9), (NULL, 9), (3, NULL)) AS v (period, value);

-- A parallel plan gives the bits of a serial one.
CREATE TABLE many AS SELECT i % 15 AS period, i * 7877 % 1013 / 3.0::float8 AS value FROM generate_series(1, 20000) AS i;
ANALYZE many;
SELECT cohort_wide(period, value) AS serial FROM many \gset
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT cohort_wide(period, value) FROM many;
SELECT cohort_wide(period, value)::text = :'serial' AS same FROM many;

SELECT cohort_start(date '2024-01-01', 'fortnight');
SELECT cohort_period(date '2024-01-01', date 'infinity');
SELECT cohort_wide(1, 'NaN');
SELECT cohort_wide(1, 1e308) FROM generate_series(1, 2);
