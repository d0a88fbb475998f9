-- Orders to one row a customer. The unit of recency and age is the week, here and in the models.
SELECT customer_id,
       (s).frequency, (s).recency, (s).age, (s).monetary,
       (s).orders, (s).revenue, (s).first_order, (s).last_order, (s).as_of
FROM (SELECT customer_id, clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s
      FROM {{ source('shop', 'orders') }} GROUP BY customer_id) AS summaries
-- Not "s IS NOT NULL", which asks every field: monetary is NULL for whoever bought once.
WHERE (s).orders IS NOT NULL
