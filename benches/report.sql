-- The figures of RESULTS.md, as Markdown.

CREATE TABLE medians AS
SELECT what, count(*) AS runs, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY cpu_ms) AS cpu_ms, mode() WITHIN GROUP (ORDER BY plan) AS plan
FROM runs GROUP BY what;

CREATE FUNCTION ms(name text) RETURNS double precision LANGUAGE sql AS 'SELECT ms FROM medians WHERE what = name';
CREATE FUNCTION fact(name text) RETURNS double precision LANGUAGE sql AS 'SELECT max(value)::float8 FROM facts WHERE what = name';
CREATE FUNCTION rows_ms(name text, base text) RETURNS double precision LANGUAGE sql AS
    $$SELECT 1000 * (ms(name) - ms(base)) / fact('customers')$$;
-- Peak memory that is a process's own, in MB: without the pages of shared_buffers that it has seen,
-- and those of programs and libraries.
CREATE FUNCTION own_mb(name text) RETURNS double precision LANGUAGE sql AS
    'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY peak_kb - shared_kb - file_kb) / 1024 FROM memory WHERE what = name';
CREATE FUNCTION whole(suffix text) RETURNS double precision LANGUAGE sql AS
    $$SELECT ms('whole way: summary table' || suffix) + ms('whole way: models' || suffix) + ms('whole way: scored table' || suffix)$$;

CREATE TABLE figures (
    line serial, figure text, value double precision, form text,
    target double precision, sense text  -- <= or >=; NULL: no target
);
CREATE FUNCTION peer() RETURNS double precision LANGUAGE sql AS
    $$SELECT sum(ms) FROM medians WHERE what IN ('(d) read by copy', '(d) summary', '(d) BG/NBD fit', '(d) Gamma-Gamma fit', '(d) P(alive)', '(d) expected purchases', '(d) 12-month CLV', '(d) write by copy')$$;

-- The growth is stated for a million against a hundred thousand: below, a tenth fits the cache.
INSERT INTO figures (figure, value, form, target, sense) VALUES
    ('clv_summary / the faster of (a) and (b)', ms('clv_summary') / least(ms('(a) count, min, max, sum'), ms('(b) textbook summary')), '0.00', 1.1, '<='),
    ('clv_summary / the faster of (a) and (b), all at work_mem 2MB', ms('clv_summary, work_mem 2MB') / least(ms('(a) count, min, max, sum, work_mem 2MB'), ms('(b) textbook summary, work_mem 2MB')), '0.00', 1.1, '<='),
    ('clv_summary / (c)', ms('clv_summary') / ms('(c) exact summary'), '0.00', 0.45, '<='),
    ('clv_summary, sorted, / (c)', ms('clv_summary, sorted') / ms('(c) exact summary'), '0.00', 0.45, '<='),
    ('clv_summary / (c), both at work_mem 2MB', ms('clv_summary, work_mem 2MB') / ms('(c) exact summary, work_mem 2MB'), '0.00', 0.45, '<='),
    ('clv_summary at work_mem 2MB / at 256MB', ms('clv_summary, work_mem 2MB') / ms('clv_summary'), '0.00', NULL, NULL),
    ('the same with one worker allowed / serial', ms('clv_summary, work_mem 2MB, one worker allowed') / ms('clv_summary, work_mem 2MB'), '0.00', NULL, NULL),
    ('the same with two workers allowed / serial', ms('clv_summary, work_mem 2MB, two workers allowed') / ms('clv_summary, work_mem 2MB'), '0.00', NULL, NULL),
    ('clv_summary partition-wise in two processes / serial', ms('clv_summary, partitioned, work_mem 2MB, two processes') / ms('clv_summary, partitioned, work_mem 2MB'), '0.00', 0.65, '<='),
    ('(a) partition-wise in two processes / serial', ms('(a) count, min, max, sum, partitioned, work_mem 2MB, two processes') / ms('(a) count, min, max, sum, partitioned, work_mem 2MB'), '0.00', NULL, NULL),
    ('bgnbd_fit in two processes / serial', ms('bgnbd_fit, two processes') / ms('bgnbd_fit'), '0.00', 0.75, '<='),
    ('bgnbd_fit, times faster than lifetimes'' fit alone', ms('(d) BG/NBD fit') / ms('bgnbd_fit'), '0.0', 25, '>='),
    ('mbgnbd_fit, times faster', ms('(d) MBG/NBD fit') / ms('mbgnbd_fit'), '0.0', 25, '>='),
    ('gamma_gamma_fit, times faster', ms('(d) Gamma-Gamma fit') / ms('gamma_gamma_fit'), '0.0', 25, '>='),
    ('bgnbd_fit, seconds', ms('bgnbd_fit') / 1000, '0.00', 1, '<='),
    ('mbgnbd_fit, seconds', ms('mbgnbd_fit') / 1000, '0.00', 1, '<='),
    ('gamma_gamma_fit, seconds', ms('gamma_gamma_fit') / 1000, '0.00', 1, '<='),
    ('pnbd_fit, times faster than lifetimes', ms('(d) Pareto/NBD fit') / ms('pnbd_fit'), '0.0', 100, '>='),
    ('pnbd_fit, times faster than CLVTools (needs R: not run here)', NULL, '0.0', 30, '>='),
    ('a model per segment of 1,000 / one fit over all', ms('bgnbd_fit by segment') / ms('bgnbd_fit'), '0.00', 2, '<='),
    ('clv_p_alive of a summary, µs a row beyond the scan', rows_ms('clv_p_alive, summaries', 'scan of the summaries'), '0.000', 1, '<='),
    ('bgnbd_predict of a summary, µs a row beyond the scan', rows_ms('bgnbd_predict, summaries', 'scan of the summaries'), '0.000', 2, '<='),
    ('clv_value of a summary, µs a row beyond the scan', rows_ms('clv_value, summaries', 'scan of the summaries'), '0.000', 4, '<='),
    ('clv_p_alive, customers crossed with 3 models / with one three times', ms('clv_p_alive, 3 own models') / ms('clv_p_alive, 3 same models'), '0.00', 1.2, '<='),
    ('clv_p_alive, a model per segment of 10 / one model in as many rows', ms('clv_p_alive, 10 own models') / ms('clv_p_alive, 10 same models'), '0.00', 1.2, '<='),
    ('clv_p_alive, a model per segment of 100 / one model in as many rows', ms('clv_p_alive, 100 own models') / ms('clv_p_alive, 100 same models'), '0.00', 1.2, '<='),
    ('clv_p_alive, a model per segment of 10,000 / one model in as many rows', ms('clv_p_alive, 10000 own models') / ms('clv_p_alive, 10000 same models'), '0.00', 1.2, '<='),
    ('bgnbd_predict, customers crossed with 3 models / with one three times', ms('bgnbd_predict, 3 own models') / ms('bgnbd_predict, 3 same models'), '0.00', 1.2, '<='),
    ('bgnbd_predict, a model per segment of 10 / one model in as many rows', ms('bgnbd_predict, 10 own models') / ms('bgnbd_predict, 10 same models'), '0.00', 1.2, '<='),
    ('bgnbd_predict, a model per segment of 100 / one model in as many rows', ms('bgnbd_predict, 100 own models') / ms('bgnbd_predict, 100 same models'), '0.00', 1.2, '<='),
    ('bgnbd_predict, a model per segment of 10,000 / one model in as many rows', ms('bgnbd_predict, 10000 own models') / ms('bgnbd_predict, 10000 same models'), '0.00', 1.2, '<='),
    ('clv_value, customers crossed with 3 models / with one three times', ms('clv_value, 3 own models') / ms('clv_value, 3 same models'), '0.00', 1.2, '<='),
    ('clv_value, a model per segment of 10 / one model in as many rows', ms('clv_value, 10 own models') / ms('clv_value, 10 same models'), '0.00', 1.2, '<='),
    ('clv_value, a model per segment of 100 / one model in as many rows', ms('clv_value, 100 own models') / ms('clv_value, 100 same models'), '0.00', 1.2, '<='),
    ('clv_value, a model per segment of 10,000 / one model in as many rows', ms('clv_value, 10000 own models') / ms('clv_value, 10000 same models'), '0.00', 1.2, '<='),
    ('clv_p_alive / (f), from summaries, scan included', ms('clv_p_alive, summaries') / ms('(f) P(alive) as SQL, summaries'), '0.00', 1, '<='),
    ('clv_p_alive / (f), from plain columns, scan included', ms('clv_p_alive, columns') / ms('(f) P(alive) as SQL, columns'), '0.00', 1, '<='),
    ('rfm_score / (e) without tiebreak', ms('rfm_score') / ms('(e) three NTILE'), '0.00', 0.6, '<='),
    ('whole way at work_mem 2MB, times faster than (d) by COPY', peer() / whole(', work_mem 2MB'), '0.0', 8, '>='),
    ('whole way at work_mem 2MB, summaries and models temporary, times faster', peer() / whole(', work_mem 2MB, temporary'), '0.0', 8, '>='),
    ('whole way at work_mem 256MB, times faster', peer() / whole(', work_mem 256MB'), '0.0', 8, '>='),
    ('whole way at work_mem 256MB, sorted, times faster', peer() / whole(', work_mem 256MB, sorted'), '0.0', 8, '>='),
    ('whole way at work_mem 2MB in two processes, times faster', peer() / whole(', work_mem 2MB, two processes'), '0.0', 8, '>='),
    ('whole way at work_mem 2MB / summary table alone', whole(', work_mem 2MB') / ms('whole way: summary table, work_mem 2MB'), '0.00', 1.6, '<='),
    ('whole way at work_mem 2MB, temporary / summary table alone', whole(', work_mem 2MB, temporary') / ms('whole way: summary table, work_mem 2MB, temporary'), '0.00', 1.6, '<='),
    ('whole way at work_mem 256MB / summary table alone', whole(', work_mem 256MB') / ms('whole way: summary table, work_mem 256MB'), '0.00', 1.6, '<='),
    ('peak memory at work_mem 2MB / (d) by COPY', own_mb('whole way, work_mem 2MB') / own_mb('(d) by COPY'), '0.00', 0.1, '<='),
    ('peak memory at work_mem 2MB, temporary / (d) by COPY', own_mb('whole way, work_mem 2MB, temporary') / own_mb('(d) by COPY'), '0.00', 0.1, '<='),
    ('peak memory at work_mem 256MB / (d) by COPY', own_mb('whole way, work_mem 256MB') / own_mb('(d) by COPY'), '0.00', 0.1, '<='),
    ('peak memory at work_mem 256MB, sorted / (d) by COPY', own_mb('whole way, work_mem 256MB, sorted') / own_mb('(d) by COPY'), '0.00', 0.1, '<='),
    ('clv_summary, time for a customer: all / a tenth of them', ms('clv_summary') / ms('clv_summary, a tenth') / 10, '0.00', CASE WHEN fact('customers') >= 1000000 THEN 1.3 END, '<='),
    ('the same at work_mem 2MB', ms('clv_summary, work_mem 2MB') / ms('clv_summary, a tenth, work_mem 2MB') / 10, '0.00', CASE WHEN fact('customers') >= 1000000 THEN 1.3 END, '<='),
    ('the same sorted', ms('clv_summary, sorted') / ms('clv_summary, a tenth, sorted') / 10, '0.00', CASE WHEN fact('customers') >= 1000000 THEN 1.3 END, '<='),
    ('bgnbd_fit, time for a customer: all / a tenth of them', ms('bgnbd_fit') / ms('bgnbd_fit, a tenth') / 10, '0.00', 1.3, '<='),
    ('bgnbd_fit, weeks / days', ms('bgnbd_fit, ages in weeks') / ms('bgnbd_fit'), '0.00', NULL, NULL),
    ('distinct histories, weeks / days', fact('distinct histories in weeks') / fact('distinct histories'), '0.00', NULL, NULL),
    ('bgnbd_fit, own memory beyond an idle backend, bytes per distinct history', (own_mb('bgnbd_fit') - own_mb('nothing')) * 1048576 / fact('distinct histories'), '0', NULL, NULL),
    ('warm start, Newton steps / cold', fact('iterations warm') / fact('iterations cold'), '0.00', 0.5, '<=');

SELECT format('%s orders; %s distinct histories in days, %s in weeks.', fact('orders'), fact('distinct histories'), fact('distinct histories in weeks'));
\echo
\echo '| figure | measured | target | met |'
\echo '|---|---:|---:|---|'
SELECT concat_ws(' | ', '|' || ' ' || figure, coalesce(rtrim(to_char(value, CASE form WHEN '0' THEN 'FM999990' ELSE 'FM999990' || substr(form, 2) END), '.'), 'not run'),
                 coalesce(replace(replace(sense, '<=', '≤'), '>=', '≥') || ' ' || target, ''),
                 CASE WHEN target IS NULL OR value IS NULL THEN '' WHEN CASE sense WHEN '<=' THEN value <= target ELSE value >= target END THEN 'yes' ELSE '**no**' END || ' |')
FROM figures ORDER BY line;
\echo
\echo '## What was run'
\echo
\echo '| what | median ms | of it processor | runs | plan |'
\echo '|---|---:|---:|---:|---|'
SELECT concat_ws(' | ', '| ' || what, round(ms::numeric, 1), round(cpu_ms::numeric), runs, coalesce(plan, '') || ' |')
FROM medians LEFT JOIN (SELECT what, min(line) AS line FROM workloads GROUP BY what) AS w USING (what) ORDER BY line NULLS LAST, what;
\echo
\echo 'Processor time is that of the backend (of Python), not of its workers. Nothing cached means:'
SELECT value || '.' FROM facts WHERE what = 'cold';
\echo
\echo '## Peak memory'
\echo
\echo 'VmHWM of the process; its own is that without shared_buffers, programs and libraries.'
\echo
\echo '| what | VmHWM, MB | its own, MB |'
\echo '|---|---:|---:|'
SELECT concat_ws(' | ', '| ' || what, round(max(peak_kb) / 1024.0), round(own_mb(what)::numeric) || ' |') FROM memory GROUP BY what ORDER BY what;
