-- Who may do what in the module, by the role of their profile. Owners and admins of the organization are admins.
-- needs: factory/module.sql ops/mcp.sql

-- The rights as data. Those to own rows are everybody's.
DELETE FROM factory_app.role_rights;
INSERT INTO factory_app.role_rights (role, resource, action, scope)
SELECT r, x.resource, a, CASE WHEN bool_or(x.scope = 'all') THEN 'all' ELSE 'own' END
  FROM (VALUES
	('user_profiles', 'own', '{read,create,update,delete}', enum_range(NULL::factory_app.user_role)),
	('user_profiles', 'all', '{read,create,update,delete}', '{admin}'),
	('cost_calculations', 'own', '{read,create}', enum_range(NULL::factory_app.user_role)),
	('cost_calculations', 'all', '{read}', '{admin}'),
	('integration_configs', 'all', '{read}', '{engineer}'),
	('integration_configs', 'all', '{read,create,update,delete}', '{admin}'),
	('data_mappings', 'all', '{read}', '{engineer}'),
	('data_mappings', 'all', '{read,create,update,delete}', '{admin}'),
	('integration_jobs', 'all', '{read}', '{engineer}'),
	('integration_jobs', 'all', '{read,create,update,delete}', '{admin}'),
	('audit_log', 'all', '{read}', '{admin}'),
	-- Everybody calculates with the rates.
	('cost_rates', 'all', '{read}', enum_range(NULL::factory_app.user_role)),
	('cost_rates', 'all', '{read,create,update,delete}', '{admin}')
  ) x (resource, scope, actions, roles), unnest(x.roles) r, unnest(x.actions::text[]) a
 GROUP BY r, x.resource, a;

-- The id of the caller's profile, which is that of crm.sales; null for portal users.
CREATE OR REPLACE FUNCTION factory_app.own_id() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT s.id FROM crm.sales s WHERE s.org_id = ops.org()
		AND s.user_id = ops.caller() AND NOT s.disabled
		AND NOT ops.portal());
END $$;
GRANT EXECUTE ON FUNCTION factory_app.own_id() TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;

-- The caller's role in the module. Whoever has no profile is a viewer.
CREATE OR REPLACE FUNCTION factory_app.own_role() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	own bigint;
BEGIN
	IF ops.administers() THEN
		RETURN 'admin';
	END IF;
	own := factory_app.own_id();
	IF own IS NULL THEN
		RETURN NULL;
	END IF;
	RETURN coalesce((SELECT p.role::text FROM factory_app.user_profiles p
		WHERE p.org_id = ops.org() AND p.id = own), 'viewer');
END $$;
GRANT EXECUTE ON FUNCTION factory_app.own_role() TO tenantry_app;

-- The scope in which the caller may do this: all, own, or null.
CREATE OR REPLACE FUNCTION factory_app.scope(resource text, action text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	own text := factory_app.own_role();
BEGIN
	RETURN (SELECT r.scope FROM factory_app.role_rights r
		WHERE r.role::text = own AND r.resource = scope.resource AND r.action = scope.action);
END $$;
GRANT EXECUTE ON FUNCTION factory_app.scope(text, text) TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;

-- The same of a resource, for what /api/me tells and a request may ask: portal users have no profile, so nothing.
CREATE OR REPLACE FUNCTION factory_app.own_scope(resource text, action text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT factory_app.scope(CASE resource WHEN 'factory_profiles' THEN 'user_profiles' WHEN 'factory_audit_log' THEN 'audit_log'
			WHEN 'active_integrations' THEN 'integration_configs' ELSE resource END,
		CASE action WHEN 'export' THEN 'read' ELSE action END)
$$;
UPDATE identity.module SET own_scope = 'factory_app.own_scope' WHERE name = 'factory';

-- The policies of a table. person: the column with the profile whose row it is; null: no row is anybody's own.
-- The functions are called once for each statement. The owner's functions check themselves who asks.
CREATE OR REPLACE FUNCTION factory_app.restrict(resource text, person name) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	tenant_table regclass := format('factory_app.%I', resource);
	command text;
	action text;
BEGIN
	PERFORM ops.require_module(tenant_table, 'factory');
	FOR command, action IN VALUES ('SELECT', 'read'), ('INSERT', 'create'), ('UPDATE', 'update'), ('DELETE', 'delete') LOOP
		EXECUTE format('DROP POLICY IF EXISTS role_%s ON %s', action, tenant_table);
		EXECUTE format('CREATE POLICY role_%1$s ON %2$s AS RESTRICTIVE FOR %3$s '
			'TO tenantry_app, tenantry_mcp, tenantry_mcp_writer %4$s ('
			'(SELECT nullif(current_user <> ALL (''{tenantry_app,tenantry_mcp,tenantry_mcp_writer}'') '
			'OR factory_app.scope(%5$L, %6$L) = ''all'', false)) IS NOT NULL%7$s)', action, tenant_table, command,
			CASE command WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END, resource, action,
			CASE WHEN person IS NOT NULL THEN format(' OR %I = (SELECT factory_app.own_id() WHERE factory_app.scope(%L, %L) = ''own'')',
				person, resource, action) ELSE '' END);
	END LOOP;
	EXECUTE format('GRANT SELECT ON %s TO tenantry_mcp, tenantry_mcp_writer', tenant_table);
	PERFORM ops.open_to_mcp(tenant_table);
END $$;
