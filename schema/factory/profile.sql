-- Profiles: one for each person of an organization with the module, created in the transaction in which the person
-- joins.
-- needs: crm/module.sql crm/sale.sql factory/permission.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON factory_app.user_profiles
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

-- Returns the initial role of a person.
CREATE OR REPLACE FUNCTION factory_app.first_role(s crm.sales) RETURNS factory_app.user_role
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN CASE WHEN s.administrator AND NOT s.disabled THEN 'admin'::factory_app.user_role ELSE 'viewer' END;
END $$;

CREATE OR REPLACE FUNCTION factory_app.person_joined() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	-- Archives already contain the profiles.
	IF NOT ops.mode('restoring') AND crm.keeps_module(NEW.org_id, 'factory') THEN
		INSERT INTO factory_app.user_profiles (org_id, id, role) VALUES (NEW.org_id, NEW.id, factory_app.first_role(NEW))
		ON CONFLICT (org_id, id) DO NOTHING;
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER factory_person AFTER INSERT ON crm.sales
	FOR EACH ROW EXECUTE FUNCTION factory_app.person_joined();

-- Updates the role of a user in the module. An administrator of the organization is an admin in the module. A user who
-- is disabled or no longer an administrator gets the initial role again.
CREATE OR REPLACE FUNCTION factory_app.person_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	UPDATE factory_app.user_profiles p SET role = factory_app.first_role(NEW) WHERE p.org_id = NEW.org_id AND p.id = NEW.id;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER factory_role AFTER UPDATE OF administrator, disabled ON crm.sales
	FOR EACH ROW WHEN (NEW.administrator <> OLD.administrator OR NEW.disabled <> OLD.disabled)
	EXECUTE FUNCTION factory_app.person_changed();

-- Creates profiles for users who joined before the module was switched on, or while it was off.
CREATE OR REPLACE FUNCTION factory_app.switched_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
BEGIN
	PERFORM ops.set_org(NEW.id);
	INSERT INTO factory_app.user_profiles (org_id, id, role)
	SELECT s.org_id, s.id, factory_app.first_role(s) FROM crm.sales s WHERE s.org_id = NEW.id ORDER BY s.id
	ON CONFLICT (org_id, id) DO NOTHING;
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER factory_on AFTER UPDATE OF modules ON identity.organization
	FOR EACH ROW WHEN (NEW.modules @> '{factory}' AND NOT OLD.modules @> '{factory}')
	EXECUTE FUNCTION factory_app.switched_on();

-- Only admins can assign roles, and administrators of the organization keep the admin role.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.check_role() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.permits('factory_profiles', lower(CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE TG_OP END), NULL) IS NOT TRUE THEN
		PERFORM ops.refuse('roles_by_admins', 'role');
	ELSIF EXISTS (SELECT FROM crm.sales s WHERE s.id = NEW.id AND s.administrator) AND NEW.role <> 'admin' THEN
		PERFORM ops.refuse('administrator_is_admin', 'role');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER new_role BEFORE INSERT ON factory_app.user_profiles
	FOR EACH ROW WHEN (NEW.role <> 'viewer' AND current_user = ANY ('{tenantry_app,tenantry_mcp_writer}'))
	EXECUTE FUNCTION factory_app.check_role();
CREATE OR REPLACE TRIGGER role BEFORE UPDATE ON factory_app.user_profiles
	FOR EACH ROW WHEN (NEW.role <> OLD.role AND current_user = ANY ('{tenantry_app,tenantry_mcp_writer}'))
	EXECUTE FUNCTION factory_app.check_role();

CREATE OR REPLACE VIEW factory_app.profile_rows WITH (security_invoker) AS
SELECT p.org_id, p.id, p.role::text AS role, p.job_title, p.department, p.phone, s.first_name, s.last_name, s.email, s.disabled,
	p.created_at, p.updated_at
  FROM factory_app.user_profiles p JOIN crm.sales s ON s.org_id = p.org_id AND s.id = p.id;
GRANT SELECT ON factory_app.profile_rows TO tenantry_app;

CREATE OR REPLACE VIEW crm.factory_profiles WITH (security_invoker) AS SELECT * FROM factory_app.user_profiles;
GRANT SELECT ON crm.factory_profiles TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;
GRANT INSERT, UPDATE, DELETE ON crm.factory_profiles TO tenantry_mcp_writer;
GRANT INSERT, UPDATE, DELETE ON factory_app.user_profiles TO tenantry_mcp_writer;
