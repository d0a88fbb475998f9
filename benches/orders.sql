-- The orders of the benchmarks: BG/NBD and Gamma-Gamma customers over two years, the same in every
-- run. psql -v customers=N. Time in days: r 0.8, alpha 30, a 0.6, b 5; p 6, q 4, v 15.

CREATE FUNCTION gamma_draw(shape double precision) RETURNS double precision LANGUAGE plpgsql AS $$
-- Marsaglia & Tsang (2000); a shape below 1 is raised by 1 and thinned.
DECLARE
    d double precision := CASE WHEN shape < 1 THEN shape + 1 ELSE shape END - 1.0 / 3;
    c double precision := 1 / sqrt(9 * d);
    normal double precision;
    v double precision;
BEGIN
    LOOP
        normal := sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random());
        v := (1 + c * normal) ^ 3;
        IF v > 0 AND ln(1 - random()) < normal * normal / 2 + d * (1 - v + ln(v)) THEN
            RETURN d * v * CASE WHEN shape < 1 THEN (1 - random()) ^ (1 / shape) ELSE 1 END;
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION simulate(customers integer, days double precision)
    RETURNS TABLE (customer_id integer, at double precision, amount numeric) LANGUAGE plpgsql AS $$
DECLARE
    rate double precision;
    leaving double precision;
    spend double precision;
    other double precision;
BEGIN
    PERFORM setseed(0.42);
    FOR customer IN 1 .. customers LOOP
        customer_id := customer;
        rate := gamma_draw(0.8) / 30;
        leaving := gamma_draw(0.6);
        other := gamma_draw(5);
        leaving := leaving / (leaving + other);
        spend := 15 / gamma_draw(4);
        at := days * random();
        WHILE at < days LOOP
            -- Gamma of shape 6: the sum of six exponentials.
            amount := greatest(0.01, -spend * ln((1 - random()) * (1 - random()) * (1 - random())
                                                 * (1 - random()) * (1 - random()) * (1 - random())));
            RETURN NEXT;
            at := at - ln(1 - random()) / greatest(rate, 1e-12);
            EXIT WHEN random() < leaving;
        END LOOP;
    END LOOP;
END $$;

-- In the order of time, as a shop writes them: the orders of one customer lie far apart.
CREATE TABLE orders AS
SELECT row_number() OVER (ORDER BY at, customer_id)               AS order_id,
       customer_id,
       timestamptz '2023-01-01 00:00:00+00' + at * interval '1 day' AS ordered_at,
       amount::numeric(12,2)                                        AS amount,
       (ARRAY['web', 'shop', 'app', 'phone'])[1 + customer_id % 4]  AS channel
FROM simulate(:customers, 730)
ORDER BY at, customer_id;

-- The same, partitioned by hash of the customer.
CREATE TABLE orders_by_customer (LIKE orders) PARTITION BY HASH (customer_id);
SELECT format('CREATE TABLE orders_%s PARTITION OF orders_by_customer FOR VALUES WITH (MODULUS 4, REMAINDER %s)', i, i)
FROM generate_series(0, 3) AS i \gexec
INSERT INTO orders_by_customer SELECT * FROM orders ORDER BY order_id;

-- A tenth of the customers, for the growth of time.
CREATE TABLE orders_tenth AS SELECT * FROM orders WHERE customer_id <= :customers / 10 ORDER BY order_id;

VACUUM (ANALYZE, FREEZE) orders, orders_by_customer, orders_tenth;
