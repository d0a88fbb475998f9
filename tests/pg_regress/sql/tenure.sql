-- Contracts by the calendar: clv_tenure, and the aggregates that take the dates of contracts.
\pset null '(null)'

-- Edges of a contract. A month after 31 January is 29 February, the month after that 31 March.
CREATE TABLE edges (what text, started_on date, ended_on date, as_of date, periods int, churned boolean, days int, ended boolean);
INSERT INTO edges VALUES
('31 days, one month',              '2024-01-01', '2024-02-01', '2024-12-31', 1, true,   31, true),
('last day instead of first after', '2024-01-01', '2024-01-31', '2024-12-31', 1, true,   30, true),
('a day into the second month',     '2024-01-01', '2024-02-02', '2024-12-31', 2, true,   32, true),
('from the 31st to leap day',       '2024-01-31', '2024-02-29', '2024-12-31', 1, true,   29, true),
('from the 31st to the 31st',       '2024-01-31', '2024-03-31', '2024-12-31', 2, true,   60, true),
('from the 31st to the 30th',       '2024-01-31', '2024-04-30', '2024-12-31', 3, true,   90, true),
('cancelled on the same day',       '2024-03-15', '2024-03-15', '2024-12-31', 1, true,    0, true),
('running',                         '2024-03-15', NULL,         '2024-06-20', 3, false,  97, false),
('running, day of renewal',         '2024-03-15', NULL,         '2024-06-15', 3, false,  92, false),
('ended on a renewal that is as_of','2024-03-15', '2024-06-15', '2024-06-15', 3, true,   92, true),
('ends after as_of',                '2024-03-15', '2024-06-21', '2024-06-20', 3, false,  97, false),
('ends at infinity',                '2024-03-15', 'infinity',   '2024-06-20', 3, false,  97, false),
('ended in a period not over',      '2024-03-15', '2024-06-18', '2024-06-20', 3, false,  95, true),
('the same, once it is over',       '2024-03-15', '2024-06-18', '2024-07-15', 4, true,   95, true),
('begun on as_of',                  '2024-06-20', NULL,         '2024-06-20', 0, false,   0, false),
('begins after as_of',              '2024-06-21', NULL,         '2024-06-20', NULL, NULL, NULL, NULL),
('no start',                        NULL,         NULL,         '2024-06-20', NULL, NULL, NULL, NULL),
('years ago',                       '1990-05-31', NULL,         '2024-02-28', 404, false, 12326, false);
SELECT what, t.* FROM edges, clv_tenure(started_on, ended_on, as_of, '1 month') AS t
WHERE (t.periods, t.churned, t.days, t.ended) IS DISTINCT FROM (edges.periods, edges.churned, edges.days, edges.ended);
SELECT clv_tenure(date '2024-03-15', '2024-06-18', '2024-07-15', '1 month') AS contract, (clv_tenure(date '2024-03-15', NULL, '2024-06-20', '1 month')).*;

-- Every renewal is start + n periods, as PostgreSQL adds them to a date.
SELECT of AS period, count(*) AS contracts,
       bool_and((t.churned, t.periods) = (true, n) AND (running).periods = n AND NOT (running).churned AND (before).periods = n - 1 AND (after).periods = n + 1) AS by_the_calendar
FROM unnest(ARRAY['1 day', '1 week', '30 days', '1 month', '3 months', '1 year']::interval[]) AS of, generate_series(1, 40) AS n,
     (SELECT date '2019-12-01' + i AS started_on FROM generate_series(0, 500, 7) AS i) AS s,
     LATERAL (SELECT (started_on + n * of)::date AS renewal) AS r,
     LATERAL (SELECT clv_tenure(started_on, renewal, date '2100-01-01', of) AS t, clv_tenure(started_on, NULL, renewal, of) AS running,
                     clv_tenure(started_on, NULL, renewal - 1, of) AS before, clv_tenure(started_on, renewal + 1, date '2100-01-01', of) AS after) AS q,
     LATERAL (SELECT (q.t).*) AS t
GROUP BY of ORDER BY of;

-- Timestamps are cut into days, those with a time zone in the session's.
SET timezone = 'America/New_York';
SELECT (clv_tenure(timestamp '2024-01-31 23:59', '2024-02-29 00:01', '2024-12-31', '1 month')).periods AS by_timestamp,
       (clv_tenure(timestamptz '2024-02-01 03:00+00', '2024-03-01 02:00+00', '2024-12-31 12:00+00', '1 month')).days AS in_new_york,
       (clv_tenure(timestamptz '2024-02-01 03:00+00', 'infinity', '2024-12-31 12:00+00', '1 month')).ended AS runs;
RESET timezone;

-- Data that begin later than a contract: it enters at its first renewal from then on.
SELECT observed_from, (clv_tenure(date '2024-01-31', NULL, '2024-12-31', '1 month', observed_from)).entered
FROM (VALUES (NULL::date), ('-infinity'), ('2024-01-31'), ('2024-02-01'), ('2024-02-29'), ('2024-03-01'), ('2024-12-31')) AS v (observed_from);

-- Dates, a clv_tenure and its columns are the same customers to all aggregates.
CREATE TABLE contracts AS
SELECT i AS customer_id, (ARRAY['basic', 'premium'])[1 + i % 2] AS plan, s.started_on,
       CASE WHEN i % 5 > 0 THEN s.started_on + (i * 7919 % 97) * (1 + i % 2) * 5 END AS ended_on
FROM generate_series(1, 3000) AS i, LATERAL (SELECT date '2022-01-01' + (i * 31 % 900) AS started_on) AS s;
INSERT INTO contracts VALUES (0, 'basic', '2025-01-01', NULL), (-1, NULL, NULL, NULL);
CREATE VIEW tenures AS SELECT *, clv_tenure(started_on, ended_on, date '2024-06-30', '1 month') AS t FROM contracts;
SELECT sbg_fit(started_on, ended_on, date '2024-06-30', '1 month') = sbg_fit(t) AS sbg,
       sbg_fit(t) - 'skipped' - 'as_of' = sbg_fit((t).periods, (t).churned, jsonb '{"unit": "1 month"}') - 'skipped' - 'as_of' AS sbg_columns,
       clv_kaplan_meier(started_on, ended_on, date '2024-06-30', '1 month') = clv_kaplan_meier(t) AND clv_kaplan_meier(t) = clv_kaplan_meier((t).periods, (t).churned) AS curve,
       clv_median_lifetime(started_on, ended_on, date '2024-06-30', '1 month')::text = clv_median_lifetime(t)::text AS median,
       clv_restricted_mean_lifetime(started_on, ended_on, date '2024-06-30', '1 month', '{"horizon": 12}') = clv_restricted_mean_lifetime(t, '{"horizon": 12}') AS mean
FROM tenures;
SELECT clv_log_rank(plan, started_on, ended_on, date '2024-06-30', '1 month') = clv_log_rank(plan, t) AND clv_log_rank(plan, t) = clv_log_rank(plan, (t).periods, (t).churned) AS log_rank FROM tenures WHERE customer_id > 0;
SELECT m ->> 'model' AS model, m -> 'customers' AS customers, m -> 'skipped' AS skipped, m -> 'unit_days' AS unit_days, m ->> 'as_of' AS as_of, m ->> 'converged' AS converged
FROM (SELECT sbg_fit(started_on, ended_on, date '2024-06-30', '1 month', '{"penalty": 0.0001}') AS m FROM contracts) AS q;
-- Late entries are observed from their first renewal in the data; those gone before do not count.
SELECT sbg_fit(late) - 'skipped' - 'as_of' = sbg_fit((late).entered, (late).periods, (late).churned, jsonb '{"unit": "1 month"}') - 'skipped' - 'as_of' AS sbg,
       clv_kaplan_meier(late) = clv_kaplan_meier((late).entered, (late).periods, (late).churned) AS curve,
       (sbg_fit(late) ->> 'customers')::int AS observed, count(*) FILTER (WHERE (late).entered > 0 AND (late).entered < (late).periods) AS late_entries
FROM (SELECT clv_tenure(started_on, ended_on, '2024-06-30', '1 month', '2023-01-10') AS late FROM contracts) AS q;

-- Contracts drawn by the calendar, each renewed every month with a probability of its own, cancelled on any day of
-- the period: the model that drew them comes back, and so it does from what is known from a year on.
CREATE TABLE drawn AS
SELECT d.customer, s.started_on, CASE WHEN churned THEN last - (d.customer * 7919 % (last - before)) END AS ended_on
FROM sbg_simulate(sbg_model(1.4, 9), 20000, 60, 7) AS d,
     LATERAL (SELECT date '2021-01-01' + d.customer * 677 % 1095 AS started_on) AS s,
     LATERAL (SELECT (s.started_on + tenure * interval '1 month')::date AS last, (s.started_on + (tenure - 1) * interval '1 month')::date AS before) AS p;
SELECT what, parameter, truth, estimate BETWEEN truth - 3 * std_error AND truth + 3 * std_error AS recovered, std_error / truth < 0.1 AS precise
FROM (SELECT 'all seen' AS what, sbg_fit(started_on, ended_on, date '2024-01-14', '1 month') AS model FROM drawn
      UNION ALL
      SELECT 'seen from 2022 on', sbg_fit(clv_tenure(started_on, ended_on, '2024-01-14', '1 month', '2022-01-20')) FROM drawn WHERE coalesce(ended_on >= date '2022-01-20', true)) AS f,
     clv_parameters(model) AS p JOIN (VALUES ('alpha', 1.4), ('beta', 9.0)) AS t (parameter, truth) USING (parameter) ORDER BY what, parameter;

-- Months of 30.4375 days, rounded up, count a period too many for many contracts that end on a renewal.
SELECT round(avg((ceil((last - started_on) / 30.4375) <> tenure)::int), 1) AS miscounted, round(avg(((clv_tenure(started_on, last, '2100-01-01', '1 month')).periods <> tenure)::int), 1) AS by_the_calendar
FROM sbg_simulate(sbg_model(1.4, 9), 20000, 60, 7) AS d, LATERAL (SELECT date '2021-01-01' + d.customer * 677 % 1095 AS started_on) AS s,
     LATERAL (SELECT (s.started_on + tenure * interval '1 month')::date AS last) AS p WHERE churned;

-- The same in value: days over 30.4375 make customers look shorter-lived than those that were drawn.
CREATE VIEW on_renewal AS
SELECT s.started_on, CASE WHEN churned THEN (s.started_on + tenure * interval '1 month')::date END AS ended_on
FROM sbg_simulate(sbg_model(1.4, 9), 20000, 60, 7) AS d, LATERAL (SELECT date '2021-01-01' + d.customer * 677 % 1095 AS started_on) AS s;
SELECT what, round((sbg_predict(m, 1, discount_rate => 0.1) / sbg_predict(sbg_model(1.4, 9, '1 month'), 1, discount_rate => 0.1) - 1)::numeric, 2) AS off
FROM (SELECT 'calendar' AS what, sbg_fit(started_on, ended_on, date '2024-01-14', '1 month') AS m FROM on_renewal
      UNION ALL
      SELECT 'days', sbg_fit(CASE WHEN churned THEN ceil(tenure / 30.4375) ELSE floor(tenure / 30.4375) END, churned, jsonb '{"unit": "1 month"}')
      FROM (SELECT least(ended_on, date '2024-01-14') - started_on AS tenure, coalesce(ended_on <= date '2024-01-14', false) AS churned FROM on_renewal) AS by_days) AS fits ORDER BY what;

-- What is still to come of a contract: before the renewal after the last one made, nothing once it has ended.
SELECT what, sbg_predict(m, t, 12, 0.1) = sbg_predict(m, t.periods + 1, 12, 0.1) AS next_renewal, sbg_predict(m, t, 12, 0.1) AS value
FROM sbg_model(1.4, 9, '1 month') AS m,
     (VALUES ('running', NULL::date), ('declined', '2024-06-15'), ('ended in a period not over', '2024-06-18'), ('ends later', '2024-08-01')) AS v (what, ended_on), clv_tenure(date '2024-03-15', ended_on, '2024-06-20', '1 month') AS t;
SELECT sbg_predict(sbg_model(1.4, 9, '1 month'), NULL::clv_tenure, 12, 0.1) AS nothing;
SELECT sbg_predict(sbg_model(1.4, 9, '1 year'), clv_tenure(date '2024-03-15', NULL, '2024-06-20', '1 month'), 12, 0.1);

-- What is refused
SELECT clv_tenure(date '2024-02-01', '2024-01-31', '2024-12-31', '1 month');
SELECT clv_tenure(date '2024-02-01', '-infinity', '2024-12-31', '1 month');
SELECT clv_tenure(date '-infinity', NULL, '2024-12-31', '1 month');
SELECT clv_tenure(date '2024-02-01', NULL, 'infinity', '1 month');
SELECT clv_tenure(timestamp '2024-02-01', NULL, 'infinity', '1 month');
SELECT clv_tenure(date '2024-02-01', NULL, '2024-12-31', '0 days');
SELECT clv_tenure(date '2024-02-01', NULL, '2024-12-31', '1 month 15 days');
SELECT clv_tenure(date '2024-02-01', NULL, '2024-12-31', '-1 month');
SELECT clv_tenure(date '2024-02-01', NULL, '2024-12-31', '12 hours');
SELECT clv_tenure(date '2024-02-01', NULL, '2024-12-31', '1 month', '2025-01-01');
SELECT sbg_fit(started_on, ended_on, as_of, '1 month') FROM (VALUES (date '2024-02-01', date '2024-01-01', date '2024-12-31')) AS v (started_on, ended_on, as_of);
SELECT sbg_fit(started_on, NULL, date '2024-12-31', period) FROM (VALUES (date '2024-02-01', interval '1 month'), ('2024-02-01', '1 year')) AS v (started_on, period);
SELECT sbg_fit(ROW(-3, false, 0, false, 0, '1 month', '2024-01-01')::clv_tenure);
SELECT clv_kaplan_meier(ROW(3, true, 0, false, 4, '1 month', '2024-01-01')::clv_tenure);
SELECT sbg_fit(ROW(3, true, 0, false, 0, '1 month', 'infinity')::clv_tenure);
