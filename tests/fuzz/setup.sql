-- What the fuzzer's statements read, beside the values that they bring themselves. Runs in a
-- database with the shop of tests/data/shop.sql and the extension.
SET client_min_messages = warning;

-- Forty thousand ordinary rows, in which a sum that is quadratic shows, with a column for each type and for each name that arguments have.
CREATE TABLE fuzz_rows AS
WITH customers AS (
    SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS customer
    FROM orders WHERE ordered_at <= '1997-09-30' GROUP BY customer_id
), numbered AS (
    SELECT row_number() OVER (ORDER BY copy, ordered_at, customer_id)::integer AS id, customer_id, ordered_at, amount, quantity, customer
    FROM orders JOIN customers USING (customer_id) CROSS JOIN generate_series(1, 10) AS copy ORDER BY 1 LIMIT 40000
)
SELECT id, customer_id, ordered_at AS day, ordered_at::timestamp + id * interval '1 second' AS moment,
       ordered_at::timestamptz + id * interval '1 second' AS instant, amount AS exact, amount::double precision AS amount,
       (customer).frequency::double precision AS frequency, (customer).recency AS recency, (customer).age AS age,
       (customer).monetary AS monetary, (1 + id % 12)::double precision AS tenure, id % 3 = 0 AS churned, id % 2 = 0 AS treated,
       id % 7 = 0 AS responded, (1 + id % 3)::double precision AS weight, (id % 11)::double precision AS rating,
       id % 13 AS period, id % 5 AS customer_group, id::bigint AS number, customer,
       ARRAY[id % 10, amount]::double precision[] AS features, covariates, covariates AS purchase, covariates AS dropout,
       clv_tenure(ordered_at, CASE WHEN id % 3 = 0 THEN ordered_at + id % 200 END, date '1998-07-01', interval '1 month') AS contract,
       'segment ' || id % 9 AS segment
FROM numbered, LATERAL (SELECT ARRAY[(id % 2)::double precision] AS covariates) AS c;
CREATE UNIQUE INDEX ON fuzz_rows (id);
ALTER TABLE fuzz_rows SET (parallel_workers = 2);
ANALYZE fuzz_rows;

-- Models of every family: of each fit whose arguments are all columns (for BG/BB these would have to count
-- opportunities), and given.
CREATE TABLE fuzz_models (model clv_model);
DO $$
DECLARE
    fit regproc;
    arguments text;
BEGIN
    FOR fit, arguments IN
        SELECT p.oid, string_agg(a.name, ', ' ORDER BY a.n)
        FROM pg_proc AS p, unnest(p.proargnames, p.proargtypes::oid[]) WITH ORDINALITY AS a(name, type, n)
        LEFT JOIN pg_attribute AS c ON c.attrelid = 'fuzz_rows'::regclass AND c.attname = a.name AND c.atttypid = a.type
        WHERE p.prokind = 'a' AND p.prorettype = 'clv_model'::regtype AND p.proname <> 'bgbb_fit'
        GROUP BY p.oid HAVING bool_and(c.attname IS NOT NULL) AND bool_and(a.name <> 'weight') ORDER BY p.oid::regprocedure::text
    LOOP
        EXECUTE format('INSERT INTO fuzz_models SELECT %s(%s) FROM (SELECT DISTINCT ON (customer_id) * FROM fuzz_rows) AS q', fit, arguments);
    END LOOP;
END $$;
INSERT INTO fuzz_models VALUES
    (bgnbd_model(0.243, 4.414, 0.793, 2.426)), (bgnbd_model(0.243, 4.414, 0.793, 2.426, '1 week')), (mbgnbd_model(0.525, 6.183, 0.891, 1.614, '1 week')),
    (pnbd_model(0.553, 10.578, 0.606, 11.669)), (pnbd_model(0.553, 10.578, 0.606, 11.669, '1 week')), (bgbb_model(1.204, 0.750, 0.657, 2.783, '1 year')),
    (gamma_gamma_model(6.25, 3.74, 15.44)), (sbg_model(0.704, 1.182, '1 month')), (sbg_model(0.668, 3.806));
