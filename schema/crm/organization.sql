-- Organizations and users in the CRM, and the initial rows of an organization.
-- needs: identity/organization.sql ops/organization.sql

-- Triggers keep identity and the CRM in sync. The tenant guard also applies to the owner, so each trigger sets the
-- organization to which it writes, and then restores the caller's organization.
CREATE OR REPLACE FUNCTION crm.organization_founded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
BEGIN
	PERFORM ops.set_org(NEW.id);
	INSERT INTO crm.configuration (org_id) VALUES (NEW.id);
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

-- Deletes all rows of an organization without moving them to the trash. The audit log is kept. Referring tables
-- are emptied before the tables to which they refer.
CREATE OR REPLACE FUNCTION crm.organization_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	tenant_table regclass;
BEGIN
	PERFORM ops.set_org(OLD.id),
		ops.set_purging(OLD.id);
	FOR tenant_table IN SELECT c.oid FROM ops.reference_depths() d JOIN pg_class c ON c.oid = d.tenant_table
	    WHERE c.relnamespace <> 'ops'::regnamespace
	      AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant')
	    ORDER BY d.depth DESC, c.oid DESC LOOP
		EXECUTE format('DELETE FROM %s WHERE org_id = $1', tenant_table) USING OLD.id;
	END LOOP;
	PERFORM ops.set_org(other), ops.set_purging(NULL);
	RETURN OLD;
END $$;

-- Views with shorter names of these tables, for users of psql.
CREATE OR REPLACE VIEW crm.organizations WITH (security_invoker) AS
	SELECT id, name, slug, logo, demo, created_at FROM identity.organization;

CREATE OR REPLACE VIEW crm.users WITH (security_invoker) AS
	SELECT id, email, name, email_verified, image, created_at, updated_at FROM identity."user";

CREATE OR REPLACE VIEW crm.memberships WITH (security_invoker) AS
	SELECT id, organization_id AS org_id, user_id, role, disabled, created_at
	  FROM identity.organization_member;

CREATE OR REPLACE VIEW crm.own_organizations WITH (security_invoker) AS
SELECT o.id::text AS id, o.name, o.slug, o.logo, o.metadata, o.role, o.suspended, o.created_at, o.updated_at
  FROM identity.own_organizations() o;
GRANT SELECT ON crm.own_organizations TO tenantry_app;

CREATE OR REPLACE TRIGGER crm_founded AFTER INSERT ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION crm.organization_founded();

CREATE OR REPLACE TRIGGER crm_deleted BEFORE DELETE ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION crm.organization_deleted();
