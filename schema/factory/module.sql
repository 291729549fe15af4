-- The factory module: cost calculations of a plant, and exchange of data with other systems. Its tables are in the
-- factory_app schema.
-- needs: crm/module.sql identity/module.sql ops/audit_log.sql ops/module.sql ops/permission.sql ops/touch.sql ops/hidden_column.sql

GRANT USAGE ON SCHEMA factory_app TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;

INSERT INTO identity.module (name) VALUES ('factory') ON CONFLICT (name) DO NOTHING;

INSERT INTO ops.settings_table (name, copied) VALUES ('factory_app.cost_rates', true), ('factory_app.user_profiles', false) ON CONFLICT DO NOTHING;

-- The views crm.* whose names differ from those of their tables.
INSERT INTO ops.module_column (table_name, column_name, module)
VALUES ('factory_profiles', '*', 'factory'), ('factory_audit_log', '*', 'factory') ON CONFLICT DO NOTHING;

-- Secrets, and settings that contain them.
SELECT ops.hide_columns(h.relation, h.hidden) FROM (VALUES
	('factory_app.integration_configs'::regclass, '{settings}'::name[]),
	('factory_app.integration_jobs', '{payload}')) h (relation, hidden);
