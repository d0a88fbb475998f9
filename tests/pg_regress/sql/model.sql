-- clv_model: constructors, the domain, clv_parameters, what is refused as a model.
\set VERBOSITY terse
SELECT bgnbd_model(0.243, 4.414, 0.793, 2.426) - 'version' AS without_unit;
SELECT bgnbd_model(0.243, 4.414, 0.793, 2.426, '1 week') - 'version' AS weeks;
SELECT mbgnbd_model(r => 0.525, alpha => 6.183, a => 0.891, b => 1.614, unit => interval '1 month') -> 'unit_days' AS months;
SELECT gamma_gamma_model(6.25, 3.74, 15.44) - 'version' AS spend;
SELECT bgnbd_model(1, 2, 3, 4, NULL) -> 'unit_days' AS null_unit, bgnbd_model(NULL, 2, 3, 4) IS NULL AS null_r, gamma_gamma_model(1, NULL, 2) IS NULL AS null_q;
SELECT pg_typeof(bgnbd_model(1, 2, 3, 4)) AS type;

-- Parameters as rows, in the order of the literature.
SELECT * FROM clv_parameters(bgnbd_model(0.243, 4.414, 0.793, 2.426));
SELECT * FROM clv_parameters(gamma_gamma_model(6.25, 3.74, 15.44), 0.9);
CREATE TABLE models AS
SELECT bgnbd_fit(s) AS purchases, gamma_gamma_fit(s) AS spend
FROM (SELECT clv_summary(ordered_at, amount, date '1997-09-30', interval '1 week') AS s FROM orders GROUP BY customer_id) AS customers;
-- The limits are exp(ln estimate ± 1.959964 std_error / estimate).
SELECT parameter, round(estimate::numeric, 4) AS estimate, round(std_error::numeric, 4) AS std_error, round(ci_low::numeric, 4) AS ci_low, round(ci_high::numeric, 4) AS ci_high,
       abs(ci_low / exp(ln(estimate) - 1.9599639845400545 * std_error / estimate) - 1) < 1e-12 AS low, abs(ci_low * ci_high / estimate ^ 2 - 1) < 1e-12 AS symmetric
FROM models, clv_parameters(purchases);
SELECT w.parameter, w.ci_low < n.ci_low AND w.ci_high > n.ci_high AS wider
FROM models, clv_parameters(purchases, 0.99) AS w JOIN LATERAL clv_parameters(purchases, level => 0.5) AS n USING (parameter);
SELECT count(*) AS of_null FROM clv_parameters(NULL);
SELECT count(*) AS of_no_model FROM clv_parameters((SELECT bgnbd_fit(0, 0, 10)));
SELECT count(*) AS of_null_level FROM clv_parameters(bgnbd_model(1, 2, 3, 4), NULL);
SELECT model, count(*) FROM models, LATERAL (VALUES ('purchases', purchases), ('spend', spend)) AS v (model, m), clv_parameters(m) GROUP BY model ORDER BY model;

-- A model is a value: a column, jsonb and text and back, a default, part of an expression.
CREATE TABLE stored (m clv_model DEFAULT bgnbd_model(1, 2, 3, 4), note text);
INSERT INTO stored (note) VALUES ('default');
INSERT INTO stored SELECT purchases, 'fitted' FROM models;
INSERT INTO stored SELECT purchases::text::jsonb, 'by way of text' FROM models;
INSERT INTO stored SELECT jsonb_set(purchases, '{params,r}', '0.3'), 'r changed' FROM models;
INSERT INTO stored SELECT json_build_object('model', 'bgnbd', 'params', json_build_object('r', 0.243, 'alpha', 4.414, 'a', 0.793, 'b', 2.426))::jsonb, 'the least that makes a model';
INSERT INTO stored VALUES (NULL, 'NULL');
SELECT note, round(clv_p_alive(m, 2, 30.43, 38.86)::numeric, 6) AS p_alive FROM stored ORDER BY note COLLATE "C";
CREATE INDEX ON stored ((m ->> 'model'));

-- Errors.
\set VERBOSITY default
SELECT bgnbd_model(0, 4.414, 0.793, 2.426);
SELECT bgnbd_model(0.243, -4.414, 0.793, 2.426);
SELECT mbgnbd_model(0.243, 4.414, 'NaN', 2.426);
SELECT gamma_gamma_model(6.25, 'infinity', 15.44);
SELECT bgnbd_model(0.243, 4.414, 0.793, 2.426, '1 hour');
SELECT bgnbd_model(0.243, 4.414, 0.793);
SELECT clv_parameters(bgnbd_model(1, 2, 3, 4), 1);
SELECT clv_parameters(bgnbd_model(1, 2, 3, 4), 'NaN');
SELECT jsonb '{"a": 1}'::clv_model;
SELECT jsonb '[1]'::clv_model;
SELECT '42'::clv_model;
SELECT clv_p_alive('{"model": "bgnbd"', 1, 2, 3);
-- What has the key "model" but is none is found when it is used.
SELECT clv_p_alive('{"model": "prophet"}', 1, 2, 3);
SELECT clv_p_alive('{"model": 1}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "params": {"r": 1, "alpha": 2, "a": 3}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "params": {"r": "1", "alpha": 2, "a": 3, "b": 4}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "params": {"r": -1, "alpha": 2, "a": 3, "b": 4}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "params": {"r": 1e999, "alpha": 2, "a": 3, "b": 4}}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "params": [1, 2, 3, 4]}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "params": {"r": 1, "alpha": 2, "a": 3, "b": 4}, "unit_days": -7}', 1, 2, 3);
SELECT clv_p_alive('{"model": "bgnbd", "params": {"r": 1, "alpha": 2, "a": 3, "b": 4}, "unit_days": "week"}', 1, 2, 3);
SELECT * FROM clv_parameters('{"model": "bgnbd", "params": {"r": 1, "alpha": 2, "a": 3, "b": 4}, "std_errors": {"r": 1}}');
\set VERBOSITY sqlstate
SELECT bgnbd_model(0, 4.414, 0.793, 2.426);
SELECT jsonb '{"a": 1}'::clv_model;
SELECT clv_p_alive('{"model": "prophet"}', 1, 2, 3);
SELECT clv_parameters(bgnbd_model(1, 2, 3, 4), 1);
\set VERBOSITY default
SELECT 'the session goes on' AS then;
