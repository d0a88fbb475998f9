-- Segments: the default map and the user's own.
CREATE TABLE customers AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30') AS s
FROM orders GROUP BY customer_id;

-- The default map over recency and frequency, cell by cell.
SELECT r, max(segment) FILTER (WHERE f = 1) AS f1, max(segment) FILTER (WHERE f = 2) AS f2,
       max(segment) FILTER (WHERE f = 3) AS f3, max(segment) FILTER (WHERE f = 4) AS f4,
       max(segment) FILTER (WHERE f = 5) AS f5
FROM (SELECT r, f, rfm_segment(ROW(r, f, m, '', 5)::rfm_scores) AS segment
      FROM generate_series(1, 5) r, generate_series(1, 5) f, generate_series(1, 5) m) AS cells
GROUP BY r ORDER BY r DESC;

-- Total for every number of bins, and each cell has one segment whatever the monetary score.
SELECT bins, count(*) AS cells, count(rfm_segment(ROW(r, f, m, '', bins)::rfm_scores)) AS named,
       count(DISTINCT rfm_segment(ROW(r, f, m, '', bins)::rfm_scores)) AS segments,
       count(DISTINCT (r, f, rfm_segment(ROW(r, f, m, '', bins)::rfm_scores))) = bins * bins AS disjoint
FROM generate_series(3, 10) bins, generate_series(1, bins) r, generate_series(1, bins) f, generate_series(1, bins) m
GROUP BY bins ORDER BY bins;

SELECT rfm_segment(score) AS segment, count(*)
FROM (SELECT rfm_score(s) OVER () AS score FROM customers) AS scored GROUP BY 1 ORDER BY 1;

-- A stored score is read as a computed one, whatever the length of its text.
CREATE TABLE scored AS SELECT customer_id, rfm_score(s, 10) OVER () AS score FROM customers;
INSERT INTO scored VALUES (0, ROW(10, 10, 1, repeat('x', 100000), 10)), (-1, ROW(1, 1, 1, NULL, 10));
SELECT customer_id, rfm_segment(score) FROM scored WHERE customer_id <= 0 ORDER BY 1;
SELECT count(*) AS differing FROM scored JOIN (SELECT customer_id, rfm_score(s, 10) OVER () AS score FROM customers) AS fresh USING (customer_id)
WHERE rfm_segment(scored.score) <> rfm_segment(fresh.score);

SELECT rfm_segment(NULL) IS NULL AS of_null, rfm_segment(ROW(5, NULL, 5, '', 5)::rfm_scores) IS NULL AS of_a_null_score;
-- The shipped maps as rows; as own maps they are total, disjoint and say the same in every cell.
SELECT * FROM rfm_maps() WHERE map <> 'mean of frequency and monetary';
SELECT map, count(*) AS rules, count(DISTINCT segment) AS segments FROM rfm_maps() GROUP BY map ORDER BY map;
CREATE TABLE maps AS
SELECT map, rfm_map(segment, r_low, r_high, f_low, f_high, m_low, m_high, priority) AS own FROM rfm_maps() GROUP BY map;
SELECT map, (SELECT count(*) FROM rfm_check_map(own)) AS findings FROM maps ORDER BY map;
SELECT map, count(*) AS cells, bool_and(rfm_segment(score, own) = rfm_segment(score, map)) AS same
FROM maps, (SELECT ROW(r, f, m, '', 5)::rfm_scores AS score FROM generate_series(1, 5) r, generate_series(1, 5) f, generate_series(1, 5) m) AS cells
GROUP BY map ORDER BY map;
-- Total for every number of bins.
SELECT map, count(*) AS cells, count(rfm_segment(ROW(r, f, m, '', bins)::rfm_scores, map)) AS named
FROM maps, generate_series(3, 10) bins, generate_series(1, bins) r, generate_series(1, bins) f, generate_series(1, bins) m
GROUP BY map ORDER BY map;
-- Halves of the mean of frequency and monetary are rounded up: (3 + 4)/2 counts as 4.
SELECT rfm_segment(ROW(5, 3, 4, '534', 5)::rfm_scores, 'mean of frequency and monetary') AS rounded_up,
       rfm_segment(ROW(5, 3, 3, '533', 5)::rfm_scores, 'mean of frequency and monetary') AS mean_3,
       rfm_segment(ROW(5, 5, 1, '551', 5)::rfm_scores, 'mean of frequency and monetary') AS also_3,
       rfm_segment(ROW(1, 2, 5, '125', 5)::rfm_scores, 'mean of frequency and monetary') AS mean_4;

-- A user's own map as rows of a table: a gap at r = 1, an overlap that priority decides at
-- r = 5, f = 5, one that nothing decides at r = 3, f = 3, m = 2 and 3.
CREATE TABLE my_map (segment text, r_low int, r_high int, f_low int, f_high int, m_low int, m_high int, priority int);
INSERT INTO my_map VALUES
    ('Top', 5, 5, 5, 5, NULL, NULL, 1), ('Good', 4, NULL, NULL, NULL, 1, 5, 2),
    ('Middle', 2, 3, 1, 5, 1, 3, 2), ('Rich', 2, 3, 1, 5, 4, 5, 2), ('Odd', 3, 3, 3, 3, 2, 3, 2);
CREATE TABLE own AS SELECT rfm_map(segment, r_low, r_high, f_low, f_high, m_low, m_high, priority) AS map FROM my_map;
SELECT rfm_segment(ROW(5, 5, 1, '', 5)::rfm_scores, map) AS top, rfm_segment(ROW(5, 4, 1, '', 5)::rfm_scores, map) AS good,
       rfm_segment(ROW(2, 4, 5, '', 5)::rfm_scores, map) AS rich, rfm_segment(ROW(3, 3, 2, '', 5)::rfm_scores, map) AS by_name,
       rfm_segment(ROW(1, 4, 5, '', 5)::rfm_scores, map) IS NULL AS gap FROM own;
SELECT * FROM rfm_check_map((SELECT map FROM own));
-- The most rules that a map may have, all alike: every score is an overlap of all of them.
SELECT count(*), min(cardinality(segments)), max(cardinality(segments)), bool_or(decided) AS decided
FROM rfm_check_map((SELECT rfm_map('segment ' || n, 1, 10, 1, 10, 1, 10, 1) FROM generate_series(1, 1000) AS n), 10);
-- The order of the rows of the map changes nothing.
SELECT bool_and(rfm_segment(score, map) IS NOT DISTINCT FROM rfm_segment(score, other)) AS same
FROM own, (SELECT rfm_map(segment, r_low, r_high, f_low, f_high, m_low, m_high, priority ORDER BY segment) AS other FROM my_map) AS o,
     (SELECT ROW(r, f, m, '', 5)::rfm_scores AS score FROM generate_series(1, 5) r, generate_series(1, 5) f, generate_series(1, 5) m) AS cells;
-- A map over recency and frequency alone, with three scores; open bounds fit any number of scores.
SELECT rfm_segment(score, map) AS segment, count(*)
FROM (SELECT rfm_score(s, 3) OVER () AS score FROM customers) AS scored,
     (SELECT rfm_map(segment, r_low, r_high, f_low, f_high) AS map
      FROM (VALUES ('recent', 3, NULL, 1, NULL), ('faithful', 1, 2, 2, NULL), ('gone', 1, 2, 1, 1)) AS v (segment, r_low, r_high, f_low, f_high)) AS m
GROUP BY 1 ORDER BY 1;
-- Of several maps in one query each row gets its own.
SELECT map, rfm_segment(ROW(4, 1, 1, '411', 5)::rfm_scores, own) AS segment FROM maps ORDER BY map;

SELECT rfm_segment(NULL, 'default') IS NULL AS null_score, rfm_segment(ROW(5, 5, 5, '', 5)::rfm_scores, NULL::rfm_map) IS NULL AS null_map;
\echo Errors
SELECT rfm_segment(ROW(5, 5, 5, '', 5)::rfm_scores, 'seven groups');
SELECT rfm_segment(ROW(5, 5, 5, '', 4)::rfm_scores, map) FROM own;
SELECT rfm_segment(ROW(4, 4, 4, '', 4)::rfm_scores, map) FROM own;
SELECT rfm_check_map(map, 4) FROM own;
SELECT rfm_check_map(map, 20) FROM own;
SELECT rfm_segment(ROW(5, 5, 5, '', 5)::rfm_scores, '[]'::rfm_map);
SELECT rfm_check_map((SELECT rfm_map('segment ' || n, 1, 10, 1, 10, 1, 10, 1) FROM generate_series(1, 10000) AS n), 10);
SELECT rfm_segment(ROW(5, 5, 5, '', 5)::rfm_scores, (SELECT rfm_map('segment ' || n, 1, 5, 1, 5, 1, 5, n) FROM generate_series(1, 100000) AS n));
SELECT rfm_segment(ROW(5, 5, 5, '', 5)::rfm_scores, (SELECT rfm_map(segment, 3, 2, 1, 5) FROM my_map WHERE segment = 'Top'));
SELECT rfm_segment(ROW(5, 5, 5, '', 5)::rfm_scores, '[{"segment": "a", "r_lo": 1}]'::rfm_map);
SELECT rfm_segment(ROW(5, 5, 5, '', 5)::rfm_scores, (SELECT rfm_map(NULL, 1, 5, 1, 5)));
SELECT '{}'::rfm_map;
SELECT rfm_segment(ROW(6, 1, 1, '611', 5)::rfm_scores);
SELECT rfm_segment(ROW(0, 1, 1, '011', 5)::rfm_scores);
SELECT rfm_segment(ROW(1, 1, 1, '111', 2)::rfm_scores);

-- Segments by P(alive) and expected value: every customer has one, and the money decides.
SELECT clv_segment(0.9, 500, 100) AS protect, clv_segment(0.9, 5, 100) AS develop, clv_segment(0.5, 500, 100) AS rescue,
       clv_segment(0.5, 5, 100) AS remind, clv_segment(0.1, 500, 100) AS win_back, clv_segment(0.1, 5, 100) AS let_go,
       clv_segment(0.6, 5, 100, active => 0.5) AS own_cut, clv_segment(NULL, 5, 100) IS NULL AS unknown;
SELECT clv_segment(90, 500, 100);
SELECT clv_segment(0.9, 500, 100, 0.2, 0.3);
