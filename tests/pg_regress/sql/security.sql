-- Security: the script runs as superuser in a schema that others may write to, so nothing of the
-- extension may be bound to an object that is not its own or PostgreSQL's.
\i tests/pg_regress/bindings.sql
SELECT * FROM foreign_bindings;

-- The view finds whatever is bound to something else: a body, a default, a CHECK, the functions of
-- an aggregate, a cast and an operator, a column's type, a body that is bound when it runs, unless
-- its path is pinned.
BEGIN;
CREATE SCHEMA s;
CREATE FUNCTION s.twice(integer) RETURNS integer RETURN $1 + $1;
CREATE FUNCTION s.size(clv_summary) RETURNS integer RETURN 1;
CREATE FUNCTION s.both(integer, integer) RETURNS integer RETURN $1 + $2;
CREATE OPERATOR s.|@| (FUNCTION = s.both, LEFTARG = integer, RIGHTARG = integer);
CREATE DOMAIN s.text AS pg_catalog.text;
CREATE FUNCTION body(x integer) RETURNS integer BEGIN ATOMIC SELECT 1 OPERATOR(s.|@|) x; END;
CREATE FUNCTION argument(x integer DEFAULT s.twice(1)) RETURNS integer LANGUAGE internal AS 'int4up';
CREATE FUNCTION later(x integer) RETURNS integer LANGUAGE sql AS 'SELECT abs(x)';
CREATE FUNCTION pinned(x integer) RETURNS integer LANGUAGE sql SET search_path = pg_catalog, pg_temp AS 'SELECT abs(x)';
CREATE DOMAIN checked AS integer CHECK (s.twice(VALUE) > 0);
CREATE TYPE of_columns AS (a s.text);
CREATE AGGREGATE added(integer) (SFUNC = s.both, STYPE = integer);
CREATE OPERATOR |@|@ (FUNCTION = s.both, LEFTARG = integer, RIGHTARG = integer);
CREATE CAST (clv_summary AS integer) WITH FUNCTION s.size(clv_summary);
ALTER EXTENSION pg_clv ADD FUNCTION body(integer);
ALTER EXTENSION pg_clv ADD FUNCTION argument(integer);
ALTER EXTENSION pg_clv ADD FUNCTION later(integer);
ALTER EXTENSION pg_clv ADD FUNCTION pinned(integer);
ALTER EXTENSION pg_clv ADD DOMAIN checked;
ALTER EXTENSION pg_clv ADD TYPE of_columns;
ALTER EXTENSION pg_clv ADD AGGREGATE added(integer);
ALTER EXTENSION pg_clv ADD OPERATOR |@|@ (integer, integer);
ALTER EXTENSION pg_clv ADD CAST (clv_summary AS integer);
SELECT * FROM foreign_bindings ORDER BY object COLLATE "C", bound_to COLLATE "C";
ROLLBACK;

-- Support functions that take no internal can be called by hand by anybody, with anything.
SELECT p.oid::regprocedure AS callable FROM pg_proc AS p
JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_clv')
  AND p.proname LIKE '\_%' AND 'internal'::regtype <> ALL (p.proargtypes)
ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT _rfm_map_step('[]', 'a', 1, 2, 3, 4), _rfm_map_step('[1]', NULL, NULL, NULL, NULL, NULL);
SELECT _rfm_map_step('[{}]', '"\', -2147483648, 2147483647, 3, 4, 5, 6, 7), _rfm_map_step(NULL, 'a', 1, 2, 3, 4) IS NULL AS "null";
\set VERBOSITY sqlstate
SELECT _rfm_map_step('{}', 'a', 1, 2, 3, 4);
\set VERBOSITY default
