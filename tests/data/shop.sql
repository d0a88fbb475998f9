-- The shop that README, demo and tests start from: the orders of the CDNOW sample (provenance
-- in README.md beside this file) and a made-up channel that brought each customer.
CREATE TABLE orders (
    customer_id integer        NOT NULL,
    ordered_at  date           NOT NULL,
    quantity    integer        NOT NULL,
    amount      numeric(10, 2) NOT NULL
);
\copy orders FROM 'tests/data/cdnow_orders.csv' WITH (FORMAT csv, HEADER true)

CREATE TABLE channels (
    customer_id integer PRIMARY KEY,
    channel     text    NOT NULL
);
INSERT INTO channels
SELECT customer_id, (ARRAY['search', 'email', 'social'])[1 + customer_id % 7 % 3]
FROM orders GROUP BY customer_id ORDER BY customer_id;

ANALYZE orders, channels;
