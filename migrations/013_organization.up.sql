-- The rest of organizations: rights by role, roles of one's own making,
-- members who change and go, invitations by mail, and an end that can be
-- undone for a while.

-- A deleted organization keeps its rows and its slug until it is purged.
ALTER TABLE identity.organization
	ADD deleted_at timestamptz,
	-- From here on there is no way back.
	ADD purging boolean NOT NULL DEFAULT false,
	ADD member_limit integer NOT NULL DEFAULT 100
		CONSTRAINT organization_member_limit_check CHECK (member_limit > 0);
CREATE INDEX organization_deleted_at ON identity.organization (deleted_at)
	WHERE deleted_at IS NOT NULL;

-- Roles an organization makes for itself, beside owner, admin and member.
CREATE TABLE identity.organization_role (
	id              text PRIMARY KEY,
	organization_id uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	role            text NOT NULL CONSTRAINT organization_role_role_check
		CHECK (role = lower(trim(role)) AND role !~ '[,[:cntrl:]]'
			AND char_length(role) BETWEEN 1 AND 64
			AND role NOT IN ('owner', 'admin', 'member')),
	-- {"invitation": ["create", "cancel"], ...}
	permission      jsonb NOT NULL CONSTRAINT organization_role_permission_check
		CHECK (jsonb_typeof(permission) = 'object'),
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz,
	UNIQUE (organization_id, role)
);

ALTER TABLE identity.organization_member
	DROP CONSTRAINT organization_member_role_check,
	ADD CONSTRAINT organization_member_role_check CHECK (role ~ '^[^,]+(,[^,]+)*$'),
	-- What the member is to the CRM, here so that a request need not work it out.
	ADD acts_as text NOT NULL DEFAULT 'member' CONSTRAINT organization_member_acts_as_check
		CHECK (acts_as IN ('owner', 'admin', 'member'));
ALTER TABLE identity.organization_invitation
	DROP CONSTRAINT organization_invitation_role_check,
	ADD CONSTRAINT organization_invitation_role_check CHECK (role ~ '^[^,]+(,[^,]+)*$');
CREATE INDEX organization_invitation_email ON identity.organization_invitation (email);

-- Members of deleted organizations.  They are none meanwhile: whoever looks for
-- memberships finds nothing to hide.
CREATE TABLE identity.deleted_member (
	LIKE identity.organization_member,
	PRIMARY KEY (id),
	CONSTRAINT deleted_member_organization_id_fkey FOREIGN KEY (organization_id)
		REFERENCES identity.organization ON DELETE CASCADE,
	CONSTRAINT deleted_member_user_id_fkey FOREIGN KEY (user_id)
		REFERENCES identity."user" ON DELETE CASCADE
);
CREATE INDEX deleted_member_organization_id ON identity.deleted_member (organization_id);
CREATE INDEX deleted_member_user_id ON identity.deleted_member (user_id);

-- Rights

CREATE OR REPLACE FUNCTION identity.strongest_role(roles text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN 'owner' = ANY (string_to_array(roles, ',')) THEN 'owner'
		WHEN 'admin' = ANY (string_to_array(roles, ',')) THEN 'admin' ELSE 'member' END
$$;

-- The resources and actions are the wire's, but for the last one: who
-- administers the CRM is an administrator to it.
CREATE FUNCTION identity.role_permission(role text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT (CASE role
		WHEN 'owner' THEN '{"organization": ["update", "delete"],
			"member": ["create", "update", "delete"],
			"invitation": ["create", "cancel"],
			"team": ["create", "update", "delete"],
			"ac": ["create", "read", "update", "delete"],
			"crm": ["administer"]}'
		WHEN 'admin' THEN '{"organization": ["update"],
			"member": ["create", "update", "delete"],
			"invitation": ["create", "cancel"],
			"team": ["create", "update", "delete"],
			"ac": ["create", "read", "update", "delete"],
			"crm": ["administer"]}'
		WHEN 'member' THEN '{"organization": [], "member": [], "invitation": [], "team": [],
			"ac": ["read"], "crm": []}'
		END)::jsonb
$$;

-- What each role of a comma list grants; a name that is no role grants nothing.
CREATE FUNCTION identity.permissions_of(org uuid, roles text) RETURNS SETOF jsonb
LANGUAGE sql STABLE AS $$
	SELECT identity.role_permission(r) FROM unnest(string_to_array(roles, ',')) r
	 WHERE r IN ('owner', 'admin', 'member')
	UNION ALL
	SELECT x.permission FROM identity.organization_role x
	 WHERE x.organization_id = org AND x.role = ANY (string_to_array(roles, ','))
$$;

-- True when one of the roles grants all that is wanted.
CREATE FUNCTION identity.may(org uuid, roles text, wanted jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM identity.permissions_of(org, roles) p WHERE p @> wanted)
$$;

-- True when nothing in the permission goes beyond the roles, which hold all
-- that a plain member has, too.
CREATE FUNCTION identity.grants(org uuid, roles text, permission jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT NOT EXISTS (SELECT FROM jsonb_each(permission) r,
		jsonb_array_elements_text(r.value) action
		WHERE NOT identity.may(org, roles || ',member',
			jsonb_build_object(r.key, jsonb_build_array(action))))
$$;

-- Nobody gives, changes or takes away a role that may do what they may not,
-- and an owner's is an owner's business.
CREATE FUNCTION identity.covers(org uuid, roles text, others text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT (identity.strongest_role(roles) = 'owner'
			OR identity.strongest_role(others) <> 'owner')
		AND NOT EXISTS (SELECT FROM identity.permissions_of(org, others) p
			WHERE NOT identity.grants(org, roles, p))
$$;

-- Who is more than a member to the CRM: owner and admin, and whose role says so.
CREATE FUNCTION identity.acts_as(org uuid, roles text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN identity.strongest_role(roles) = 'owner' THEN 'owner'
		WHEN identity.may(org, roles, '{"crm": ["administer"]}') THEN 'admin'
		ELSE 'member' END
$$;

CREATE FUNCTION identity.set_acts_as() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.acts_as := identity.acts_as(NEW.organization_id, NEW.role);
	RETURN NEW;
END $$;
-- Its name puts it before crm_member, which reads what it sets.
CREATE TRIGGER acts_as BEFORE INSERT OR UPDATE OF role ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION identity.set_acts_as();
UPDATE identity.organization_member m SET acts_as = identity.strongest_role(m.role)
 WHERE identity.strongest_role(m.role) <> 'member';

-- Who holds a role that changed is looked at again, and goes by its new name.
CREATE FUNCTION identity.organization_role_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.organization_member m
	   SET role = array_to_string(array_replace(string_to_array(m.role, ','),
		OLD.role, NEW.role), ',')
	 WHERE m.organization_id = NEW.organization_id
	   AND OLD.role = ANY (string_to_array(m.role, ','));
	UPDATE identity.organization_invitation i
	   SET role = array_to_string(array_replace(string_to_array(i.role, ','),
		OLD.role, NEW.role), ',')
	 WHERE i.organization_id = NEW.organization_id AND OLD.role <> NEW.role
	   AND i.status = 'pending' AND OLD.role = ANY (string_to_array(i.role, ','));
	RETURN NULL;
END $$;
CREATE TRIGGER role_changed AFTER UPDATE ON identity.organization_role
	FOR EACH ROW EXECUTE FUNCTION identity.organization_role_changed();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity.organization_role
	FOR EACH ROW EXECUTE FUNCTION identity.audit();

-- As in 003, but for who is an administrator.
CREATE OR REPLACE FUNCTION crm.member_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
BEGIN
	IF TG_OP = 'DELETE' THEN
		PERFORM set_config('app.org_id', OLD.organization_id::text, true);
		UPDATE crm.sales s SET disabled = true, administrator = false
		 WHERE s.org_id = OLD.organization_id AND s.user_id = OLD.user_id;
		PERFORM set_config('app.org_id', other, true);
		RETURN OLD;
	END IF;
	PERFORM set_config('app.org_id', NEW.organization_id::text, true);
	INSERT INTO crm.sales AS s (org_id, user_id, first_name, last_name, email, avatar,
		administrator, disabled)
	SELECT NEW.organization_id, u.id, left(u.first_name, 500), left(u.last_name, 500), u.email,
		CASE WHEN u.image IS NOT NULL THEN jsonb_build_object('src', u.image) END,
		NEW.acts_as <> 'member', NEW.disabled
	  FROM identity."user" u WHERE u.id = NEW.user_id
	ON CONFLICT (org_id, user_id) DO UPDATE
		SET administrator = excluded.administrator, disabled = excluded.disabled,
			email = excluded.email
	RETURNING s.id INTO NEW.sales_id;
	PERFORM set_config('app.org_id', other, true);
	RETURN NEW;
END $$;

-- Coming and going

-- Whatever the way: an organization does not lose its last owner.  One change
-- at a time, so that of two owners neither can count on the other.
CREATE FUNCTION identity.keep_owner() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND NEW.acts_as = 'owner' AND NOT NEW.disabled THEN
		RETURN NEW;
	END IF;
	PERFORM FROM identity.organization o
	 WHERE o.id = OLD.organization_id AND o.deleted_at IS NULL FOR NO KEY UPDATE;
	IF FOUND AND NOT EXISTS (SELECT FROM identity.organization_member x
	    WHERE x.organization_id = OLD.organization_id AND x.id <> OLD.id
	      AND x.acts_as = 'owner' AND NOT x.disabled) THEN
		PERFORM identity.refuse(CASE TG_OP
			WHEN 'DELETE' THEN 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER'
			ELSE 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER' END);
	END IF;
	RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER keep_owner BEFORE DELETE OR UPDATE OF role, disabled
	ON identity.organization_member
	FOR EACH ROW WHEN (OLD.acts_as = 'owner' AND NOT OLD.disabled)
	EXECUTE FUNCTION identity.keep_owner();

-- Who leaves stays signed in, outside.
CREATE FUNCTION identity.member_gone() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.session s SET active_organization_id = NULL, updated_at = now()
	 WHERE s.user_id = OLD.user_id AND s.active_organization_id = OLD.organization_id;
	RETURN NULL;
END $$;
CREATE TRIGGER member_gone AFTER DELETE ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION identity.member_gone();

-- Ends an organization, for now: nobody is in it and nobody can come.
CREATE FUNCTION identity.bury_organization(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.organization o SET deleted_at = now()
	 WHERE o.id = org AND o.deleted_at IS NULL;
	UPDATE identity.organization_invitation i SET status = 'canceled'
	 WHERE i.organization_id = org AND i.status = 'pending';
	WITH gone AS (
		DELETE FROM identity.organization_member m WHERE m.organization_id = org RETURNING m.*)
	INSERT INTO identity.deleted_member SELECT * FROM gone;
END $$;

-- For the command line: members are back with the roles and rows they had.
CREATE FUNCTION identity.restore_organization(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.organization o SET deleted_at = NULL
	 WHERE o.id = org AND o.deleted_at IS NOT NULL AND NOT o.purging;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'it is not deleted, or its rows are being purged already'
			USING ERRCODE = 'ZH409';
	END IF;
	WITH back AS (
		DELETE FROM identity.deleted_member m WHERE m.organization_id = org RETURNING m.*)
	INSERT INTO identity.organization_member SELECT * FROM back;
END $$;

-- Who is deleted as the last owner leaves nobody behind: the organization of
-- one goes with them, one with others in it must get another owner first.
CREATE FUNCTION identity.owner_gone() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT m.organization_id FROM identity.organization_member m
	    WHERE m.user_id = OLD.id AND m.acts_as = 'owner' ORDER BY 1 LOOP
		PERFORM FROM identity.organization o WHERE o.id = org FOR NO KEY UPDATE;
		IF NOT EXISTS (SELECT FROM identity.organization_member x
		    WHERE x.organization_id = org AND x.user_id <> OLD.id AND NOT x.disabled) THEN
			PERFORM identity.bury_organization(org);
		END IF;
	END LOOP;
	RETURN OLD;
END $$;
CREATE TRIGGER owner_gone BEFORE DELETE ON identity."user"
	FOR EACH ROW EXECUTE FUNCTION identity.owner_gone();

-- Whatever the way in: one at a time, while there is room.  Whom nobody asks by
-- a request, as an import or the command line, may go beyond.
CREATE FUNCTION identity.member_comes() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	room integer;
BEGIN
	IF coalesce(current_setting('app.user_id', true), '') = '' THEN
		RETURN NEW;
	END IF;
	SELECT o.member_limit INTO room FROM identity.organization o
	 WHERE o.id = NEW.organization_id FOR NO KEY UPDATE;
	IF (SELECT count(*) >= room FROM identity.organization_member x
	    WHERE x.organization_id = NEW.organization_id) THEN
		PERFORM identity.refuse('ORGANIZATION_MEMBERSHIP_LIMIT_REACHED');
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER member_comes BEFORE INSERT ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION identity.member_comes();

-- Which organization a route is about

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
		 WHERE s.id = current_setting('app.session_id', true);
		RETURN o;
	END IF;
	IF NOT FOUND THEN
		PERFORM identity.refuse('ORGANIZATION_NOT_FOUND');
	END IF;
	RETURN o;
END $$;

-- The one named, else the active one, else the refusal.  What is named need
-- not exist: nobody is a member of it then.
CREATE FUNCTION identity.named_organization(organization_id text, otherwise text) RETURNS uuid
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

-- The caller's membership, or the refusal.
CREATE FUNCTION identity.need_membership(org uuid, otherwise text)
RETURNS identity.organization_member
LANGUAGE plpgsql STABLE AS $$
DECLARE
	m identity.organization_member := identity.own_membership(org);
BEGIN
	IF m.id IS NULL THEN
		PERFORM identity.refuse(otherwise);
	END IF;
	RETURN m;
END $$;

-- The same for who changes something: nobody else does until the end, so that
-- the rights that are looked at are still held when they are used.
CREATE FUNCTION identity.hold_membership(org uuid, otherwise text)
RETURNS identity.organization_member
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM identity.organization o WHERE o.id = org FOR NO KEY UPDATE;
	RETURN identity.need_membership(org, otherwise);
END $$;

-- Organizations

CREATE FUNCTION identity.organization_json(o identity.organization) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('name', o.name, 'slug', o.slug, 'logo', o.logo,
		'createdAt', identity.iso(o.created_at), 'metadata', o.metadata, 'id', o.id)
$$;

-- A deleted organization holds its slug, so that it can come back under it.
CREATE FUNCTION identity.check_slug(slug text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM identity.organization o WHERE o.slug = check_slug.slug) THEN
		PERFORM identity.refuse('ORGANIZATION_SLUG_ALREADY_TAKEN');
	END IF;
	RETURN '{"status":true}';
END $$;

CREATE FUNCTION identity.update_organization(organization_id text, data json) RETURNS text
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
		RAISE EXCEPTION 'metadata: at most 65536 bytes' USING ERRCODE = 'ZH422';
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

CREATE FUNCTION identity.delete_organization(organization_id text) RETURNS text
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
	PERFORM identity.bury_organization(wanted);
	RETURN identity.organization_json(o);
END $$;

CREATE FUNCTION identity.get_organization(organization_id text, slug text) RETURNS text
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

-- For who may invite or cancel, and not those that give more than they have:
-- asked once for each role, as an organization has many invitations in the end.
CREATE FUNCTION identity.invitations_json(org uuid, roles text) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(identity.invitation_json(i) ORDER BY i.created_at, i.id), '[]')
	  FROM identity.organization_invitation i
	 WHERE i.organization_id = org
	   AND (SELECT identity.may(org, roles, '{"invitation": ["create"]}')
		OR identity.may(org, roles, '{"invitation": ["cancel"]}'))
	   AND i.role = ANY (ARRAY(SELECT d.role FROM (
		SELECT DISTINCT x.role FROM identity.organization_invitation x
		 WHERE x.organization_id = org OFFSET 0) d
		 WHERE identity.covers(org, roles, d.role)))
$$;

CREATE OR REPLACE FUNCTION identity.full_json(o identity.organization, caller_role text,
	members_limit integer)
RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN json_build_object('name', o.name, 'slug', o.slug, 'logo', o.logo,
		'createdAt', identity.iso(o.created_at), 'metadata', o.metadata, 'id', o.id,
		'invitations', identity.invitations_json(o.id, caller_role),
		'members', (SELECT coalesce(json_agg(identity.member_user_json(m, u)
				ORDER BY m.created_at, m.id), '[]')
			FROM (SELECT * FROM identity.organization_member x
				WHERE x.organization_id = o.id ORDER BY x.created_at, x.id
				LIMIT least(greatest(coalesce(members_limit, 100), 0), 1000)) m
			JOIN identity."user" u ON u.id = m.user_id));
END $$;

-- Members

-- Roles as a clean comma list, or the error of the wire.
DROP FUNCTION identity.clean_roles(text);
CREATE FUNCTION identity.clean_roles(org uuid, roles text, unknown_code text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	list text[];
	unknown text;
BEGIN
	SELECT array_agg(r ORDER BY n) INTO list FROM (
		SELECT trim(part) AS r, min(n) AS n
		  FROM unnest(string_to_array(roles, ',')) WITH ORDINALITY AS x (part, n)
		 WHERE trim(part) <> '' GROUP BY 1) named;
	IF list IS NULL THEN
		PERFORM identity.refuse('ROLE_NOT_FOUND');
	END IF;
	SELECT string_agg(r, ', ') INTO unknown FROM unnest(list) r
	 WHERE r NOT IN ('owner', 'admin', 'member')
	   AND NOT EXISTS (SELECT FROM identity.organization_role x
		WHERE x.organization_id = org AND x.role = r);
	IF unknown IS NOT NULL THEN
		PERFORM identity.refuse(unknown_code || ': ' || unknown);
	END IF;
	RETURN array_to_string(list, ',');
END $$;

CREATE FUNCTION identity.remove_member(member_id_or_email text, organization_id text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION');
	m identity.organization_member := identity.hold_membership(wanted, 'MEMBER_NOT_FOUND');
	by_email boolean := strpos(member_id_or_email, '@') > 0;
	gone identity.organization_member;
	u identity."user";
BEGIN
	SELECT x.* INTO gone FROM identity.organization_member x
	  JOIN identity."user" y ON y.id = x.user_id
	 WHERE x.organization_id = wanted
	   AND CASE WHEN by_email THEN y.email = lower(member_id_or_email)
		ELSE x.id = member_id_or_email END;
	IF gone.id IS NULL THEN
		PERFORM identity.refuse('MEMBER_NOT_FOUND');
	ELSIF gone.acts_as = 'owner' AND m.acts_as <> 'owner' THEN
		PERFORM identity.refuse('YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER');
	ELSIF NOT identity.may(wanted, m.role, '{"member": ["delete"]}')
	    OR NOT identity.covers(wanted, m.role, gone.role) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER');
	END IF;
	DELETE FROM identity.organization_member x WHERE x.id = gone.id;
	SELECT * INTO u FROM identity."user" x WHERE x.id = gone.user_id;
	RETURN json_build_object('member', CASE WHEN by_email
		THEN identity.member_user_json(gone, u) ELSE identity.member_json(gone) END);
END $$;

CREATE FUNCTION identity.update_member_role(member_id text, roles text, organization_id text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION');
	m identity.organization_member := identity.hold_membership(wanted, 'MEMBER_NOT_FOUND');
	changed identity.organization_member;
	given text;
BEGIN
	SELECT * INTO changed FROM identity.organization_member x
	 WHERE x.organization_id = wanted AND x.id = member_id;
	IF NOT FOUND THEN
		PERFORM identity.refuse('MEMBER_NOT_FOUND');
	ELSIF NOT identity.may(wanted, m.role, '{"member": ["update"]}')
	    OR NOT identity.covers(wanted, m.role, changed.role) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER');
	END IF;
	given := identity.clean_roles(wanted, roles, 'ROLE_NOT_FOUND/MEMBER: ROLE_NOT_FOUND');
	IF NOT identity.covers(wanted, m.role, given) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER');
	END IF;
	UPDATE identity.organization_member x SET role = given WHERE x.id = changed.id
	RETURNING * INTO changed;
	RETURN identity.member_json(changed);
END $$;

-- For the command line: one is the owner, who was so before administers.
CREATE FUNCTION identity.transfer_organization(org uuid, uid text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM identity.organization o WHERE o.id = org FOR NO KEY UPDATE;
	UPDATE identity.organization_member m SET role = 'owner'
	 WHERE m.organization_id = org AND m.user_id = uid AND NOT m.disabled;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'an owner must be a member first, and not a disabled one'
			USING ERRCODE = 'ZH422';
	END IF;
	UPDATE identity.organization_member m SET role = 'admin'
	 WHERE m.organization_id = org AND m.user_id <> uid AND m.acts_as = 'owner';
END $$;

CREATE FUNCTION identity.leave_organization(organization_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_membership(
		identity.uuid_or_null(organization_id), 'MEMBER_NOT_FOUND');
	u identity."user";
BEGIN
	DELETE FROM identity.organization_member x WHERE x.id = m.id;
	SELECT * INTO u FROM identity."user" x WHERE x.id = m.user_id;
	RETURN identity.member_user_json(m, u);
END $$;

CREATE FUNCTION identity.active_member() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.need_membership(
		identity.named_organization(NULL, 'NO_ACTIVE_ORGANIZATION'), 'MEMBER_NOT_FOUND');
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = m.user_id;
	RETURN identity.member_user_json(m, u);
END $$;

CREATE FUNCTION identity.member_role(user_id text, organization_id text, slug text)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid;
	m identity.organization_member;
BEGIN
	wanted := CASE WHEN slug IS NOT NULL THEN (identity.meant_organization(NULL, slug)).id
		ELSE identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION') END;
	m := identity.need_membership(wanted, 'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
	IF user_id IS NOT NULL THEN
		SELECT * INTO m FROM identity.organization_member x
		 WHERE x.organization_id = wanted AND x.user_id = member_role.user_id;
		IF NOT FOUND THEN
			PERFORM identity.refuse('YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
		END IF;
	END IF;
	RETURN json_build_object('role', m.role);
END $$;

-- Nothing asked for is nothing allowed, as the client's own check has it.
CREATE FUNCTION identity.has_permission(permissions json, organization_id text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION');
	m identity.organization_member := identity.need_membership(wanted,
		'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/401');
	asked jsonb := coalesce(permissions::jsonb, '{}');
BEGIN
	RETURN json_build_object('error', NULL, 'success', asked <> '{}'
		AND NOT jsonb_path_exists(asked, 'strict $.* ? (@.size() == 0)')
		AND identity.may(wanted, m.role, asked));
END $$;

-- Invitations

DROP FUNCTION identity.invite_member(text, bytea, text, text, text, boolean);
DROP FUNCTION identity.accept_invitation(text);

-- The link goes to whom it is for; how often, is bounded for each address.
CREATE FUNCTION identity.mail_invitation(i identity.organization_invitation, url text,
	language text, limited boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	o identity.organization;
	u identity."user";
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt('invitation|' || i.organization_id || '|'
			|| encode(sha256(convert_to(i.email, 'UTF8')), 'hex'), 5, 3600);
	END IF;
	SELECT * INTO o FROM identity.organization x WHERE x.id = i.organization_id;
	SELECT * INTO u FROM identity."user" x WHERE x.id = i.inviter_id;
	PERFORM ops.send_mail('invitation', i.email, language, jsonb_build_object('url', url,
		'organization', o.name, 'inviter', u.name));
END $$;

CREATE FUNCTION identity.invite_member(invitation_id text, token_hash bytea,
	organization_id text, email text, role text, resend boolean, url text, language text,
	limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	address text := lower(email);
	wanted uuid;
	m identity.organization_member;
	i identity.organization_invitation;
	roles text;
BEGIN
	IF address !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:].]+$' THEN
		PERFORM identity.refuse('INVALID_EMAIL');
	END IF;
	wanted := identity.named_organization(organization_id, 'ORGANIZATION_NOT_FOUND');
	-- Two invitations of one address at once must not both pass.
	m := identity.hold_membership(wanted, 'MEMBER_NOT_FOUND');
	IF NOT identity.may(wanted, m.role, '{"invitation": ["create"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION');
	END IF;
	roles := identity.clean_roles(wanted, role, 'ROLE_NOT_FOUND');
	IF NOT identity.covers(wanted, m.role, roles) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
	END IF;
	IF EXISTS (SELECT FROM identity.organization_member x
	    JOIN identity."user" u ON u.id = x.user_id
	    WHERE x.organization_id = wanted AND u.email = address) THEN
		PERFORM identity.refuse('USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION');
	END IF;
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE x.organization_id = wanted AND x.email = address
	   AND x.status = 'pending' AND x.expires_at > now()
	 ORDER BY x.created_at DESC LIMIT 1;
	IF FOUND THEN
		IF NOT coalesce(resend, false) THEN
			PERFORM identity.refuse('USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION');
		END IF;
		IF NOT identity.covers(wanted, m.role, i.role) THEN
			PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
		END IF;
		-- The old link is lost with its hash; the new one takes its place.
		UPDATE identity.organization_invitation x
		   SET expires_at = now() + interval '48 hours', token_hash = invite_member.token_hash
		 WHERE x.id = i.id RETURNING * INTO i;
	ELSIF (SELECT count(*) >= 100 FROM identity.organization_invitation x
	    WHERE x.organization_id = wanted AND x.status = 'pending' AND x.expires_at > now()) THEN
		PERFORM identity.refuse('INVITATION_LIMIT_REACHED');
	ELSE
		INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email,
			role, expires_at, inviter_id)
		VALUES (invitation_id, invite_member.token_hash, wanted, address, roles,
			now() + interval '48 hours', m.user_id)
		RETURNING * INTO i;
	END IF;
	PERFORM identity.mail_invitation(i, url, language, limited);
	RETURN identity.invitation_json(i);
END $$;

-- What the caller may answer: the invitation its id or its link names, to
-- their address.  An id is no secret, so it serves only whom it is for; a link
-- without an address serves whoever has it.
CREATE FUNCTION identity.received_invitation(invitation_id text, must_verify boolean,
	unknown_code text, unverified_code text) RETURNS identity.organization_invitation
LANGUAGE plpgsql STABLE AS $$
DECLARE
	i identity.organization_invitation;
	u identity."user";
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE (x.id = invitation_id AND x.email IS NOT NULL
		OR x.token_hash = sha256(convert_to(invitation_id, 'UTF8')))
	   AND x.status = 'pending' AND x.expires_at > now();
	IF NOT FOUND THEN
		PERFORM identity.refuse(unknown_code);
	END IF;
	IF i.email IS NOT NULL THEN
		SELECT * INTO u FROM identity."user" x WHERE x.id = current_setting('app.user_id');
		IF u.email IS DISTINCT FROM i.email THEN
			PERFORM identity.refuse('YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION');
		ELSIF must_verify AND NOT u.email_verified THEN
			PERFORM identity.refuse(unverified_code);
		END IF;
	END IF;
	RETURN i;
END $$;

-- What somebody promised who could not promise it now is not kept: they could
-- have promised it to themselves, before they were sent away or demoted.
CREATE FUNCTION identity.inviter_stays(i identity.organization_invitation) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM identity.organization_member m
		WHERE m.organization_id = i.organization_id AND m.user_id = i.inviter_id
		  AND NOT m.disabled
		  AND identity.may(m.organization_id, m.role, '{"invitation": ["create"]}')
		  AND identity.covers(m.organization_id, m.role, i.role))
$$;

CREATE FUNCTION identity.accept_invitation(invitation_id text, must_verify boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	i identity.organization_invitation := identity.received_invitation(invitation_id,
		must_verify, 'INVITATION_NOT_FOUND',
		'EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION');
	m identity.organization_member;
BEGIN
	PERFORM FROM identity.organization o WHERE o.id = i.organization_id FOR NO KEY UPDATE;
	IF NOT identity.inviter_stays(i) THEN
		PERFORM identity.refuse('INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION');
	END IF;
	UPDATE identity.organization_invitation x SET status = 'accepted'
	 WHERE x.id = i.id AND x.status = 'pending' RETURNING * INTO i;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	END IF;
	SELECT * INTO m FROM identity.organization_member x
	 WHERE x.organization_id = i.organization_id
	   AND x.user_id = current_setting('app.user_id');
	IF m.disabled THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	ELSIF m.id IS NULL THEN
		INSERT INTO identity.organization_member (id, organization_id, user_id, role)
		VALUES (identity.new_id(), i.organization_id, current_setting('app.user_id'), i.role)
		RETURNING * INTO m;
	END IF;
	PERFORM identity.activate(i.organization_id);
	RETURN json_build_object('invitation', identity.invitation_json(i),
		'member', identity.member_json(m));
END $$;

CREATE FUNCTION identity.reject_invitation(invitation_id text, must_verify boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	i identity.organization_invitation := identity.received_invitation(invitation_id,
		must_verify, 'INVITATION_NOT_FOUND/REJECT',
		'EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION');
BEGIN
	-- A link without an address may be for others as well.
	IF i.email IS NULL THEN
		PERFORM identity.refuse('YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION');
	END IF;
	UPDATE identity.organization_invitation x SET status = 'rejected'
	 WHERE x.id = i.id AND x.status = 'pending' RETURNING * INTO i;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND/REJECT');
	END IF;
	RETURN json_build_object('invitation', identity.invitation_json(i), 'member', NULL);
END $$;

CREATE FUNCTION identity.cancel_invitation(invitation_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	i identity.organization_invitation;
	m identity.organization_member;
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x WHERE x.id = invitation_id;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	END IF;
	m := identity.hold_membership(i.organization_id, 'MEMBER_NOT_FOUND');
	IF NOT identity.may(m.organization_id, m.role, '{"invitation": ["cancel"]}')
	    OR NOT identity.covers(m.organization_id, m.role, i.role) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_CANCEL_THIS_INVITATION');
	END IF;
	UPDATE identity.organization_invitation x SET status = 'canceled'
	 WHERE x.id = i.id AND x.status = 'pending' AND x.expires_at > now() RETURNING * INTO i;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	END IF;
	RETURN identity.invitation_json(i);
END $$;

CREATE FUNCTION identity.get_invitation(invitation_id text, must_verify boolean) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	i identity.organization_invitation := identity.received_invitation(invitation_id,
		must_verify, 'INVITATION_NOT_FOUND', 'EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION');
BEGIN
	IF NOT identity.inviter_stays(i) THEN
		PERFORM identity.refuse('INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION');
	END IF;
	RETURN (SELECT json_build_object('organizationId', i.organization_id, 'email', i.email,
			'role', i.role, 'status', i.status, 'expiresAt', identity.iso(i.expires_at),
			'createdAt', identity.iso(i.created_at), 'inviterId', i.inviter_id,
			'id', i.id, 'organizationName', o.name, 'organizationSlug', o.slug,
			'inviterEmail', u.email)
		FROM identity.organization o, identity."user" u
		WHERE o.id = i.organization_id AND u.id = i.inviter_id);
END $$;

CREATE FUNCTION identity.list_invitations(organization_id text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.need_membership(
		identity.named_organization(organization_id, 'ORGANIZATION_ID_REQUIRED/LIST'),
		'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION/BARE');
BEGIN
	IF NOT identity.may(m.organization_id, m.role, '{"invitation": ["create"]}')
	    AND NOT identity.may(m.organization_id, m.role, '{"invitation": ["cancel"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS');
	END IF;
	RETURN identity.invitations_json(m.organization_id, m.role);
END $$;

-- Only for who has shown that the address is theirs: nobody told them the ids.
CREATE FUNCTION identity.list_user_invitations() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = current_setting('app.user_id');
	IF NOT u.email_verified THEN
		PERFORM identity.refuse('EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION');
	END IF;
	RETURN (SELECT coalesce(json_agg(json_build_object('organizationId', i.organization_id,
			'email', i.email, 'role', i.role, 'status', i.status,
			'expiresAt', identity.iso(i.expires_at),
			'createdAt', identity.iso(i.created_at), 'inviterId', i.inviter_id,
			'id', i.id, 'organizationName', o.name) ORDER BY i.created_at, i.id), '[]')
		FROM identity.organization_invitation i
		JOIN identity.organization o ON o.id = i.organization_id
		WHERE i.email = u.email AND i.status = 'pending' AND i.expires_at > now()
		  AND identity.inviter_stays(i));
END $$;

-- A link to the caller's organization, for one address or for whoever has it.
CREATE OR REPLACE FUNCTION identity.create_invite(invitation_id text, token_hash bytea,
	email text, role text, expires_in integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	given text := coalesce(role, 'member');
	m identity.organization_member := identity.own_membership(org);
	i identity.organization_invitation;
BEGIN
	IF NOT coalesce(identity.may(org, m.role, '{"invitation": ["create"]}'), false) THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	END IF;
	IF given NOT IN ('owner', 'admin', 'member') AND NOT EXISTS (
	    SELECT FROM identity.organization_role x
	    WHERE x.organization_id = org AND x.role = given) THEN
		RAISE EXCEPTION 'role must be owner, admin or member, or one the organization made'
			USING ERRCODE = 'ZH422';
	END IF;
	IF given = 'owner' AND m.acts_as <> 'owner' THEN
		RAISE EXCEPTION 'only an owner may invite an owner' USING ERRCODE = 'ZH422';
	ELSIF NOT identity.covers(org, m.role, given) THEN
		RAISE EXCEPTION 'role may do what you may not' USING ERRCODE = 'ZH422';
	END IF;
	IF expires_in NOT BETWEEN 60 AND 2592000 THEN
		RAISE EXCEPTION 'expires_in must be between 60 seconds and 30 days'
			USING ERRCODE = 'ZH422';
	END IF;
	IF email !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:].]+$' THEN
		RAISE EXCEPTION 'email is not an e-mail address' USING ERRCODE = 'ZH422';
	END IF;
	IF EXISTS (SELECT FROM identity.organization_member x
	    JOIN identity."user" u ON u.id = x.user_id
	    WHERE x.organization_id = org AND u.email = lower(create_invite.email)) THEN
		RAISE EXCEPTION 'this user is already a member of the organization'
			USING ERRCODE = 'ZH409', HINT = 'already_member';
	END IF;
	INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email, role,
		expires_at, inviter_id)
	VALUES (invitation_id, create_invite.token_hash, org, lower(create_invite.email), given,
		now() + make_interval(secs => coalesce(expires_in, 604800)),
		current_setting('app.user_id'))
	RETURNING * INTO i;
	RETURN json_build_object('id', i.id, 'organization_id', i.organization_id, 'email', i.email,
		'role', i.role, 'expires_at', identity.iso(i.expires_at),
		'created_at', identity.iso(i.created_at));
END $$;

-- What a link opens, while its inviter is there to vouch for it.
CREATE OR REPLACE FUNCTION identity.find_invite(token_hash bytea) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT json_build_object('id', i.id, 'organization_id', i.organization_id,
			'organization_name', o.name, 'email', i.email, 'role', i.role,
			'expires_at', identity.iso(i.expires_at))
		FROM identity.organization_invitation i
		JOIN identity.organization o ON o.id = i.organization_id
		WHERE i.token_hash = find_invite.token_hash AND i.status = 'pending'
		  AND i.expires_at > now() AND identity.inviter_stays(i));
END $$;

CREATE OR REPLACE FUNCTION identity.usable_invitation(invite_hash bytea, email text)
RETURNS identity.organization_invitation
LANGUAGE plpgsql STABLE AS $$
DECLARE
	i identity.organization_invitation;
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE x.token_hash = invite_hash AND x.status = 'pending' AND x.expires_at > now()
	   AND (x.email IS NULL OR x.email = lower(usable_invitation.email))
	   AND identity.inviter_stays(x);
	RETURN i;
END $$;

-- Roles of one's own

CREATE FUNCTION identity.role_json(r identity.organization_role) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('organizationId', r.organization_id, 'role', r.role,
		'permission', r.permission, 'createdAt', identity.iso(r.created_at),
		'updatedAt', identity.iso(r.updated_at), 'id', r.id)
$$;

-- The permission with each action once, when it names resources that there
-- are and nothing that the caller could not do.
CREATE FUNCTION identity.clean_permission(m identity.organization_member, permission jsonb,
	refusal text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	clean jsonb;
BEGIN
	IF EXISTS (SELECT FROM jsonb_object_keys(permission) k
	    WHERE NOT identity.role_permission('owner') ? k) THEN
		PERFORM identity.refuse('INVALID_RESOURCE');
	END IF;
	SELECT coalesce(jsonb_object_agg(r.key, (SELECT coalesce(jsonb_agg(DISTINCT a), '[]')
		FROM jsonb_array_elements(r.value) a)), '{}') INTO clean
	  FROM jsonb_each(permission) r;
	IF NOT identity.grants(m.organization_id, m.role, clean) THEN
		PERFORM identity.refuse(refusal);
	END IF;
	RETURN clean;
END $$;

-- The name in small letters, when it can be one and is free.
CREATE FUNCTION identity.clean_role_name(org uuid, name text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	clean text := lower(trim(name));
BEGIN
	IF clean ~ '[,[:cntrl:]]' OR char_length(clean) NOT BETWEEN 1 AND 64 THEN
		RAISE EXCEPTION 'role: 1 to 64 characters, without a comma' USING ERRCODE = 'ZH422';
	END IF;
	IF clean IN ('owner', 'admin', 'member') OR EXISTS (
	    SELECT FROM identity.organization_role x
	    WHERE x.organization_id = org AND x.role = clean) THEN
		PERFORM identity.refuse('ROLE_NAME_IS_ALREADY_TAKEN');
	END IF;
	RETURN clean;
END $$;

CREATE FUNCTION identity.find_role(org uuid, role_name text, role_id text)
RETURNS identity.organization_role
LANGUAGE plpgsql STABLE AS $$
DECLARE
	r identity.organization_role;
BEGIN
	SELECT * INTO r FROM identity.organization_role x WHERE x.organization_id = org
	   AND CASE WHEN role_name IS NOT NULL THEN x.role = role_name ELSE x.id = role_id END;
	IF NOT FOUND THEN
		PERFORM identity.refuse('ROLE_NOT_FOUND');
	END IF;
	RETURN r;
END $$;

CREATE FUNCTION identity.create_role(organization_id text, role text, permission json)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id,
		'YOU_MUST_BE_IN_AN_ORGANIZATION_TO_CREATE_A_ROLE');
	m identity.organization_member := identity.hold_membership(wanted,
		'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
	r identity.organization_role;
BEGIN
	IF NOT identity.may(wanted, m.role, '{"ac": ["create"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE');
	END IF;
	IF (SELECT count(*) >= 50 FROM identity.organization_role x
	    WHERE x.organization_id = wanted) THEN
		PERFORM identity.refuse('TOO_MANY_ROLES');
	END IF;
	INSERT INTO identity.organization_role (id, organization_id, role, permission)
	VALUES (identity.new_id(), wanted, identity.clean_role_name(wanted, role),
		identity.clean_permission(m, permission::jsonb,
			'YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE'))
	RETURNING * INTO r;
	RETURN json_build_object('success', true, 'roleData', identity.role_json(r),
		'statements', r.permission);
END $$;

-- Whoever may not give a role may not bend it either.
CREATE FUNCTION identity.update_role(organization_id text, role_name text, role_id text,
	new_name text, permission json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION');
	m identity.organization_member := identity.hold_membership(wanted,
		'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
	r identity.organization_role;
BEGIN
	IF NOT identity.may(wanted, m.role, '{"ac": ["update"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_UPDATE_A_ROLE');
	END IF;
	r := identity.find_role(wanted, role_name, role_id);
	IF NOT identity.grants(wanted, m.role, r.permission) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_UPDATE_A_ROLE');
	END IF;
	IF permission IS NOT NULL THEN
		r.permission := identity.clean_permission(m, permission::jsonb,
			'YOU_ARE_NOT_ALLOWED_TO_UPDATE_A_ROLE');
	END IF;
	IF lower(trim(new_name)) <> r.role THEN
		r.role := identity.clean_role_name(wanted, new_name);
	END IF;
	UPDATE identity.organization_role x
	   SET role = r.role, permission = r.permission, updated_at = now()
	 WHERE x.id = r.id RETURNING * INTO r;
	RETURN json_build_object('success', true, 'roleData', identity.role_json(r));
END $$;

CREATE FUNCTION identity.delete_role(organization_id text, role_name text, role_id text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION');
	m identity.organization_member := identity.hold_membership(wanted,
		'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
	r identity.organization_role;
BEGIN
	IF NOT identity.may(wanted, m.role, '{"ac": ["delete"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_DELETE_A_ROLE');
	END IF;
	IF role_name IN ('owner', 'admin', 'member') THEN
		PERFORM identity.refuse('CANNOT_DELETE_A_PRE_DEFINED_ROLE');
	END IF;
	r := identity.find_role(wanted, role_name, role_id);
	IF NOT identity.grants(wanted, m.role, r.permission) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_DELETE_A_ROLE');
	END IF;
	-- Nor while it is promised: another role of that name would be given.
	IF EXISTS (SELECT FROM identity.organization_member x WHERE x.organization_id = wanted
	    AND r.role = ANY (string_to_array(x.role, ',')))
	    OR EXISTS (SELECT FROM identity.organization_invitation x
	    WHERE x.organization_id = wanted AND x.status = 'pending' AND x.expires_at > now()
	    AND r.role = ANY (string_to_array(x.role, ','))) THEN
		PERFORM identity.refuse('ROLE_IS_ASSIGNED_TO_MEMBERS');
	END IF;
	DELETE FROM identity.organization_role x WHERE x.id = r.id;
	RETURN '{"success":true}';
END $$;

CREATE FUNCTION identity.readable_roles(organization_id text, refusal text) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
DECLARE
	m identity.organization_member := identity.need_membership(
		identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION'),
		'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
BEGIN
	IF NOT identity.may(m.organization_id, m.role, '{"ac": ["read"]}') THEN
		PERFORM identity.refuse(refusal);
	END IF;
	RETURN m.organization_id;
END $$;

CREATE FUNCTION identity.list_roles(organization_id text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := identity.readable_roles(organization_id, 'YOU_ARE_NOT_ALLOWED_TO_LIST_A_ROLE');
BEGIN
	RETURN (SELECT coalesce(json_agg(identity.role_json(r) ORDER BY r.created_at, r.id), '[]')
		FROM identity.organization_role r WHERE r.organization_id = org);
END $$;

CREATE FUNCTION identity.get_role(organization_id text, role_name text, role_id text)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN identity.role_json(identity.find_role(identity.readable_roles(organization_id,
		'YOU_ARE_NOT_ALLOWED_TO_READ_A_ROLE'), role_name, role_id));
END $$;

-- The end

-- As in 001, but for what a purge takes away: the log keeps no copy of that.
CREATE OR REPLACE FUNCTION ops.audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	said text := current_setting('app.org_id', true);
	org uuid;
	id bigint := ((extract(epoch FROM clock_timestamp()) - 1735689600) * 1000)::bigint << 12
		| (nextval('ops.row_id') & 4095);
BEGIN
	IF TG_OP = 'DELETE' THEN
		org := OLD.org_id;
		IF current_setting('app.purging', true) = org::text AND EXISTS (
		    SELECT FROM identity.organization o WHERE o.id = org AND o.purging) THEN
			RETURN NULL;
		END IF;
	ELSE
		org := NEW.org_id;
	END IF;
	IF said IS DISTINCT FROM org::text THEN
		PERFORM set_config('app.org_id', org::text, true);
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO ops.audit_log VALUES (org, id, now(),
			current_setting('app.user_id', true), current_setting('app.request_id', true),
			current_setting('app.address', true), TG_TABLE_NAME, NEW.id, 'insert',
			NULL, row_to_json(NEW));
	ELSIF TG_OP = 'UPDATE' THEN
		INSERT INTO ops.audit_log VALUES (org, id, now(),
			current_setting('app.user_id', true), current_setting('app.request_id', true),
			current_setting('app.address', true), TG_TABLE_NAME, OLD.id, 'update',
			row_to_json(OLD), row_to_json(NEW));
	ELSE
		INSERT INTO ops.audit_log VALUES (org, id, now(),
			current_setting('app.user_id', true), current_setting('app.request_id', true),
			current_setting('app.address', true), TG_TABLE_NAME, OLD.id, 'delete',
			row_to_json(OLD), NULL);
	END IF;
	IF said IS DISTINCT FROM org::text THEN
		PERFORM set_config('app.org_id', said, true);
	END IF;
	RETURN NULL;
END $$;

-- Takes up to so many rows of one organization whose grace has passed, and the
-- organization itself when none is left: its entry in the audit log is what
-- remains.  Returns how many went; none when there is nothing to do.
CREATE FUNCTION ops.purge_organizations(grace interval, batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	tenant_table regclass;
	n integer;
	room integer := batch;
BEGIN
	SELECT o.id INTO org FROM identity.organization o WHERE o.deleted_at <= now() - grace
	 ORDER BY o.deleted_at LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	UPDATE identity.organization o SET purging = true WHERE o.id = org AND NOT o.purging;
	PERFORM set_config('app.org_id', org::text, true), set_config('app.purging', org::text, true);
	-- Younger tables refer to older ones, so they are emptied first.
	FOR tenant_table IN SELECT c.oid FROM pg_class c
	    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
	    WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
	    ORDER BY c.oid DESC LOOP
		EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY('
			'SELECT ctid FROM %1$s WHERE org_id = $1 LIMIT $2))', tenant_table)
			USING org, room;
		GET DIAGNOSTICS n = ROW_COUNT;
		room := room - n;
		EXIT WHEN room <= 0;
	END LOOP;
	IF room > 0 THEN
		DELETE FROM identity.organization o WHERE o.id = org;
		room := room - 1;
	END IF;
	PERFORM set_config('app.org_id', other, true), set_config('app.purging', '', true);
	RETURN batch - room;
END $$;

GRANT EXECUTE ON FUNCTION
	identity.check_slug(text),
	identity.update_organization(text, json),
	identity.delete_organization(text),
	identity.get_organization(text, text),
	identity.remove_member(text, text),
	identity.update_member_role(text, text, text),
	identity.leave_organization(text),
	identity.active_member(),
	identity.member_role(text, text, text),
	identity.has_permission(json, text),
	identity.invite_member(text, bytea, text, text, text, boolean, text, text, boolean),
	identity.accept_invitation(text, boolean),
	identity.reject_invitation(text, boolean),
	identity.cancel_invitation(text),
	identity.get_invitation(text, boolean),
	identity.list_invitations(text),
	identity.list_user_invitations(),
	identity.create_role(text, text, json),
	identity.update_role(text, text, text, text, json),
	identity.delete_role(text, text, text),
	identity.list_roles(text),
	identity.get_role(text, text, text),
	ops.purge_organizations(interval, integer)
	TO tenantry_app;
