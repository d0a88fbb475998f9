-- clv_summary: from orders to customer histories. Every expected value is worked out by hand or
-- by plain SQL in this file.
\set VERBOSITY terse

-- One customer, by hand. Purchase days: 1, 11 and 31 January; as_of 10 February.
CREATE TEMP TABLE hand (day date, amount numeric);
INSERT INTO hand VALUES ('2024-01-01', 10), ('2024-01-11', 20), ('2024-01-31', 40);
SELECT (clv_summary(day, amount, date '2024-02-10')).* FROM hand;
SELECT (clv_summary(day, amount, date '2024-02-10', interval '1 week')).recency = 30 / 7.0::float8 AS recency_in_weeks,
       (clv_summary(day, amount, date '2024-02-10', interval '1 week')).age = 40 / 7.0::float8     AS age_in_weeks,
       (clv_summary(day, amount, date '2024-02-10', interval '1 week')).unit
FROM hand;
-- A month is 30.4375 days, a year 365.25; '24 hours' is a day.
SELECT unit, (s).recency = 30 / days AS recency, (s).age = 40 / days AS age, (s).unit AS stored
FROM (VALUES (interval '1 month', 30.4375::float8), ('1 year', 365.25), ('24 hours', 1), ('1 month 3 days', 33.4375),
             ('2 weeks', 14)) AS u (unit, days),
     LATERAL (SELECT clv_summary(day, amount, date '2024-02-10', unit) AS s FROM hand) AS summary;

-- Two orders on one day are one purchase day of two orders.
SELECT (s).frequency, (s).recency, (s).age, (s).monetary, (s).orders, (s).revenue
FROM (SELECT clv_summary(d::date, a, date '2024-02-10') AS s
      FROM (VALUES ('2024-01-01', 10), ('2024-01-11', 20), ('2024-01-11', 5), ('2024-01-01', 1)) AS o (d, a)) AS q;

-- Refunds net against their day; a day at or below zero is no purchase but stays in revenue.
SELECT what, (s).frequency AS x, (s).recency AS t_x, (s).age, (s).monetary, (s).orders, (s).revenue, (s).first_order, (s).last_order
FROM (
    SELECT what, clv_summary(d::date, a, date '2024-02-10') AS s
    FROM (VALUES
        ('1 no refund',                  '2024-01-01', 10), ('1 no refund',                  '2024-01-11', 20),
        ('2 partial, same day',          '2024-01-01', 10), ('2 partial, same day',          '2024-01-11', 20), ('2 partial, same day', '2024-01-11', -5),
        ('3 total, same day',            '2024-01-01', 10), ('3 total, same day',            '2024-01-11', 20), ('3 total, same day', '2024-01-11', -20),
        ('4 on a day of its own',        '2024-01-01', 10), ('4 on a day of its own',        '2024-01-11', 20), ('4 on a day of its own', '2024-01-21', -20),
        ('5 of the first purchase',      '2024-01-01', 10), ('5 of the first purchase',      '2024-01-01', -10), ('5 of the first purchase', '2024-01-11', 20),
        ('6 nothing but refunds',        '2024-01-01', -10), ('6 nothing but refunds',       '2024-01-11', -20),
        ('7 a free order',               '2024-01-01', 0),  ('7 a free order',               '2024-01-11', 0),
        ('8 more refunded than bought',  '2024-01-01', 10), ('8 more refunded than bought',  '2024-01-11', 20), ('8 more refunded than bought', '2024-01-11', -50)
    ) AS o (what, d, a)
    GROUP BY what) AS q
ORDER BY what;

-- as_of is a day that is included; later orders do not exist yet.
SELECT as_of, (s).frequency AS x, (s).age, (s).revenue, (s).orders, (s).last_order
FROM (VALUES (date '2023-12-31'), ('2024-01-01'), ('2024-01-10'), ('2024-01-11'), ('2024-01-30'), ('2024-12-31')) AS a (as_of),
     LATERAL (SELECT clv_summary(day, amount, as_of) AS s FROM hand) AS q ORDER BY as_of;

-- A customer without a purchase before as_of is NULL, and so is an empty group.
SELECT clv_summary(day, amount, date '2023-12-31') IS NULL AS all_in_the_future,
       clv_summary(day, amount, date '2024-02-10') FILTER (WHERE false) IS NULL AS no_rows
FROM hand;
-- A row with a NULL anywhere is left out.
SELECT (clv_summary(d, a, o, u)).*
FROM (VALUES (date '2024-01-01', 10.0, date '2024-02-10', interval '1 day'), (NULL, 1, '2024-02-10', '1 day'),
             ('2024-01-05', NULL, '2024-02-10', '1 day'), ('2024-01-06', 1, NULL, '1 day'), ('2024-01-07', 1, '2024-02-10', NULL),
             ('2024-01-11', 20, '2024-02-10', '1 day')) AS rows (d, a, o, u);
SELECT clv_summary(NULL::date, 1, '2024-02-10') IS NULL AS day, clv_summary(date '2024-01-01', NULL, '2024-02-10') IS NULL AS amount,
       clv_summary(date '2024-01-01', 1, NULL) IS NULL AS as_of, clv_summary(date '2024-01-01', 1, '2024-02-10', NULL) IS NULL AS unit;
-- IS NOT NULL is false for a composite with any NULL field; NOT (… IS NULL) is what is meant.
SELECT s IS NOT NULL AS is_not_null, NOT (s IS NULL) AS not_is_null, (s).orders IS NOT NULL AS orders_is_not_null, count(s)
FROM (SELECT clv_summary(date '2024-01-01', 1, date '2024-02-10') AS s) AS one_order GROUP BY s;

-- Dates, timestamps and timestamps with time zone: the day is the resolution.
SELECT (clv_summary(t, a, timestamp '2024-02-10 00:00')).*
FROM (VALUES (timestamp '2024-01-01 23:59:59.999999', 1), ('2024-01-02 00:00', 2), ('2024-01-02 23:00', 4),
             ('2024-02-10 18:00', 8)) AS o (t, a);
-- as_of is a day even if it has a time: all of 10 February counts.
SELECT (clv_summary(t, a, timestamp '2024-02-10 12:00')).frequency
FROM (VALUES (timestamp '2024-01-01', 1), ('2024-02-10 18:00', 8)) AS o (t, a);
-- Before 2000-01-01, where timestamps are negative.
SELECT (s).first_order, (s).last_order, (s).recency
FROM (SELECT clv_summary(t, 1, timestamp '1970-01-01') AS s FROM (VALUES (timestamp '1969-12-30 00:00'), ('1969-12-31 23:59:59.999999')) AS o (t)) AS q;

-- Around midnight the time zone of the session decides.
CREATE TEMP TABLE instants (at timestamptz, amount integer);
INSERT INTO instants VALUES ('2024-01-01 23:30+00', 1), ('2024-01-02 00:30+00', 2), ('2024-01-09 12:00+00', 4);
SET timezone = 'UTC';
SELECT (s).frequency AS x, (s).recency, (s).age, (s).monetary, (s).first_order, (s).as_of
FROM (SELECT clv_summary(at, amount, timestamptz '2024-01-10 12:00+00') AS s FROM instants) AS q;
SET timezone = 'Europe/Berlin';
SELECT (s).frequency AS x, (s).recency, (s).age, (s).monetary, (s).first_order, (s).as_of
FROM (SELECT clv_summary(at, amount, timestamptz '2024-01-10 12:00+00') AS s FROM instants) AS q;
SET timezone = 'Pacific/Auckland';
SELECT (s).frequency AS x, (s).recency, (s).age, (s).monetary, (s).first_order, (s).as_of
FROM (SELECT clv_summary(at, amount, timestamptz '2024-01-10 12:00+00') AS s FROM instants) AS q;
-- Days of 23 and of 25 hours (31 March and 27 October 2024 in Berlin) are days like any other.
SET timezone = 'Europe/Berlin';
SELECT (clv_summary(at, 1, timestamptz '2024-11-01')).*
FROM (VALUES (timestamptz '2024-03-30 23:30'), ('2024-03-31 00:30'), ('2024-03-31 03:30'), ('2024-03-31 23:59'),
             ('2024-10-27 00:00'), ('2024-10-27 23:59'), ('2024-10-28 00:00')) AS o (at);
-- For every hour of two years and in zones of all kinds: the days of PostgreSQL's own cast to date.
CREATE TEMP TABLE zones (zone text, different bigint);
DO $$
DECLARE zone text;
BEGIN
    FOREACH zone IN ARRAY '{UTC,Europe/Berlin,America/New_York,Asia/Kathmandu,Australia/Lord_Howe,America/St_Johns,Pacific/Apia,Africa/Casablanca}'::text[] LOOP
        PERFORM set_config('timezone', zone, true);
        INSERT INTO zones
        SELECT zone, count(*) FROM (
            SELECT at, clv_summary(at, 1, at) AS s
            FROM generate_series(timestamptz '2011-01-01 00:00+00', '2012-12-31 23:00+00', '1 hour') AS g (at) GROUP BY at) AS q
        WHERE (s).first_order IS DISTINCT FROM at::date OR (s).as_of IS DISTINCT FROM at::date OR (s).age <> 0;
    END LOOP;
END $$;
TABLE zones;
RESET timezone;
-- The text of a date takes the type of the other argument.
SELECT (clv_summary(day, amount, '2024-02-10', '1 week')).as_of FROM hand;

-- Integer, numeric, real and double precision amounts.
SELECT (clv_summary(day, amount::integer, date '2024-02-10')).revenue AS "integer", (clv_summary(day, amount::bigint, date '2024-02-10')).revenue AS "bigint",
       (clv_summary(day, amount::real, date '2024-02-10')).revenue AS "real", (clv_summary(day, amount::float8, date '2024-02-10')).revenue AS "double",
       (clv_summary(day, amount::numeric(12, 4), date '2024-02-10')).revenue AS "numeric"
FROM hand;
-- Cents add exactly, in whatever order: ten times 0.10 is 1, and 0.1 + 0.2 - 0.3 is nothing.
SELECT (clv_summary(date '2024-01-01' + i, 0.1, date '2024-02-10')).revenue = 1 AS ten_dimes FROM generate_series(0, 9) AS i;
SELECT (clv_summary(d::date, a, date '2024-02-10')).frequency AS days_with_a_purchase_after_the_first
FROM (VALUES ('2024-01-01', 1), ('2024-01-02', 0.1), ('2024-01-02', 0.2), ('2024-01-02', -0.3)) AS o (d, a);
-- Three decimals and more, cents beside them, and large amounts.
SELECT (s).monetary, (s).revenue
FROM (SELECT clv_summary(d::date, a, date '2024-02-10') AS s
      FROM (VALUES ('2024-01-01', 1.5), ('2024-01-02', 0.125), ('2024-01-03', 2.0625), ('2024-01-03', 1), ('2024-01-04', -0.0625)) AS o (d, a)) AS q;
SELECT (s).monetary, (s).revenue, (s).frequency AS x
FROM (SELECT clv_summary(d::date, a, date '2024-02-10') AS s
      FROM (VALUES ('2024-01-01', 1e15), ('2024-01-02', 3e15), ('2024-01-03', 1e-15), ('2024-01-04', 1e200), ('2024-01-05', -1e200)) AS o (d, a)) AS q;
-- Fractions of a cent are summed in one order, whatever the order of the rows.
SELECT count(DISTINCT s::text) AS results
FROM (SELECT seed, clv_summary(date '2024-01-01' + (i % 7), 1 / i::float8, date '2024-02-10' ORDER BY md5(i::text || seed)) AS s
      FROM generate_series(1, 200) AS i, generate_series(1, 20) AS seed GROUP BY seed) AS q;

-- Far dates.
SELECT (s).first_order, (s).last_order, (s).recency, (s).age
FROM (SELECT clv_summary(d::date, 1, date '4800-01-01') AS s FROM (VALUES ('0044-03-15 BC'), ('1066-10-14'), ('4799-12-31')) AS o (d)) AS q;
-- Infinite orders never happened if they are in the future; nothing else infinite makes sense.
SELECT (clv_summary(d::date, 1, date '2024-02-10')).frequency FROM (VALUES ('2024-01-01'), ('infinity')) AS o (d);
\set VERBOSITY default
SELECT clv_summary(date '-infinity', 1, date '2024-02-10');
SELECT clv_summary(date '2024-01-01', 1, date 'infinity');
SELECT clv_summary(timestamp '2024-01-01', 1, timestamp '-infinity');
SELECT clv_summary(timestamptz 'infinity', 1, timestamptz '2024-02-10') IS NULL AS not_yet;
SELECT clv_summary(date '5874897-12-31', 1, date '5874897-12-31');
SELECT clv_summary(timestamp '4000-01-01 BC', 1, timestamp '2024-01-01');

-- Errors.
SELECT clv_summary(date '2024-01-01', 'NaN', date '2024-02-10');
SELECT clv_summary(date '2024-01-01', '-infinity', date '2024-02-10');
SELECT clv_summary(day, amount, day) FROM hand;
SELECT clv_summary(day, amount, date '2024-02-10', amount * interval '1 day') FROM hand;
SELECT clv_summary(day, amount, date '2024-02-10', interval '0 days') FROM hand;
SELECT clv_summary(day, amount, date '2024-02-10', interval '-1 week') FROM hand;
SELECT clv_summary(day, amount, date '2024-02-10', interval '1 hour') FROM hand;
SELECT clv_summary(day, amount, date '2024-02-10', interval '1 month -1 day') FROM hand;
SELECT clv_summary(day, amount, date '2024-02-10', interval '100 years') FROM hand;
SELECT clv_summary('not a date', amount, date '2024-02-10') FROM hand;
SELECT clv_summary(day::text, amount, date '2024-02-10') FROM hand;
SELECT clv_summary(day, 'ten', date '2024-02-10') FROM hand;
SELECT clv_summary(day, amount, date '2024-02-10', 7) FROM hand;
\set VERBOSITY sqlstate
SELECT clv_summary(date '2024-01-01', 'NaN', date '2024-02-10');
SELECT clv_summary(date '2024-01-01', 1, date 'infinity');
SELECT clv_summary(day, amount, day) FROM hand;
SELECT clv_summary(day, amount, date '2024-02-10', interval '0 days') FROM hand;
SELECT clv_summary('not a date', amount, date '2024-02-10') FROM hand;
\set VERBOSITY terse

-- The published data: against a summary in plain SQL, for all customers. Nothing differs.
CREATE TEMP TABLE by_extension AS
SELECT customer_id, (clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week')).* FROM orders GROUP BY customer_id;
CREATE TEMP TABLE by_sql AS
WITH days AS (
    SELECT customer_id, ordered_at AS day, sum(amount) AS value, count(*) AS orders
    FROM orders WHERE ordered_at <= date '1997-09-30' GROUP BY customer_id, ordered_at),
numbered AS (
    SELECT *, min(day) OVER (PARTITION BY customer_id) AS first_day FROM days)
SELECT customer_id, (count(*) - 1)::integer AS frequency, (max(day) - first_day) / 7::float8 AS recency,
       (date '1997-09-30' - first_day) / 7::float8 AS age,
       (sum(value) FILTER (WHERE day > first_day))::float8 / nullif(count(*) - 1, 0) AS monetary,
       sum(orders)::bigint AS orders, sum(value)::float8 AS revenue,
       first_day AS first_order, max(day) AS last_order, date '1997-09-30' AS as_of, interval '1 week' AS unit
FROM numbered GROUP BY customer_id, first_day;
SELECT count(*) AS customers, count(*) FILTER (WHERE e.* IS DISTINCT FROM q.*) AS different
FROM by_extension AS e FULL JOIN by_sql AS q USING (customer_id);
SELECT count(*) AS customers, sum(frequency) AS repeat_days, count(*) FILTER (WHERE frequency > 0) AS repeaters, sum(orders) AS orders
FROM by_extension;
-- The same with timestamps, with time zones, with shuffled rows.
SELECT count(*) AS customers, count(*) FILTER (WHERE s IS DISTINCT FROM t) AS timestamps, count(*) FILTER (WHERE s IS DISTINCT FROM z) AS zones,
       count(*) FILTER (WHERE s IS DISTINCT FROM r) AS shuffled
FROM (SELECT clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s,
             clv_summary(ordered_at + time '13:14', amount, timestamp '1997-09-30 08:00', interval '1 week') AS t,
             clv_summary((ordered_at + time '13:14')::timestamptz, amount, timestamptz '1997-09-30 08:00', interval '1 week') AS z,
             clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week' ORDER BY md5(ordered_at::text || amount)) AS r
      FROM orders GROUP BY customer_id) AS q;

-- numeric is read digit by digit; nothing differs from its double precision, whatever its scale and size.
CREATE TEMP TABLE amounts (amount numeric);
INSERT INTO amounts VALUES (0), (0.00), (1), (12.34), (-12.34), (0.01), (-0.07), (0.5), (100), (9999.99), (10000), (10000.01),
    (99999999.99), (100000000), (10995116277.75), (10995116277.76), (-10995116277.77), (999999999999.99), (1e12), (1e15), (1e290),
    (0.001), (0.0001), (12.345), (1e-7), (1e-300), (12.3400000), (12.340000000000000000001), (123456789012.345678901234567890), (33.33333333);
SELECT count(*) AS amounts, count(*) FILTER (WHERE n IS DISTINCT FROM d) AS different, count(*) FILTER (WHERE (n).revenue <> abs(amount)::float8) AS wrong
FROM (SELECT amount, clv_summary(date '2024-01-02', abs(amount), '2024-02-10') AS n, clv_summary(date '2024-01-02', abs(amount)::float8, '2024-02-10') AS d
      FROM amounts GROUP BY ctid, amount) AS each;
-- Refunds among them: as numeric adds them up, exactly.
SELECT count(*) AS days, count(*) FILTER (WHERE (s).revenue IS DISTINCT FROM CASE WHEN net > 0 OR NOT refund THEN net::float8 END) AS wrong
FROM (SELECT day, sum(amount) AS net, bool_or(amount < 0) AS refund, clv_summary(date '2024-01-01', amount, date '2024-02-10') AS s
      FROM (SELECT row_number() OVER (ORDER BY md5(amount::text)) % 7 AS day, amount FROM amounts) AS numbered GROUP BY day) AS days;

-- A value of many digits is stored compressed or elsewhere.
CREATE TEMP TABLE long_amounts AS SELECT ('1.' || repeat('123456789', 1500))::numeric AS amount;
SELECT round((clv_summary(date '2024-01-01', amount, '2024-02-10')).revenue::numeric, 9) AS revenue FROM long_amounts;
SELECT (clv_summary(date '2024-01-01', NULL::numeric, '2024-02-10')) IS NULL AS null_amount;
\set VERBOSITY sqlstate
SELECT clv_summary(date '2024-01-01', 'NaN'::numeric, '2024-02-10');
SELECT clv_summary(date '2024-01-01', '-infinity'::numeric, '2024-02-10');
SELECT clv_summary(date '2024-01-01', 1e400, '2024-02-10');
\set VERBOSITY terse
-- A returned order is no purchase, whatever the scale of its amounts, in everything that knows a
-- purchase day; nothing of it is left in the revenue.
CREATE TEMP TABLE returned (day date, amount numeric);
INSERT INTO returned VALUES ('2024-01-01', 10), ('2024-01-11', 31.417), ('2024-01-11', 58.209), ('2024-01-11', 12.004), ('2024-01-11', -101.630), ('2024-01-31', 40);
SELECT type, (s).frequency AS x, (s).recency, (s).monetary, (s).orders, (s).revenue, gaps, activity, historical, (h).purchases, (h).monetary AS mean, (h).revenue AS until
FROM (SELECT 'numeric' AS type, clv_summary(day, amount, date '2024-02-10') AS s, clv_purchase_gaps(day, amount, date '2024-02-10') AS gaps,
             clv_activity(day, amount, date '2024-01-20', interval '15 days') AS activity, clv_historical(day, amount, date '2024-02-10') AS historical,
             clv_holdout(day, amount, date '2024-01-01', date '2024-02-10') AS h FROM returned
      UNION ALL
      SELECT 'double precision', clv_summary(day, amount::float8, date '2024-02-10'), clv_purchase_gaps(day, amount::float8, date '2024-02-10'),
             clv_activity(day, amount::float8, date '2024-01-20', interval '15 days'), clv_historical(day, amount::float8, date '2024-02-10'),
             clv_holdout(day, amount::float8, date '2024-01-01', date '2024-02-10') FROM returned) AS q;
-- With times, and in zones, the same.
SELECT (clv_summary(day::timestamp, amount, timestamp '2024-02-10')).revenue, (clv_holdout(day::timestamp, amount, timestamp '2024-01-01', timestamp '2024-02-10')).purchases,
       clv_purchase_gaps(day::timestamptz, amount, timestamptz '2024-02-10') AS gaps, clv_purchase_days(day::timestamptz, amount, timestamptz '2024-02-10') AS days, clv_historical(day::timestamptz, amount, timestamptz '2024-02-10') AS historical,
       (clv_holdout(day::timestamptz, amount, timestamptz '2024-01-01', timestamptz '2024-02-10')).revenue AS holdout
FROM returned;
-- A thousand baskets of prices with four decimals, bought as one order and returned line by line;
-- price times quantity as doubles likewise. One customer in ten keeps a cent's tenth, the least line.
CREATE TEMP TABLE baskets AS
SELECT customer, line, (('x' || substr(md5(customer || '/' || line), 1, 5))::bit(20)::integer + 1) / 10000.0 AS price, 1 + (customer * line) % 12 AS quantity
FROM generate_series(1, 1000) AS customer, generate_series(1, 12) AS line WHERE line <= 1 + customer % 12;
CREATE TEMP TABLE returns AS
SELECT customer, sum(price * quantity) AS exact, sum(price::float8 * quantity) AS real FROM baskets GROUP BY customer
UNION ALL SELECT customer, -price * quantity, -(price::float8 * quantity) FROM baskets
UNION ALL SELECT customer, 0.001, 0.001 FROM generate_series(10, 1000, 10) AS customer;
SELECT count(e) AS exact, sum((e).revenue) AS kept, count(r) AS "real", round(sum((r).revenue)::numeric, 9) AS kept_of_it, bool_and(((e).orders IS NULL) = (customer % 10 > 0)) AS those_who_kept
FROM (SELECT customer, clv_summary(date '2024-01-01', exact, date '2024-02-10') AS e, clv_summary(date '2024-01-01', real, date '2024-02-10') AS r FROM returns GROUP BY customer) AS q;
-- Whatever the order of the rows.
SELECT count(DISTINCT s::text) AS results, count(DISTINCT n::text) AS exact
FROM (SELECT seed, clv_summary(date '2024-01-01' + customer % 7, real, date '2024-02-10' ORDER BY md5(customer::text || real || seed)) AS s,
             clv_summary(date '2024-01-01' + customer % 7, exact, date '2024-02-10' ORDER BY md5(customer::text || real || seed)) AS n
      FROM returns, generate_series(1, 10) AS seed GROUP BY seed) AS q;
-- One such customer in a thousand moved p of Gamma-Gamma from 5.5 to 1.4: they are one-time buyers,
-- who leave the model of spend as it is.
CREATE TEMP TABLE with_returners AS
SELECT customer_id, ordered_at, amount * 1.0733 AS amount FROM orders
UNION ALL SELECT 10000 + customer, day, amount FROM generate_series(1, 3) AS customer, (VALUES (date '1997-02-01', 20), ('1997-04-01', 31.417), ('1997-04-01', 58.209), ('1997-04-01', 12.004), ('1997-04-01', -101.630)) AS o (day, amount);
SELECT type, jsonb_object_agg(key, round(value::numeric, 2)) AS params, shop ->> 'left_out' AS left_out, shop - 'left_out' = without - 'left_out' AS same
FROM (SELECT 'numeric' AS type, gamma_gamma_fit(n) AS shop, gamma_gamma_fit(n) FILTER (WHERE customer_id < 10000) AS without
      FROM (SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30') AS n FROM with_returners GROUP BY 1) AS q
      UNION ALL SELECT 'double precision', gamma_gamma_fit(n), gamma_gamma_fit(n) FILTER (WHERE customer_id < 10000)
      FROM (SELECT customer_id, clv_summary(ordered_at, amount::float8, date '1997-09-30') AS n FROM with_returners GROUP BY 1) AS q) AS fits, jsonb_each_text(shop -> 'params') GROUP BY type, shop, without ORDER BY type;
-- A cent beside millions is a purchase, and numeric keeps what no double could.
SELECT (clv_summary(date '2024-01-01', amount, date '2024-02-10')).revenue AS "numeric", (clv_summary(date '2024-01-01', amount::float8, date '2024-02-10')).revenue AS "double"
FROM (VALUES (1234567.891), (0.01), (-1234567.891)) AS o (amount);
SELECT (clv_summary(date '2024-01-01', amount, date '2024-02-10')).revenue AS "numeric", (clv_summary(date '2024-01-01', amount::float8, date '2024-02-10')).orders AS "double"
FROM (VALUES (12345678901234567890.5), (1e-20), (-12345678901234567890.5)) AS o (amount);
SELECT (clv_summary(date '2024-01-01', amount, date '2024-02-10')).revenue FROM (VALUES (1e300 * 1e300), (7), (-1e300 * 1e300)) AS o (amount);
-- What is beyond the range of a double at the end is refused, and a double with which it could be.
\set VERBOSITY default
SELECT clv_summary(date '2024-01-01' + i, 1e308, date '2024-02-10') FROM generate_series(1, 3) AS i;
SELECT clv_holdout(date '2024-01-01' + i, 1e308, date '2024-01-01', date '2024-02-10') FROM generate_series(1, 3) AS i;
SELECT clv_summary(date '2024-01-01', 1e308::float8, date '2024-02-10');
\set VERBOSITY sqlstate
SELECT clv_holdout(date '2024-01-02', 1e308::float8, date '2024-01-01', date '2024-02-10');
SELECT clv_historical(date '2024-01-01', 1e308, date '2024-02-10') FROM generate_series(1, 3) AS i;
SELECT clv_historical(date '2024-01-01', 1e308::float8, date '2024-02-10') FROM generate_series(1, 3) AS i;
SELECT clv_purchase_gaps(date '2024-01-01', -1e308::float8, date '2024-02-10') FROM generate_series(1, 3) AS i;
SELECT (clv_summary(date '2024-01-01' + i, 1e290::float8, date '2024-02-10')).frequency FROM generate_series(1, 3) AS i;
\set VERBOSITY terse
-- A NULL amount is no order; one that is no number is refused: the same everywhere.
CREATE TEMP TABLE unknown AS SELECT day, amount FROM hand UNION ALL VALUES (date '2024-01-20', NULL::numeric);
SELECT clv_summary(u.day, u.amount, date '2024-02-10') = clv_summary(u.day, u.amount, date '2024-02-10') FILTER (WHERE amount IS NOT NULL) AS summary,
       clv_holdout(u.day, u.amount, date '2024-01-01', date '2024-02-10') = clv_holdout(u.day, u.amount, date '2024-01-01', date '2024-02-10') FILTER (WHERE amount IS NOT NULL) AS holdout,
       clv_purchase_gaps(u.day, u.amount, date '2024-02-10') AS gaps, clv_historical(u.day, u.amount, date '2024-02-10') AS historical,
       clv_historical(u.day, u.amount, date '2024-02-10', 0, date '2024-02-10') AS discounted, clv_xnpv(u.day, u.amount, 0) AS xnpv,
       count(*) FILTER (WHERE amount IS NULL) AS "unknown", count(*) FILTER (WHERE amount IN ('NaN', 'Infinity', '-Infinity')) AS no_number
FROM unknown AS u;
CREATE FUNCTION pg_temp.errors(VARIADIC calls text[]) RETURNS TABLE (call text, error text) LANGUAGE plpgsql AS $$
DECLARE amount text;
BEGIN
    FOREACH call IN ARRAY calls LOOP
        FOREACH amount IN ARRAY '{NaN::numeric,Infinity::numeric,-Infinity::numeric,NaN::float8,Infinity::float8,-Infinity::float8}'::text[] LOOP
            BEGIN
                EXECUTE 'SELECT ' || format(call, quote_literal(split_part(amount, '::', 1)) || '::' || split_part(amount, '::', 2));
                error := concat_ws(', ', error, 'none');
            EXCEPTION WHEN OTHERS THEN
                error := concat_ws(', ', error, SQLSTATE);
            END;
        END LOOP;
        RETURN NEXT;
        error := NULL;
    END LOOP;
END $$;
SELECT * FROM pg_temp.errors('clv_summary(date ''2024-01-01'', %s, date ''2024-02-10'')', 'clv_holdout(date ''2024-01-02'', %s, date ''2024-01-01'', date ''2024-02-10'')',
    'clv_purchase_gaps(date ''2024-01-01'', %s, date ''2024-02-10'')', 'clv_activity(date ''2024-01-01'', %s, date ''2024-02-10'', ''1 month'')', 'clv_historical(date ''2024-01-01'', %s, date ''2024-02-10'')',
    'clv_historical(date ''2024-01-01'', %s, date ''2024-02-10'', 0.1, date ''2024-02-10'')', 'clv_xnpv(date ''2024-01-01'', %s, 0.1)');

-- Profit: an order sold at a loss is an order. Revenue makes the purchase days, profit is counted on
-- them; taken for the amount, a loss would be a refund and the day no purchase.
CREATE TEMP TABLE sales (customer text, day date, revenue numeric, profit numeric);
INSERT INTO sales VALUES ('a loss', '2024-01-01', 100, 20), ('a loss', '2024-01-15', 50, -5), ('a loss', '2024-02-01', 80, 30),
    ('only losses', '2024-01-01', 100, -1), ('only losses', '2024-01-20', 40, -4), ('a return', '2024-01-01', 100, 20), ('a return', '2024-01-10', 60, 15), ('a return', '2024-01-10', -60, -18);
CREATE TEMP TABLE profits AS
SELECT customer, s, sum(profit) FILTER (WHERE day > (s).first_order) / nullif((s).frequency, 0) AS profit_per_purchase, sum(profit) / nullif(sum(revenue), 0) AS margin
FROM sales JOIN (SELECT customer, clv_summary(day, revenue, date '2024-02-10', '1 week') AS s FROM sales GROUP BY customer) AS c USING (customer)
WHERE day <= (s).as_of GROUP BY customer, s;
SELECT customer, (s).frequency AS x, (s).monetary, round(profit_per_purchase, 2) AS profit_per_purchase, round(margin, 4) AS margin, (clv_summary(day, sales.profit, date '2024-02-10')).frequency AS taken_for_refunds
FROM profits JOIN sales USING (customer) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1;
-- The value of who is sold at a loss is negative.
SELECT customer, round((clv_value(bgnbd_model(0.243, 4.414, 0.793, 2.426, '1 week'), gamma_gamma_model(6.25, 3.74, 15.44), s, '1 year', 0.1, margin => margin)
                        / clv_value(bgnbd_model(0.243, 4.414, 0.793, 2.426, '1 week'), gamma_gamma_model(6.25, 3.74, 15.44), s, '1 year', 0.1))::numeric, 4) AS of_revenue
FROM profits ORDER BY 1;
\set VERBOSITY default
SELECT gamma_gamma_fit((s).frequency, profit_per_purchase) FROM profits WHERE customer = 'only losses';
\set VERBOSITY terse
-- Every kind of number finds its aggregate, with and without a unit.
SELECT (clv_summary(date '2024-01-01', 5::smallint, '2024-02-10')).revenue AS smallint,
                (clv_summary(date '2024-01-01', 5, '2024-02-10', '1 week')).revenue AS integer,
                (clv_summary(timestamp '2024-01-01', 5::bigint, '2024-02-10')).revenue AS bigint,
                (clv_summary(timestamp '2024-01-01', 5.0, '2024-02-10', '1 week')).revenue AS numeric,
                (clv_summary(timestamptz '2024-01-01', 5::real, '2024-02-10')).revenue AS real,
                (clv_summary(timestamptz '2024-01-01', 5::float8, '2024-02-10', '1 week')).revenue AS double,
                (clv_summary(timestamptz '2024-01-01', '5', '2024-02-10')).revenue AS unknown;

-- Days of a time zone that is named are the same whatever the session's zone is, and those of AT TIME ZONE.
CREATE TABLE moments AS
SELECT n % 50 AS customer_id, timestamptz '2023-12-31 22:00+00' + n * interval '7 hours 13 minutes' AS ordered_at, (n % 97)::numeric / 4 AS amount
FROM generate_series(1, 2000) AS n;
CREATE FUNCTION pg_temp.in_zone(session text, zone text) RETURNS TABLE (customer_id integer, s clv_summary, h clv_holdout, activity text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('TimeZone', session, true);
    RETURN QUERY SELECT m.customer_id, clv_summary(m.ordered_at, m.amount, date '2024-10-27', interval '1 week', zone),
        clv_holdout(m.ordered_at, m.amount::float8, date '2024-10-27', date '2025-03-30', zone),
        clv_activity(m.ordered_at, m.amount, date '2024-10-27', interval '1 month', zone)
    FROM moments AS m GROUP BY m.customer_id;
END $$;
SELECT zone, count(*) AS customers, bool_and(one.s = other.s AND one.h = other.h AND one.activity = other.activity) AS same_in_every_session,
       bool_and(one.s = plain.s) AS as_at_time_zone
FROM (VALUES ('Europe/Berlin'), ('America/St_Johns'), ('Pacific/Kiritimati'), ('UTC')) AS z (zone),
     LATERAL pg_temp.in_zone('Asia/Tokyo', zone) AS one JOIN LATERAL pg_temp.in_zone('America/New_York', zone) AS other USING (customer_id)
     JOIN LATERAL (SELECT customer_id, clv_summary((ordered_at AT TIME ZONE zone)::date, amount, date '2024-10-27', interval '1 week') AS s
                   FROM moments GROUP BY customer_id) AS plain USING (customer_id)
GROUP BY zone ORDER BY zone;
SELECT clv_summary(ordered_at, 1, date '2024-01-02', interval '1 day', NULL) IS NULL AS without_a_zone,
       clv_summary(NULL::timestamptz, 1, date '2024-01-02', interval '1 day', 'UTC') IS NULL AS without_a_time,
       (clv_summary(ordered_at, 1, date '2024-01-02', interval '1 day', 'Europe/Berlin')).first_order AS new_year_in_berlin
FROM (VALUES (timestamptz '2023-12-31 23:30+00')) AS o (ordered_at) GROUP BY ordered_at;
SELECT clv_summary(now(), 1, date '2024-01-02', interval '1 day', 'Europe/Atlantis');
SELECT clv_holdout(now(), 1, date '2024-01-02', date '2024-02-02', '../../etc/passwd');
