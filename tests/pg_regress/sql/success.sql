-- Customer success.
\pset null '(null)'

-- Of ten ratings 1 to 10: 9 and 10 promote, 1 to 6 detract: 20 % - 60 %. Of 1 to 5: two satisfied.
SELECT clv_net_promoter_score(r) AS nps FROM generate_series(1, 10) AS r;
SELECT clv_customer_satisfaction_score(r) AS csat, clv_customer_effort_score(r) AS ces FROM generate_series(1, 5) AS r;
SELECT clv_net_promoter_score(r) AS nps, clv_customer_satisfaction_score(r) AS csat, clv_customer_effort_score(r) AS ces FROM (VALUES (4), (NULL), (5)) AS v (r);
SELECT clv_net_promoter_score(NULL) AS no_answer, clv_customer_satisfaction_score(1) FILTER (WHERE false) AS no_row, clv_customer_effort_score(NULL) AS no_effort;
-- As a running score
SELECT r, clv_net_promoter_score(r) OVER (ORDER BY r DESC) AS nps FROM generate_series(5, 10) AS r;
SELECT clv_adoption_rate(30, 120), clv_adoption_rate(0, 0) AS no_users, clv_share_of_wallet(200, 800), clv_share_of_wallet(0, 0) AS no_spend;

-- Health: 5 of 0 to 10 logins: 50; 2 of 10 to 0 tickets (fewer is better): 80, weighing three times:
-- (50 + 3 × 80) / 4.
SELECT round(clv_health_score(ARRAY[5, 2], worst => ARRAY[0, 10], best => ARRAY[10, 0], weights => ARRAY[1, 3])::numeric, 9) AS weighted,
       round(clv_health_score(ARRAY[5, 2], ARRAY[0, 10], ARRAY[10, 0])::numeric, 9) AS alike,
       round(clv_health_score(ARRAY[5, NULL], ARRAY[0, 10], ARRAY[10, 0])::numeric, 9) AS without_tickets,
       clv_health_score(ARRAY[99, -3], ARRAY[0, 10], ARRAY[10, 0]) AS beyond_best,
       clv_health_score(ARRAY[NULL::float8], ARRAY[0], ARRAY[10]) AS nothing_known, clv_health_score('{}', '{}', '{}') AS no_metrics, clv_health_score(NULL, ARRAY[0], ARRAY[1]) AS unknown;

-- A parallel plan gives the same.
CREATE TABLE ratings AS SELECT i % 11 AS rating FROM generate_series(1, 20000) AS i;
ANALYZE ratings;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT clv_net_promoter_score(rating) FROM ratings;
SELECT clv_net_promoter_score(rating) = 100.0::float8 * (count(*) FILTER (WHERE rating >= 9) - count(*) FILTER (WHERE rating <= 6)) / count(*) AS nps FROM ratings;

SELECT clv_net_promoter_score(11);
SELECT clv_customer_satisfaction_score(0);
SELECT clv_customer_effort_score(3.5);
-- More adopters than users, more spent here than in all: no share, and no end of the report.
SELECT part, whole, clv_adoption_rate(part, whole), clv_share_of_wallet(part, whole) FROM (VALUES (4, 5), (5, 4), (-1, 4), (4, -5), (0, 0)) AS v (part, whole);
SELECT clv_adoption_rate('NaN', 4);
SELECT clv_share_of_wallet(1, 'infinity');
SELECT clv_health_score(ARRAY[1, 2], ARRAY[0, 0], ARRAY[1]);
SELECT clv_health_score(ARRAY[1, 2], ARRAY[0, 3], ARRAY[1, 3]);
SELECT clv_health_score(ARRAY[1, 2], ARRAY[0, NULL], ARRAY[1, 3]);
SELECT clv_health_score(ARRAY[1, 2], ARRAY[0, 0], ARRAY[1, 1], ARRAY[1, -1]);
