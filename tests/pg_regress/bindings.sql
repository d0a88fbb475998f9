-- What the extension is bound to by name, for the suite security and the test of a hostile schema.
-- pg_depend holds what an expression refers to: bodies of SQL functions, defaults, CHECKs, the
-- functions of aggregates, casts and operators. What initdb made is not in it.

SET search_path = pg_catalog;
CREATE TEMP VIEW foreign_bindings AS
WITH RECURSIVE extension AS (SELECT oid, extnamespace FROM pg_extension WHERE extname = 'pg_clv'),
-- Its objects and what goes with them: row types, constraints of domains.
parts (classid, objid) AS (
    SELECT d.classid, d.objid FROM pg_depend AS d JOIN extension ON d.refobjid = extension.oid
    WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
    UNION
    SELECT d.classid, d.objid FROM parts AS p JOIN pg_depend AS d ON (d.refclassid, d.refobjid) = (p.classid, p.objid)
    WHERE d.deptype IN ('i', 'a')
)
SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) AS object,
       pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) AS bound_to
FROM parts AS p JOIN pg_depend AS d ON (d.classid, d.objid) = (p.classid, p.objid)
WHERE (d.refclassid, d.refobjid) NOT IN (SELECT classid, objid FROM parts)
  AND (d.refclassid, d.refobjid) NOT IN (SELECT 'pg_extension'::regclass, oid FROM extension)
  AND (d.refclassid, d.refobjid) NOT IN (SELECT 'pg_namespace'::regclass, extnamespace FROM extension)
  -- A superuser's: languages, and what was put into pg_catalog later.
  AND d.refclassid <> 'pg_language'::regclass
  AND (pg_identify_object(d.refclassid, d.refobjid, 0)).schema IS DISTINCT FROM 'pg_catalog'
UNION ALL
-- A body in a string is bound when it runs.
SELECT pg_describe_object('pg_proc'::regclass, f.oid, 0), 'whatever the path holds'
FROM parts AS p JOIN pg_proc AS f ON f.oid = p.objid JOIN pg_language AS l ON l.oid = f.prolang
WHERE p.classid = 'pg_proc'::regclass AND l.lanname NOT IN ('c', 'internal') AND f.prosqlbody IS NULL
  AND 'search_path=pg_catalog, pg_temp' <> ALL (coalesce(f.proconfig, '{}'));
RESET search_path;
