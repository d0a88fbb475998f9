-- One policy for rows that cannot be, function by function: NULL is not known, NaN and infinity are
-- refused with their value, numbers that contradict each other end no report.

-- What a call gives: its value, or the SQLSTATE with the detail.
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE 'SELECT (' || call || ')::text' INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS answer = PG_EXCEPTION_DETAIL;
    RETURN sqlstate || ' ' || answer;
END $$;

-- In each call % is the value that is tried; cannot is one that the others contradict, NULL where none does.
CREATE TABLE calls (line serial, call text, cannot text);
INSERT INTO calls (call, cannot) VALUES
    ('clv_retention_rate(%, 90, 10)', '79'), ('clv_retention_rate(100, %, 10)', '111'), ('clv_retention_rate(100, 90, %)', '91'),
    ('clv_churn_rate(%, 90, 10)', '79'), ('clv_churn_rate(100, %, 10)', '111'), ('clv_churn_rate(100, 90, %)', '91'),
    ('clv_gross_revenue_retention(%, 10, 20)', '29'), ('clv_gross_revenue_retention(100, %, 20)', '81'), ('clv_gross_revenue_retention(100, 10, %)', '91'),
    ('clv_net_revenue_retention(%, 10, 20, 5)', '29'), ('clv_net_revenue_retention(100, %, 20, 5)', '81'), ('clv_net_revenue_retention(100, 10, %, 5)', '91'), ('clv_net_revenue_retention(100, 10, 20, %)', '-5'),
    ('clv_customer_acquisition_cost(%, 10)', '-5'), ('clv_customer_acquisition_cost(100, %)', '0'),
    ('clv_ltv_cac_ratio(%, 10)', NULL), ('clv_ltv_cac_ratio(100, %)', '0'), ('clv_payback_period(%, 10)', '-5'), ('clv_payback_period(100, %)', '0'),
    ('clv_adoption_rate(%, 10)', '11'), ('clv_adoption_rate(5, %)', '4'), ('clv_share_of_wallet(%, 10)', '11'), ('clv_share_of_wallet(5, %)', '4');
SELECT call, outcome(replace(call, '%', 'NULL')) IS NULL AS null_is_null,
       outcome(replace(call, '%', '''NaN''')) ~ '^22023 \w+ is NaN\.$' AS nan_is_named, outcome(replace(call, '%', '''-Infinity''')) ~ '^22023 \w+ is -Infinity\.$' AS infinity_is_named,
       cannot, outcome(replace(call, '%', coalesce(cannot, '1'))) IS NULL AS is_null FROM calls ORDER BY line;

-- Among other rows in a group: a NULL is passed over, what is no number is named, and what cannot be
-- leaves the group without a value, the row out, or is named. To movements of revenue a NULL is none.
CREATE TABLE aggregates (line serial, call text, cannot text);
INSERT INTO aggregates (call, cannot) VALUES
    ('clv_gini(v)', '-1'), ('clv_mrr_movements(v, 5, true)', NULL), ('(clv_mrr_movements(coalesce(v, 0), 5, true)).left_out', '-1'),
    ('clv_net_promoter_score(v)', '11'), ('clv_customer_satisfaction_score(v)', '6'), ('clv_customer_effort_score(v)', '8'),
    ('clv_xnpv(date ''2024-01-01'', v, 0.1)', NULL), ('clv_historical(date ''2024-01-01'', v, date ''2024-02-01'')', NULL),
    ('clv_accuracy(v, 5)', NULL), ('clv_accuracy(5, v)', NULL),
    ('(clv_summary(date ''2024-01-01'', v, date ''2024-02-01'')).revenue', NULL), ('(gamma_gamma_fit(3, v) -> ''customers'')', '-1'), ('(experiment_means(v > 3, v)).statistic', NULL);
CREATE FUNCTION grouped(call text, odd text) RETURNS text LANGUAGE sql
RETURN outcome(format('SELECT %s FROM (VALUES (1::float8), (3), (%s), (5), (4)) AS r (v)', call, odd));
SELECT call, grouped(call, 'NULL') IS NOT DISTINCT FROM outcome(format('SELECT %s FROM (VALUES (1::float8), (3), (5), (4)) AS r (v)', call)) AS null_is_passed_over,
       grouped(call, '''NaN''') ~ '^22023 .*NaN' AS nan_is_named, grouped(call, '''Infinity''') ~ '^22023 .*Infinity' AS infinity_is_named, cannot, CASE WHEN cannot IS NOT NULL THEN grouped(call, cannot) END AS gives FROM aggregates ORDER BY line;
-- Windows: the row of a NULL has no value and the others theirs; a negative value leaves none in its partition.
SELECT v, clv_tier(v) OVER () AS tier, (clv_pareto_share(v) OVER ()).decile FROM (VALUES (1), (3), (NULL), (5)) AS r (v) ORDER BY v;
SELECT v, clv_tier(v) OVER () AS tier, (clv_pareto_share(v) OVER ()).decile FROM (VALUES (1), (-3), (NULL), (5)) AS r (v) ORDER BY v;
SELECT outcome('SELECT count(x) FROM (SELECT ' || call || ' OVER (ORDER BY v) AS x FROM (VALUES (1::float8), (''NaN''), (5)) AS r (v)) AS q')
FROM unnest('{clv_tier(v),clv_pareto_share(v),clv_metric_alert(v),"clv_kmeans(ARRAY[v], 1)","rfm_score(1, v, 2)"}'::text[]) WITH ORDINALITY AS c (call, line) ORDER BY line;
-- Both can be counted.
SELECT count(*) AS rows, count(*) FILTER (WHERE v IS NULL) AS unknown, count(*) FILTER (WHERE v = 'NaN') AS no_numbers, count(*) FILTER (WHERE v < 0) AS negative,
       clv_gini(v) FILTER (WHERE v >= 0 AND v <> 'NaN') AS gini FROM (VALUES (1::float8), (3), (NULL), ('NaN'), (-2)) AS r (v);
