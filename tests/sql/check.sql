-- plpgsql_check finds no fault in any function, such as an unknown name, an unused variable or unsafe dynamic SQL.
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check') AS available \gset
\if :available
CREATE EXTENSION plpgsql_check;

-- Functions that run dynamic SQL, each with the source of the SQL text. No part of the text comes from a client.
CREATE TEMP TABLE dynamic (function text, reason text);
INSERT INTO dynamic SELECT f, r FROM (VALUES
	('of a table that lists our columns or functions', '{crm.adopt_choices,crm.rename_choices,crm.erase_copies,ops.export_rows,ops.sweep,ops.wrong_totals,
		ops.run_module_tasks,ops.deliver_mail,ops.call_integration,ops.run_integration,ops.end_payment_call,identity.end_all_issued,identity.explain_member,
		crm.differing_documents,crm.rebuild_documents,ops.broken_promises,ops.refused_changes}'::text[]),
	('of a name of a table or a column, quoted, from the catalog', '{crm.change_by_rule,crm.changed_since,ops.note_violations,crm.end_bulk,crm.has_many_rows,crm.referring_rows,crm.previewed_change,crm.index_values,crm.record_of_field_definitions,crm.index_rows,crm.match_custom,ops.changed_settings,ops.organization_rows,crm.import_found,crm.import_matches,crm.import_put,crm.undo_updates,crm.undo_merge,crm.write_contact,
		crm.remove_sales,crm.restore_rows,ops.archive_import_rows,ops.compose_triggers,ops.differs_from_copy,ops.replace_file,ops.take_triggers,factory_app.close_to_programs,factory_app.open_to_programs}'),
	('of an argument that is a constant of a file of schema/', '{crm.keep_files,crm.limit_texts,ops.make_trigger,ops.make_view,ops.restrict,
		ops.open_to_mcp,ops.in_organizations,ops.migration_return,membership.rows_since}'),
	('of an operator, checked by lib/db/sqlguard.c, for a role that may only read', '{identity.console_query}'),
	('of an argument that is a constant of a file of journeys/', '{membership.book_imported}'),
	('of an argument that crm.rollup_query() made, by the rights of the caller', '{crm.custom_of}'),
	('of an argument that is a constant of C, whose end names a table', '{crm.search_page}')) l (r, fs), unnest(fs) f;

-- Settings that exist in a request or in a run of a journey.
SELECT set_config(name, value, false) FROM (VALUES ('app.org_id', gen_random_uuid()::text), ('app.user_id', 'none'), ('app.session_id', 'none'),
	('app.grants', '{}'), ('app.bulk', '1'), ('app.rule_from', now()::text), ('app.rule_until', now()::text), ('app.secret_url', '{}'), ('migration.id', '1')) v (name, value)
	\g (tuples_only) /dev/null

CREATE TEMP TABLE finding AS
WITH subject AS (
	SELECT p.oid, p.pronamespace::regnamespace || '.' || p.proname AS function, t.tgrelid, t.tgoldtable, t.tgnewtable
	  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
	  LEFT JOIN (SELECT DISTINCT tgfoid, tgrelid, tgoldtable, tgnewtable FROM pg_trigger WHERE NOT tgisinternal) t ON t.tgfoid = p.oid
	 WHERE p.pronamespace::regnamespace::text IN ('crm', 'identity', 'ops', 'membership', 'factory_app')
	   AND (p.prorettype <> 'trigger'::regtype OR t.tgrelid IS NOT NULL))
SELECT s.function, c.level, c.lineno, c.sqlstate, c.message, count(*) AS tables,
       (SELECT count(*) FROM subject o WHERE o.oid = s.oid) AS all_tables
  FROM subject s CROSS JOIN LATERAL plpgsql_check_function_tb(s.oid, coalesce(s.tgrelid, 0), performance_warnings => false,
	security_warnings => true, oldtable => s.tgoldtable, newtable => s.tgnewtable) c
 GROUP BY s.oid, 1, 2, 3, 4, 5;

SELECT test.ok((SELECT count(*) FROM pg_proc WHERE pronamespace = 'crm'::regnamespace) > 300, 'there are functions to check');
SELECT test.is((SELECT array_agg(DISTINCT f.function ORDER BY f.function) FROM finding f WHERE f.level = 'security')::text,
	(SELECT array_agg(d.function ORDER BY d.function) FROM dynamic d)::text, 'functions that build SQL are those with a reason');
SELECT test.is((SELECT string_agg(format('%s:%s: %s', f.function, f.lineno, f.message), chr(10) ORDER BY 1) FROM finding f
	 WHERE f.level <> 'security'
	   -- A branch of a trigger function may be for only one of the function's tables.
	   AND f.tables = f.all_tables
	   -- Text becomes the type of the variable, as in an INSERT.
	   AND f.sqlstate <> '42804'
	   -- The row type of dynamic SQL is unknown.
	   AND f.message !~ 'maybe unmodified|cannot determinate a result of dynamic SQL|is not single argument|not assigned yet'
	   -- The last statement of these functions is a loop that returns.
	   AND f.message <> 'control reached end of function without RETURN'
	   AND f.message !~ 'name of parameter "column" is reserved keyword|variable "ignored"'
	   -- Some functions refuse these arguments, or use a table that the journey creates.
	   AND f.sqlstate <> 'ZH422' AND f.message !~ '"(pg_temp\.)?batch" does not exist|"pg_temp" does not exist'), NULL, 'no function has a fault');
\else
\echo SKIPPED: check: plpgsql_check is not installed
\endif

-- The planner replaces a function in SQL by its expression if the expression is at least as stable as the function says.
-- Otherwise, each transaction parses and plans the function again, which costs a write 40 us. The functions below run
-- rarely.
CREATE TABLE test.kept_call (function regproc, reason text);
INSERT INTO test.kept_call VALUES ('crm.first_choices', 'of a refusal'), ('crm.of_object', 'of dynamic SQL'), ('ops.send_mail', 'of a mail');
CREATE FUNCTION test.calls_function(f pg_proc) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	name text := f.pronamespace::regnamespace || '.' || f.proname;
	arguments text;
	columns text;
	line text;
	said text := '';
BEGIN
	SELECT string_agg(CASE WHEN f.provariadic <> 0 AND n = f.pronargs THEN 'VARIADIC ' ELSE '' END || 'x.a' || n, ', ' ORDER BY n), string_agg(format('NULL::%s AS a%s', format_type(t, NULL), n), ', ' ORDER BY n)
	  INTO arguments, columns FROM unnest(f.proargtypes) WITH ORDINALITY u (t, n);
	FOR line IN EXECUTE format('EXPLAIN (VERBOSE, COSTS off) SELECT %s(%s) FROM (SELECT %s OFFSET 0) x', name, arguments, columns) LOOP
		said := said || line;
	END LOOP;
	RETURN strpos(said, name || '(') > 0;
END $$;
CREATE TEMP TABLE reached AS
WITH RECURSIVE f AS MATERIALIZED (
	SELECT p.oid, p.pronamespace::regnamespace || '.' || p.proname AS name, p.prosrc FROM pg_proc p
	 WHERE p.pronamespace::regnamespace::text IN ('crm', 'identity', 'ops', 'membership', 'factory_app')),
calls AS MATERIALIZED (
	SELECT DISTINCT f.oid AS caller, g.oid AS called FROM f CROSS JOIN LATERAL (SELECT DISTINCT m[1] AS name
		FROM regexp_matches(f.prosrc, '((?:crm|identity|ops|membership|factory_app)\.\w+)\(', 'g') m) x JOIN f g ON g.name = x.name),
r AS (
	SELECT DISTINCT t.tgfoid AS oid FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
	 WHERE NOT t.tgisinternal AND t.tgtype & (4 | 16) > 0 AND c.relname IN ('contacts', 'companies', 'deals', 'tasks', 'records')
	UNION SELECT c.called FROM r JOIN calls c ON c.caller = r.oid)
SELECT DISTINCT r.oid FROM r;
SELECT test.ok(count(*) > 100, 'writes reach many functions') FROM reached;
SELECT test.is(string_agg(x.oid::regproc::text, ' ' ORDER BY x.oid::regproc::text), (SELECT string_agg(k.function::text, ' ' ORDER BY k.function::text) FROM test.kept_call k),
	'the planner replaces the functions in SQL that a write calls')
  FROM (SELECT p.oid, p FROM reached r JOIN pg_proc p ON p.oid = r.oid JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'sql'
	 WHERE NOT p.prosecdef AND p.proconfig IS NULL AND NOT p.proretset AND p.pronargs > 0 AND p.prosrc !~* '\m(FROM|INSERT|UPDATE|DELETE)\M' OFFSET 0) x
 WHERE test.calls_function(x.p);
