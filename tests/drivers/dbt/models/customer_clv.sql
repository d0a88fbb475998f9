-- The mart: what dashboards read.
SELECT customer_id, revenue, last_order,
       clv_p_alive(purchases, frequency, recency, age)              AS p_alive,
       bgnbd_predict(purchases, frequency, recency, age, '1 year')  AS expected_purchases,
       clv_money(clv_value(purchases, spend, frequency, recency, age, monetary,
                           horizon => '1 year', discount_rate => 0.10, margin => 0.30)) AS value
FROM {{ ref('customer_histories') }}, {{ ref('clv_models') }}
