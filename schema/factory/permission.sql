-- Who may do what in the module, by the role in their profile. Owners and admins of the organization are admins.
-- needs: crm/sale.sql factory/module.sql identity/permission.sql ops/mcp.sql ops/permission.sql

-- Returns the role of a member in the module. A member without a profile is a viewer. Portal users have no role.
CREATE OR REPLACE FUNCTION factory_app.role_of(org uuid, sales_id bigint, acts_as text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE WHEN acts_as IN ('owner', 'admin') THEN 'admin'
		WHEN acts_as <> 'portal' THEN coalesce((SELECT p.role::text FROM factory_app.user_profiles p
			WHERE p.org_id = org AND p.id = role_of.sales_id), 'viewer') END;
END $$;

-- Returns the ID of the caller's row of crm.sales, which programs of the module cannot read.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.own_id() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN crm.own_sales_id(ops.org());
END $$;

-- Every role can read the rates, for calculations.
SELECT identity.describe_roles('factory', 'factory_app.role_of', $${
	"admin": {
		"factory_profiles": ["read", "create", "update", "delete", "export"],
		"cost_calculations": ["read", "create:own", "export"],
		"cost_rates": ["read", "create", "update", "delete", "export"],
		"integration_configs": ["read", "create", "update", "delete", "export"],
		"active_integrations": ["read", "export"],
		"data_mappings": ["read", "create", "update", "delete", "export"],
		"integration_jobs": ["read", "create", "update", "delete", "export"],
		"factory_audit_log": ["read", "export"]
	},
	"engineer": {
		"factory_profiles": ["read:own", "create:own", "update:own", "delete:own", "export:own"],
		"cost_calculations": ["read:own", "create:own", "export:own"],
		"cost_rates": ["read", "export"],
		"integration_configs": ["read", "export"],
		"active_integrations": ["read", "export"],
		"data_mappings": ["read", "export"],
		"integration_jobs": ["read", "export"]
	},
	"analyst": {
		"factory_profiles": ["read:own", "create:own", "update:own", "delete:own", "export:own"],
		"cost_calculations": ["read:own", "create:own", "export:own"],
		"cost_rates": ["read", "export"]
	},
	"viewer": {
		"factory_profiles": ["read:own", "create:own", "update:own", "delete:own", "export:own"],
		"cost_calculations": ["read:own", "create:own", "export:own"],
		"cost_rates": ["read", "export"]
	}
}$$);

-- The tables, each with its resource and the column that contains the profile to which a row belongs.
SELECT ops.require_module(r.t, 'factory'), ops.restrict(r.t, r.resource, r.owner, by_module => true), ops.open_to_mcp(r.t)
  FROM (SELECT ('factory_app.' || x.name)::regclass, x.resource, x.owner FROM (VALUES
	('user_profiles', 'factory_profiles', 'id'),
	('cost_calculations', 'cost_calculations', 'sales_id'),
	('cost_rates', 'cost_rates', NULL),
	('integration_configs', 'integration_configs', NULL),
	('data_mappings', 'data_mappings', NULL),
	('integration_jobs', 'integration_jobs', NULL),
	('audit_log', 'factory_audit_log', NULL)) x (name, resource, owner)) r (t, resource, owner);
GRANT SELECT ON factory_app.user_profiles, factory_app.cost_calculations, factory_app.cost_rates, factory_app.integration_configs,
	factory_app.data_mappings, factory_app.integration_jobs, factory_app.audit_log TO tenantry_mcp, tenantry_mcp_writer;
