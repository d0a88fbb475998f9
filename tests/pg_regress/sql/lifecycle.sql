-- Lifecycle: the state of a customer on a day, and how often it came back.
-- One customer: bought on day 0 (2024-01-01), 60 and 300, so after 240 days; then never again.
CREATE TABLE purchases (ordered_on date);
INSERT INTO purchases SELECT date '2024-01-01' + day FROM unnest('{300,0,60}'::int[]) AS day;
SELECT day, clv_lifecycle((SELECT array_agg(ordered_on) FROM purchases), date '2024-01-01' + day)
FROM unnest('{-1,0,30,31,90,150,151,240,241,300,330,331,390,391,480,481,665,666}'::int[]) AS day;
-- Other rules.
SELECT clv_lifecycle('{2024-01-01}', '2024-01-10') AS usual,
       clv_lifecycle('{2024-01-01}', '2024-01-10', new_for => 7) AS new_for_a_week,
       clv_lifecycle('{2024-01-01}', '2024-01-10', at_risk_after => 7) AS at_risk,
       clv_lifecycle('{2024-01-01}', '2024-01-10', at_risk_after => 3, lapsed_after => 7) AS lapsed,
       clv_lifecycle('{2024-01-01}', '2024-01-10', at_risk_after => 3, lapsed_after => 5, churned_after => 7) AS churned;
-- Every customer of the shop on a day; those who had not come yet have no state.
SELECT state, count(*)
FROM (SELECT clv_lifecycle(array_agg(ordered_at), date '1998-06-30') AS state FROM orders GROUP BY customer_id) AS states GROUP BY state ORDER BY state;
-- The same by plain SQL for the states that the last order decides.
SELECT count(*) AS customers, bool_and(state IS NOT DISTINCT FROM by_hand) AS same
FROM (SELECT clv_lifecycle(array_agg(ordered_at), date '1998-06-30') AS state,
             CASE WHEN date '1998-06-30' - max(ordered_at) > 365 THEN 'churned' WHEN date '1998-06-30' - max(ordered_at) > 180 THEN 'lapsed'
                  WHEN date '1998-06-30' - max(ordered_at) > 90 THEN 'at risk' END AS by_hand
      FROM orders GROUP BY customer_id) AS states WHERE by_hand IS NOT NULL;

-- Reactivations: day 300 came 240 days after day 60.
SELECT clv_reactivations(array_agg(ordered_on), '2024-01-01', '2024-12-31') AS in_the_year,
       clv_reactivations(array_agg(ordered_on), '2024-10-27', '2024-10-27') AS on_the_day,
       clv_reactivations(array_agg(ordered_on), '2024-01-01', '2024-10-26') AS before_it,
       clv_reactivations(array_agg(ordered_on), '2024-01-01', '2024-12-31', lapsed_after => 59) AS after_59_days,
       clv_reactivations(array_agg(ordered_on), '2024-01-01', '2024-12-31', lapsed_after => 60) AS after_60_days,
       clv_reactivations(array_agg(ordered_on), '2024-01-01', '2024-12-31', lapsed_after => 240) AS after_240_days
FROM purchases;
SELECT count(*) FILTER (WHERE times > 0) AS customers, sum(times) AS reactivations,
       sum(times) = (SELECT count(*) FROM (SELECT ordered_at, lag(ordered_at) OVER (PARTITION BY customer_id ORDER BY ordered_at) AS before FROM orders) AS gaps
                     WHERE ordered_at - before > 180 AND ordered_at BETWEEN '1998-01-01' AND '1998-06-30') AS by_lag
FROM (SELECT clv_reactivations(array_agg(ordered_at), '1998-01-01', '1998-06-30') AS times FROM orders GROUP BY customer_id) AS counts;

-- Edges: no orders, NULL elements, several orders on one day, infinity.
SELECT clv_lifecycle('{}', '2024-01-01') IS NULL AS none, clv_lifecycle('{NULL,2024-01-01}', '2024-01-01') AS with_null,
       clv_reactivations('{2024-01-01,2024-01-01,NULL}', '2024-01-01', '2024-12-31', 0) AS one_day,
       clv_lifecycle('{2024-01-01}', 'infinity') AS at_the_end, clv_lifecycle('{2024-01-01}', '-infinity') IS NULL AS before_all;
\echo Errors
SELECT clv_lifecycle('{2024-01-01,infinity}', '2024-01-01');
SELECT clv_lifecycle('{2024-01-01}', '2024-01-01', new_for => -1);
SELECT clv_lifecycle('{2024-01-01}', '2024-01-01', lapsed_after => 30);
SELECT clv_reactivations('{2024-01-01}', '2024-01-01', '2024-01-31', lapsed_after => -1);
