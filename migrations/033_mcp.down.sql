-- Backwards through 033_mcp.up.sql.  The roles stay, as all roles do.

DROP FUNCTION crm.mcp_query(text, integer, integer);
DROP FUNCTION crm.mcp_mutate(text, integer, integer);
DROP FUNCTION crm.mcp_schema(boolean);
DROP FUNCTION crm.mcp_complete_task(bigint);
DROP FUNCTION crm.mcp_settings();
DROP FUNCTION crm.mcp_fault(text, text, text);
DROP FUNCTION crm.mcp_rows(text[]);
DROP FUNCTION crm.mcp_answer(text[], boolean);
DROP FUNCTION identity.open_mcp(bytea, boolean, boolean, integer);
DROP FUNCTION identity.mcp_may_write(bytea, boolean);

DO $$
DECLARE
	policy record;
BEGIN
	FOR policy IN SELECT p.polrelid::regclass AS tenant_table, p.polname,
			string_agg(quote_ident(r.rolname), ', ')
				FILTER (WHERE r.rolname NOT LIKE 'tenantry_mcp%') AS roles
		  FROM pg_policy p JOIN pg_roles r ON r.oid = ANY (p.polroles)
		 WHERE (SELECT m.oid FROM pg_roles m WHERE m.rolname = 'tenantry_mcp') = ANY (p.polroles)
		 GROUP BY p.polrelid, p.polname LOOP
		IF policy.roles IS NULL THEN
			EXECUTE format('DROP POLICY %I ON %s', policy.polname, policy.tenant_table);
		ELSE
			EXECUTE format('ALTER POLICY %I ON %s TO %s', policy.polname,
				policy.tenant_table, policy.roles);
		END IF;
	END LOOP;
END $$;
DROP FUNCTION ops.open_to_mcp(regclass);
REVOKE ALL ON ALL TABLES IN SCHEMA crm FROM tenantry_mcp, tenantry_mcp_writer;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA crm FROM tenantry_mcp, tenantry_mcp_writer;
REVOKE ALL ON FUNCTION ops.new_id(), ops.want_picture(uuid, text, bigint)
	FROM tenantry_mcp_writer;
REVOKE USAGE ON SCHEMA crm FROM tenantry_mcp, tenantry_mcp_writer;
REVOKE USAGE ON SCHEMA ops FROM tenantry_mcp_writer;
DROP FUNCTION ops.mcp_org();
DROP TABLE ops.mcp_scope;
