-- Segments: the default map and the user's own.
CREATE TABLE customers AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30') AS s
FROM orders GROUP BY customer_id;

-- The default map over recency and frequency, cell by cell.
SELECT r, max(segment) FILTER (WHERE f = 1) AS f1, max(segment) FILTER (WHERE f = 2) AS f2,
       max(segment) FILTER (WHERE f = 3) AS f3, max(segment) FILTER (WHERE f = 4) AS f4,
       max(segment) FILTER (WHERE f = 5) AS f5
FROM (SELECT r, f, rfm_segment(ROW(r, f, m, '', 5)::rfm) AS segment
      FROM generate_series(1, 5) r, generate_series(1, 5) f, generate_series(1, 5) m) AS cells
GROUP BY r ORDER BY r DESC;

-- Total for every number of bins, and each cell has one segment whatever the monetary score.
SELECT bins, count(*) AS cells, count(rfm_segment(ROW(r, f, m, '', bins)::rfm)) AS named,
       count(DISTINCT rfm_segment(ROW(r, f, m, '', bins)::rfm)) AS segments,
       count(DISTINCT (r, f, rfm_segment(ROW(r, f, m, '', bins)::rfm))) = bins * bins AS disjoint
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

SELECT rfm_segment(NULL) IS NULL AS of_null, rfm_segment(ROW(5, NULL, 5, '', 5)::rfm) IS NULL AS of_a_null_score;
\echo Errors
SELECT rfm_segment(ROW(6, 1, 1, '611', 5)::rfm);
SELECT rfm_segment(ROW(0, 1, 1, '011', 5)::rfm);
SELECT rfm_segment(ROW(1, 1, 1, '111', 2)::rfm);
