-- Alerts on a time series.
\pset null '(null)'
CREATE TABLE series (day int, value float8);
INSERT INTO series SELECT i, CASE i WHEN 9 THEN 100 WHEN 12 THEN -50 WHEN 7 THEN NULL ELSE 10 + i % 3 END FROM generate_series(1, 13) AS i;

-- Median and MAD of the five values before; by hand for day 9: 12, 10, 12 of days 4 to 8 with 11
-- and NULL, so 10, 11, 12, 12: median 11.5, MAD 0.5, ± 3.5 × 1.4826 × 0.5.
SELECT day, value, round(expected::numeric, 6) AS expected, round(lower::numeric, 6) AS lower, round(upper::numeric, 6) AS upper, round(z::numeric, 6) AS z, flag
FROM (SELECT day, value, (clv_metric_alert(value, history => 5) OVER (ORDER BY day)).* FROM series) AS a ORDER BY day;
SELECT round(11.5 + 3.5 * 1.482602218505602 * 0.5, 6) AS upper;
-- A seasonal lag: Sundays are compared with Sundays.
SELECT day, value, expected, flag FROM (SELECT day, value, (clv_metric_alert(value, history => 4, season => 7) OVER (ORDER BY day)).*
    FROM (SELECT i AS day, CASE WHEN i % 7 = 0 THEN 50 ELSE 100 END + i % 2 - CASE WHEN i = 42 THEN 40 ELSE 0 END AS value FROM generate_series(1, 43) AS i) AS v) AS a WHERE day >= 41 ORDER BY day;
-- By partition, and the threshold; a history that does not vary.
SELECT part, day, (clv_metric_alert(day % 5 * part, 28, 1, 1.0) OVER (PARTITION BY part ORDER BY day)).flag FROM generate_series(1, 2) AS part, generate_series(1, 6) AS day ORDER BY part, day;
SELECT day, (clv_metric_alert(CASE WHEN day < 6 THEN 3 ELSE 4 END) OVER (ORDER BY day)).* FROM generate_series(1, 6) AS day ORDER BY day DESC LIMIT 2;
-- The first rows, NULLs and empty arguments have no alert.
SELECT count(clv_metric_alert) FROM (SELECT clv_metric_alert(value, NULL) OVER (ORDER BY day) FROM series) AS a;
SELECT count(*) FROM (SELECT clv_metric_alert(value) OVER (ORDER BY day) FROM series WHERE false) AS a;

SELECT clv_metric_alert(value, 2) OVER (ORDER BY day) FROM series;
SELECT clv_metric_alert(value, 5, 0) OVER (ORDER BY day) FROM series;
SELECT clv_metric_alert(value, 5, 1, -1) OVER (ORDER BY day) FROM series;
SELECT clv_metric_alert('NaN') OVER (ORDER BY day) FROM series;
-- Without an order, or with several series in one, there is no before.
SELECT clv_metric_alert(value) OVER () FROM series;
SELECT clv_metric_alert(value) OVER (ORDER BY day) FROM (SELECT * FROM series UNION ALL SELECT * FROM series) AS two;
SELECT clv_metric_alert(1) OVER ();
SELECT clv_metric_alert(1);
