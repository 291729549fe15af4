-- Saved views of lists.
-- needs: identity/role.sql ops/catalogue.sql

-- Refuses a row, such as a view, that names a resource that neither the API nor the organization has. The pages store the
-- favorites and the menu entries of a user as views, too.
CREATE OR REPLACE FUNCTION crm.check_named_resource() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF NEW.resource IS NOT NULL AND NOT ops.mode('restoring') AND NOT ops.archive() AND NOT (TG_TABLE_NAME = 'views' AND NEW.resource IN ('favourites', 'menu'))
	    AND NOT EXISTS (SELECT FROM ops.resource r WHERE r.name = NEW.resource AND r.compiled IS NOT NULL)
	    AND NOT EXISTS (SELECT FROM crm.object_definitions o WHERE o.org_id = NEW.org_id AND o.resource = NEW.resource) THEN
		PERFORM ops.refuse('no_such_resource', 'resource');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER known_resource BEFORE INSERT ON crm.views FOR EACH ROW EXECUTE FUNCTION crm.check_named_resource();
CREATE OR REPLACE TRIGGER known_resource_of_changed BEFORE UPDATE OF resource ON crm.views FOR EACH ROW
	WHEN (NEW.resource <> OLD.resource) EXECUTE FUNCTION crm.check_named_resource();

-- Returns the filter and order of a view, if it belongs to the resource.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.open_view(view_id bigint, resource text) RETURNS TABLE (filters text, sort text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT v.filters::text, v.sort::text FROM crm.views v
		WHERE v.id = view_id AND v.resource = open_view.resource;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_view');
	END IF;
END $$;

-- Returns the resource and filter of a view, or nulls if there is no such view.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.stored_view(view_id bigint) RETURNS TABLE (resource text, filters text)
LANGUAGE sql STABLE AS $$
	SELECT v.resource, v.filters::text FROM (SELECT) x LEFT JOIN crm.views v ON v.id = view_id
$$;

DROP POLICY IF EXISTS readers ON crm.views;
CREATE POLICY readers ON crm.views FOR SELECT TO tenantry_app
	USING (user_id = (SELECT ops.caller())
		OR sharing = 'organization' AND (SELECT NOT ops.portal())
		OR role = ANY ((SELECT identity.own_roles())::text[])
		OR sharing <> 'private' AND (SELECT ops.administers()));

DROP POLICY IF EXISTS authors ON crm.views;
CREATE POLICY authors ON crm.views FOR INSERT TO tenantry_app
	WITH CHECK (user_id = (SELECT ops.caller()));

DROP POLICY IF EXISTS own ON crm.views;
CREATE POLICY own ON crm.views FOR UPDATE TO tenantry_app
	USING (user_id = (SELECT ops.caller()));

DROP POLICY IF EXISTS administrators ON crm.views;
CREATE POLICY administrators ON crm.views FOR DELETE TO tenantry_app
	USING (user_id = (SELECT ops.caller())
		OR sharing <> 'private' AND (SELECT ops.administers()));
