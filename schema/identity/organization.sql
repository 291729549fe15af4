-- Organizations.

-- Returns the organizations of a user. Only this function reads memberships for a list.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.org_ids_for_user(uid text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN ARRAY(SELECT m.organization_id FROM identity.organization_member m
		WHERE m.user_id = uid AND NOT m.disabled ORDER BY m.created_at, m.id);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.init_state() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM identity.organization WHERE NOT demo);
END $$;

-- Returns whether there is a demo to which a visitor can sign in before the first account exists.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.has_demo() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM identity.organization WHERE demo);
END $$;

-- Returns the version of the schema, for the readiness check.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.ready() RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN (SELECT max(version) FROM ops.schema_migration);
END $$;

-- Creates an organization with its owner. Triggers create its rows in the CRM.
CREATE OR REPLACE FUNCTION identity.found_organization(founder text, name text, slug text, logo text,
	metadata text) RETURNS identity.organization_member
LANGUAGE plpgsql AS $$
DECLARE
	o uuid;
	m identity.organization_member;
BEGIN
	-- Deleted organizations count, since they keep their rows and slugs until they are purged.
	IF (SELECT count(*) >= 100 FROM (SELECT o.user_id, o.role FROM identity.organization_member o
			UNION ALL SELECT d.user_id, d.role FROM identity.deleted_member d) x
	    WHERE x.user_id = founder AND identity.strongest_role(x.role) = 'owner') THEN
		PERFORM identity.refuse('YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS');
	END IF;
	IF octet_length(metadata) > 65536 THEN
		PERFORM ops.refuse('metadata_of_organization_too_large');
	END IF;
	-- An organization of the demo user is also a demo, so that the first real user can still sign up.
	INSERT INTO identity.organization (name, slug, logo, metadata, demo)
	VALUES (name, slug, logo, metadata, EXISTS (
		SELECT FROM identity.organization_member x
		  JOIN identity.organization d ON d.id = x.organization_id
		 WHERE x.user_id = founder AND d.demo))
	ON CONFLICT ON CONSTRAINT organization_slug_key DO NOTHING RETURNING id INTO o;
	IF o IS NULL THEN
		PERFORM identity.refuse('ORGANIZATION_ALREADY_EXISTS');
	END IF;
	INSERT INTO identity.organization_member (id, organization_id, user_id, role)
	VALUES (identity.new_id(), o, founder, 'owner') RETURNING * INTO m;
	RETURN m;
END $$;

-- Refuses a user who may not create an organization, or has created too many within an hour. Runs before
-- identity.create_organization(). If anyone is true, viewers and portal users are also allowed.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admit_founder(anyone boolean, limited boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := ops.caller();
	ordinary boolean := (SELECT bool_or(m.role NOT IN ('viewer', 'portal')) FROM identity.organization_member m
		WHERE m.user_id = uid);
BEGIN
	IF NOT anyone AND NOT coalesce(ordinary, true) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION');
	ELSIF limited THEN
		PERFORM identity.count_attempt('organizations|' || uid, 20, 3600);
	END IF;
END $$;

CREATE OR REPLACE FUNCTION identity.meant_organization(organization_id text, slug text)
RETURNS identity.organization
LANGUAGE plpgsql STABLE AS $$
DECLARE
	o identity.organization;
BEGIN
	IF slug IS NOT NULL THEN
		SELECT * INTO o FROM identity.organization x
		 WHERE x.slug = meant_organization.slug AND x.deleted_at IS NULL;
	ELSIF organization_id IS NOT NULL THEN
		SELECT * INTO o FROM identity.organization x
		 WHERE x.id = identity.uuid_or_null(organization_id) AND x.deleted_at IS NULL;
	ELSE
		SELECT x.* INTO o FROM identity.session s
		  JOIN identity.organization x ON x.id = s.active_organization_id
		 WHERE s.id = ops.session();
		RETURN o;
	END IF;
	IF NOT FOUND THEN
		PERFORM identity.refuse('ORGANIZATION_NOT_FOUND');
	END IF;
	RETURN o;
END $$;

CREATE OR REPLACE FUNCTION identity.activate(organization_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.session s
	   SET active_organization_id = activate.organization_id, updated_at = now()
	 WHERE s.id = ops.session();
	IF activate.organization_id IS NOT NULL THEN
		UPDATE identity."user" u SET last_organization_id = activate.organization_id
		 WHERE u.id = ops.caller();
	END IF;
END $$;

-- Creates an organization. metadata is an object in the response to this request, and text in all other responses, as
-- in Better Auth.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_organization(name text, slug text, logo text, metadata text,
	keep_active boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member;
	created text;
BEGIN
	m := identity.found_organization(ops.caller(), name, slug, logo, metadata);
	IF NOT coalesce(keep_active, false) THEN
		PERFORM identity.activate(m.organization_id);
	END IF;
	SELECT identity.iso(o.created_at) INTO created FROM identity.organization o
	 WHERE o.id = m.organization_id;
	IF metadata IS NULL THEN
		RETURN json_build_object('name', name, 'slug', slug, 'logo', logo,
			'createdAt', created, 'id', m.organization_id,
			'members', json_build_array(identity.member_json(m)));
	END IF;
	RETURN json_build_object('name', name, 'slug', slug, 'logo', logo,
		'createdAt', created, 'metadata', metadata::json, 'id', m.organization_id,
		'members', json_build_array(identity.member_json(m)));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_organizations() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(json_build_object('name', o.name, 'slug', o.slug,
			'logo', o.logo, 'createdAt', identity.iso(o.created_at),
			'metadata', o.metadata, 'id', o.id) ORDER BY mine.n), '[]')
		FROM unnest(identity.org_ids_for_user(ops.caller()))
			WITH ORDINALITY AS mine (id, n)
		JOIN identity.organization o ON o.id = mine.id);
END $$;

CREATE OR REPLACE FUNCTION identity.full_json(o identity.organization, mine identity.organization_member,
	members_limit integer)
RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN identity.with_members(CASE WHEN identity.has_teams(o.id)
		THEN identity.with_members(identity.organization_json(o),
			json_build_object('teams', identity.teams_json(mine)))
		ELSE identity.organization_json(o) END, json_build_object(
		'invitations', identity.invitations_json(o.id, mine.role),
		'members', (SELECT coalesce(json_agg(identity.member_user_json(m, u)
				ORDER BY m.created_at, m.id), '[]')
			FROM (SELECT * FROM identity.organization_member x
				WHERE x.organization_id = o.id AND identity.knows(mine, x.user_id)
				  AND NOT EXISTS (SELECT FROM identity."user" s WHERE s.id = x.user_id AND s.service_of IS NOT NULL)
				ORDER BY x.created_at, x.id
				LIMIT least(greatest(coalesce(members_limit, 100), 0), 1000)) m
			JOIN identity."user" u ON u.id = m.user_id)));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.full_organization(organization_id text, slug text,
	members_limit integer) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	o identity.organization := identity.meant_organization(organization_id, slug);
	m identity.organization_member;
BEGIN
	IF o.id IS NULL THEN
		RETURN 'null';
	END IF;
	m := identity.own_membership(o.id);
	IF m.id IS NULL THEN
		PERFORM identity.refuse('USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
	END IF;
	RETURN identity.full_json(o, m, members_limit);
END $$;

-- Activates an organization and returns it. If clear is true, deactivates the active organization and returns 'null',
-- or SQL NULL if none was active.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.set_active_organization(organization_id text, slug text,
	clear boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	o identity.organization;
	m identity.organization_member;
BEGIN
	IF clear THEN
		SELECT x.* INTO o FROM identity.meant_organization(NULL, NULL) x;
		PERFORM identity.activate(NULL);
		RETURN CASE WHEN o.id IS NOT NULL THEN 'null' END;
	END IF;
	o := identity.meant_organization(organization_id, slug);
	IF o.id IS NULL THEN
		RETURN NULL;
	END IF;
	m := identity.own_membership(o.id);
	IF m.id IS NULL THEN
		PERFORM identity.refuse('USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
	END IF;
	PERFORM identity.activate(o.id);
	RETURN identity.full_json(o, m, NULL);
END $$;

-- Writes the audit log for tables of identity, like ops.audit(). Generates IDs in the same way as that function, since
-- two methods could produce the same ID.
CREATE OR REPLACE FUNCTION identity.audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'token_hash' END;
	after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'token_hash' END;
	subject jsonb := coalesce(after, before);
	org uuid := CASE WHEN TG_TABLE_NAME = 'organization' THEN subject->>'id'
		ELSE subject->>'organization_id' END;
	other uuid := ops.org();
	id bigint := ops.audit_id();
BEGIN
	-- The deletion at the end of a purge is not logged, because the purge itself has been logged.
	IF TG_OP = 'DELETE' AND before->'purging' = 'true' THEN
		RETURN NULL;
	END IF;
	-- An operator can suspend, delete and restore read-only organizations, too.
	IF TG_TABLE_NAME <> 'organization' OR TG_OP = 'UPDATE' AND (before->'name', before->'slug', before->'logo', before->'metadata')
	    IS DISTINCT FROM (after->'name', after->'slug', after->'logo', after->'metadata') THEN
		PERFORM ops.demand_writable(org);
	END IF;
	PERFORM ops.set_org(org);
	INSERT INTO ops.audit_log VALUES (org, id, now(), ops.caller(), ops.request(), ops.address(),
			TG_TABLE_NAME, subject->>'id', lower(TG_OP),
		before, after);
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

-- Writes the audit log for all members that a statement adds or removes, like identity.audit().
CREATE OR REPLACE FUNCTION identity.audit_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	org uuid;
	ignored text;	-- an assignment is faster than PERFORM, which runs a query
BEGIN
	FOR org IN SELECT DISTINCT c.organization_id FROM changed c LOOP
		ignored := ops.set_org(org);
		INSERT INTO ops.audit_log
		SELECT org, ops.audit_id(), now(), ops.caller(), ops.request(), ops.address(),
			TG_TABLE_NAME, c.id, lower(TG_OP), CASE TG_OP WHEN 'DELETE' THEN to_jsonb(c) END,
			CASE TG_OP WHEN 'INSERT' THEN to_jsonb(c) END
		  FROM changed c WHERE c.organization_id = org;
	END LOOP;
	ignored := ops.set_org(other);
	RETURN NULL;
END $$;

-- Deletes an organization, which is purged later. Its members are moved to another table, and nobody can join it.
CREATE OR REPLACE FUNCTION identity.mark_organization_deleted(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.organization o SET deleted_at = now()
	 WHERE o.id = org AND o.deleted_at IS NULL;
	UPDATE identity.organization_invitation i SET status = 'canceled'
	 WHERE i.organization_id = org AND i.status = 'pending';
	INSERT INTO identity.deleted_team_member
	SELECT * FROM identity.team_member m WHERE m.organization_id = org;
	WITH gone AS (
		DELETE FROM identity.organization_member m WHERE m.organization_id = org RETURNING m.*)
	INSERT INTO identity.deleted_member SELECT * FROM gone;
END $$;

-- Restores a deleted organization, for the command line. Members get their roles, rows and teams back.
CREATE OR REPLACE FUNCTION identity.restore_organization(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.organization o SET deleted_at = NULL
	 WHERE o.id = org AND o.deleted_at IS NOT NULL AND NOT o.purging;
	IF NOT FOUND THEN
		PERFORM ops.refuse('organization_not_deleted');
	END IF;
	WITH back AS (
		DELETE FROM identity.deleted_member m WHERE m.organization_id = org RETURNING m.*)
	INSERT INTO identity.organization_member SELECT * FROM back;
	WITH back AS (
		DELETE FROM identity.deleted_team_member m WHERE m.organization_id = org RETURNING m.*)
	INSERT INTO identity.team_member SELECT * FROM back;
END $$;

-- Returns the named organization, or the active organization if none is named. Raises an error if there is neither. A
-- named organization that does not exist has no members.
CREATE OR REPLACE FUNCTION identity.named_organization(organization_id text, otherwise text) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
DECLARE
	o identity.organization;
BEGIN
	IF organization_id IS NOT NULL THEN
		RETURN identity.uuid_or_null(organization_id);
	END IF;
	o := identity.meant_organization(NULL, NULL);
	IF o.id IS NULL THEN
		PERFORM identity.refuse(otherwise);
	END IF;
	RETURN o.id;
END $$;

CREATE OR REPLACE FUNCTION identity.organization_json(o identity.organization) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('name', o.name, 'slug', o.slug, 'logo', o.logo,
		'createdAt', identity.iso(o.created_at), 'metadata', o.metadata, 'id', o.id)
$$;

-- A deleted organization keeps its slug, so that it can be restored with the same slug.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.check_slug(slug text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM identity.organization o WHERE o.slug = check_slug.slug) THEN
		PERFORM identity.refuse('ORGANIZATION_SLUG_ALREADY_TAKEN');
	END IF;
	RETURN '{"status":true}';
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.update_organization(organization_id text, data json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'ORGANIZATION_NOT_FOUND');
	m identity.organization_member := identity.hold_membership(wanted,
		'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/400');
	changes jsonb := data;
	o identity.organization;
BEGIN
	IF NOT identity.may(wanted, m.role, '{"organization": ["update"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_ORGANIZATION');
	END IF;
	IF octet_length(data->>'metadata') > 65536 THEN
		PERFORM ops.refuse('metadata_of_organization_too_large');
	END IF;
	BEGIN
		UPDATE identity.organization x
		   SET name = coalesce(changes->>'name', x.name),
			slug = coalesce(changes->>'slug', x.slug),
			logo = CASE WHEN changes ? 'logo' THEN changes->>'logo' ELSE x.logo END,
			metadata = coalesce(data->>'metadata', x.metadata)
		 WHERE x.id = wanted RETURNING * INTO o;
	EXCEPTION WHEN unique_violation THEN
		PERFORM identity.refuse('ORGANIZATION_SLUG_ALREADY_TAKEN');
	END;
	IF o.metadata IS NULL THEN
		RETURN (identity.organization_json(o)::jsonb - 'metadata')::text;
	END IF;
	RETURN json_build_object('name', o.name, 'slug', o.slug, 'logo', o.logo,
		'createdAt', identity.iso(o.created_at), 'metadata', o.metadata::json, 'id', o.id);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_organization(organization_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.uuid_or_null(organization_id);
	m identity.organization_member := identity.hold_membership(wanted,
		'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/400');
	o identity.organization;
BEGIN
	IF NOT identity.may(wanted, m.role, '{"organization": ["delete"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_ORGANIZATION');
	END IF;
	SELECT * INTO o FROM identity.organization x WHERE x.id = wanted;
	PERFORM identity.mark_organization_deleted(wanted);
	RETURN identity.organization_json(o);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.get_organization(organization_id text, slug text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	o identity.organization := identity.meant_organization(organization_id, slug);
BEGIN
	IF o.id IS NULL THEN
		RETURN 'null';
	END IF;
	PERFORM identity.need_membership(o.id, 'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
	RETURN identity.organization_json(o);
END $$;

-- Makes a user the owner, for the command line. Former owners become admins.
CREATE OR REPLACE FUNCTION identity.transfer_organization(org uuid, uid text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM identity.organization o WHERE o.id = org FOR NO KEY UPDATE;
	UPDATE identity.organization_member m SET role = 'owner'
	 WHERE m.organization_id = org AND m.user_id = uid AND NOT m.disabled;
	IF NOT FOUND THEN
		PERFORM ops.refuse('owner_not_a_member');
	END IF;
	UPDATE identity.organization_member m SET role = 'admin'
	 WHERE m.organization_id = org AND m.user_id <> uid AND m.acts_as = 'owner';
END $$;

-- Suspends an organization, or ends the suspension, for the command line and for operators.
CREATE OR REPLACE FUNCTION identity.suspend_organization(org uuid, suspend boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.organization o SET suspended_at = CASE WHEN suspend THEN now() END
	 WHERE o.id = org AND (o.suspended_at IS NULL) = suspend AND o.deleted_at IS NULL;
	IF NOT FOUND THEN
		PERFORM ops.refuse(CASE WHEN suspend THEN 'suspended_already' ELSE 'not_suspended' END);
	END IF;
END $$;

-- Returns the caller's organizations, as rows of a resource.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.own_organizations()
RETURNS TABLE (id uuid, name text, slug text, logo text, metadata text, role text,
	suspended boolean, created_at timestamptz, updated_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := ops.caller();
BEGIN
	RETURN QUERY SELECT o.id, o.name, o.slug, o.logo, o.metadata, m.role,
		o.suspended_at IS NOT NULL, o.created_at, o.updated_at
	  FROM identity.organization_member m JOIN identity.organization o ON o.id = m.organization_id
	 WHERE m.user_id = uid AND m.organization_id = ANY (identity.org_ids_for_user(uid));
END $$;

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION identity.audit();

CREATE OR REPLACE TRIGGER audit AFTER UPDATE ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION identity.audit();

CREATE OR REPLACE TRIGGER audit_of_new AFTER INSERT ON identity.organization_member
	REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION identity.audit_members();

CREATE OR REPLACE TRIGGER audit_of_old AFTER DELETE ON identity.organization_member
	REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION identity.audit_members();

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity.organization_invitation
	FOR EACH ROW EXECUTE FUNCTION identity.audit();

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity.organization_role
	FOR EACH ROW EXECUTE FUNCTION identity.audit();
