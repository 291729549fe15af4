-- The module factory: a plant that calculates costs and exchanges data with other systems. Its tables are in the schema
-- factory_app.
-- needs: crm/module.sql identity/module.sql ops/audit_log.sql ops/module.sql ops/permission.sql ops/touch.sql

GRANT USAGE ON SCHEMA factory_app TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;

INSERT INTO identity.module (name) VALUES ('factory') ON CONFLICT (name) DO NOTHING;

-- Every member may ask for these, whatever their roles in the organization, and the role of their profile decides, see
-- permission.sql. A role that names them shows their pages.
INSERT INTO identity.resource (name, actions, own_actions, module) VALUES
	('factory_profiles', '{read,update,export}', '{read,update,export}', 'factory'),
	('cost_calculations', '{read,create,export}', '{read,create,export}', 'factory'),
	('integration_configs', '{read,create,update,delete,export}', '{read,create,update,delete,export}', 'factory'),
	('active_integrations', '{read,export}', '{read,export}', 'factory'),
	('data_mappings', '{read,create,update,delete,export}', '{read,create,update,delete,export}', 'factory'),
	('integration_jobs', '{read,create,update,delete,export}', '{read,create,update,delete,export}', 'factory'),
	('factory_audit_log', '{read,export}', '{read,export}', 'factory')
ON CONFLICT (name) DO UPDATE
	SET actions = excluded.actions, own_actions = excluded.own_actions, module = excluded.module;

-- The views crm.* of tables with other names.
INSERT INTO ops.module_column (table_name, column_name, module)
VALUES ('factory_profiles', '*', 'factory'), ('factory_audit_log', '*', 'factory') ON CONFLICT DO NOTHING;
