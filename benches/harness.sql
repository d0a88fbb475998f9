-- How the benchmarks measure: the tables of what is run and what came out, and the procedure that
-- runs it. Medians are taken in report.sql.

CREATE TABLE workloads (
    part      text,          -- run together, one after another in each round
    what      text,
    settings  text[],        -- name, value, name, value …
    target    text,          -- the table that the statement makes; NULL: rows are thrown away
    temporary boolean NOT NULL DEFAULT false,
    statement text,
    line      serial
);
CREATE TABLE runs (what text, ms double precision, cpu_ms double precision, plan text);
CREATE TABLE memory (what text, peak_kb bigint, shared_kb bigint, file_kb bigint);
CREATE TABLE facts (what text, value text);

-- Processor time of this backend.
CREATE FUNCTION cpu_ms() RETURNS double precision LANGUAGE sql AS $$
    SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::double precision / 1000000
$$;

-- One of the kernel's figures on this backend, in kB.
CREATE FUNCTION status_kb(name text) RETURNS bigint LANGUAGE sql AS $$
    SELECT substring(pg_read_file('/proc/self/status') FROM name || ':\s*(\d+) kB')::bigint
$$;

CREATE FUNCTION plan_shape(node jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text := CASE WHEN node ->> 'Node Type' <> 'Aggregate' THEN node ->> 'Node Type'
                      ELSE CASE node ->> 'Strategy' WHEN 'Hashed' THEN 'HashAggregate' WHEN 'Sorted' THEN 'GroupAggregate'
                                WHEN 'Mixed' THEN 'MixedAggregate' ELSE 'Aggregate' END END;
    below text;
BEGIN
    name := concat_ws(' ', nullif(node ->> 'Partial Mode', 'Simple'),
                      CASE WHEN node ->> 'Node Type' <> 'Aggregate' AND (node ->> 'Parallel Aware')::boolean THEN 'Parallel' END, name,
                      '(' || nullif(node ->> 'HashAgg Batches', '1') || ' batches)',
                      '(' || (node ->> 'Sort Space Type') || ')');
    SELECT string_agg(DISTINCT plan_shape(child), ' + ') INTO below FROM jsonb_array_elements(node -> 'Plans') AS child;
    RETURN concat_ws(' ← ', name, below);
END $$;

-- A workload's settings as statements.
CREATE FUNCTION set_all(settings text[]) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(format('SET %s = %L;', settings[i], settings[i + 1]), ' '), '')
    FROM generate_series(1, array_length(settings, 1), 2) AS i
$$;

-- The statement that makes a workload's table.
CREATE FUNCTION making(work workloads) RETURNS text LANGUAGE sql AS $$
    SELECT format('CREATE %s %s AS %s', CASE WHEN work.temporary THEN 'TEMP TABLE' ELSE 'TABLE' END, work.target, work.statement)
$$;

-- A new process maps shared memory page by page where it first reads it: up to 50 ms for what a fit
-- reads, which are not measured. Parallel workers, new with every statement, do take it.
CREATE PROCEDURE read_all() LANGUAGE plpgsql AS $$
DECLARE
    "table" name;
BEGIN
    FOREACH "table" IN ARRAY '{orders, orders_by_customer, orders_tenth, customers, flat}'::name[] LOOP
        EXECUTE format('SELECT count(customer_id) FROM %I', "table");
    END LOOP;
END $$;

CREATE PROCEDURE run(part text, rounds integer) LANGUAGE plpgsql AS $$
DECLARE
    work workloads;
    began timestamptz;
    cpu double precision;
    plan jsonb;
BEGIN
    FOR round IN 1 .. rounds LOOP
        FOR work IN SELECT * FROM workloads AS w WHERE w.part = run.part ORDER BY line LOOP
            IF work.target IS NOT NULL THEN
                EXECUTE 'DROP TABLE IF EXISTS ' || work.target;
                COMMIT;
            END IF;
            FOR i IN 1 .. coalesce(array_length(work.settings, 1), 0) BY 2 LOOP
                PERFORM set_config(work.settings[i], work.settings[i + 1], true);
            END LOOP;
            IF work.target IS NULL THEN
                cpu := cpu_ms();
                EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || work.statement INTO plan;
                INSERT INTO runs VALUES (work.what, (plan -> 0 ->> 'Execution Time')::double precision, cpu_ms() - cpu, plan_shape(plan -> 0 -> 'Plan'));
            ELSE
                EXECUTE format('EXPLAIN (FORMAT JSON) %s', work.statement) INTO plan;
                cpu := cpu_ms();
                began := clock_timestamp();
                EXECUTE making(work);
                COMMIT;
                INSERT INTO runs VALUES (work.what, 1000 * extract(epoch FROM clock_timestamp() - began), cpu_ms() - cpu, plan_shape(plan -> 0 -> 'Plan'));
            END IF;
            COMMIT;
        END LOOP;
    END LOOP;
END $$;
