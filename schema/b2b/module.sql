-- The b2b module: companies by type, the principals that the organization represents, the products of principals, and
-- contacts in several organizations.
-- needs: crm/permission.sql

INSERT INTO identity.module (name) VALUES ('b2b') ON CONFLICT (name) DO NOTHING;

INSERT INTO ops.settings_table (name, copied) VALUES ('crm.pipelines', true), ('crm.pipeline_stages', true) ON CONFLICT DO NOTHING;
