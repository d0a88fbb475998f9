-- Acquisition cost, LTV:CAC, payback.
\pset null '(null)'

SELECT clv_customer_acquisition_cost(5000, 40) AS cac, clv_customer_acquisition_cost(5000, 0) AS nobody_came, clv_ltv_cac_ratio(450, 125) AS ratio, clv_ltv_cac_ratio(450, 0) AS free;
SELECT ratio, clv_ltv_cac_reading(ratio) FROM unnest(ARRAY[-1, 0.99, 1, 2.99, 3, 5, 5.01]) AS ratio;
-- 100 at 30 a month: 3⅓ months. With churn of 10 %: 30, 57, 81.3, then 18.7 of 21.87. With 1 % a
-- month discounted, first payment now: 30 (1 + q + q^2 …), q = 0.9 / 1.01.
SELECT round(clv_payback_period(100, 30)::numeric, 9) AS plain, round(clv_payback_period(100, 30, churn_rate => 0.1)::numeric, 9) AS with_churn,
       round((3 + (100 - 81.3) / 21.87)::numeric, 9) AS by_hand,
       round(clv_payback_period(100, 30, 0.1, 0.01, 'now')::numeric, 9) AS discounted,
       round(3 + (100 - 30 * (1 + 0.9 / 1.01 + (0.9 / 1.01) ^ 2)) / (30 * (0.9 / 1.01) ^ 3), 9) AS by_hand,
       clv_payback_period(100, 5, 0.1) AS never, clv_payback_period(0, 5) AS at_once;
-- Where it pays back, the margins of that many periods are the cost.
SELECT cost, churn, round((clv_payback_period(cost, 30, churn, 0.01))::numeric, 6) AS payback,
       round(clv_discounted(30, 1 - churn, 0.01, periods => floor(clv_payback_period(cost, 30, churn, 0.01)))::numeric, 6) AS paid_back,
       round((30 / 1.01 * ((1 - churn) / 1.01) ^ floor(clv_payback_period(cost, 30, churn, 0.01)) * (clv_payback_period(cost, 30, churn, 0.01)::numeric % 1)
              + clv_discounted(30, 1 - churn, 0.01, periods => floor(clv_payback_period(cost, 30, churn, 0.01))))::numeric, 6) AS with_part
FROM (VALUES (100, 0.05), (50, 0.2), (29, 0.0)) AS v (cost, churn);

-- By channel: spend against the customers that each brought.
CREATE TABLE spend (channel text, spend numeric);
INSERT INTO spend VALUES ('search', 20000), ('email', 5000), ('social', 12000), ('radio', 3000);
SELECT channel, count(customer_id) AS customers, round(clv_customer_acquisition_cost(spend, count(customer_id))::numeric, 2) AS cac,
       round(avg(earned)::numeric, 2) AS earned, round(clv_ltv_cac_ratio(avg(earned), clv_customer_acquisition_cost(spend, count(customer_id)))::numeric, 2) AS ratio,
       clv_ltv_cac_reading(clv_ltv_cac_ratio(avg(earned), clv_customer_acquisition_cost(spend, count(customer_id)))) AS reading
FROM spend LEFT JOIN (channels JOIN (SELECT customer_id, clv_historical(ordered_at, amount * 0.4, date '1998-06-30') AS earned FROM orders GROUP BY customer_id) AS c USING (customer_id)) USING (channel)
GROUP BY channel, spend ORDER BY channel;

-- A channel with a credit note, or customers below nothing, has no cost or ratio, and stops no report.
SELECT spend, customers, clv_customer_acquisition_cost(spend, customers), clv_ltv_cac_ratio(100, spend), clv_payback_period(spend, 30) FROM (VALUES (500, 10), (-500, 10), (500, -10), (0, 0), (NULL, 1)) AS v (spend, customers);
SELECT clv_customer_acquisition_cost('NaN', 10);
SELECT clv_ltv_cac_ratio('NaN', 10);
SELECT clv_payback_period(100, 30, churn_rate => 2);
SELECT clv_payback_period(100, 30, first_payment => 'soon');
\set VERBOSITY sqlstate
SELECT clv_ltv_cac_ratio(100, 'infinity');

-- Payback as observed, from what came in by period.
SELECT clv_payback_observed(100, ARRAY[40, 40, 40]) AS in_the_third, clv_payback_observed(100, ARRAY[40, 40]) IS NULL AS not_yet,
       clv_payback_observed(0, '{}') AS at_once, clv_payback_observed(NULL, '{1}') IS NULL AS unknown;
SELECT clv_payback_observed(100, ARRAY[40, NULL]);
SELECT clv_payback_observed(-100, ARRAY[40]);
