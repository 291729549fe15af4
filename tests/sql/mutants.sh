#!/bin/bash
# mutants.sh - tests the tests of tenant isolation: breaks each safeguard in turn, in
# all tables at once. catalog.sql or probe.sql must report each table.
#
# Each mutation is a transaction that is rolled back.
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

sql_database sql_mutants && load sql_mutants catalog probe || exit 1
run_sql sql_mutants <<'SQL'
-- The ways to break a table. {} is the table, {guard} is the condition of the guard, {key} is the primary key, and {n}
-- is a number for the names of created objects.
CREATE TABLE test.mutation (name text PRIMARY KEY, harmless boolean NOT NULL, statement text);
INSERT INTO test.mutation VALUES
('drop the guard', false, 'DROP POLICY tenant ON {}'),
('drop FORCE', false, 'ALTER TABLE {} NO FORCE ROW LEVEL SECURITY'),
('disable row security', false, 'ALTER TABLE {} DISABLE ROW LEVEL SECURITY'),
('guard reads only', false, 'DROP POLICY tenant ON {}; CREATE POLICY tenant ON {} AS RESTRICTIVE
	FOR SELECT TO tenantry_app, tenantry_owner USING {guard}'),
('guard lets everything be written', false, 'DROP POLICY tenant ON {};
	CREATE POLICY tenant ON {} AS RESTRICTIVE TO tenantry_app, tenantry_owner
	USING {guard} WITH CHECK (true)'),
('guard permits instead of restricting', false, 'DROP POLICY tenant ON {};
	CREATE POLICY tenant ON {} TO tenantry_app, tenantry_owner USING {guard}'),
('guard forgets the owner', false, 'ALTER POLICY tenant ON {} TO tenantry_app'),
('guard also lets the organization be null', false, 'DROP POLICY tenant ON {};
	CREATE POLICY tenant ON {} AS RESTRICTIVE TO tenantry_app, tenantry_owner
	USING ({guard} OR nullif(current_setting(''app.org_id'', true), '''') IS NULL)'),
('guard asked for every row', false, 'DROP POLICY tenant ON {};
	CREATE POLICY tenant ON {} AS RESTRICTIVE TO tenantry_app, tenantry_owner
	USING (org_id = nullif(current_setting(''app.org_id'', true), '''')::uuid)'),
('lax policy for the application', true,
	'CREATE POLICY lax ON {} FOR SELECT TO tenantry_app USING (true)'),
('lax policy for anybody', false, 'CREATE POLICY lax ON {} TO PUBLIC USING (true)'),
('grant TRUNCATE', false, 'GRANT TRUNCATE ON {} TO tenantry_app'),
('grant TRIGGER', false, 'GRANT TRIGGER ON {} TO tenantry_app'),
('grant to PUBLIC', false, 'GRANT SELECT ON {} TO PUBLIC'),
('grant to the search role', false, 'GRANT SELECT ON {} TO tenantry_search;
	CREATE POLICY search2 ON {} TO tenantry_search USING (true)'),
('definer view', false,
	'CREATE VIEW crm.spy_{n} AS SELECT * FROM {}; GRANT SELECT ON crm.spy_{n} TO tenantry_app'),
('materialized view', false, 'CREATE MATERIALIZED VIEW crm.spy_{n} AS SELECT * FROM {};
	GRANT SELECT ON crm.spy_{n} TO tenantry_app'),
('definer function', false, 'CREATE FUNCTION crm.spy_{n}() RETURNS SETOF {} LANGUAGE sql
	SECURITY DEFINER SET search_path = crm, pg_temp AS ''SELECT * FROM {}'';
	REVOKE EXECUTE ON FUNCTION crm.spy_{n}() FROM PUBLIC;
	GRANT EXECUTE ON FUNCTION crm.spy_{n}() TO tenantry_app'),
('partition or child', false, 'CREATE TABLE crm.spy_{n} () INHERITS ({})'),
('unique across organizations', false, 'CREATE UNIQUE INDEX spy_{n} ON {} (id, org_id)'),
('application owns it', false, 'ALTER TABLE {} OWNER TO tenantry_app'),
('org_id may be null', false,
	'ALTER TABLE {} DROP CONSTRAINT {key} CASCADE, ALTER org_id DROP NOT NULL');

-- Applies a mutation to the tables and returns the findings of both tests, or only those of catalog.sql for internal
-- tables. Everything is rolled back, so the exception contains the result.
CREATE FUNCTION test.findings(statement text, tables regclass[], probed boolean, OUT lint text[], OUT leaks text[])
LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
	keys jsonb := (SELECT jsonb_object_agg(conrelid::oid, quote_ident(conname)) FROM pg_constraint
		WHERE contype = 'p' AND conrelid = ANY (tables));
BEGIN
	BEGIN
		FOREACH t IN ARRAY tables LOOP
			EXECUTE replace(replace(replace(replace(statement, '{guard}',
				'(org_id = (SELECT nullif(current_setting(''app.org_id'', true), '''')::uuid))'),
				'{key}', keys ->> t::oid::text), '{n}', t::oid::text), '{}', t::text);
		END LOOP;
		lint := ARRAY(SELECT test.catalog());
		leaks := CASE WHEN probed THEN ARRAY(SELECT test.probe()) ELSE '{}' END;
		RAISE EXCEPTION USING ERRCODE = 'TE001';
	EXCEPTION WHEN SQLSTATE 'TE001' THEN
		RETURN;
	END;
END $$;

-- Returns whether findings name a table. A finding begins with the table, or with the object that was created next to
-- it.
CREATE FUNCTION test.names(findings text[], t regclass) RETURNS boolean LANGUAGE sql AS $$
	SELECT EXISTS (SELECT FROM unnest(findings) f WHERE starts_with(f, t || ':')
		OR f ~ format('\mspy_%s\M', t::oid))
$$;

CREATE TABLE test.broken (name text, harmless boolean, tables regclass[], lint text[], leaks text[]);
INSERT INTO test.broken SELECT m.name, m.harmless, k.tables, f.lint, f.leaks
  FROM (SELECT array_agg(t) FROM test.tenant_tables() t) k (tables), test.mutation m,
	test.findings(m.statement, k.tables, true) f;
INSERT INTO test.broken SELECT m.name, false, k.tables, f.lint, f.leaks
  FROM (VALUES ('{identity.session,ops.change,ops.schema_file,crm.favicons_excluded_domains}'::regclass[])) k (tables),
	(VALUES ('drop FORCE', 'ALTER TABLE {} NO FORCE ROW LEVEL SECURITY'),
	('disable row security', 'ALTER TABLE {} DISABLE ROW LEVEL SECURITY'),
	('drop the policy of the owner', 'DROP POLICY keeper ON {}'),
	('policy of the owner for all', 'ALTER POLICY keeper ON {} TO PUBLIC'),
	('policy for the application', 'CREATE POLICY lax ON {} FOR SELECT TO tenantry_app USING (true)'),
	('policy for the sealer', 'CREATE POLICY lax ON {} FOR DELETE TO tenantry_audit USING (true)'),
	('grant', 'GRANT UPDATE ON {} TO tenantry_app'),
	('table beside it', 'CREATE TABLE ops.spy_{n} AS SELECT * FROM {}')) m (name, statement),
	test.findings(m.statement, k.tables, false) f;
INSERT INTO test.broken SELECT 'drop the guard of the module', false, k.tables, f.lint, f.leaks
  FROM (SELECT p.polname, array_agg(p.polrelid::regclass) FROM pg_policy p JOIN identity.module m
		ON p.polname = 'module_' || m.name
	WHERE has_table_privilege('tenantry_app', p.polrelid, 'SELECT') GROUP BY 1) k (guard, tables),
	test.findings(format('DROP POLICY %I ON {}', k.guard), k.tables, false) f;

CREATE TABLE test.outcome AS
SELECT b.name, t, b.harmless, CASE WHEN h.lint AND h.leaks THEN 'both' WHEN h.lint THEN 'the catalogue'
	WHEN h.leaks THEN 'the probe' ELSE 'nothing' END AS by
  FROM test.broken b, unnest(b.tables) t, LATERAL (SELECT test.names(b.lint, t) AS lint, test.names(b.leaks, t) AS leaks) h;

SELECT test.is(by, CASE WHEN harmless THEN 'nothing' ELSE by END,
	format('%s: %s stays harmless', t, name)) FROM test.outcome WHERE harmless;
SELECT test.ok(by <> 'nothing', format('%s: %s is caught by %s', t, name, by))
  FROM test.outcome WHERE NOT harmless;
SELECT test.is((SELECT string_agg(c::text, '; ') FROM test.catalog() c), NULL, 'and all were rolled back');
SELECT format('tally: mutants %s, caught by the catalogue alone %s, by the probe alone %s, by both %s; '
	'harmless %s', count(*), count(*) FILTER (WHERE by = 'the catalogue'),
	count(*) FILTER (WHERE by = 'the probe'), count(*) FILTER (WHERE by = 'both'),
	count(*) FILTER (WHERE harmless)) FROM test.outcome;
SQL
