-- Lifetime value by formula: textbook values, identities, NULLs, refusals.
\pset null '(null)'

-- Simple: 50 an order, 4 orders a year, 3 years, margin 40 %: 240, less 60.
SELECT clv_simple(50, 4, 3, 0.4, 60), clv_simple(50, 4, 3) AS revenue,
       clv_simple(average_order_value => 50, purchase_frequency => 4, lifespan => 3, margin => 0.4) AS margin;
-- Columns of any type of number.
SELECT clv_simple(avg(amount), count(*), 1::smallint, 0.3) = 0.3 * sum(amount)::float8 AS value_is_margin_of_revenue FROM orders WHERE customer_id = 1;

-- The example that is printed as 175: revenue 50, margin 0.5, growth 1.1, discount 0.1,
-- retention 0.9, acquisition 100. Its formula, (50 × 0.5 × 1.1) / (1 + 0.1 - 0.9) - 100, is 37.5.
SELECT round(clv_discounted(50 * 0.5 * 1.1, 0.9, 0.1, acquisition_cost => 100)::numeric, 9);

-- m = 100, r = 0.8, d = 0.1 for ever: now 100 × 1.1 / 0.3, at the end of the period 100 / 0.3, at
-- the first renewal 100 × 0.8 / 0.3.
-- Growth begins with the second payment, or with the first: m r (1+g) / (1 + d - r (1+g)), Gupta and Lehmann.
SELECT round(clv_discounted(100, 0.8, 0.1, growth_rate => 0.05)::numeric, 9) AS second,
       round(clv_discounted(100, 0.8, 0.1, growth_rate => 0.05, first_growth => 'first_payment')::numeric, 9) AS first,
       round(clv_discounted(100, 0.8, 0.1, growth_rate => 0.05, first_payment => 'first_renewal', first_growth => 'first_payment')::numeric, 9) AS gupta_lehmann,
       round(100 * 0.8 * 1.05 / (1.1 - 0.8 * 1.05), 9) AS by_hand;
SELECT clv_discounted(100, 0.8, 0.1, growth_rate => 0.05, first_growth => 'later');
SELECT first_payment, round(clv_discounted(100, 0.8, 0.1, first_payment => first_payment)::numeric, 9)
FROM unnest(ARRAY['now', 'period_end', 'first_renewal']) AS first_payment;
-- Three payments at the end of periods: 100 / 1.1 + 80 / 1.21 + 64 / 1.331 = 205.1089…
SELECT round(clv_discounted(100, 0.8, 0.1, periods => 3)::numeric, 9) AS closed,
       round((100 / 1.1 + 80 / 1.21 + 64 / 1.331)::numeric, 9) AS summed,
       round(clv_discounted(ARRAY[100, 100, 100], ARRAY[0.8, 0.8], 0.1)::numeric, 9) AS curves;
-- With growth 5 %: 100 / (1 + 0.1 - 0.8 × 1.05) = 384.615…; with a retention cost of 10, half a
-- period before the second payment and so on: less 10 / 1.1^1.5 / (1 - 0.8 / 1.1).
SELECT round(clv_discounted(100, 0.8, 0.1, growth_rate => 0.05)::numeric, 9) AS growing,
       round(clv_discounted(100, 0.8, 0.1, retention_cost => 10)::numeric, 9) AS with_retention_cost,
       round((100 / 0.3 - 10 / 1.1 ^ 1.5 / (1 - 0.8 / 1.1))::numeric, 9) AS by_hand;
-- Identities: infinite is the limit of finite; growth 0 is no growth; 0 periods cost the acquisition.
SELECT clv_discounted(100, 0.8, 0.1, periods => 1000) = clv_discounted(100, 0.8, 0.1) AS limit_of_finite,
       clv_discounted(100, 0.8, 0.1, growth_rate => 0) = clv_discounted(100, 0.8, 0.1) AS no_growth,
       clv_discounted(100, 0.8, 0.1, periods => 0, acquisition_cost => 7) AS no_period;
-- Curves: retention that improves with age, margins that grow.
SELECT round(clv_discounted(ARRAY[100, 110, 120], ARRAY[0.6, 0.8], 0.1)::numeric, 9) AS value,
       round((100 / 1.1 + 0.6 * 110 / 1.21 + 0.48 * 120 / 1.331)::numeric, 9) AS by_hand,
       clv_discounted('{}'::float8[], '{}', 0.1, acquisition_cost => 20) AS no_payments;

-- Subscription: 50 a month, churn 5 %, margin 80 %: 40 / 0.05 = 800; expansion of 1 %: 40 / 0.04.
SELECT clv_subscription(50, 0.05, 0.8) AS value, round(clv_subscription(50, 0.05, 0.8, 0.01, 300)::numeric, 9) AS net,
       clv_subscription(50, 0.05, 0.8, 0.06) AS never_shrinks;
SELECT round(clv_discounted(40, 0.95, 0, growth_rate => 0.01 / 0.95, first_payment => 'now')::numeric, 9) AS the_same;

-- Sensitivity. For m / (1 + d - r): elasticity 1 of the margin, r / (1 + d - r) = 8/3 of retention,
-- -d / (1 + d - r) = -1/3 of the discount rate.
SELECT term, round(gain::numeric, 9) AS gain, round(elasticity::numeric, 9) AS elasticity
FROM clv_sensitivity(100, 0.8, 0.1);
-- It is the slope: one percent of one percent more.
SELECT term, abs(gain - 100 * (CASE term WHEN 'payment' THEN clv_discounted(100.01, 0.8, 0.1, 8, 0.05, 10, 20)
                                         WHEN 'retention_rate' THEN clv_discounted(100, 0.80008, 0.1, 8, 0.05, 10, 20)
                                         WHEN 'discount_rate' THEN clv_discounted(100, 0.8, 0.10001, 8, 0.05, 10, 20)
                                         WHEN 'growth_rate' THEN clv_discounted(100, 0.8, 0.1, 8, 0.050005, 10, 20)
                                         WHEN 'retention_cost' THEN clv_discounted(100, 0.8, 0.1, 8, 0.05, 10.001, 20)
                                         WHEN 'acquisition_cost' THEN clv_discounted(100, 0.8, 0.1, 8, 0.05, 10, 20.002)
                               END - clv_discounted(100, 0.8, 0.1, 8, 0.05, 10, 20))) < 0.01 AS is_slope
FROM clv_sensitivity(100, 0.8, 0.1, 8, 0.05, 10, 20);

-- Present value: -100 now, then 60 twice: -100 + 60 / 1.1 + 60 / 1.21 = 4.1322…
SELECT round(clv_npv(ARRAY[-100, 60, 60], 0.1)::numeric, 9), clv_npv('{}', 0.1) AS none;

-- Equity: 1000 today, 10 customers a year worth 50 at 10 %: 1000 + 500 / 0.1.
SELECT round(clv_customer_equity(1000, 10, 50, 0.1)::numeric, 9) AS for_ever,
       round(clv_customer_equity(1000, 10, 50, 0.1, periods => 2)::numeric, 9) AS two_years,
       round((1000 + 500 / 1.1 + 500 / 1.21)::numeric, 9) AS by_hand,
       round(clv_customer_equity(1000, ARRAY[10, 10], ARRAY[50, 50], 0.1)::numeric, 9) AS curves,
       clv_customer_equity(1000, '{}'::float8[], '{}'::float8[], 0.1) AS no_acquisitions;

-- NULL in, NULL out; but no periods means for ever.
SELECT clv_simple(NULL, 4, 3), clv_discounted(100, NULL, 0.1), clv_discounted(100, 0.8, 0.1, first_payment => NULL),
       clv_subscription(50, NULL), clv_npv(NULL, 0.1), clv_customer_equity(NULL, 1, 1, 0.1);
SELECT clv_discounted(100, 0.8, 0.1, periods => NULL) = clv_discounted(100, 0.8, 0.1) AS for_ever;
SELECT count(*) FROM clv_sensitivity(NULL, 0.8, 0.1);

-- Refusals
SELECT clv_simple(50, 4, 3, margin => 30);
SELECT clv_simple('NaN', 4, 3);
SELECT clv_simple(1e200, 1e200, 1);
SELECT clv_discounted(100, 1.2, 0.1);
SELECT clv_discounted(100, 0.8, -1);
SELECT clv_discounted(100, 0.95, 0.1, growth_rate => 0.2);
SELECT clv_discounted(100, 0.8, 0.1, periods => 2.5);
SELECT clv_discounted(100, 0.8, 0.1, periods => -1);
SELECT clv_discounted(100, 0.8, 0.1, first_payment => 'later');
SELECT clv_discounted(ARRAY[100, 100], ARRAY[0.8, 0.8, 0.8], 0.1);
SELECT clv_discounted(ARRAY[100, 100, 100], ARRAY[0.8, 1.8], 0.1);
SELECT clv_discounted(ARRAY[100, NULL], ARRAY[0.8], 0.1);
SELECT clv_subscription(50, 5);
SELECT clv_npv('{1,2,NaN}', 0.1);
SELECT clv_customer_equity(1000, 10, 50, 0);
SELECT clv_customer_equity(1000, ARRAY[10, 10], ARRAY[50], 0.1);
\set VERBOSITY sqlstate
SELECT clv_discounted(100, 0.95, 0.1, growth_rate => 0.2);
SELECT clv_simple(1e200, 1e200, 1);
SELECT clv_npv(ARRAY[1, NULL], 0.1);
\set VERBOSITY default

-- Dated cash flows. The example of the spreadsheets' documentation of XNPV: 2086.65.
CREATE TABLE flows (paid_on date, amount numeric);
INSERT INTO flows VALUES ('2008-01-01', -10000), ('2008-03-01', 2750), ('2008-10-30', 4250), ('2009-02-15', 3250), ('2009-04-01', 2750);
SELECT round(clv_xnpv(paid_on, amount, 0.09)::numeric, 9) AS xnpv,
       round(sum(amount / 1.09 ^ ((paid_on - date '2008-01-01') / 365.0)), 9) AS by_hand,
       round(clv_xnpv(paid_on, amount, 0.09, date '2009-01-01')::numeric, 9) AS a_year_later,
       round((sum(amount / 1.09 ^ ((paid_on - date '2008-01-01') / 365.0)) * 1.09 ^ (366 / 365.0)), 9) AS by_hand
FROM flows;
SELECT clv_xnpv(paid_on, amount, 0) = sum(amount)::float8 AS undiscounted,
       clv_xnpv(paid_on::timestamp + interval '23 hours', amount, 0.09) = clv_xnpv(paid_on, amount, 0.09) AS day_of_timestamp,
       clv_xnpv(paid_on::timestamptz, amount, 0.09) = clv_xnpv(paid_on, amount, 0.09) AS day_of_timestamptz,
       clv_xnpv(paid_on, amount, 0.09) FILTER (WHERE false) AS none
FROM flows;
-- A refund is subtracted, what comes after as_of is not there yet, NULLs are left out.
SELECT clv_historical(on_day, amount, date '2024-12-31') AS to_date,
       clv_historical(on_day, amount, date '2024-12-31', 0, date '2020-01-01') AS not_discounted,
       round(clv_historical(on_day, amount, date '2024-12-31', 0.1, date '2024-12-31')::numeric, 9) AS compounded,
       round((100 * 1.1 ^ (365 / 365.25) - 30 * 1.1 ^ (335 / 365.25))::numeric, 9) AS by_hand,
       clv_historical(on_day, amount, date '2023-12-31') AS nothing_yet,
       clv_historical(on_day, amount, date '2024-12-31') FILTER (WHERE amount < 0) AS only_a_refund
FROM (VALUES (date '2024-01-01', 100), ('2024-01-31', -30), ('2025-01-01', 999), (NULL, 5), ('2024-02-01', NULL), ('infinity', 7)) AS flow (on_day, amount);
SELECT bool_and(earned = (s).revenue) AS historical_is_revenue
FROM (SELECT clv_historical(ordered_at, amount, date '1997-09-30') AS earned,
             clv_summary(ordered_at, amount, date '1997-09-30') AS s FROM orders GROUP BY customer_id) AS c;

-- A parallel plan gives the bits of a serial one, whatever the order of the rows.
CREATE TABLE many AS
SELECT date '2020-01-01' + i * 7919 % 1000 AS on_day, i * 7877 % 10007 / 7.0::float8 AS amount FROM generate_series(1, 50000) AS i;
ANALYZE many;
SELECT clv_xnpv(on_day, amount, 0.07) AS xnpv, clv_historical(on_day, amount, date '2022-01-01', 0.07, date '2020-01-01') AS earned FROM many \gset
SELECT clv_xnpv(on_day, amount, 0.07 ORDER BY amount) = :xnpv AS xnpv, clv_historical(on_day, amount, date '2022-01-01', 0.07, date '2020-01-01' ORDER BY amount) = :earned AS earned FROM many;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT clv_xnpv(on_day, amount, 0.07) FROM many;
SELECT clv_xnpv(on_day, amount, 0.07) = :xnpv AS xnpv, clv_historical(on_day, amount, date '2022-01-01', 0.07, date '2020-01-01') = :earned AS earned FROM many;

SELECT clv_xnpv(paid_on, amount, -1) FROM flows;
SELECT clv_xnpv(paid_on, amount, amount) FROM flows;
SELECT clv_xnpv(date 'infinity', 1, 0.1);
SELECT clv_historical(date '2024-01-01', 'NaN', date '2024-12-31');
SELECT clv_historical(date '2024-01-01', 1, date 'infinity');
