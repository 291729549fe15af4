\warn 'tenantry schema up runs this step, once' \quit
-- AFTER triggers that run as the owner are composed, too.

ALTER TABLE ops.trigger_part ADD COLUMN composed text NOT NULL DEFAULT 'before_write';
DROP FUNCTION IF EXISTS crm.use_files() CASCADE;
DROP FUNCTION IF EXISTS crm.keep_files(regclass, name);
DO $$
DECLARE
	g record;
BEGIN
	FOR g IN SELECT t.tgrelid::regclass AS tenant_table, t.tgname FROM pg_trigger t
	    WHERE t.tgfoid = to_regproc('crm.index_custom') AND t.tgname IN ('index_custom_of_new', 'index_custom_of_deleted') LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', g.tgname, g.tenant_table);
	END LOOP;
END $$;
-- down
DO $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT g.tgrelid::regclass AS tenant_table, g.tgname, g.tgfoid::regprocedure AS function FROM pg_trigger g
	    JOIN pg_proc f ON f.oid = g.tgfoid WHERE f.proname LIKE 'record\_of\_%' LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', p.tgname, p.tenant_table);
		EXECUTE format('DROP FUNCTION %s', p.function);
	END LOOP;
	-- A function that this version added has already been dropped.
	FOR p IN SELECT t.* FROM ops.trigger_part t WHERE t.composed = 'record' AND to_regclass(t.tenant_table) IS NOT NULL
	    AND to_regprocedure(t.function || '()') IS NOT NULL LOOP
		EXECUTE replace(p.definition, 'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER');
	END LOOP;
	DELETE FROM ops.trigger_part WHERE composed = 'record';
END $$;
ALTER TABLE ops.trigger_part DROP COLUMN composed;
