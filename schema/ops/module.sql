-- Row security of the tables of modules, which organizations can switch on.
--
-- identity.begin_request() stores the modules of the caller's organization in the app.modules setting, as in
-- '{stock,orders}'; without the setting, the organization has no modules.

-- Hides the rows of a table from the requests of organizations without the module, regardless of their grants, and
-- lists the table for crm.hidden_tables(). The expression is evaluated once for each statement. Functions that run as
-- other roles, such as the export and the purge of an organization, see all rows. A restore from the trash also sees
-- all rows, since a company is restored with everything that was deleted with it. May be called repeatedly.
CREATE OR REPLACE FUNCTION ops.require_module(tenant_table regclass, module text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('DROP POLICY IF EXISTS %I ON %s', 'module_' || module, tenant_table);
	EXECUTE format('CREATE POLICY %I ON %s AS RESTRICTIVE TO tenantry_app, tenantry_mcp, tenantry_mcp_writer '
		'USING ((SELECT nullif(%L = ANY (nullif(current_setting(''app.modules'', true), '''')::text[]) '
		'OR current_setting(''app.restoring'', true) = ''on'' OR current_user '
		'<> ALL (''{tenantry_app,tenantry_mcp,tenantry_mcp_writer}''), false)) IS NOT NULL)',
		'module_' || module, tenant_table, module);
	INSERT INTO ops.module_column (table_name, column_name, module)
	SELECT c.relname, '*', require_module.module FROM pg_class c WHERE c.oid = tenant_table
	    ON CONFLICT DO NOTHING;
END $$;

-- Returns the name of a resource's table, which log entries contain: "deals" for opportunities, if the caller's
-- organization has the module. Other names are unchanged.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.named_table(resource text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT coalesce((SELECT r.same_as FROM identity.resource r WHERE r.name = resource AND r.same_as NOT LIKE '%:%'
		AND (r.module IS NULL OR r.module = ANY (ops.modules()))), resource)
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.named_tables(resources text[]) RETURNS text[]
LANGUAGE sql STABLE AS $$ SELECT array_agg(ops.named_table(r)) FROM unnest(resources) r $$;

-- Runs the periodic task of each module that has one, with at most "batch" rows each. Returns whether there may be more
-- work.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.run_module_tasks(batch integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	task text;
	aside text[] := ops.aside_entries('modules');
	n integer;
	more boolean := false;
BEGIN
	FOR task IN SELECT m.task FROM identity.module m WHERE m.task IS NOT NULL AND m.task <> ALL (aside) ORDER BY m.name LOOP
		BEGIN
			EXECUTE format('SELECT %s($1)', task) INTO n USING batch;
			more := more OR n >= batch;
			PERFORM ops.end_aside('modules', NULL, task);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			PERFORM ops.set_aside('modules', NULL, task, SQLSTATE, SQLERRM);
		END;
	END LOOP;
	RETURN more;
END $$;
