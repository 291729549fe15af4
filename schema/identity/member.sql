-- Members of an organization.

CREATE OR REPLACE FUNCTION identity.member_json(m identity.organization_member) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('organizationId', m.organization_id, 'userId', m.user_id,
		'role', m.role, 'createdAt', identity.iso(m.created_at), 'id', m.id)
$$;

CREATE OR REPLACE FUNCTION identity.member_user_json(m identity.organization_member, u identity."user")
RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('organizationId', m.organization_id, 'userId', m.user_id,
		'role', m.role, 'createdAt', identity.iso(m.created_at), 'id', m.id,
		'user', json_build_object('id', u.id, 'name', u.name, 'email', u.email,
			'image', u.image))
$$;

-- Returns the caller's membership, unless it is disabled. The session must satisfy the policy for the staff.
CREATE OR REPLACE FUNCTION identity.own_membership(organization_id uuid)
RETURNS identity.organization_member
LANGUAGE plpgsql STABLE AS $$
DECLARE
	m identity.organization_member;
BEGIN
	SELECT * INTO m FROM identity.organization_member x
	 WHERE x.organization_id = own_membership.organization_id
	   AND x.user_id = ops.caller() AND NOT x.disabled;
	PERFORM identity.check_staff_member(m);
	RETURN m;
END $$;

-- Returns whether a member may see another member. Portal users see only themselves.
CREATE OR REPLACE FUNCTION identity.knows(m identity.organization_member, user_id text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT m.acts_as <> 'portal' OR m.user_id = knows.user_id
$$;

-- Lets the rest of the transaction act as a member. identity.begin_request() and begin_key() contain the same settings,
-- to save a call for each request.
CREATE OR REPLACE FUNCTION identity.act_as(m identity.organization_member) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	modules text[] := (SELECT o.modules FROM identity.organization o WHERE o.id = m.organization_id);
BEGIN
	PERFORM set_config('app.user_id', m.user_id, true),
		ops.set_org(m.organization_id),
		set_config('app.role', m.acts_as, true), set_config('app.grants', m.grants, true),
		set_config('app.sales_id', m.sales_id::text, true),
		set_config('app.modules', modules::text, true),
		set_config('app.module_grants', identity.module_grants(m.organization_id, m.sales_id, m.acts_as, modules), true);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_members(organization_id text, slug text, member_limit integer,
	member_offset integer, sort_by text, sort_direction text, filter_field text,
	filter_operator text, filter_value text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid;
	mine identity.organization_member;
BEGIN
	IF slug IS NOT NULL THEN
		wanted := (identity.meant_organization(NULL, slug)).id;
	ELSIF organization_id IS NOT NULL THEN
		wanted := identity.uuid_or_null(organization_id);
	ELSE
		wanted := (identity.meant_organization(NULL, NULL)).id;
		IF wanted IS NULL THEN
			PERFORM identity.refuse('NO_ACTIVE_ORGANIZATION');
		END IF;
	END IF;
	mine := identity.need_membership(wanted, 'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
	RETURN (
		WITH member AS (
			SELECT x AS m, u, x.id, x.created_at, CASE sort_by WHEN 'id' THEN x.id
				WHEN 'userId' THEN x.user_id WHEN 'role' THEN x.role
				WHEN 'createdAt' THEN identity.iso(x.created_at) END COLLATE "C" AS place,
				CASE filter_field WHEN 'id' THEN x.id WHEN 'userId' THEN x.user_id
				WHEN 'organizationId' THEN x.organization_id::text WHEN 'role' THEN x.role
				WHEN 'createdAt' THEN identity.iso(x.created_at) END COLLATE "C" AS held
			  FROM identity.organization_member x
			  JOIN identity."user" u ON u.id = x.user_id
			 WHERE x.organization_id = wanted AND identity.knows(mine, x.user_id) AND u.service_of IS NULL
		), chosen AS MATERIALIZED (
			SELECT * FROM member
			 WHERE filter_field IS NULL OR CASE coalesce(filter_operator, 'eq')
				WHEN 'eq' THEN held = filter_value
				WHEN 'ne' THEN held <> filter_value
				WHEN 'lt' THEN held < filter_value
				WHEN 'lte' THEN held <= filter_value
				WHEN 'gt' THEN held > filter_value
				WHEN 'gte' THEN held >= filter_value
				WHEN 'in' THEN held = ANY (string_to_array(filter_value, ','))
				WHEN 'not_in' THEN held <> ALL (string_to_array(filter_value, ','))
				WHEN 'contains' THEN strpos(held, filter_value) > 0
				WHEN 'starts_with' THEN starts_with(held, filter_value)
				WHEN 'ends_with' THEN right(held, char_length(filter_value)) = filter_value
				ELSE false END
		)
		SELECT json_build_object('members', (
			SELECT coalesce(json_agg(identity.member_user_json(p.m, p.u) ORDER BY p.n), '[]')
			  FROM (SELECT c.m, c.u, row_number() OVER (ORDER BY
					CASE WHEN sort_direction = 'desc' THEN c.place END DESC NULLS LAST,
					CASE WHEN sort_direction = 'desc' THEN NULL ELSE c.place END,
					c.created_at, c.id) AS n
				FROM chosen c ORDER BY n
				LIMIT least(greatest(coalesce(member_limit, 100), 0), 1000)
				OFFSET greatest(coalesce(member_offset, 0), 0)) p),
			'total', (SELECT count(*) FROM chosen)));
END $$;

-- Refuses a change that would leave an organization without an owner. Changes are serialized, so that the last two
-- owners cannot leave concurrently.
CREATE OR REPLACE FUNCTION identity.keep_owner() RETURNS trigger
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

-- Keeps a member who leaves signed in, but without that organization.
CREATE OR REPLACE FUNCTION identity.member_removed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.session s SET active_organization_id = NULL, updated_at = now()
	 WHERE s.user_id = OLD.user_id AND s.active_organization_id = OLD.organization_id;
	RETURN NULL;
END $$;

-- Handles the deletion of the last owner. An organization without other members is deleted too. An organization with
-- other members needs another owner first.
CREATE OR REPLACE FUNCTION identity.owner_removed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	org uuid;
BEGIN
	-- OFFSET 0 prevents a plan that reads a whole index of members for the order.
	FOR org IN SELECT x.organization_id FROM (SELECT m.organization_id FROM identity.organization_member m
	    WHERE m.user_id = OLD.id AND m.acts_as = 'owner' OFFSET 0) x ORDER BY 1 LOOP
		PERFORM FROM identity.organization o WHERE o.id = org FOR NO KEY UPDATE;
		IF NOT EXISTS (SELECT FROM identity.organization_member x
		    WHERE x.organization_id = org AND x.user_id <> OLD.id AND NOT x.disabled) THEN
			PERFORM identity.mark_organization_deleted(org);
		END IF;
	END LOOP;
	RETURN OLD;
END $$;

-- Returns the number of members that count towards the limit.
CREATE OR REPLACE FUNCTION identity.count_staff(org uuid) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT count(*) FROM identity.organization_member x JOIN identity."user" u ON u.id = x.user_id
		WHERE x.organization_id = org AND x.acts_as <> 'portal' AND u.service_of IS NULL);
END $$;

CREATE OR REPLACE FUNCTION identity.has_room(org uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT identity.count_staff(org) < o.member_limit FROM identity.organization o WHERE o.id = org);
END $$;

-- Refuses new members beyond the limit. Concurrent additions are serialized. Imports and the command line may exceed
-- the limit. A portal user counts only after getting a different role.
CREATE OR REPLACE FUNCTION identity.member_added() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.caller() IS NULL OR NEW.acts_as = 'portal'
	    OR TG_OP = 'UPDATE' AND OLD.acts_as <> 'portal'
	    OR EXISTS (SELECT FROM identity."user" u WHERE u.id = NEW.user_id AND u.service_of IS NOT NULL) THEN
		RETURN NEW;
	END IF;
	PERFORM FROM identity.organization o WHERE o.id = NEW.organization_id FOR NO KEY UPDATE;
	IF NOT identity.has_room(NEW.organization_id) THEN
		PERFORM identity.refuse('ORGANIZATION_MEMBERSHIP_LIMIT_REACHED');
	END IF;
	RETURN NEW;
END $$;

-- Returns the caller's membership. Raises an error if there is none.
CREATE OR REPLACE FUNCTION identity.need_membership(org uuid, otherwise text)
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

-- Returns the caller's membership, locked until the end of the transaction, so that the checked permissions cannot
-- change before they are used.
CREATE OR REPLACE FUNCTION identity.hold_membership(org uuid, otherwise text)
RETURNS identity.organization_member
LANGUAGE plpgsql AS $$
DECLARE
	m identity.organization_member;
BEGIN
	PERFORM FROM identity.organization o WHERE o.id = org FOR NO KEY UPDATE;
	m := identity.need_membership(org, otherwise);
	IF EXISTS (SELECT FROM identity.organization o
	    WHERE o.id = org AND o.suspended_at IS NOT NULL) THEN
		PERFORM identity.refuse('ORGANIZATION_SUSPENDED');
	END IF;
	RETURN m;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.remove_member(member_id_or_email text, organization_id text)
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
	 WHERE x.organization_id = wanted AND y.service_of IS NULL
	   AND CASE WHEN by_email THEN y.email = lower(member_id_or_email)
		ELSE x.id = member_id_or_email END;
	IF gone.id IS NULL OR NOT identity.knows(m, gone.user_id) THEN
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

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.update_member_role(member_id text, roles text, organization_id text)
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
	IF NOT FOUND OR NOT identity.knows(m, changed.user_id)
	    OR EXISTS (SELECT FROM identity."user" u WHERE u.id = changed.user_id AND u.service_of IS NOT NULL) THEN
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

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.leave_organization(organization_id text) RETURNS text
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

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.active_member() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.need_membership(
		identity.named_organization(NULL, 'NO_ACTIVE_ORGANIZATION'), 'MEMBER_NOT_FOUND');
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = m.user_id;
	RETURN identity.member_user_json(m, u);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.member_role(user_id text, organization_id text, slug text)
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
		 WHERE x.organization_id = wanted AND x.user_id = member_role.user_id
		   AND identity.knows(m, x.user_id);
		IF NOT FOUND THEN
			PERFORM identity.refuse('YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
		END IF;
	END IF;
	RETURN json_build_object('role', m.role);
END $$;

-- Returns the caller's membership, with the organization locked: if two administrators demote each other, the second
-- request fails.
CREATE OR REPLACE FUNCTION identity.hold_own_membership() RETURNS identity.organization_member
LANGUAGE plpgsql AS $$
BEGIN
	RETURN identity.hold_membership(ops.org(),
		'MEMBER_NOT_FOUND');
END $$;

-- Refuses changes that an administrator cannot make to a member.
CREATE OR REPLACE FUNCTION identity.check_member_change(m identity.organization_member,
	who identity.organization_member, roles text, off boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF who.acts_as = 'owner' AND identity.acts_as(who.organization_id, roles) <> 'owner' THEN
		PERFORM ops.refuse('owner_is_administrator', 'administrator');
	ELSIF NOT identity.may(m.organization_id, m.role, '{"member": ["update"]}')
	    OR NOT identity.covers(m.organization_id, m.role, who.role)
	    OR NOT identity.covers(m.organization_id, m.role, roles) THEN
		PERFORM ops.refuse('role');
	END IF;
	IF (off OR identity.acts_as(who.organization_id, roles) NOT IN ('owner', 'admin'))
	    AND who.acts_as IN ('owner', 'admin') AND NOT who.disabled AND NOT EXISTS (
		SELECT FROM identity.organization_member x
		WHERE x.organization_id = who.organization_id AND x.id <> who.id
		  AND NOT x.disabled AND CASE who.acts_as WHEN 'owner' THEN x.acts_as = 'owner'
			ELSE x.acts_as IN ('owner', 'admin') END) THEN
		PERFORM ops.refuse('last_administrator');
	END IF;
END $$;

CREATE OR REPLACE FUNCTION identity.change_member(m identity.organization_member,
	who identity.organization_member, address text, administers boolean, off boolean,
	language text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	roles text := who.role;
BEGIN
	IF administers <> (who.acts_as IN ('owner', 'admin')) THEN
		roles := identity.with_administration(who.organization_id, roles, administers);
	END IF;
	PERFORM identity.check_member_change(m, who, roles, off);
	IF address IS NOT NULL THEN
		PERFORM identity.change_managed_address(who.organization_id, who.user_id, address, language);
	END IF;
	IF (roles, off) IS DISTINCT FROM (who.role, who.disabled) THEN
		UPDATE identity.organization_member x SET role = roles, disabled = off
		 WHERE x.id = who.id;
	END IF;
END $$;

CREATE OR REPLACE TRIGGER keep_owner BEFORE DELETE OR UPDATE OF role, disabled
	ON identity.organization_member
	FOR EACH ROW WHEN (OLD.acts_as = 'owner' AND NOT OLD.disabled)
	EXECUTE FUNCTION identity.keep_owner();

CREATE OR REPLACE TRIGGER member_removed AFTER DELETE ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION identity.member_removed();

CREATE OR REPLACE TRIGGER owner_removed BEFORE DELETE ON identity."user"
	FOR EACH ROW EXECUTE FUNCTION identity.owner_removed();

CREATE OR REPLACE TRIGGER member_added BEFORE INSERT OR UPDATE OF role ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION identity.member_added();
