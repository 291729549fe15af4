\warn 'tenantry schema up runs this step, once' \quit
-- The row triggers that "tenantry schema up" composes into one trigger for each table.
-- needs: ops/tenant.sql

-- A row trigger of a tenant table, as the files of schema/ declare it.
CREATE TABLE ops.trigger_part (
	tenant_table text NOT NULL,
	name text NOT NULL,
	function text NOT NULL,
	events text[] NOT NULL,		-- INSERT, UPDATE
	members text[] NOT NULL,	-- the columns of UPDATE OF
	arguments text[] NOT NULL,
	condition text,
	definition text NOT NULL,	-- in the form of pg_get_triggerdef()
	PRIMARY KEY (tenant_table, name)
);
SELECT ops.protect_internal('ops.trigger_part');
DROP FUNCTION IF EXISTS crm.keep_file_paths() CASCADE;
DROP FUNCTION IF EXISTS crm.file_paths(jsonb, uuid);
DROP TRIGGER IF EXISTS unique_of_new ON crm.contacts;
DROP TRIGGER IF EXISTS unique_of_new ON crm.companies;
-- down
DO $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT g.tgrelid::regclass AS tenant_table, g.tgname, g.tgfoid::regprocedure AS function FROM pg_trigger g
	    JOIN pg_proc f ON f.oid = g.tgfoid WHERE f.proname LIKE 'before\_write\_of\_%' LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', p.tgname, p.tenant_table);
		EXECUTE format('DROP FUNCTION %s', p.function);
	END LOOP;
	-- A function that this version added has already been dropped.
	FOR p IN SELECT t.* FROM ops.trigger_part t WHERE to_regclass(t.tenant_table) IS NOT NULL AND to_regprocedure(t.function || '()') IS NOT NULL LOOP
		EXECUTE replace(p.definition, 'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER');
	END LOOP;
END $$;
DROP TABLE ops.trigger_part;
