\echo Parameters beyond the limits of what is computed
SELECT bgnbd_model(1e13, 4, 0.8, 2.4);
SELECT bgnbd_model(0.2, 1e31, 0.8, 2.4);
SELECT pnbd_model(1e47, 1e-282, 0.6, 0.02);
SELECT mbgnbd_model(0.2, 4, 1e-13, 2.4);
SELECT bgbb_model(1e33, 1, 1, 1);
SELECT sbg_model(1e33, 1e33);
SELECT gamma_gamma_model(0.373, 1.7976931348623157e308, 23.3);
-- A model may come from anybody.
SELECT clv_predict_purchases('{"model": "pnbd", "params": {"r": 1e47, "alpha": 1e-282, "s": 0.6, "beta": 0.02}}', 2, 30, 40, 10);
SELECT clv_predict_purchases('{"model": "bgnbd", "params": {"r": 1, "alpha": 4, "a": 0.8, "b": 1e-300}}', 2, 30, 40, 10);
SELECT clv_predict_purchases('{"model": "bgnbd", "unit_days": 1e-300, "params": {"r": 1, "alpha": 4, "a": 0.8, "b": 2}}', 2, 30, 40, 10);
\echo What was endless
SET statement_timeout = '5s';
SELECT clv_discounted_purchases(pnbd_model(0.5, 10, 2, 11, '1 day'), 2, 30, 40, 1e15, -0.5) IS NULL AS beyond_a_double;
SELECT round(clv_discounted_purchases(pnbd_model(0.5, 10, 2, 11, '1 day'), 2, 30, 40, 5000, -0.5)::numeric, 6) AS pnbd;
SELECT count(clv_predict_purchases(bgnbd_model(1e8, 1e8, 0.8, 2.5), x, 30, 40, 50)) AS bgnbd FROM generate_series(1, 200) AS x;
SELECT count(clv_discounted_purchases(bgnbd_model(1e8, 1e8, 0.8, 2.5, '1 week'), x, 30, 40, 50, -0.1)) AS bgnbd FROM generate_series(1, 200) AS x;
SELECT count(clv_purchase_pmf(bgnbd_model(1e8, 1e8, 0.8, 2.5), n, 10)) AS pmf FROM generate_series(0, 200) AS n;
-- In endless time whoever buys three times and leaves: E[p (1 - p)^2].
SELECT round(clv_purchase_pmf('{"model": "bgnbd", "border": "same_rate", "params": {"lambda": 1e12, "a": 0.3, "b": 1}}', 3, 1e300)::numeric, 12) AS poisson, round(0.3 * 1 * 2 / (1.3 * 2.3 * 3.3), 12) AS right;
RESET statement_timeout;
\echo A negative discount rate
SELECT round(clv_discounted_purchases(bgbb_model(1.2, 0.75, 0.66, 2.78, '1 year'), 3, 5, 6, 10, -0.1)::numeric, 9) AS bgbb,
       round(clv_discounted_purchases(bgbb_model(1.2, 0.75, 0.66, 2.78, '1 year'), 3, 5, 6, 10, 0)::numeric, 9) AS plain,
       clv_discounted_purchases(bgbb_model(1.2, 0.75, 0.66, 2.78, '1 year'), 3, 5, 6, 100001, -0.1) IS NULL AS too_many;
\echo Probabilities and expectations at the ends of their domain
SELECT clv_p_alive(bgnbd_model(0.5, 3, 1e-12, 1e-12), 1, 1, 2, 1e6) AS later, clv_purchase_pmf(bgnbd_model(0.5, 3, 2, 1e-11), 1, 1e5) AS pmf,
       clv_purchase_pmf(bgnbd_model(1e-12, 3, 2, 1.5), 4, 1000) AS small_r;
SELECT clv_expected_purchases(bgnbd_model(0.243, 4.414, 0.793, 2.426), 1e300) AS far, clv_expected_purchases(bgnbd_model(0.243, 4.414, 0.793, 2.426), 1e306) IS NULL AS too_far;
\echo Numbers near the end of the range of a double
SELECT clv_predict_spend(gamma_gamma_model(6.25, 3.74, 15.44), 10, 1e308) AS spend;
SELECT count(*), count(monetary) = count(*) OR bool_and(monetary <> 'NaN') AS numbers FROM gamma_gamma_simulate(gamma_gamma_model(1e-3, 1e-3, 15), 100, 3);
SELECT clv_historical(d, 1e308, date '2026-01-09') FROM generate_series(date '2026-01-01', date '2026-01-03', interval '1 day') AS t (t), LATERAL (SELECT t::date AS d) AS days;
SELECT (clv_summary(d, 1e308, date '2026-01-09')).* FROM generate_series(date '2026-01-01', date '2026-01-03', interval '1 day') AS t (t), LATERAL (SELECT t::date AS d) AS days;
SELECT experiment_bootstrap(g > 0, v * 1e308) FROM generate_series(0, 1, 0.25) AS v, generate_series(0, 1) AS g;
SELECT d.difference, d.ci_low < d.ci_high AS limits FROM (SELECT (experiment_bootstrap(g > 0, v * (1 + g) * 1e300)).* FROM generate_series(0, 1, 0.25) AS v, generate_series(0, 1) AS g) AS d;
SELECT * FROM clv_compare_models(ARRAY['{"model": "bgnbd", "params": {"r": 1, "alpha": 4, "a": 0.8, "b": 2}, "log_likelihood": -5}'::clv_model]);
SELECT * FROM clv_compare_models(ARRAY['{"model": "bgnbd", "params": {"r": 1, "alpha": 4, "a": 0.8, "b": 2}, "log_likelihood": -1e308}'::clv_model]);
SELECT * FROM clv_parameters('{"model": "sbg", "params": {"alpha": 1, "beta": 2}, "std_errors": {"alpha": 1e300, "beta": 0}}'::clv_model);
-- 40,000 of them took seconds.
SELECT clv_metrics(ROW(1, 1, 2, 5, 2, 1e308, '2026-01-01', '2026-01-02', '2026-01-03', '1 day')::clv_summary) FROM generate_series(1, 40000);
\echo Models made by hand, whose log-likelihoods are anything
SELECT * FROM clv_likelihood_ratio('{"model": "nbd", "params": {"r": 1, "alpha": 4}, "log_likelihood": -8}', '{"model": "bgnbd", "params": {"r": 1, "alpha": 4, "a": 0.8, "b": 2}, "log_likelihood": -5}');
SELECT * FROM clv_likelihood_ratio('{"model": "nbd", "params": {"r": 1, "alpha": 4}, "log_likelihood": -1e300}', '{"model": "bgnbd", "params": {"r": 1, "alpha": 4, "a": 0.8, "b": 2}, "log_likelihood": -5}');
SELECT * FROM clv_likelihood_ratio('{"model": "nbd", "params": {"r": 1, "alpha": 4}, "log_likelihood": -1e308}', '{"model": "bgnbd", "params": {"r": 1, "alpha": 4, "a": 0.8, "b": 2}, "log_likelihood": 1e308}');
SELECT * FROM clv_likelihood_ratio('{"model": "nbd", "params": {"r": 1, "alpha": 4}, "log_likelihood": -5}', '{"model": "bgnbd", "params": {"r": 1, "alpha": 4, "a": 0.8, "b": 2}, "log_likelihood": -8}');
\echo On its border a model has the same limits, and answers at the ends of its domain
SELECT clv_predict_purchases('{"model": "bgnbd", "border": "poisson", "params": {"lambda": 1e31}}', 2, 30, 40, 10);
SELECT clv_predict_purchases('{"model": "bgbb", "border": "beta_binomial", "params": {"alpha": 1e13, "beta": 1}}', 2, 3, 4, 10);
SELECT clv_purchase_pmf(m, 2, 30, 40, 1, 1e300) AS pmf, i.* FROM (SELECT '{"model": "bgnbd", "border": "poisson", "params": {"lambda": 1e20}}'::clv_model) AS q (m), clv_predict_interval(m, 2, 30, 40, 1e300) AS i;
SELECT clv_purchase_pmf(m, 2, 30, 40, 0, 1e-320) AS pmf, i.* FROM (SELECT '{"model": "bgnbd", "border": "poisson", "params": {"lambda": 1e-20}}'::clv_model) AS q (m), clv_predict_interval(m, 2, 30, 40, 1e-320) AS i;
\echo A sum that leaves the range of a double may come back, in whatever order
SELECT (clv_metrics(ROW(1, 1, 2, 5, 2, v, '2026-01-01', '2026-01-02', '2026-01-03', '1 day')::clv_summary ORDER BY n)).revenue FROM unnest(ARRAY[1e308, 1e308, 1, -1e308, -1e308]::float8[]) WITH ORDINALITY AS t (v, n);
SELECT (clv_metrics(ROW(1, 1, 2, 5, 2, v, '2026-01-01', '2026-01-02', '2026-01-03', '1 day')::clv_summary ORDER BY v)).revenue FROM unnest(ARRAY[1e308, 1e308, 1, -1e308, -1e308]::float8[]) AS t (v);
