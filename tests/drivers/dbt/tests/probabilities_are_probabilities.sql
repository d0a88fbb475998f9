SELECT * FROM {{ ref('customer_clv') }} WHERE NOT (p_alive BETWEEN 0 AND 1 AND expected_purchases >= 0 AND value >= 0)
