-- Parallel plans: the planner uses partial aggregates, and they give the bits of a serial plan.
\set VERBOSITY terse
SET extra_float_digits = 1;

-- Orders on more pages, so that every worker gets some; with amounts that are no whole cents.
CREATE TABLE many_orders AS
SELECT customer_id + 10000 * (copy % 2) AS customer_id, ordered_at, amount * (1 + copy / 7.0::float8) AS amount
FROM orders, generate_series(0, 7) AS copy ORDER BY md5(customer_id::text || copy || ordered_at);
ANALYZE many_orders;
CREATE TABLE summaries AS
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s FROM many_orders GROUP BY customer_id;
ANALYZE summaries;

CREATE VIEW results AS
SELECT 'summary' AS what, md5(string_agg(customer_id || s::text, ',' ORDER BY customer_id)) AS result
FROM (SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s FROM many_orders GROUP BY customer_id) AS q
UNION ALL
SELECT 'summary of timestamps', md5(string_agg(customer_id || s::text, ',' ORDER BY customer_id))
FROM (SELECT customer_id, clv_summary(ordered_at::timestamp, amount, timestamp '1998-06-30') AS s FROM many_orders GROUP BY customer_id) AS q
UNION ALL
SELECT 'summary of instants', md5(string_agg(customer_id || s::text, ',' ORDER BY customer_id))
FROM (SELECT customer_id, clv_summary(ordered_at::timestamptz, amount, timestamptz '1998-06-30') AS s FROM many_orders GROUP BY customer_id) AS q
UNION ALL
SELECT 'summary of everything', clv_summary(ordered_at, amount, date '1998-06-30')::text FROM many_orders
UNION ALL
SELECT 'summary of decimals', md5(string_agg(customer_id || s::text, ',' ORDER BY customer_id))
FROM (SELECT customer_id, clv_summary(ordered_at, round(amount::numeric, 5), date '1997-09-30') AS s FROM many_orders GROUP BY customer_id) AS q
UNION ALL
SELECT 'summary of all decimals', clv_summary(ordered_at, round(amount::numeric, 5) * (1 - 2 * (customer_id % 2)), date '1998-06-30')::text FROM many_orders
UNION ALL
SELECT 'holdout of decimals', md5(string_agg(customer_id || h::text, ',' ORDER BY customer_id))
FROM (SELECT customer_id, clv_holdout(ordered_at, round(amount::numeric, 5), date '1997-09-30', date '1998-06-30') AS h FROM many_orders GROUP BY customer_id) AS q
UNION ALL
SELECT 'holdout', md5(string_agg(customer_id || h::text, ',' ORDER BY customer_id))
FROM (SELECT customer_id, clv_holdout(ordered_at, amount, date '1997-09-30', date '1998-06-30') AS h FROM many_orders GROUP BY customer_id) AS q
UNION ALL
SELECT 'bgnbd_fit', bgnbd_fit(s)::text FROM summaries
UNION ALL
SELECT 'mbgnbd_fit', mbgnbd_fit(s)::text FROM summaries
UNION ALL
SELECT 'pnbd_fit', pnbd_fit(s)::text FROM summaries
UNION ALL
SELECT 'bgbb_fit', bgbb_fit(x, CASE WHEN x > 0 THEN greatest(x, t_x) ELSE 0 END, 10)::text
FROM (SELECT least((s).frequency, 4) AS x, ceil((s).recency / 4) AS t_x FROM summaries) AS q
UNION ALL
SELECT 'sbg_fit', sbg_fit(1 + floor((s).age / 10), (s).frequency = 0)::text FROM summaries
UNION ALL
SELECT 'gamma_gamma_fit', gamma_gamma_fit(s)::text FROM summaries
UNION ALL
SELECT 'bgnbd_fit of columns', bgnbd_fit((s).frequency, (s).recency, (s).age, jsonb '{"unit": "1 week"}')::text FROM summaries
UNION ALL
SELECT 'bgnbd_fit per segment', string_agg(model, ',' ORDER BY segment)
FROM (SELECT customer_id % 3 AS segment, bgnbd_fit(s)::text AS model FROM summaries GROUP BY 1) AS q;

SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT * FROM results;

SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
-- As it costs nothing here to send rows, partial states are weighed alone: where groups are small
-- they cost more than they save, and the workers only read.
SET enable_sort = off;
EXPLAIN (COSTS OFF)
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s FROM many_orders GROUP BY customer_id;
RESET enable_sort;
-- From here on they cost no more than an operator, so that they are made and compared.
UPDATE pg_proc SET procost = 1 WHERE proname ~ '^_clv_(summary|holdout)_(combine|serialize|deserialize)$';
-- One group: each process aggregates its share.
EXPLAIN (COSTS OFF) SELECT bgnbd_fit(s) FROM summaries;
EXPLAIN (COSTS OFF) SELECT gamma_gamma_fit(s) FROM summaries;
EXPLAIN (COSTS OFF) SELECT clv_summary(ordered_at, amount, date '1998-06-30') FROM many_orders;
-- Many groups. Customers that are split among processes are put together again.
SET enable_sort = off;
EXPLAIN (COSTS OFF)
SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s FROM many_orders GROUP BY customer_id;
EXPLAIN (COSTS OFF) SELECT customer_id % 3, bgnbd_fit(s) FROM summaries GROUP BY 1;
-- Scoring is parallel, too.
EXPLAIN (COSTS OFF) SELECT clv_p_alive(bgnbd_model(0.243, 4.414, 0.793, 2.426, '1 week'), s) FROM summaries;

-- Every aggregate of the comparison is split among workers.
CREATE FUNCTION lines_of_plan(query text, wanted text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    line text;
    lines bigint := 0;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
        lines := lines + (line LIKE '%' || wanted || '%')::integer;
    END LOOP;
    RETURN lines;
END $$;
SELECT lines_of_plan('SELECT * FROM results', 'Partial') >= count(*) AS all_are_partial, count(*) FROM serial;
-- CREATE TABLE AS, because the query of an INSERT is never parallel.
CREATE TEMP TABLE parallel AS SELECT * FROM results;
SELECT what, s.result = p.result AS same_bits, length(s.result) > 30 AS not_empty
FROM serial AS s FULL JOIN parallel AS p USING (what) ORDER BY what;

-- Which workers saw which rows must not matter: with one worker, and without the leader.
SET max_parallel_workers_per_gather = 1;
DROP TABLE parallel;
CREATE TEMP TABLE parallel AS SELECT * FROM results;
SELECT count(*) AS results, count(*) FILTER (WHERE s.result = p.result) AS same FROM serial AS s FULL JOIN parallel AS p USING (what);
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
DROP TABLE parallel;
CREATE TEMP TABLE parallel AS SELECT * FROM results;
SELECT count(*) AS results, count(*) FILTER (WHERE s.result = p.result) AS same FROM serial AS s FULL JOIN parallel AS p USING (what);
RESET parallel_leader_participation;

-- Unequal units, or ends of observation, are refused wherever the rows meet, and what is allowed is
-- allowed there.
SELECT bgnbd_fit(s) FROM (SELECT s FROM summaries UNION ALL
    SELECT clv_summary(ordered_at, amount, date '1997-09-30') FROM many_orders GROUP BY customer_id) AS mixed;
CREATE TABLE mixed AS
SELECT clv_summary(ordered_at, amount, CASE customer_id % 2 WHEN 0 THEN date '1997-09-30' ELSE '1997-06-30' END, interval '1 week') AS s FROM many_orders GROUP BY customer_id;
ANALYZE mixed;
\set VERBOSITY sqlstate
SELECT bgnbd_fit(s) FROM mixed;
SELECT rfm_thresholds(s) FROM mixed;
\set VERBOSITY terse
CREATE TABLE of_mixed AS SELECT bgnbd_fit(s, '{"mixed_as_of": true}') AS model, gamma_gamma_fit(s) AS spend FROM mixed;
SET max_parallel_workers_per_gather = 0;
SELECT model = (SELECT bgnbd_fit(s, '{"mixed_as_of": true}') FROM mixed) AS same, spend = (SELECT gamma_gamma_fit(s) FROM mixed) AS same_spend, model ->> 'as_of' AS as_of FROM of_mixed;
SET max_parallel_workers_per_gather = 2;

-- A fit stops when it is told to, long before it would have ended. First the time of collecting
-- the rows, which an unknown option ends, then that of the whole fit.
SET max_parallel_workers_per_gather = 0;
CREATE TABLE histories AS SELECT 1 + i % 40 AS x, i % 1000 + i / 1e6 AS t_x, 1000 + i % 997 AS age FROM generate_series(1, 100000) AS i;
SELECT clock_timestamp() AS begun \gset
SELECT bgnbd_fit(x, t_x, age, jsonb '{"no such option": 1}') FROM histories;
SELECT clock_timestamp() AS collected \gset
SELECT bgnbd_fit(x, t_x, age) ->> 'customers' AS customers FROM histories;
SELECT extract(epoch FROM timestamptz :'collected' - :'begun') AS collecting, extract(epoch FROM clock_timestamp() - :'collected') AS whole \gset
SELECT (1000 * (:collecting + (:whole - :collecting) / 4))::integer AS timeout \gset
SET statement_timeout = :timeout;
SELECT clock_timestamp() AS begun \gset
SELECT bgnbd_fit(x, t_x, age) ->> 'customers' AS customers FROM histories;
RESET statement_timeout;
SELECT extract(epoch FROM clock_timestamp() - :'begun') < :whole AS stopped_early;
