#!/bin/bash
# mutants.sh - tests the tests of tenancy: breaks each safeguard of each table
# in turn, which the catalogue or the probe must report
#
# Each mutant is a transaction that is rolled back.
set -uo pipefail
here=$(cd -P "$(dirname "$0")" && pwd)
[ -n "${TEST_PGDATA:-}" ] || exec "$here/../with-postgres" "$0" "$@"
. "$here/lib.sh"

sql_database sql_mutants && load sql_mutants catalog probe || exit 1
run_sql sql_mutants <<'SQL'
-- What one may break on a table.  {} is the table, {guard} the guard's test.
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
	'CREATE VIEW crm.spy AS SELECT * FROM {}; GRANT SELECT ON crm.spy TO tenantry_app'),
('materialized view', false, 'CREATE MATERIALIZED VIEW crm.spy AS SELECT * FROM {};
	GRANT SELECT ON crm.spy TO tenantry_app'),
('definer function', false, 'CREATE FUNCTION crm.spy() RETURNS SETOF {} LANGUAGE sql
	SECURITY DEFINER SET search_path = crm, pg_temp AS ''SELECT * FROM {}'';
	REVOKE EXECUTE ON FUNCTION crm.spy() FROM PUBLIC;
	GRANT EXECUTE ON FUNCTION crm.spy() TO tenantry_app'),
('partition or child', false, 'CREATE TABLE crm.spy () INHERITS ({})'),
('unique across organizations', false, 'CREATE UNIQUE INDEX spy ON {} (id, org_id)'),
('application owns it', false, 'ALTER TABLE {} OWNER TO tenantry_app'),
('org_id may be null', false,
	'ALTER TABLE {} DROP CONSTRAINT {key} CASCADE, ALTER org_id DROP NOT NULL');

-- Applies one to a table and asks both tests; what they say is rolled back
-- with it, so the answer comes by way of the exception.
CREATE FUNCTION test.caught(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	lint bigint;
	leaks bigint;
BEGIN
	BEGIN
		EXECUTE statement;
		SELECT count(*) INTO lint FROM test.catalog();
		SELECT count(*) INTO leaks FROM test.probe();
		RAISE EXCEPTION USING ERRCODE = 'TE001';
	EXCEPTION WHEN SQLSTATE 'TE001' THEN
		RETURN CASE WHEN lint > 0 AND leaks > 0 THEN 'both' WHEN lint > 0 THEN 'the catalogue'
			WHEN leaks > 0 THEN 'the probe' ELSE 'nothing' END;
	END;
END $$;

CREATE TABLE test.outcome AS
SELECT m.name, t, m.harmless, test.caught(replace(replace(replace(m.statement,
	'{guard}', '(org_id = (SELECT nullif(current_setting(''app.org_id'', true), '''')::uuid))'),
	'{key}', (SELECT quote_ident(conname) FROM pg_constraint
		WHERE conrelid = t AND contype = 'p')), '{}', t::text)) AS by
  FROM test.mutation m, test.tenant_tables() t;

-- Internal tables: the catalogue alone.
CREATE FUNCTION test.linted(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	lint bigint;
BEGIN
	BEGIN
		EXECUTE statement;
		SELECT count(*) INTO lint FROM test.catalog();
		RAISE EXCEPTION USING ERRCODE = 'TE001';
	EXCEPTION WHEN SQLSTATE 'TE001' THEN
		RETURN CASE WHEN lint > 0 THEN 'the catalogue' ELSE 'nothing' END;
	END;
END $$;
INSERT INTO test.outcome
SELECT m.name, t, false, test.linted(replace(m.statement, '{}', t::text))
  FROM unnest(ARRAY['identity.session', 'ops.change', 'ops.schema_file', 'crm.favicons_excluded_domains']::regclass[]) t,
	(VALUES ('drop FORCE', 'ALTER TABLE {} NO FORCE ROW LEVEL SECURITY'),
	('disable row security', 'ALTER TABLE {} DISABLE ROW LEVEL SECURITY'),
	('drop the policy of the owner', 'DROP POLICY keeper ON {}'),
	('policy of the owner for all', 'ALTER POLICY keeper ON {} TO PUBLIC'),
	('policy for the application', 'CREATE POLICY lax ON {} FOR SELECT TO tenantry_app USING (true)'),
	('policy for the sealer', 'CREATE POLICY lax ON {} FOR DELETE TO tenantry_audit USING (true)'),
	('grant', 'GRANT UPDATE ON {} TO tenantry_app'),
	('table beside it', 'CREATE TABLE ops.spy AS SELECT * FROM {}')) m (name, statement);

INSERT INTO test.outcome
SELECT 'drop the guard of the module', p.polrelid::regclass, false, test.linted(format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass))
  FROM pg_policy p WHERE p.polname = 'module_b2b';

SELECT test.is(by, CASE WHEN harmless THEN 'nothing' ELSE by END,
	format('%s: %s stays harmless', t, name)) FROM test.outcome WHERE harmless;
SELECT test.ok(by <> 'nothing', format('%s: %s is caught by %s', t, name, by))
  FROM test.outcome WHERE NOT harmless;
SELECT test.is((SELECT count(*) FROM test.catalog())::text, '0', 'and all were rolled back');
SELECT format('tally: mutants %s, caught by the catalogue alone %s, by the probe alone %s, by both %s; '
	'harmless %s', count(*), count(*) FILTER (WHERE by = 'the catalogue'),
	count(*) FILTER (WHERE by = 'the probe'), count(*) FILTER (WHERE by = 'both'),
	count(*) FILTER (WHERE harmless)) FROM test.outcome;
SQL
