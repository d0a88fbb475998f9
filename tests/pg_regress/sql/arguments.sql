-- Arguments of any size and make: what is read of them is bounded, and what cannot be read is refused.
-- A jsonb that serde cannot read, alone, in an array, as options, as a map.
SELECT clv_compare_models(ARRAY['{"model": "bgnbd", "log_likelihood": 1e999}']::clv_model[]);
SELECT clv_compare_models(ARRAY[bgnbd_model(1, 2, 3, 4),
    format('{"model": "bgnbd", "deep": %s%s}', repeat('[', 500), repeat(']', 500))::clv_model]);
SELECT clv_p_alive(format('{"model": "bgnbd", "deep": %s%s}', repeat('[', 500), repeat(']', 500))::clv_model, 1, 2, 3);
SELECT bgnbd_fit(1, 2, 3, format('{"deep": %s%s}', repeat('[', 500), repeat(']', 500))::jsonb);
-- Those that are no model, or of a fit that says nothing, do not stop the others.
SELECT position, model FROM clv_compare_models(ARRAY[NULL, bgnbd_model(1, 2, 3, 4),
    bgnbd_model(1, 2, 3, 4) || '{"log_likelihood": -5, "customers": 9}',
    pnbd_model(1, 2, 3, 4) || '{"log_likelihood": -4, "customers": 9}']::clv_model[]);
SELECT count(*) FROM clv_compare_models(NULL);
SELECT count(*) FROM clv_compare_models('{}');
-- More of it than any model, map or word has.
\set VERBOSITY terse
SELECT clv_p_alive(jsonb_build_object('model', 'bgnbd', 'long', repeat('x', 5000000))::clv_model, 1, 2, 3);
SELECT clv_compare_models(ARRAY[jsonb_build_object('model', 'bgnbd', 'long', repeat('x', 5000000))::clv_model]);
SELECT cohort_start(date '2020-01-01', repeat('month', 3000));
SELECT cohort_start(date '2020-01-01', 'fortnight');
\set VERBOSITY default
-- Arrays: NULLs take a bit each, dimensions do not matter, a long one is not written out whole.
SELECT clv_npv(ARRAY[[-100, 60], [60, 60]], 0.1) = clv_npv(ARRAY[-100, 60, 60, 60], 0.1) AS same;
SELECT clv_npv(array_fill(NULL::double precision, ARRAY[1000000]), 0.1);
SELECT clv_npv('{}', 0.1), clv_npv(NULL, 0.1), clv_npv('{1}', NULL);
SELECT clv_tier(5, ARRAY['low', 'high'], (SELECT array_agg(1.0::double precision) FROM generate_series(1, 1000)));
SELECT clv_tier(5, ARRAY['low', NULL], ARRAY[1]::double precision[]), clv_tier(5, ARRAY[repeat('long', 100000), 'x'], ARRAY[9]) = repeat('long', 100000);
SELECT * FROM sbg_cohort(ARRAY[5, NULL, 3]);
SELECT * FROM sbg_cohort((SELECT array_agg(n) FROM generate_series(1, 1000) n));
SELECT * FROM sbg_cohort(ARRAY[10, 7, 7, 2]);
SELECT clv_lifecycle(ARRAY['2020-01-05', NULL, '2020-01-01']::date[], date '2020-01-20');
SELECT clv_customer_equity(1000, ARRAY[10, 10], ARRAY[50, 50], 0.1),
       clv_customer_equity(1000, ARRAY[10, NULL], ARRAY[50, 50], 0.1);
SELECT clv_health_score(ARRAY[5, NULL, 7], ARRAY[0, 0, 0], ARRAY[10, 10, 10]),
       clv_health_score(NULL, ARRAY[0], ARRAY[10]);
SELECT clv_discounted(ARRAY[100, 100], ARRAY[1, 0.8], 0.1, 0, 0, NULL), clv_discounted(ARRAY[100, 100], ARRAY[1, 0.8], 0.1);
SELECT 'the session goes on' AS then;
