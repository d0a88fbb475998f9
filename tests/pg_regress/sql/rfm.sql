-- RFM scores: rfm_score in its forms. The values below were worked out by hand from
-- least(5, 1 + floor(5 * percent_rank)).
CREATE TABLE customers AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30') AS s
FROM orders GROUP BY customer_id;

-- Six customers: percent ranks 0, .2, .4, .6, .8, 1 of recency; a tie in frequency.
CREATE TABLE six (id int, days int, last_order date, frequency int, monetary numeric);
INSERT INTO six SELECT id, days, date '2024-07-01' - days, frequency, monetary FROM (VALUES
    (1, 100, 1, NULL), (2, 80, 1, 5.0), (3, 60, 1, 5.0), (4, 40, 2, 20.0), (5, 20, 3, 10.0), (6, 0, 9, 90.0))
    AS v (id, days, frequency, monetary);
SELECT id, rfm_score(days, frequency, monetary) OVER () FROM six ORDER BY id;
SELECT id, (rfm_score(days, frequency, monetary, bins => 3) OVER ()).score FROM six ORDER BY id;
SELECT id, (rfm_score(days, frequency, monetary, bins => 10) OVER ()).* FROM six ORDER BY id;

-- The date or time of the last order says the same as the days since.
SELECT count(*) AS customers,
       bool_and(by_days = by_date) AS date_agrees,
       bool_and(by_days = by_timestamp) AS timestamp_agrees,
       bool_and(by_days = by_timestamptz) AS timestamptz_agrees,
       bool_and(by_days = by_summary) AS summary_agrees
FROM (SELECT rfm_score(date '1997-09-30' - (s).last_order, (s).frequency, (s).monetary) OVER () AS by_days,
             rfm_score((s).last_order, (s).frequency, (s).monetary) OVER () AS by_date,
             rfm_score((s).last_order::timestamp, (s).frequency, (s).monetary) OVER () AS by_timestamp,
             rfm_score((s).last_order::timestamptz, (s).frequency, (s).monetary) OVER () AS by_timestamptz,
             rfm_score(s) OVER () AS by_summary
      FROM customers) AS scored;

-- The unit of a summary changes nothing.
SELECT count(DISTINCT (a.customer_id, a.score)) AS customers, bool_and(a.score = b.score) AS same
FROM (SELECT customer_id, rfm_score(s) OVER () AS score FROM customers) AS a
JOIN (SELECT customer_id, rfm_score(clv_summary) OVER () AS score
      FROM (SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 month')
            FROM orders GROUP BY customer_id) AS monthly) AS b USING (customer_id);

-- By SQL's own percent_rank.
SELECT count(*) AS customers, bool_and((score).r = r) AS r, bool_and((score).f = f) AS f, bool_and((score).m = m) AS m
FROM (SELECT rfm_score(s, 7) OVER () AS score,
             least(7, 1 + floor(7 * percent_rank() OVER (ORDER BY (s).last_order))) AS r,
             least(7, 1 + floor(7 * percent_rank() OVER (ORDER BY (s).frequency))) AS f,
             least(7, 1 + floor(7 * percent_rank() OVER (ORDER BY (s).monetary NULLS FIRST))) AS m
      FROM customers) AS scored;

-- CDNOW: one-timers are alike in frequency and money, and differ by their last order alone.
SELECT (score).f, (score).m, count(*) FROM (SELECT s, rfm_score(s) OVER () AS score FROM customers) AS scored
WHERE (s).frequency = 0 GROUP BY 1, 2;
SELECT count(*) AS dates_with_several_scores
FROM (SELECT (s).last_order FROM (SELECT s, rfm_score(s) OVER () AS score FROM customers) AS scored
      WHERE (s).frequency = 0 GROUP BY (s).last_order HAVING count(DISTINCT score) > 1) AS several;

-- More is never scored lower.
SELECT bool_and(min_f >= max_before) AS frequency_is_monotone
FROM (SELECT (s).frequency, min((score).f) AS min_f, lag(max((score).f), 1, 0) OVER (ORDER BY (s).frequency) AS max_before
      FROM (SELECT s, rfm_score(s) OVER () AS score FROM customers) AS scored GROUP BY (s).frequency) AS steps;

-- The order of the rows changes nothing, also with NTILE, whose ties all three measures break.
CREATE TABLE shuffled AS
SELECT customer_id, rfm_score(s) OVER (ORDER BY md5(customer_id::text)
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS score,
       rfm_score(s, ntile => true) OVER (ORDER BY md5(customer_id::text)
                                         ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS tile
FROM customers;
CREATE TABLE sorted AS
SELECT customer_id, rfm_score(s) OVER w AS score, rfm_score(s, ntile => true) OVER w AS tile
FROM customers WINDOW w AS (ORDER BY customer_id);
SELECT count(*) AS customers, bool_and(a.score = b.score) AS same FROM shuffled a JOIN sorted b USING (customer_id);
SELECT count(*) AS differing FROM
    ((SELECT (s).last_order, (s).frequency, (s).monetary, tile, count(*) FROM shuffled JOIN customers USING (customer_id) GROUP BY 1, 2, 3, 4)
     EXCEPT
     (SELECT (s).last_order, (s).frequency, (s).monetary, tile, count(*) FROM sorted JOIN customers USING (customer_id) GROUP BY 1, 2, 3, 4)) AS d;

-- NTILE as SQL has it with the same order of ties.
SELECT count(*) AS customers, bool_and((tile).r = r) AS r, bool_and((tile).f = f) AS f, bool_and((tile).m = m) AS m
FROM (SELECT rfm_score(s, ntile => true) OVER w AS tile,
             ntile(5) OVER (ORDER BY (s).last_order, (s).frequency, (s).monetary NULLS FIRST, customer_id) AS r,
             ntile(5) OVER (ORDER BY (s).frequency, (s).last_order, (s).monetary NULLS FIRST, customer_id) AS f,
             ntile(5) OVER (ORDER BY (s).monetary NULLS FIRST, (s).last_order, (s).frequency, customer_id) AS m
      FROM customers WINDOW w AS (ORDER BY customer_id)) AS scored;

-- A partition is scored by itself.
SELECT count(*) AS customers, bool_and(apart.score = within.score) AS same
FROM (SELECT customer_id, rfm_score(s) OVER (PARTITION BY channel) AS score FROM customers JOIN channels USING (customer_id)) AS within
JOIN (SELECT customer_id, rfm_score(s) OVER () AS score FROM customers JOIN channels USING (customer_id) WHERE channel = 'email') AS apart
USING (customer_id);

-- Edges: nobody, one customer, all alike, NULLs, which neither count nor are scored.
SELECT rfm_score(days, frequency, monetary) OVER () FROM six WHERE false;
SELECT rfm_score(days, frequency, monetary) OVER () FROM six WHERE id = 6;
SELECT DISTINCT rfm_score(10, 2, 30) OVER () FROM six;
SELECT id, rfm_score(nullif(days, 0), nullif(frequency, 3), monetary) OVER () AS score FROM six ORDER BY id;
SELECT count(rfm_score) AS scored FROM (SELECT rfm_score(CASE WHEN id < 0 THEN (SELECT s FROM customers LIMIT 1) END) OVER () FROM six) AS none;

-- Thresholds of the six: a list says where the scores 2, 3, 4 and 5 begin.
SELECT (rfm_thresholds(days, frequency, monetary)).* FROM six;
-- Of five bins nobody has the frequency scores 2 and 3, so they begin where 4 does; of three all are taken.
SELECT rfm_thresholds(days, frequency, monetary, 3) FROM six;
-- With one customer, and with equals, no score above 1 is reached.
SELECT rfm_thresholds(days, frequency, monetary, 3) FROM six WHERE id = 3;
SELECT rfm_thresholds(days, frequency, monetary) IS NULL AS of_nobody FROM six WHERE false;
SELECT rfm_thresholds(NULL, frequency, monetary) IS NULL AS of_none_scored FROM six;

-- Whoever made the thresholds keeps the score, for every number of bins, by columns and summaries.
SELECT bins, count(*) AS customers, bool_and(by_window = by_columns) AS by_columns, bool_and(by_window = by_summary) AS by_summary
FROM generate_series(3, 10) AS bins,
     LATERAL (SELECT rfm_thresholds(s, bins) AS t FROM customers) AS summaries,
     LATERAL (SELECT rfm_thresholds((s).as_of - (s).last_order, (s).frequency, (s).monetary, bins) AS u FROM customers) AS columns,
     LATERAL (SELECT rfm_score(s, bins) OVER () AS by_window, rfm_score(s, t) AS by_summary,
                     rfm_score((s).as_of - (s).last_order, (s).frequency, (s).monetary, u) AS by_columns FROM customers) AS scored
GROUP BY bins ORDER BY bins;
-- Stored and read back, also as text.
CREATE TABLE cuts AS SELECT rfm_thresholds(s) AS t FROM customers;
SELECT (t).recency, (t).frequency FROM cuts;
SELECT bool_and(rfm_score(s, t) = rfm_score(s, t::text::rfm_thresholds)) AS same FROM customers, cuts;
-- Set by hand.
SELECT rfm_score(30, 4, 99.99, ROW('{180,90,30,7}', '{1,2,4,8}', '{20,50,100,250}')::rfm_thresholds) AS within,
       rfm_score(31, 3, 100, ROW('{180,90,30,7}', '{1,2,4,8}', '{20,50,100,250}')::rfm_thresholds) AS beyond,
       rfm_score(400, 0, NULL, ROW('{180,90,30,7}', '{1,2,4,8}', '{20,50,100,250}')::rfm_thresholds) AS lowest,
       rfm_score(NULL, 0, NULL, ROW('{180,90,30,7}', '{1,2,4,8}', '{20,50,100,250}')::rfm_thresholds) AS unknown;
UPDATE cuts SET t.recency[4] = 1;
SELECT (rfm_score(2, 5, 10, t)).r, (rfm_score(1, 5, 10, t)).r FROM cuts;

-- Parallel and serial plans agree.
CREATE TABLE columns AS SELECT (s).as_of - (s).last_order AS days, (s).frequency, (s).monetary FROM customers;
ANALYZE columns;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT rfm_thresholds(days, frequency, monetary) AS t FROM columns;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT rfm_thresholds(days, frequency, monetary) FROM columns;
SELECT rfm_thresholds(days, frequency, monetary) = (SELECT t FROM serial) AS same FROM columns;
SET parallel_leader_participation = off;
SELECT rfm_thresholds(days, frequency, monetary) = (SELECT t FROM serial) AS same FROM columns;
RESET max_parallel_workers_per_gather;

\echo Errors
SET max_parallel_workers_per_gather = 0;
SELECT rfm_thresholds(days, frequency, monetary, 2) FROM six;
SELECT rfm_thresholds(days, frequency, monetary, 3 + id % 2) FROM six;
SELECT rfm_thresholds(-days, frequency, monetary) FROM six WHERE id = 1;
SELECT rfm_score(1, 2, 3, ROW('{1,2}', '{1,2}', '{1,2}')::rfm_thresholds);
SELECT rfm_score(1, 2, 3, ROW('{2,1}', '{2,1}', '{1,2}')::rfm_thresholds);
SELECT rfm_score(1, 2, 3, ROW('{2,1}', '{1,2}', '{1,2,3}')::rfm_thresholds);
SELECT rfm_score(1, 2, 3, ROW('{2,1}', '{1,2}', '{1,NaN}')::rfm_thresholds);
SELECT rfm_score(1, 2, 3, ROW('{2,1}', '{1,NULL}', '{1,2}')::rfm_thresholds);
SELECT rfm_score(1, 2, 3, ROW('{2,1}', NULL, '{1,2}')::rfm_thresholds);
SELECT rfm_score(days, frequency, monetary, bins => 2) OVER () FROM six;
SELECT rfm_score(days, frequency, monetary, bins => 11) OVER () FROM six;
SELECT rfm_score(days, frequency, monetary, bins => NULL) OVER () FROM six;
SELECT rfm_score('NaN'::float8, frequency, monetary) OVER () FROM six;
SELECT rfm_score(days - 1, frequency, monetary) OVER () FROM six;
SELECT rfm_score(days, 'NaN'::float8, monetary) OVER () FROM six;
SELECT rfm_score(days, frequency, 'Infinity'::float8) OVER () FROM six;
SELECT rfm_score(date 'infinity', frequency, monetary) OVER () FROM six;
SELECT rfm_score(timestamp '-infinity', frequency, monetary) OVER () FROM six;
SELECT rfm_score(ROW(1, 3, 5, 10, 2, 20, '2024-01-01', '2024-02-04', '2024-01-06', '1 day')::clv_summary) OVER () FROM six;
SELECT rfm_score(days, frequency, monetary) FROM six;

-- Recencies of customers observed up to different days cannot be ranked.
CREATE TEMP TABLE observed AS
SELECT customer_id, clv_summary(ordered_at, amount, CASE customer_id % 2 WHEN 0 THEN date '1997-09-30' ELSE '1997-06-30' END) AS s FROM orders GROUP BY customer_id ORDER BY customer_id;
SELECT rfm_thresholds(s ORDER BY customer_id) FROM observed;
SELECT rfm_score(s) OVER () FROM observed;
SELECT count(*) FROM (SELECT rfm_score(s) OVER (PARTITION BY (s).as_of) FROM observed) AS each;
SELECT count(*) FROM (SELECT rfm_score((s).last_order, (s).frequency, (s).monetary) OVER () FROM observed) AS by_columns;
