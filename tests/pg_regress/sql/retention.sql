-- Retention, churn, their conversions, recurring revenue.
\pset null '(null)'

-- 100 customers at the start, 20 come, 110 at the end: 90 of 100 stayed.
SELECT clv_retention_rate(100, 110, 20), clv_churn_rate(100, 110, 20), clv_retention_rate(start_customers => 100, end_customers => 0, new_customers => 0) AS all_left,
       clv_retention_rate(0, 5, 5) AS no_start, clv_churn_rate(NULL, 5, 5) AS unknown;
-- 5 % a month: 1 - 0.95^12 = 45.96 % a year, and back; 20 months of expected lifespan.
SELECT round(clv_convert_churn_rate(0.05, 12)::numeric, 12) AS yearly, round((1 - 0.95 ^ 12)::numeric, 12) AS by_hand,
       round(clv_convert_churn_rate(clv_convert_churn_rate(0.05, 12), 1 / 12.0)::numeric, 12) AS there_and_back,
       round(clv_convert_retention_rate(0.95, 12)::numeric, 12) AS retention, round(clv_convert_discount_rate(0.01, 12)::numeric, 12) AS discount,
       round((1.01 ^ 12 - 1)::numeric, 12) AS by_hand, clv_expected_lifespan(0.05) AS lifespan, clv_expected_lifespan(0) AS endless;
-- Of 1000 recurring, 50 contract, 100 churn, 200 expand.
SELECT clv_gross_revenue_retention(1000, 50, 100), clv_net_revenue_retention(1000, 50, 100, 200), clv_net_revenue_retention(0, 0, 0, 0) AS no_start;

-- One customer of each kind: stays at 100, new 50, reactivated 70, expands by 20, contracts by 10,
-- churns 80, and one who pays nothing.
CREATE TABLE moves (previous numeric, current numeric, paid_before boolean);
INSERT INTO moves VALUES (100, 100, true), (NULL, 50, false), (0, 70, true), (100, 120, true), (100, 90, true), (80, NULL, true), (0, 0, NULL), (NULL, NULL, false);
\x
SELECT (clv_mrr_movements(previous, current, paid_before)).* FROM moves;
\x
-- (380 - 10 - 80) / 380, (380 - 10 - 80 + 20) / 380
SELECT round(290 / 380.0, 12) AS gross, round(310 / 380.0, 12) AS net, (SELECT clv_mrr_movements(1, 1, true) FROM moves WHERE false) IS NULL AS of_nothing;

-- From a table of monthly recurring revenue by customer to the table of movements.
CREATE TABLE mrr (customer_id int, month date, amount numeric);
INSERT INTO mrr VALUES (1, '2024-01-01', 100), (1, '2024-02-01', 100), (1, '2024-03-01', 130), (2, '2024-01-01', 50), (2, '2024-03-01', 60), (3, '2024-02-01', 40), (4, '2024-01-01', 80), (4, '2024-02-01', 60), (4, '2024-03-01', 60);
CREATE VIEW movements AS
SELECT month, (clv_mrr_movements(previous, current, paid_before)).*
FROM (SELECT month, amount AS current, lag(amount) OVER customer AS previous,
             bool_or(amount > 0) OVER (customer ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS paid_before
      FROM (SELECT DISTINCT customer_id FROM mrr) AS customers
           CROSS JOIN (SELECT DISTINCT month FROM mrr) AS months
           LEFT JOIN mrr USING (customer_id, month)
      WINDOW customer AS (PARTITION BY customer_id ORDER BY month)) AS m
GROUP BY month;
SELECT month, start_mrr AS start, new_mrr AS new, reactivated_mrr AS reactivated, expansion_mrr AS expansion, contraction_mrr AS contraction, churned_mrr AS churned, end_mrr AS "end",
       round(gross_revenue_retention::numeric, 4) AS gross, round(net_revenue_retention::numeric, 4) AS net FROM movements ORDER BY month;
-- The movements add up, and each month starts where the one before ended.
SELECT bool_and(end_mrr = start_mrr + new_mrr + reactivated_mrr + expansion_mrr - contraction_mrr - churned_mrr) AS add_up,
       bool_and(start_mrr = before) AS continuous FROM (SELECT *, lag(end_mrr, 1, 0) OVER (ORDER BY month) AS before FROM movements) AS m;

-- A parallel plan gives the bits of a serial one.
CREATE TABLE many AS SELECT i * 7919 % 1009 / 7.0::float8 AS previous, i * 7877 % 1013 / 3.0::float8 AS current, i % 3 = 0 AS paid_before FROM generate_series(1, 20000) AS i;
ANALYZE many;
SELECT clv_mrr_movements(previous, current, paid_before) AS serial FROM many \gset
SELECT clv_mrr_movements(previous, current, paid_before ORDER BY current)::text = :'serial' AS same FROM many;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT clv_mrr_movements(previous, current, paid_before) FROM many;
SELECT clv_mrr_movements(previous, current, paid_before)::text = :'serial' AS same FROM many;

-- One impossible month does not stop a report: its rates are NULL, and it can be counted.
CREATE TABLE months (month int, at_start numeric, at_end numeric, new numeric);
INSERT INTO months VALUES (1, 100, 110, 20), (2, 110, 150, 20), (3, 150, 10, 20), (4, -5, 0, 0), (5, 0, 30, 30), (6, 30, NULL, 3), (7, 30, 27, 0);
SELECT month, clv_retention_rate(at_start, at_end, new), clv_churn_rate(at_start, at_end, new), clv_gross_revenue_retention(at_start, 50, new), clv_net_revenue_retention(at_start, new, new, -new) FROM months ORDER BY month;
SELECT count(*) AS months, count(clv_retention_rate(at_start, at_end, new)) AS rates, count(*) FILTER (WHERE at_start IS NULL OR at_end IS NULL OR new IS NULL) AS unknown, count(*) FILTER (WHERE at_start = 0) AS of_nobody,
       count(*) FILTER (WHERE clv_retention_rate(at_start, at_end, new) IS NULL AND at_start <> 0 AND at_end IS NOT NULL) AS impossible FROM months;
SELECT clv_retention_rate(100, 'NaN', 20);
SELECT clv_net_revenue_retention(100, 60, 6, 'infinity');
-- A customer whose month is negative is left out and counted, in any plan.
\x
SELECT (clv_mrr_movements(previous, current, paid_before)).* FROM (SELECT * FROM moves UNION ALL VALUES (-5, 10, true), (80, -1, true)) AS m (previous, current, paid_before);
\x
SELECT (clv_mrr_movements(-1, 0, false)).*;
SELECT clv_mrr_movements(5, 'NaN', false);
SELECT clv_mrr_movements('infinity', 5, false);
SELECT clv_convert_churn_rate(5, 12);
SELECT clv_convert_retention_rate(0.9, 0);
SELECT clv_convert_discount_rate(-1, 12);
SELECT clv_expected_lifespan(1.5);
\set VERBOSITY sqlstate
SELECT clv_retention_rate(100, 'NaN', 20);
