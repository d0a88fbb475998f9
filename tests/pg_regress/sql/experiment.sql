-- Experiments against scipy and statsmodels (tests/data/reference/README.md).
\pset null '(null)'

CREATE TABLE size (rate_1 float8, rate_2 float8, significance float8, power float8, ratio float8, expected float8);
\copy size FROM 'tests/data/reference/sample_size.csv' WITH (FORMAT csv, HEADER true)
SELECT count(*) AS rows, bool_and(customers_1 = ceil(expected)) AS first, bool_and(customers_2 = ceil(ceil(expected) * ratio)) AS second FROM size, experiment_sample_size(rate_1, rate_2, significance, power, ratio);
CREATE TABLE powers (rate_1 float8, rate_2 float8, customers_1 int, customers_2 int, significance float8, expected float8);
\copy powers FROM 'tests/data/reference/power.csv' WITH (FORMAT csv, HEADER true)
SELECT count(*) AS rows, bool_and(abs(experiment_power(rate_1, rate_2, customers_1, customers_2, significance) - expected) < 1e-12) AS power FROM powers;
CREATE TABLE rates (responses_1 int, customers_1 int, responses_2 int, customers_2 int, confidence float8, difference float8, z float8, p_value float8, ci_low float8, ci_high float8);
\copy rates FROM 'tests/data/reference/rate_difference.csv' WITH (FORMAT csv, HEADER true)
SELECT count(*) AS rows, bool_and(abs(t.difference - r.difference) < 1e-12) AS difference, bool_and(abs(t.statistic - z) <= 1e-11 * abs(z)) AS z, bool_and(abs(t.p_value - r.p_value) < 1e-12) AS p_value,
       bool_and(abs(t.ci_low - r.ci_low) < 1e-11 AND abs(t.ci_high - r.ci_high) < 1e-11) AS limits
FROM rates AS r, experiment_rates(responses_1, customers_1, responses_2, customers_2, confidence) AS t;
CREATE TABLE exact (responses_1 int, customers_1 int, responses_2 int, customers_2 int, confidence float8, p_value float8, odds_ratio float8, ci_low float8, ci_high float8);
\copy exact FROM 'tests/data/reference/exact_test.csv' WITH (FORMAT csv, HEADER true)
SELECT count(*) AS rows, bool_and(abs(t.p_value - r.p_value) < 1e-10) AS p_value, bool_and(coalesce(t.odds_ratio = r.odds_ratio OR abs(t.odds_ratio - r.odds_ratio) < 1e-7 * r.odds_ratio, true)) AS odds_ratio,
       bool_and(t.ci_low = r.ci_low OR abs(t.ci_low - r.ci_low) < 1e-6 * r.ci_low) AS low, bool_and(t.ci_high = r.ci_high OR abs(t.ci_high - r.ci_high) < 1e-6 * r.ci_high) AS high
FROM exact AS r, experiment_rates_exact(responses_1, customers_1, responses_2, customers_2, confidence) AS t;
CREATE TABLE means (mean_1 float8, variance_1 float8, customers_1 int, mean_2 float8, variance_2 float8, customers_2 int, confidence float8, difference float8, t float8, p_value float8, ci_low float8, ci_high float8);
\copy means FROM 'tests/data/reference/mean_difference.csv' WITH (FORMAT csv, HEADER true)
SELECT count(*) AS rows, bool_and(abs(w.statistic - r.t) < 1e-10 * abs(r.t)) AS t, bool_and(abs(w.p_value - r.p_value) < 1e-10) AS p_value,
       bool_and(abs(w.ci_low - r.ci_low) < 1e-8 * abs(r.ci_low) AND abs(w.ci_high - r.ci_high) < 1e-8 * abs(r.ci_high)) AS limits
FROM means AS r, experiment_means(mean_1, variance_1, customers_1, mean_2, variance_2, customers_2, confidence) AS w;

-- 45 of 500 against 30 of 500.
SELECT round(difference::numeric, 9) AS difference, round(statistic::numeric, 9) AS z, round(p_value::numeric, 9) AS p_value, round(ci_low::numeric, 9) AS ci_low, round(ci_high::numeric, 9) AS ci_high FROM experiment_rates(45, 500, 30, 500);
SELECT * FROM experiment_sample_size(0.05, 0.06);
-- The same from a row for each customer: channels stand in for groups.
CREATE TABLE subjects AS
SELECT customer_id, channel = 'email' AS treated, (s).frequency > 0 AS responded, (s).revenue
FROM (SELECT customer_id, clv_summary(ordered_at, amount, date '1998-06-30') AS s FROM orders GROUP BY customer_id) AS c JOIN channels USING (customer_id) WHERE channel <> 'social';
SELECT (SELECT experiment_rates(treated, responded)::text FROM subjects) = experiment_rates(responses_1, customers_1, responses_2, customers_2)::text AS rates
FROM (SELECT count(*) FILTER (WHERE treated AND responded), count(*) FILTER (WHERE treated), count(*) FILTER (WHERE NOT treated AND responded), count(*) FILTER (WHERE NOT treated) FROM subjects) AS n (responses_1, customers_1, responses_2, customers_2);
SELECT abs(rows.difference - numbers.difference) < 1e-9 AND abs(rows.statistic - numbers.statistic) < 1e-9 AND abs(rows.p_value - numbers.p_value) < 1e-9 AND abs(rows.ci_low - numbers.ci_low) < 1e-9 AND abs(rows.ci_high - numbers.ci_high) < 1e-9 AS means
FROM (SELECT (experiment_means(treated, revenue, 0.9)).* FROM subjects) AS rows,
     (SELECT (experiment_means(avg(revenue) FILTER (WHERE treated), var_samp(revenue) FILTER (WHERE treated), count(*) FILTER (WHERE treated), avg(revenue) FILTER (WHERE NOT treated), var_samp(revenue) FILTER (WHERE NOT treated), count(*) FILTER (WHERE NOT treated), 0.9)).* FROM subjects) AS numbers;

-- Bootstrap: near the limits of scipy, which draws other samples; equal seeds, equal limits.
CREATE TABLE boot (first text, second text, confidence float8, difference float8, ci_low float8, ci_high float8, std_error float8);
\copy boot FROM 'tests/data/reference/bootstrap_difference.csv' WITH (FORMAT csv, HEADER true)
SELECT count(*) AS rows, bool_and(abs((b).difference - difference) < 1e-9) AS difference, bool_and(abs((b).ci_low - ci_low) < 0.1 * std_error AND abs((b).ci_high - ci_high) < 0.1 * std_error) AS limits, bool_and((b).p_value IS NULL) AS no_p_value
FROM (SELECT first, second, confidence, difference, ci_low, ci_high, std_error, experiment_bootstrap(treated, value, confidence, 20000, 7) AS b
      FROM boot, LATERAL (SELECT true AS treated, unnest(string_to_array(first, ' ')::float8[]) AS value UNION ALL SELECT false, unnest(string_to_array(second, ' ')::float8[])) AS v
      GROUP BY 1, 2, 3, 4, 5, 6, 7) AS c;
SELECT experiment_bootstrap(treated, revenue, 0.95, 500, 3 ORDER BY revenue)::text = experiment_bootstrap(treated, revenue, 0.95, 500, 3 ORDER BY customer_id)::text AS same_seed,
       experiment_bootstrap(treated, revenue, 0.95, 500, 3)::text = experiment_bootstrap(treated, revenue, 0.95, 500, 4)::text AS other_seed FROM subjects;

-- Nothing to say
SELECT experiment_rates(0, 0, 1, 2) AS empty_group, experiment_means(1, 0, 5, 2, 0, 5) AS no_variance, experiment_rates(true, true) AS one_group, experiment_means(true, 1) AS one_row, experiment_bootstrap(true, 1) AS no_second, experiment_rates(NULL, 1, 1, 2) AS unknown;

-- A parallel plan gives the bits of a serial one.
SELECT experiment_rates(treated, responded) AS rates, experiment_means(treated, revenue) AS means, experiment_bootstrap(treated, revenue, 0.9, 200) AS boot FROM subjects \gset
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT experiment_rates(treated, responded), experiment_means(treated, revenue) FROM subjects;
SELECT experiment_rates(treated, responded)::text = :'rates' AS rates, experiment_means(treated, revenue)::text = :'means' AS means, experiment_bootstrap(treated, revenue, 0.9, 200)::text = :'boot' AS boot FROM subjects;

SELECT experiment_sample_size(0.05, 0.05);
SELECT experiment_sample_size(5, 6);
SELECT experiment_power(0.05, 0.06, 0, 100);
SELECT experiment_rates(6, 5, 1, 2);
SELECT experiment_rates(1, 2.5, 1, 2);
SELECT experiment_rates(1, 2, 1, 2, level => 95);
SELECT experiment_means(1, -1, 5, 2, 1, 5);
SELECT experiment_bootstrap(true, 'infinity');
SELECT experiment_bootstrap(i = 1, i, 0.9, 10) FROM generate_series(1, 2) AS i;

-- Relative uplift with its limits, from numbers and from rows; none without a response to compare with.
SELECT round(uplift::numeric, 6) AS uplift, round(uplift_low::numeric, 6) AS low, round(uplift_high::numeric, 6) AS high FROM experiment_rates(60, 500, 45, 480);
SELECT round(uplift::numeric, 6) AS uplift, round(uplift_low::numeric, 6) AS low, round(uplift_high::numeric, 6) AS high FROM experiment_means(33, 1089, 200, 30, 900, 100, 0.9);
SELECT (d).uplift, (d).uplift_low, (d).uplift_high, (d).difference FROM (SELECT experiment_rates(5, 10, 0, 10) AS d) AS q;
SELECT (one).uplift = (other).uplift AND (one).uplift_low = (other).uplift_low AND (one).uplift_high = (other).uplift_high AS rows_as_numbers
FROM (SELECT experiment_rates(n % 2 = 0, n % 7 = 0) AS one, experiment_rates(14, 100, 14, 100) AS other FROM generate_series(1, 200) AS n) AS q;
-- Sizes as they were meant; p-values of several comparisons.
SELECT round(chi_square::numeric, 4) AS chi_square, degrees_of_freedom, round(p_value::numeric, 8) AS p_value FROM experiment_sample_ratio(ARRAY[821588, 815482]);
SELECT round(p_value::numeric, 6) AS p_value FROM experiment_sample_ratio(ARRAY[100, 210, 390], ARRAY[1, 2, 4]);
SELECT experiment_sample_ratio(ARRAY[0, 0]) IS NULL AS nobody, experiment_sample_ratio(NULL) IS NULL AS unknown;
SELECT experiment_adjust(ARRAY[0.01, 0.04, NULL, 0.03, 0.005]) AS holm;
\set VERBOSITY default
SELECT experiment_sample_ratio(ARRAY[100]);
SELECT experiment_sample_ratio(ARRAY[100, 2.5]);
SELECT experiment_sample_ratio(ARRAY[100, 200], ARRAY[0.5, NULL]);
SELECT experiment_sample_ratio(ARRAY[100, 200], ARRAY[0.5, -0.5]);
SELECT experiment_adjust(ARRAY[0.5, 5]);
