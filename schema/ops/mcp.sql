-- The tenant boundary for SQL that a caller writes (MCP).

-- callers: tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.mcp_org() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN (SELECT s.org_id FROM ops.mcp_scope s
		WHERE s.xid = pg_current_xact_id_if_assigned());
END $$;

-- Returns whether the caller's SQL must not learn anything about an organization. Functions that run as the owner and
-- that the caller's SQL can call call this function, because row security does not apply to them.
CREATE OR REPLACE FUNCTION ops.mcp_hides(org uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN current_setting('role') IN ('tenantry_mcp', 'tenantry_mcp_writer') AND org IS DISTINCT FROM ops.mcp_org();
END $$;

-- Refuses a change of a row's ID by a caller's SQL, since links, logs and other systems contain the ID.
CREATE OR REPLACE FUNCTION ops.keep_id() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse('id_fixed', 'id');
END $$;

-- Opens a tenant table to the SQL of callers: adds the second guard, and applies the policies
-- of the application to these roles.
CREATE OR REPLACE FUNCTION ops.open_to_mcp(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	policy record;
BEGIN
	-- A policy for a role also applies to the members of the role, and the owner is a member.
	EXECUTE format('DROP POLICY IF EXISTS mcp ON %s', tenant_table);
	EXECUTE format('CREATE POLICY mcp ON %s AS RESTRICTIVE TO tenantry_mcp, '
		'tenantry_mcp_writer USING (current_user NOT IN (''tenantry_mcp'', '
		'''tenantry_mcp_writer'') OR org_id = (SELECT ops.mcp_org()))', tenant_table);
	FOR policy IN SELECT p.polname, string_agg(quote_ident(r.rolname), ', ') AS roles
		  FROM pg_policy p JOIN pg_roles r ON r.oid = ANY (p.polroles)
		 WHERE p.polrelid = tenant_table
		   AND 'tenantry_app'::regrole = ANY (p.polroles)
		   AND NOT 'tenantry_mcp'::regrole = ANY (p.polroles)
		 GROUP BY p.polname LOOP
		EXECUTE format('ALTER POLICY %I ON %s TO %s, tenantry_mcp, tenantry_mcp_writer',
			policy.polname, tenant_table, policy.roles);
	END LOOP;
	EXECUTE format('CREATE OR REPLACE TRIGGER keep_id BEFORE UPDATE ON %s '
		'FOR EACH ROW WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION ops.keep_id()', tenant_table);
END $$;
