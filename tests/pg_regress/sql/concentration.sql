-- Concentration: tiers, Pareto shares and the Gini coefficient.
CREATE TABLE customers AS SELECT customer_id, sum(amount) AS revenue FROM orders GROUP BY customer_id;

-- Tiers by quantile: percent ranks 0, 1/7, 1/7, 3/7, 4/7, 5/7, 6/7, 1 of eight values with a tie.
CREATE TABLE eight (value numeric);
INSERT INTO eight VALUES (1), (2), (2), (4), (5), (6), (7), (8);
SELECT value, clv_tier(value) OVER (), clv_tier(value, names => '{low,high}') OVER () AS half FROM eight ORDER BY value;
SELECT tier, count(*), min(revenue), max(revenue)
FROM (SELECT revenue, clv_tier(revenue) OVER () AS tier FROM customers) AS tiers GROUP BY tier ORDER BY min(revenue);
SELECT count(*) AS values_in_several_tiers
FROM (SELECT revenue FROM (SELECT revenue, clv_tier(revenue, '{a,b,c}'::text[]) OVER () AS tier FROM customers) AS tiers
      GROUP BY revenue HAVING count(DISTINCT tier) > 1) AS several;
-- By thresholds, the least value of each tier but the lowest, without a window.
SELECT value, clv_tier(value, names => '{Bronze,Silver,Gold}', thresholds => '{2,7}') FROM eight ORDER BY value;
-- Edges: all equal, one, nobody, NULL.
SELECT DISTINCT clv_tier(5) OVER () FROM eight;
SELECT clv_tier(value) OVER () FROM eight WHERE value = 8;
SELECT clv_tier(value) OVER () FROM eight WHERE false;
SELECT value, clv_tier(nullif(value, 4)) OVER () FROM eight ORDER BY value;
SELECT clv_tier(NULL, '{a,b}', '{1}') IS NULL AS null_value;

-- Pareto: 50, 30, 15, 5 of 100. A ends where 0.8 is reached, B where 0.95 is.
CREATE TABLE four (value float8);
INSERT INTO four VALUES (5), (50), (15), (30);
SELECT value, (p).* FROM (SELECT value, clv_pareto_share(value) OVER () AS p FROM four) AS q ORDER BY value DESC;
SELECT value, (p).abc_class FROM (SELECT value, clv_pareto_share(value, 0.5, 0.8) OVER () AS p FROM four) AS q ORDER BY value DESC;
-- Customers of equal value stand alike; deciles count who has strictly more.
SELECT value, (p).* FROM (SELECT value, clv_pareto_share(value) OVER () AS p FROM (VALUES (40), (20), (20), (20), (0)) AS v (value)) AS q ORDER BY value DESC;
-- By SQL: the share of all with at least the value; the class by the share of those with more.
SELECT count(*) AS customers, count(*) FILTER (WHERE abs((p).cumulative_share - held / total) < 1e-12) AS share,
       count(*) FILTER (WHERE (p).abc_class = CASE WHEN more < 0.8 * total THEN 'A' WHEN more < 0.95 * total THEN 'B' ELSE 'C' END) AS class,
       count(*) FILTER (WHERE (p).decile = 1 + floor(10 * (place - 1) / 2357.0)) AS decile
FROM (SELECT clv_pareto_share(revenue) OVER () AS p, sum(revenue) OVER (ORDER BY revenue DESC) AS held, sum(revenue) OVER () AS total,
             sum(revenue) OVER (ORDER BY revenue DESC) - revenue * count(*) OVER (PARTITION BY revenue) AS more,
             rank() OVER (ORDER BY revenue DESC) AS place
      FROM customers) AS q;
SELECT (p).abc_class, count(*), round(sum(revenue) / sum(sum(revenue)) OVER (), 3) AS share FROM (SELECT revenue, clv_pareto_share(revenue) OVER () AS p FROM customers) AS q GROUP BY 1 ORDER BY 1;
-- Edges: nothing to share, one customer, NULL.
SELECT value, clv_pareto_share(0) OVER () IS NULL AS no_share FROM four LIMIT 1;
SELECT clv_pareto_share(value) OVER () FROM four WHERE value = 5;
SELECT value, clv_pareto_share(nullif(value, 30)) OVER () FROM four ORDER BY value;

-- Gini: of 1, 2, 3 the mean absolute difference is 8/9 and the mean 2, so 2/9; equals have 0; where
-- one of n has everything it is 1 - 1/n.
SELECT clv_gini(value) FROM (VALUES (1), (2), (3)) AS v (value);
SELECT clv_gini(7) AS equals FROM generate_series(1, 100);
SELECT clv_gini(CASE WHEN i = 1 THEN 5 ELSE 0 END) AS one_has_all FROM generate_series(1, 100) AS i;
SELECT clv_gini(0) IS NULL AS of_zeros FROM generate_series(1, 3);
SELECT clv_gini(NULL) IS NULL AS of_nulls FROM generate_series(1, 3);
SELECT clv_gini(revenue) IS NULL AS of_nobody FROM customers WHERE false;
SELECT clv_gini(1) AS of_one;
-- By the definition: the mean absolute difference over twice the mean.
SELECT round(clv_gini(revenue)::numeric, 12) = (SELECT round(avg(abs(a.revenue - b.revenue)) / (2 * (SELECT avg(revenue) FROM customers)), 12)
                                            FROM customers AS a, customers AS b) AS as_defined,
       round(clv_gini(revenue)::numeric, 6) AS gini FROM customers;
SELECT channel, round(clv_gini(revenue)::numeric, 4) AS gini FROM customers JOIN channels USING (customer_id) GROUP BY channel ORDER BY channel;

-- Parallel and serial plans agree to the last bit.
SET extra_float_digits = 1;
CREATE TABLE many AS SELECT exp(sin(i * 1.0)) * (1 + i % 97) AS value FROM generate_series(1, 30000) AS i;
ANALYZE many;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT clv_gini(value) AS gini FROM many;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT clv_gini(value) FROM many;
SELECT clv_gini(value) = (SELECT gini FROM serial) AS same_bits FROM many;
SET parallel_leader_participation = off;
SELECT clv_gini(value) = (SELECT gini FROM serial) AS same_bits FROM many;

RESET parallel_leader_participation;
-- A negative value among twenty thousand, seen by whichever worker.
SELECT clv_gini(CASE WHEN value = (SELECT min(value) FROM many) THEN -value - 1 ELSE value END) IS NULL AS no_share FROM many;

SET max_parallel_workers_per_gather = 0;
-- A negative customer leaves no shares in their own group, and the other groups theirs.
SELECT channel, value, clv_pareto_share(value) OVER (PARTITION BY channel), clv_gini(value) OVER (PARTITION BY channel), count(*) FILTER (WHERE value < 0) OVER (PARTITION BY channel) AS negative
FROM (VALUES ('email', 50), ('email', 30), ('email', NULL), ('shop', 50), ('shop', -0.01), ('shop', NULL), ('web', -1), ('none', NULL)) AS v (channel, value) ORDER BY channel, value;

\echo Errors
SELECT clv_tier(value, '{only}'::text[]) OVER () FROM eight;
SELECT clv_tier(value, '{a,NULL}'::text[]) OVER () FROM eight;
SELECT clv_tier(value, NULL::text[]) OVER () FROM eight;
SELECT clv_tier('NaN') OVER () FROM eight;
SELECT clv_tier(5, '{a,b,c}', '{1}');
SELECT clv_tier(5, '{a,b,c}', '{2,1}');
SELECT clv_tier(5, '{a,b,c}', '{2,NULL}');
SELECT clv_tier('Infinity', '{a,b}', '{2}');
SELECT clv_pareto_share('NaN') OVER () FROM four;
SELECT clv_pareto_share(value, 0.9, 0.8) OVER () FROM four;
SELECT clv_pareto_share(value, 80, 95) OVER () FROM four;
SELECT clv_pareto_share(value, NULL) OVER () FROM four;
SELECT clv_gini('Infinity') FROM four;

-- Thresholds that a query or a plpgsql variable changes in place are read anew.
SELECT x, clv_tier(5, '{a,b,c}', array_append(ARRAY[x], 20::float8)) AS tier FROM (VALUES (1::float8), (7), (2), (8)) AS v(x);
DO $$
DECLARE
    thresholds float8[] := '{1,20}';
    tiers text := '';
BEGIN
    FOR i IN 1..6 LOOP
        thresholds[1] := CASE WHEN i % 2 = 0 THEN 1 ELSE 7 END;
        tiers := tiers || clv_tier(5, '{a,b,c}', thresholds);
    END LOOP;
    RAISE NOTICE '%', tiers;
END
$$;
