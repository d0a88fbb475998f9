-- The surface of the extension: every object it owns, and the marks that all of them must bear.
-- A difference here is a deliberate change of the surface, or a mistake.

-- Public objects. Those whose names begin with an underscore support aggregates.
\pset footer off
SELECT pg_describe_object(classid, objid, 0) AS object
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_clv')
  AND pg_describe_object(classid, objid, 0) !~ '^function _'
ORDER BY pg_describe_object(classid, objid, 0) COLLATE "C";
\pset footer on

-- Every name is the extension's own: with one of its prefixes, or an underscore before it.
SELECT pg_describe_object(classid, objid, 0) AS without_prefix
FROM pg_depend, LATERAL pg_identify_object(classid, objid, 0) AS o
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_clv') AND o.type <> 'cast'
  AND coalesce(o.name, split_part(o.identity, '.', 2)) !~ '^"?(_|(clv|rfm|cohort|experiment|bgnbd|mbgnbd|pnbd|nbd|bgbb|gamma_gamma|sbg)_)'
ORDER BY 1;

CREATE TEMP VIEW functions AS
SELECT p.*, p.oid::regprocedure AS signature, p.proname LIKE '\_%' AS support
FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_clv');
SELECT count(*) > 50 AS there_are_functions FROM functions;

-- Every public object has a comment, and so has every column of the histories that tables store.
SELECT pg_describe_object(classid, objid, 0) AS without_comment
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_clv')
  AND pg_describe_object(classid, objid, 0) !~ '^function _|^cast '
  AND obj_description(objid, classid::regclass::name) IS NULL
ORDER BY 1;
SELECT attname AS without_comment FROM pg_attribute
WHERE attrelid IN ('clv_summary'::regclass, 'clv_holdout'::regclass) AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;

-- Every function may run in a worker; none depends on more than its arguments and the session.
SELECT signature AS not_parallel_safe FROM functions WHERE proparallel <> 's' AND prokind <> 'p' ORDER BY signature::text COLLATE "C";
SELECT signature AS volatile FROM functions WHERE provolatile = 'v' AND prokind <> 'p' ORDER BY signature::text COLLATE "C";
SELECT signature AS stable FROM functions WHERE provolatile = 's' ORDER BY signature::text COLLATE "C";
-- These public functions take NULL on purpose: for a unit that is not known, a monetary that there is
-- not, a horizon without end, costs that are 0, an element that is missing.
SELECT signature AS not_strict FROM functions WHERE NOT proisstrict AND prokind = 'f' AND NOT support ORDER BY signature::text COLLATE "C";
-- Only support functions take internal, and nothing runs with the rights of its owner.
SELECT signature AS takes_internal FROM functions WHERE 'internal'::regtype = ANY (proargtypes) AND NOT support;
SELECT signature AS security_definer FROM functions WHERE prosecdef;
-- Every argument of a public function has a name.
SELECT signature AS unnamed_argument FROM functions
WHERE NOT support AND pronargs > 0 AND (proargnames IS NULL OR array_length(proargnames, 1) < pronargs OR '' = ANY (proargnames[1:pronargs]))
ORDER BY signature::text COLLATE "C";
-- Every aggregate over an internal state can be split among workers, and says how large its state is.
SELECT signature AS not_partial FROM functions JOIN pg_aggregate ON aggfnoid = functions.oid
WHERE aggtranstype = 'internal'::regtype AND (aggcombinefn = 0 OR aggserialfn = 0 OR aggdeserialfn = 0 OR aggtransspace = 0)
ORDER BY signature::text COLLATE "C";
-- Nobody can call a support function by hand: there are no values of type internal.
\set VERBOSITY sqlstate
SELECT _bgnbd_fit_final(NULL);
SELECT _clv_fit_deserialize('\x00', NULL);
\set VERBOSITY default

-- It can be dropped and made anew, also in another schema, and moved.
DROP EXTENSION pg_clv;
CREATE SCHEMA elsewhere;
CREATE EXTENSION pg_clv SCHEMA elsewhere;
SELECT round(elsewhere.clv_p_alive(elsewhere.bgnbd_model(0.243, 4.414, 0.793, 2.426), 2, 30.43, 38.86)::numeric, 6) AS p_alive;
SELECT (elsewhere.clv_summary(date '2024-01-01', 1, '2024-02-10')).age;
ALTER EXTENSION pg_clv SET SCHEMA public;
SELECT round(clv_p_alive(bgnbd_model(0.243, 4.414, 0.793, 2.426), 2, 30.43, 38.86)::numeric, 6) AS p_alive;
SELECT customers FROM (SELECT (bgnbd_fit(s) ->> 'customers')::integer AS customers
    FROM (SELECT clv_summary(ordered_at, amount, date '1997-09-30') AS s FROM orders GROUP BY customer_id) AS q) AS fit;
DROP SCHEMA elsewhere;
