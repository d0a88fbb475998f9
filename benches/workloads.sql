-- What is measured. The letters are those of the peers: (a) built-in floor, (b) textbook summary,
-- (c) exact summary in SQL, (e) NTILE, (f) P(alive) as an expression; (d) is lifetimes_peer.py.
-- The as_of of all is the last day of the orders.

CREATE TABLE customers AS
SELECT customer_id, customer_id % (:customers / 1000) AS segment,
       clv_summary(ordered_at, amount, timestamptz '2024-12-31') AS s FROM orders GROUP BY 1;
CREATE TABLE flat AS
SELECT customer_id, (s).frequency, (s).recency, (s).age, (s).revenue, (s).age - (s).recency AS silence FROM customers;
CREATE TABLE models AS SELECT bgnbd_fit(s) AS purchases, gamma_gamma_fit(s) AS spend FROM customers;
VACUUM (ANALYZE, FREEZE) customers, flat, models;

CREATE FUNCTION offered(name text) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM pg_proc WHERE proname = name)
$$;

-- At 256 MB of work_mem a million groups fit one hash table and miss the processor's cache at every
-- row. At 2 MB PostgreSQL spills and groups part by part, each within the cache.
-- In two processes: two workers, and a leader that only collects, for with one worker the planner
-- sees no gain.
CREATE TABLE summaries (line serial, orders text, suffix text, settings text[]);
INSERT INTO summaries (orders, suffix, settings) VALUES
    ('orders', '', '{}'),
    ('orders', ', sorted', '{enable_hashagg, off}'),
    ('orders', ', work_mem 2MB', '{work_mem, 2MB}'),
    ('orders', ', work_mem 2MB, one worker allowed', '{work_mem, 2MB, max_parallel_workers_per_gather, 1}'),
    ('orders', ', work_mem 2MB, two workers allowed', '{work_mem, 2MB, max_parallel_workers_per_gather, 2}'),
    ('orders_by_customer', ', partitioned, work_mem 2MB', '{work_mem, 2MB, enable_partitionwise_aggregate, on}'),
    ('orders_by_customer', ', partitioned, work_mem 2MB, two processes',
     '{work_mem, 2MB, enable_partitionwise_aggregate, on, max_parallel_workers_per_gather, 2, parallel_leader_participation, off}'),
    ('orders_tenth', ', a tenth', '{}'),
    ('orders_tenth', ', a tenth, work_mem 2MB', '{work_mem, 2MB}'),
    ('orders_tenth', ', a tenth, sorted', '{enable_hashagg, off}');

INSERT INTO workloads (part, what, settings, statement)
SELECT 'summary', what || suffix, settings, statement
FROM (VALUES ('', '{}'::text[]), (', work_mem 2MB', '{work_mem, 2MB}')) AS memory (suffix, settings),
LATERAL (VALUES
    (1, '(a) count, min, max, sum',
     'SELECT customer_id, count(*), min(ordered_at), max(ordered_at), sum(amount) FROM orders GROUP BY 1'),
    (2, '(b) textbook summary',
     'SELECT customer_id, count(DISTINCT ordered_at::date) - 1, max(ordered_at::date) - min(ordered_at::date),
             date ''2024-12-31'' - min(ordered_at::date), avg(amount) FROM orders GROUP BY 1'),
    (3, '(c) exact summary',
     'SELECT customer_id, count(*) - 1 AS frequency, max(day) - min(day) AS recency, date ''2024-12-31'' - min(day) AS age,
             sum(value) FILTER (WHERE day > first) / nullif(count(*) - 1, 0) AS monetary
      FROM (SELECT customer_id, day, value, min(day) OVER (PARTITION BY customer_id) AS first
            FROM (SELECT customer_id, ordered_at::date AS day, sum(amount) AS value FROM orders GROUP BY 1, 2) AS days) AS marked
      GROUP BY 1')
) AS list (line, what, statement) ORDER BY line, suffix;
INSERT INTO workloads (part, what, settings, statement)
SELECT 'summary', 'clv_summary' || suffix, settings,
       format($$SELECT * FROM (SELECT customer_id, clv_summary(ordered_at, amount, timestamptz '2024-12-31') FROM %s GROUP BY 1) AS s$$, orders)
FROM summaries ORDER BY line;
-- (a) partition-wise, in one process and in two: what the machine lets two processes gain.
INSERT INTO workloads (part, what, settings, statement)
SELECT 'summary', '(a) count, min, max, sum' || suffix, settings,
       format('SELECT customer_id, count(*), min(ordered_at), max(ordered_at), sum(amount) FROM %s GROUP BY 1', orders)
FROM summaries WHERE orders = 'orders_by_customer' ORDER BY line;

INSERT INTO workloads (part, what, settings, statement)
SELECT 'fit', what, settings, statement
FROM (VALUES
    (1, 'bgnbd_fit', '{}'::text[], 'SELECT bgnbd_fit(s) FROM customers'),
    (2, 'mbgnbd_fit', '{}', 'SELECT mbgnbd_fit(s) FROM customers'),
    (3, 'gamma_gamma_fit', '{}', 'SELECT gamma_gamma_fit(s) FROM customers'),
    (4, 'pnbd_fit', '{}', 'SELECT pnbd_fit(s) FROM customers'),
    (5, 'bgnbd_fit, two processes', '{max_parallel_workers_per_gather, 1}', 'SELECT bgnbd_fit(s) FROM customers'),
    (6, 'bgnbd_fit by segment', '{}', 'SELECT segment, bgnbd_fit(s) FROM customers GROUP BY 1'),
    (7, 'bgnbd_fit, a tenth', '{}', format('SELECT bgnbd_fit(s) FROM customers WHERE customer_id <= %s', :customers / 10)),
    (8, 'bgnbd_fit, ages in weeks', '{}',
     'SELECT bgnbd_fit((s).frequency, floor((s).recency / 7), floor((s).age / 7)) FROM customers')
) AS list (line, what, settings, statement)
WHERE offered(substring(what FROM '^\w+')) ORDER BY line;

-- (f) takes the parameters from a table, as ours do the model; and once as constants.
CREATE TABLE parameters AS
SELECT (purchases -> 'params' ->> 'r')::float8 AS r, (purchases -> 'params' ->> 'alpha')::float8 AS alpha,
       (purchases -> 'params' ->> 'a')::float8 AS a, (purchases -> 'params' ->> 'b')::float8 AS b FROM models;
INSERT INTO workloads (part, what, statement)
SELECT 'predict', what, statement
FROM parameters, LATERAL (VALUES
    (1, 'scan of the summaries', 'SELECT customer_id, s, purchases, spend FROM customers, models'),
    (2, '(f) P(alive) as SQL, summaries',
        'SELECT 1 / (1 + CASE WHEN (s).frequency = 0 THEN 0 ELSE a / (b + (s).frequency - 1)
             * ((alpha + (s).age) / (alpha + (s).recency)) ^ (r + (s).frequency) END) FROM customers, parameters'),
    (3, 'clv_p_alive, summaries', 'SELECT clv_p_alive(purchases, s) FROM customers, models'),
    (4, 'bgnbd_predict, summaries', $$SELECT bgnbd_predict(purchases, s, interval '1 year') FROM customers, models$$),
    (5, 'clv_value, summaries',
     $$SELECT clv_value(purchases, spend, s, interval '1 year', discount_rate => 0.10, margin => 0.30) FROM customers, models$$),
    (6, 'scan of plain columns', 'SELECT frequency, recency, age, purchases FROM flat, models'),
    (7, '(f) P(alive) as SQL, columns',
        'SELECT 1 / (1 + CASE WHEN frequency = 0 THEN 0 ELSE a / (b + frequency - 1)
             * ((alpha + age) / (alpha + recency)) ^ (r + frequency) END) FROM flat, parameters'),
    (7, '(f) the same, parameters as constants', format(
        'SELECT 1 / (1 + CASE WHEN frequency = 0 THEN 0 ELSE %s::float8 / (%s::float8 + frequency - 1)
             * ((%s::float8 + age) / (%3$s::float8 + recency)) ^ (%s::float8 + frequency) END) FROM flat', a, b, alpha, r)),
    (8, 'clv_p_alive, columns', 'SELECT clv_p_alive(purchases, frequency, recency, age) FROM flat, models'),
    (9, '(e) three NTILE', 'SELECT customer_id, ntile(5) OVER (ORDER BY silence DESC), ntile(5) OVER (ORDER BY frequency), ntile(5) OVER (ORDER BY revenue) FROM flat'),
    (10, '(e) three NTILE with tiebreak', 'SELECT customer_id, ntile(5) OVER (ORDER BY silence DESC, customer_id), ntile(5) OVER (ORDER BY frequency, customer_id), ntile(5) OVER (ORDER BY revenue, customer_id) FROM flat'),
    (11, 'rfm_score', 'SELECT customer_id, rfm_score(silence, frequency, revenue) OVER () FROM flat')
) AS list (line, what, statement)
WHERE what <> 'rfm_score' OR offered('rfm_score') ORDER BY line;

-- A model per segment: as many different ones against the same one so many times, so that the join
-- costs the same; and against the one of all customers.
CREATE TABLE segment_models AS
SELECT kind, segments, number,
       CASE kind WHEN 'same' THEN purchases ELSE jsonb_set(purchases, '{params, r}', to_jsonb((purchases -> 'params' ->> 'r')::float8 * (1 + number * 1e-6))) END::clv_model AS purchases,
       CASE kind WHEN 'same' THEN spend ELSE jsonb_set(spend, '{params, p}', to_jsonb((spend -> 'params' ->> 'p')::float8 * (1 + number * 1e-6))) END::clv_model AS spend
FROM models, unnest('{same, own}'::text[]) AS kind, unnest('{3, 10, 100, 10000}'::integer[]) AS segments, generate_series(0, segments - 1) AS number;
VACUUM (ANALYZE, FREEZE) segment_models;
INSERT INTO workloads (part, what, settings, statement)
SELECT 'predict', format('%s, %s %s models', what, segments, kind), CASE segments WHEN 3 THEN '{enable_hashjoin, off, enable_mergejoin, off}' ELSE '{}' END::text[],
       format('SELECT %s FROM customers JOIN segment_models ON kind = %L AND segments = %s AND ', call, kind, segments)
       || CASE segments WHEN 3 THEN 'number + customer_id >= 0' ELSE format('number = customer_id %% %s', segments) END
FROM (VALUES (1, 'clv_p_alive', 'clv_p_alive(purchases, s)'), (2, 'bgnbd_predict', $$bgnbd_predict(purchases, s, interval '1 year')$$),
             (3, 'clv_value', $$clv_value(purchases, spend, s, interval '1 year', discount_rate => 0.10, margin => 0.30)$$)) AS calls (line, what, call),
     unnest('{3, 10, 100, 10000}'::integer[]) AS segments, unnest('{same, own}'::text[]) AS kind
ORDER BY line, segments, kind;

-- At 2 MB of work_mem, with summaries and models in ordinary tables, and in temporary ones ((d) has
-- them in its memory only); then at 256 MB, by hash as planned and sorted; then in two processes, of
-- a table that is partitioned by customer.
INSERT INTO workloads (part, what, settings, target, temporary, statement)
SELECT 'whole', list.what || ways.suffix, settings, target, ways.temporary AND target <> 'whole_scored', statement
FROM (VALUES
    (1, ', work_mem 2MB', ', work_mem 2MB', false, 'orders'),
    (2, ', work_mem 2MB', ', work_mem 2MB, temporary', true, 'orders'),
    (3, '', ', work_mem 256MB', false, 'orders'),
    (4, ', sorted', ', work_mem 256MB, sorted', false, 'orders'),
    (5, ', partitioned, work_mem 2MB, two processes', ', work_mem 2MB, two processes', false, 'orders_by_customer')
) AS ways (way, grouped, suffix, temporary, orders)
JOIN summaries ON summaries.suffix = ways.grouped,
LATERAL (VALUES
    (1, 'whole way: summary table', 'whole_customers',
     format($$SELECT * FROM (SELECT customer_id, clv_summary(ordered_at, amount, timestamptz '2024-12-31') AS s FROM %s GROUP BY 1) AS s$$, ways.orders)),
    (2, 'whole way: models', 'whole_models',
     'SELECT bgnbd_fit(s) AS purchases, gamma_gamma_fit(s) AS spend FROM whole_customers'),
    (3, 'whole way: scored table', 'whole_scored',
     $$SELECT customer_id, clv_p_alive(purchases, s) AS p_alive, bgnbd_predict(purchases, s, interval '1 year') AS purchases,
              clv_value(purchases, spend, s, interval '1 year', discount_rate => 0.10, margin => 1) AS value
       FROM whole_customers, whole_models$$)) AS list (step, what, target, statement)
ORDER BY way, step;
