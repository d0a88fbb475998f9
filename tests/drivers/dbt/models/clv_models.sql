-- One row: the models of all customers. Plain columns have no unit, so the fit is told theirs.
SELECT bgnbd_fit(frequency, recency, age, '{"unit": "1 week"}') AS purchases,
       gamma_gamma_fit(frequency, monetary)                           AS spend
FROM {{ ref('customer_histories') }}
