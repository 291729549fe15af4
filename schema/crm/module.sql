-- Tables and columns of modules that are switched off in the organization of the request.
-- needs: ops/audit_log.sql

-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.hidden_tables() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	-- Several modules may have a table with the same name, so all of them must be off.
	RETURN ARRAY(SELECT c.table_name FROM ops.module_column c WHERE c.column_name = '*' GROUP BY c.table_name
		HAVING bool_and(c.module <> ALL (ops.modules()))
		ORDER BY 1);
END $$;

-- Returns the columns of a table that belong to modules.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.module_columns(tenant_table text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN ARRAY(SELECT c.column_name FROM ops.module_column c WHERE c.table_name = tenant_table);
END $$;

-- Returns the columns of a table that belong to modules that are switched off in the organization of the request.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.hidden_columns(tenant_table text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN ARRAY(SELECT c.column_name FROM ops.module_column c WHERE c.table_name = tenant_table
		AND c.module <> ALL (ops.modules()));
END $$;

-- Rows of hidden tables are also hidden in the trash.
DROP POLICY IF EXISTS modules ON crm.trash;
CREATE POLICY modules ON crm.trash AS RESTRICTIVE FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer
	USING ((SELECT nullif(ops.mode('restoring') OR current_user
		<> ALL ('{tenantry_app,tenantry_mcp,tenantry_mcp_writer}'), false)) IS NOT NULL
		OR resource <> ALL ((SELECT crm.hidden_tables())::text[]));

-- Bulk changes of hidden tables, and their entries in the audit log, including purges of the trash, are also hidden.
DROP POLICY IF EXISTS modules ON crm.bulk_changes;
CREATE POLICY modules ON crm.bulk_changes AS RESTRICTIVE FOR SELECT TO tenantry_app
	USING ((SELECT nullif(current_user <> 'tenantry_app', false)) IS NOT NULL
		OR split_part(tenant_table, '.', 2) <> ALL ((SELECT crm.hidden_tables())::text[]));

DROP POLICY IF EXISTS modules ON ops.audit_log;
CREATE POLICY modules ON ops.audit_log AS RESTRICTIVE FOR SELECT TO tenantry_app
	USING ((SELECT nullif(current_user <> 'tenantry_app', false)) IS NOT NULL
		OR CASE table_name WHEN 'trash' THEN coalesce(old->>'resource', '') ELSE table_name END
			<> ALL ((SELECT crm.hidden_tables())::text[]));

-- Returns whether an organization has a module. Triggers that run as the owner and maintain the module's rows for
-- every caller use this function. Switching the module on or off waits for transactions that have called this
-- function, and later calls wait for the switch.
CREATE OR REPLACE FUNCTION crm.keeps_module(org uuid, module text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	ignored text;	-- an assignment is faster than PERFORM, which runs a query
BEGIN
	ignored := pg_advisory_xact_lock_shared(hashtextextended('modules ' || org::text, 0));
	RETURN (SELECT module = ANY (o.modules) FROM identity.organization o WHERE o.id = org);
END $$;
