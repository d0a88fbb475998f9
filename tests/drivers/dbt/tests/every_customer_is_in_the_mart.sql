SELECT customer_id FROM {{ source('shop', 'orders') }} WHERE amount > 0 AND ordered_at <= date '1997-09-30'
EXCEPT
SELECT customer_id FROM {{ ref('customer_clv') }}
