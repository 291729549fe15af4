\warn 'tenantry schema up runs this step, once' \quit
-- What a member may do, and the resources that a role can name.
-- needs: ops/tenant.sql

-- Functions with other arguments now.
DROP FUNCTION IF EXISTS identity.begin_request(bytea, text, text, text, boolean, text, text, bytea);
DROP FUNCTION IF EXISTS identity.begin_key(bytea, text, text, text, boolean, text, jsonb, boolean, text, bytea);

-- The resources of roles. Files of schema/ fill the table.
CREATE TABLE identity.resource (
	name    text PRIMARY KEY,
	actions text[] NOT NULL,	-- empty for another name of a resource:
	same_as text,	-- "contacts", or "contacts:merge" for all of its requests
	-- For administrators, and for roles that name it: "crm" does not stand for it.
	reserved boolean NOT NULL DEFAULT false
);
SELECT ops.protect_internal('identity.resource');

-- The member's grants, stored here to save each request a look-up: '*' for all actions on all
-- resources of the CRM, else {"contacts": {"read": "all", "update": "own"}, "crm": {...}}.
ALTER TABLE identity.organization_member ADD COLUMN grants text NOT NULL DEFAULT '{}';
ALTER TABLE identity.deleted_member ADD COLUMN grants text NOT NULL DEFAULT '{}';

-- Until now a role restricted nothing in the CRM.
UPDATE identity.organization_role r SET permission = jsonb_set(r.permission, '{crm}',
	coalesce(r.permission->'crm', '[]')
	|| '["read", "create", "update", "delete", "export", "import", "merge"]');
UPDATE identity.organization_member SET grants = '*';
UPDATE identity.deleted_member SET grants = '*';

-- For those who may read their own rows alone.
CREATE INDEX companies_sales_id ON crm.companies (org_id, sales_id);
CREATE INDEX deals_sales_id ON crm.deals (org_id, sales_id);
CREATE INDEX contact_notes_sales_id ON crm.contact_notes (org_id, sales_id);
CREATE INDEX deal_notes_sales_id ON crm.deal_notes (org_id, sales_id);
CREATE INDEX activities_sales_id ON crm.activities (org_id, sales_id);
CREATE INDEX appointments_sales_id ON crm.appointments (org_id, sales_id);
CREATE INDEX messages_sales_id ON crm.messages (org_id, sales_id);
-- down
DROP POLICY IF EXISTS administrators ON ops.audit_log;
DROP INDEX crm.companies_sales_id, crm.deals_sales_id, crm.contact_notes_sales_id, crm.deal_notes_sales_id,
	crm.activities_sales_id, crm.appointments_sales_id, crm.messages_sales_id;
DO $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT polname, polrelid::regclass AS tenant_table FROM pg_policy
	    WHERE polname IN ('may_read', 'may_create', 'may_update', 'may_delete') LOOP
		EXECUTE format('DROP POLICY %I ON %s', p.polname, p.tenant_table);
	END LOOP;
END $$;
DROP FUNCTION IF EXISTS identity.begin_request(bytea, text, text, text, boolean, text, text, text, bytea);
DROP FUNCTION IF EXISTS identity.begin_key(bytea, text, text, text, boolean, text, text, boolean, text, bytea);
UPDATE identity.organization_role r SET permission = jsonb_set(r.permission, '{crm}',
	CASE WHEN r.permission->'crm' ? 'administer' THEN '["administer"]' ELSE '[]' END::jsonb)
 WHERE r.permission ? 'crm';
ALTER TABLE identity.organization_member DROP COLUMN grants;
ALTER TABLE identity.deleted_member DROP COLUMN grants;
DROP TABLE identity.resource;
