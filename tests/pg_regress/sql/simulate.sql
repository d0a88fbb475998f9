-- Simulators: the same for the same seed, and the fit finds what was put in.
SET extra_float_digits = -9;
SELECT * FROM bgnbd_simulate(bgnbd_model(0.8, 6, 0.8, 2.4, '1 week'), 3, 52, seed => 7, holdout => 52);
-- A customer does not depend on how many are drawn, nor what came before on the holdout.
SELECT (SELECT c FROM pnbd_simulate(pnbd_model(0.55, 10.6, 0.6, 11.7), 5, 39, 1, 52) AS c WHERE customer = 4)
     = (SELECT c FROM pnbd_simulate(pnbd_model(0.55, 10.6, 0.6, 11.7), 4, 39, 1, 52) AS c WHERE customer = 4) AS same_customer,
       (SELECT string_agg((frequency, recency)::text, ' ') FROM pnbd_simulate(pnbd_model(0.55, 10.6, 0.6, 11.7), 50, 39, 1, 52, 20))
     = (SELECT string_agg((frequency, recency)::text, ' ') FROM pnbd_simulate(pnbd_model(0.55, 10.6, 0.6, 11.7), 50, 39, 1, 52)) AS same_past;

-- Within three standard errors
CREATE TABLE truths (name text, model clv_model);
INSERT INTO truths VALUES ('bgnbd', bgnbd_model(0.6, 8, 0.8, 2.4)), ('mbgnbd', mbgnbd_model(0.6, 8, 0.8, 2.4)), ('pnbd', pnbd_model(0.6, 8, 0.7, 12)), ('bgbb', bgbb_model(1.2, 0.75, 0.66, 2.8)), ('gamma_gamma', gamma_gamma_model(6.25, 3.74, 15.44)), ('sbg', sbg_model(0.7, 1.2));
CREATE TABLE fits AS
SELECT 'bgnbd' AS name, (SELECT bgnbd_fit(frequency, recency, age) FROM bgnbd_simulate(model, 20000, 40, 1, 100)) AS fit, model FROM truths WHERE name = 'bgnbd'
UNION ALL SELECT name, (SELECT mbgnbd_fit(frequency, recency, age) FROM mbgnbd_simulate(model, 20000, 40, 2, 100)), model FROM truths WHERE name = 'mbgnbd'
UNION ALL SELECT name, (SELECT pnbd_fit(frequency, recency, age) FROM pnbd_simulate(model, 20000, 40, 3, 100)), model FROM truths WHERE name = 'pnbd'
UNION ALL SELECT name, (SELECT bgbb_fit(frequency, recency, age) FROM bgbb_simulate(model, 20000, 6, 4, 10)), model FROM truths WHERE name = 'bgbb'
UNION ALL SELECT name, (SELECT gamma_gamma_fit(frequency, monetary) FROM gamma_gamma_simulate(model, 20000, 3, 5)), model FROM truths WHERE name = 'gamma_gamma'
UNION ALL SELECT name, (SELECT sbg_fit(tenure, churned) FROM sbg_simulate(model, 20000, 8, 6)), model FROM truths WHERE name = 'sbg';
SELECT name, t.parameter, abs(f.estimate - t.estimate) < 3 * f.std_error AS recovered
FROM fits, clv_parameters(model) AS t JOIN LATERAL clv_parameters(fit) AS f USING (parameter) ORDER BY name, parameter;

-- The purchases of the holdout are those that the model expects.
SELECT abs(avg(holdout_purchases - clv_predict_purchases(m, frequency, recency, age, 26))
         / (stddev(holdout_purchases - clv_predict_purchases(m, frequency, recency, age, 26)) / sqrt(count(*)))) < 3 AS unbiased
FROM bgnbd_model(0.6, 8, 0.8, 2.4) AS m, bgnbd_simulate(m, 20000, 40, 9, 100, 26) AS c;

-- Nobody, and NULLs
SELECT count(*) FROM bgnbd_simulate(bgnbd_model(1, 1, 1, 1), 0, 10);
SELECT count(*) FROM bgnbd_simulate(NULL, 10, 10);
SELECT count(*) FROM sbg_simulate(sbg_model(1, 1), 10, NULL);

-- What is refused
SELECT * FROM bgnbd_simulate(bgnbd_model(1, 1, 1, 1), -1, 10);
SELECT * FROM bgnbd_simulate(bgnbd_model(1, 1, 1, 1), 1, 10, max_age => 5);
SELECT * FROM bgnbd_simulate(bgnbd_model(1, 1, 1, 1), 1, 'infinity');
SELECT * FROM pnbd_simulate(bgnbd_model(1, 1, 1, 1), 1, 10);
SELECT * FROM sbg_simulate(sbg_model(1, 1), 1, 0);
SELECT count(*) FROM pnbd_simulate(pnbd_model(1, 1e-12, 1, 1), 1, 1e9);
SELECT * FROM gamma_gamma_simulate(gamma_gamma_model(6, 4, 15), 1, 2147483647);

-- What is drawn does not pile up: a model for each of many calls.
SELECT count(*) AS drawn FROM generate_series(1, 2000) AS g, LATERAL bgnbd_simulate(bgnbd_model(g, 4.4, 0.8, 2.4), 1, 3) AS c;
