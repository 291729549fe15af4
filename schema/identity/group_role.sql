-- Roles from the groups of an identity provider.
--
-- An organization maps groups of a provider to roles, and each sign-in with the provider applies
-- the mappings. A mapping changes only members of its organization.

CREATE OR REPLACE FUNCTION identity.group_role_json(g identity.group_role) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', g.id, 'provider_id', g.provider_id, 'group_name', g.group_name,
		'role', g.role, 'joins', g.joins, 'created_at', identity.iso(g.created_at))
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_group_roles() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF NOT coalesce(identity.may(org, (identity.own_membership(org)).role, '{"ac": ["update"]}'),
	    false) THEN
		PERFORM ops.refuse('role');
	END IF;
	RETURN (SELECT coalesce(json_agg(identity.group_role_json(g)
			ORDER BY g.provider_id, g.group_name, g.role), '[]')
		FROM identity.group_role g WHERE g.organization_id = org);
END $$;

-- Adds a mapping, or changes whether the group adds members. The command line also calls this function.
CREATE OR REPLACE FUNCTION identity.save_group_role(org uuid, provider text, group_name text, role text,
	joins boolean) RETURNS identity.group_role
LANGUAGE plpgsql AS $$
DECLARE
	g identity.group_role;
BEGIN
	IF provider !~ '^[a-z][a-z0-9-]{0,63}$' THEN
		PERFORM ops.refuse('provider_unknown', 'provider_id');
	ELSIF char_length(group_name) NOT BETWEEN 1 AND 256 THEN
		PERFORM ops.refuse('group_name_length', 'group_name');
	ELSIF role !~ '^[^,]+$' OR NOT EXISTS (SELECT FROM identity.permissions_of(org, role)) THEN
		PERFORM ops.refuse('no_such_role', 'role');
	END IF;
	INSERT INTO identity.group_role AS x (id, organization_id, provider_id, group_name, role, joins)
	VALUES (identity.new_id(), org, provider, save_group_role.group_name, save_group_role.role,
		save_group_role.joins)
	ON CONFLICT ON CONSTRAINT group_role_unique DO UPDATE SET joins = excluded.joins
	RETURNING * INTO g;
	IF (SELECT count(*) > 500 FROM identity.group_role x WHERE x.organization_id = org) THEN
		PERFORM ops.refuse('too_many_groups');
	END IF;
	RETURN g;
END $$;

-- Only an operator can let a group add members. Otherwise, if several organizations use the provider, each organization
-- could make the users of the others its members.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.put_group_role(provider text, group_name text, role text, joins boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_own_membership();
BEGIN
	IF NOT identity.may(m.organization_id, m.role, '{"ac": ["update"]}') THEN
		PERFORM ops.refuse('role');
	ELSIF NOT identity.covers(m.organization_id, m.role, role) THEN
		PERFORM ops.refuse('role_exceeds', 'role');
	ELSIF joins AND NOT identity.is_operator() AND NOT EXISTS (SELECT FROM identity.group_role g
	    WHERE g.organization_id = m.organization_id AND g.provider_id = provider
	      AND g.group_name = put_group_role.group_name AND g.joins) THEN
		PERFORM ops.refuse('joins_by_operator', 'joins');
	END IF;
	RETURN identity.group_role_json(identity.save_group_role(m.organization_id, provider,
		group_name, role, joins));
END $$;

-- Deletes a mapping. Members keep the role until they sign in again.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_group_role(row_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_own_membership();
	g identity.group_role;
BEGIN
	IF NOT identity.may(m.organization_id, m.role, '{"ac": ["update"]}') THEN
		PERFORM ops.refuse('role');
	END IF;
	SELECT * INTO g FROM identity.group_role x
	 WHERE x.id = row_id AND x.organization_id = m.organization_id;
	IF NOT FOUND THEN
		PERFORM ops.refuse('group_not_found');
	ELSIF NOT identity.covers(m.organization_id, m.role, g.role) THEN
		PERFORM ops.refuse('role_exceeds');
	END IF;
	DELETE FROM identity.group_role x WHERE x.id = g.id;
	RETURN identity.group_role_json(g);
END $$;

-- Logs the effect of groups on a membership. The actor is the provider and not a user.
CREATE OR REPLACE FUNCTION identity.log_groups(uid text, org uuid, action text, data json) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO identity.event (user_id, organization_id, request_id, address, action, data)
	VALUES (uid, org, ops.request(),
		ops.address(), log_groups.action, log_groups.data)
$$;

-- Returns whether these roles would make a member part of the staff, although the organization has reached its member
-- limit. Logs the refusal.
CREATE OR REPLACE FUNCTION identity.refuse_groups(org uuid, uid text, provider text, roles text[])
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	IF identity.acts_as(org, array_to_string(roles, ',')) = 'portal' OR identity.has_room(org) THEN
		RETURN false;
	END IF;
	PERFORM identity.log_groups(uid, org, 'member.refused', json_build_object(
		'provider', provider, 'reason', 'the organization has no place left'));
	RETURN true;
END $$;

CREATE OR REPLACE FUNCTION identity.join_by_groups(org uuid, uid text, provider text, roles text[])
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF identity.refuse_groups(org, uid, provider, roles) THEN
		RETURN;
	END IF;
	INSERT INTO identity.organization_member (id, organization_id, user_id, role, group_roles)
	VALUES (identity.new_id(), org, uid, array_to_string(roles, ','),
		jsonb_build_object(provider, roles));
	PERFORM identity.log_groups(uid, org, 'member.created', json_build_object(
		'provider', provider, 'role', array_to_string(roles, ',')));
END $$;

-- Applies a user's groups in one organization. The first round takes no lock, since most sign-ins change nothing. The
-- second round repeats the work under the locks that other changes of members take.
CREATE OR REPLACE FUNCTION identity.apply_groups_in(org uuid, uid text, provider text, groups text[])
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	m identity.organization_member;
	after identity.organization_member;
	mapped text[];
	named text[];	-- roles of all mappings of the provider
	given text[];	-- roles that groups of this provider have given before
	others text[];	-- roles given by groups of other providers
	held text[];
	roles text[];
	joining boolean;
	ended boolean;
	keeps_owner boolean;
BEGIN
	FOR round IN 1..2 LOOP
		IF round = 2 THEN
			PERFORM FROM identity.organization o WHERE o.id = org FOR NO KEY UPDATE;
		END IF;
		SELECT coalesce(array_agg(DISTINCT g.role) FILTER (WHERE g.group_name = ANY (groups)), '{}'),
			coalesce(array_agg(DISTINCT g.role), '{}'),
			coalesce(bool_or(g.joins) FILTER (WHERE g.group_name = ANY (groups)), false)
		  INTO mapped, named, joining FROM identity.group_role g
		 WHERE g.organization_id = org AND g.provider_id = provider;
		SELECT * INTO m FROM identity.organization_member x
		 WHERE x.organization_id = org AND x.user_id = uid;
		IF NOT FOUND AND (NOT joining OR EXISTS (SELECT FROM identity."user" u
		    WHERE u.id = uid AND u.banned)) THEN
			RETURN;
		ELSIF m.id IS NULL THEN
			CONTINUE WHEN round = 1;
			PERFORM identity.join_by_groups(org, uid, provider, mapped);
			RETURN;
		END IF;

		after := m;
		ended := m.disabled AND jsonb_path_exists(m.group_roles, 'strict $.* ? (@.size() == 0)');
		held := CASE WHEN ended THEN '{}' ELSE string_to_array(m.role, ',') END;
		given := ARRAY(SELECT jsonb_array_elements_text(m.group_roles->provider));
		others := ARRAY(SELECT r FROM jsonb_each(m.group_roles - provider) p,
			jsonb_array_elements_text(p.value) r);
		-- The new roles are the mapped roles, roles from groups of other providers, and the current roles that groups
		-- of this provider have not given. If a group matches, current roles with any mapping are dropped as well.
		roles := ARRAY(SELECT r FROM (
			SELECT h.r, h.n FROM unnest(held) WITH ORDINALITY h (r, n)
			 WHERE h.r = ANY (mapped || others)
			    OR h.r <> ALL (given || CASE WHEN mapped <> '{}' THEN named ELSE '{}' END)
			UNION ALL
			SELECT r, 1000 FROM unnest(mapped) r WHERE r <> ALL (held)) x
			ORDER BY x.n, x.r);
		keeps_owner := 'owner' = ANY (held) AND 'owner' <> ALL (roles) AND NOT m.disabled
			AND NOT EXISTS (SELECT FROM identity.organization_member x
			WHERE x.organization_id = org AND x.id <> m.id AND x.acts_as = 'owner'
			  AND NOT x.disabled);
		IF keeps_owner THEN
			roles := array_prepend('owner', roles);
		END IF;
		after.group_roles := m.group_roles - provider;
		IF roles <> '{}' THEN
			after.role := array_to_string(roles, ',');
			after.disabled := m.disabled AND NOT ended;
			mapped := mapped || CASE WHEN keeps_owner AND 'owner' = ANY (given)
				THEN '{owner}' ELSE '{}' END::text[];
			IF ended THEN
				after.group_roles := '{}';
			END IF;
			IF mapped <> '{}' THEN
				after.group_roles := after.group_roles || jsonb_build_object(provider, mapped);
			END IF;
		ELSIF m.disabled THEN
			RETURN;
		ELSE
			-- A member must have a role, so the role is kept and the member is disabled.
			after.disabled := true;
			after.group_roles := jsonb_build_object(provider, '{}'::text[]);
		END IF;
		IF m.acts_as = 'portal' AND round = 2 AND identity.refuse_groups(org, uid, provider, string_to_array(after.role, ',')) THEN
			RETURN;
		END IF;
		IF keeps_owner AND round = 2 THEN
			PERFORM identity.log_groups(uid, org, 'member.owner-kept',
				json_build_object('provider', provider));
		END IF;
		IF after IS NOT DISTINCT FROM m AND NOT (keeps_owner AND round = 1) THEN
			RETURN;
		END IF;
	END LOOP;
	UPDATE identity.organization_member x SET role = after.role, disabled = after.disabled,
		group_roles = after.group_roles WHERE x.id = m.id;
	IF (after.role, after.disabled) IS DISTINCT FROM (m.role, m.disabled) THEN
		PERFORM identity.log_groups(uid, org, 'member.updated', json_build_object(
			'provider', provider, 'role', json_build_array(m.role, after.role),
			'disabled', json_build_array(m.disabled, after.disabled)));
	END IF;
END $$;

-- Applies the groups that a user has at a provider. This affects the organizations to which the groups add members, and
-- the user's organizations that map the provider's groups or have mapped them before. If groups is null, they are
-- unknown, and nothing changes. The events and the audit log name no actor.
CREATE OR REPLACE FUNCTION identity.apply_groups(user_id text, provider_id text, groups text[])
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	caller text := ops.caller();
	org uuid;
BEGIN
	IF groups IS NULL THEN
		RETURN;
	END IF;
	PERFORM set_config('app.user_id', '', true);
	FOR org IN
		SELECT g.organization_id FROM identity.group_role g
		  JOIN identity.organization o ON o.id = g.organization_id AND o.deleted_at IS NULL
		 WHERE g.provider_id = apply_groups.provider_id AND g.joins AND g.group_name = ANY (groups)
		UNION
		SELECT m.organization_id FROM identity.organization_member m
		 WHERE m.user_id = apply_groups.user_id AND (m.group_roles ? apply_groups.provider_id
			OR EXISTS (SELECT FROM identity.group_role g
			WHERE g.organization_id = m.organization_id
			  AND g.provider_id = apply_groups.provider_id))
		ORDER BY 1	-- so that two sign-ins lock organizations in the same order
	LOOP
		PERFORM identity.apply_groups_in(org, user_id, provider_id, groups);
	END LOOP;
	PERFORM set_config('app.user_id', coalesce(caller, ''), true);
END $$;

-- Returns the groups of a sign-in, from JSON.
CREATE OR REPLACE FUNCTION identity.group_names(groups json) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN groups IS NOT NULL THEN ARRAY(SELECT json_array_elements_text(groups)) END
$$;

-- Returns whether one of the groups would make a new user a member.
CREATE OR REPLACE FUNCTION identity.joins_by_groups(provider text, groups text[]) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM identity.group_role g
	  JOIN identity.organization o ON o.id = g.organization_id AND o.deleted_at IS NULL
	 WHERE g.provider_id = provider AND g.joins AND g.group_name = ANY (groups))
$$;

-- Handles a manual change of a member: removed roles no longer count as given by groups, and groups do not enable the
-- member again.
CREATE OR REPLACE FUNCTION identity.keep_group_roles() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.group_roles := coalesce((SELECT jsonb_object_agg(p.key, p.roles) FROM (
		SELECT g.key, (SELECT jsonb_agg(r) FROM jsonb_array_elements_text(g.value) r
			WHERE r = ANY (string_to_array(NEW.role, ','))) AS roles
		  FROM jsonb_each(NEW.group_roles) g) p WHERE p.roles IS NOT NULL), '{}');
	RETURN NEW;
END $$;

-- Updates the mappings of a renamed role, and deletes those of a deleted role. Otherwise, groups would give a new role
-- with the same name.
CREATE OR REPLACE FUNCTION identity.mapped_role_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		DELETE FROM identity.group_role g
		 WHERE g.organization_id = OLD.organization_id AND g.role = OLD.role;
		RETURN NULL;
	ELSIF NEW.role = OLD.role THEN
		RETURN NULL;
	END IF;
	UPDATE identity.group_role g SET role = NEW.role
	 WHERE g.organization_id = NEW.organization_id AND g.role = OLD.role;
	UPDATE identity.organization_member m SET group_roles = (SELECT jsonb_object_agg(p.key,
			array_replace(ARRAY(SELECT jsonb_array_elements_text(p.value)), OLD.role, NEW.role))
		FROM jsonb_each(m.group_roles) p)
	 WHERE m.organization_id = NEW.organization_id
	   AND jsonb_path_exists(m.group_roles, '$.*[*] ? (@ == $role)',
		jsonb_build_object('role', OLD.role));
	RETURN NULL;
END $$;

-- Removes the roles from a provider's groups when the account at the provider is unlinked.
CREATE OR REPLACE FUNCTION identity.account_unlinked() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	-- The rollback of a data migration removes the roles itself.
	IF ops.mode('importing') THEN
		RETURN NULL;
	END IF;
	IF EXISTS (SELECT FROM identity."user" u WHERE u.id = OLD.user_id)
	    AND NOT EXISTS (SELECT FROM identity.account a
	    WHERE a.user_id = OLD.user_id AND a.provider_id = OLD.provider_id) THEN
		PERFORM identity.apply_groups(OLD.user_id, OLD.provider_id, '{}');
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER group_roles BEFORE UPDATE OF role, disabled ON identity.organization_member
	FOR EACH ROW WHEN (NEW.group_roles = OLD.group_roles AND OLD.group_roles <> '{}')
	EXECUTE FUNCTION identity.keep_group_roles();

-- Since its name sorts first, this trigger runs before role_changed, which renames the role of members.
CREATE OR REPLACE TRIGGER mapped_role AFTER DELETE OR UPDATE OF role ON identity.organization_role
	FOR EACH ROW EXECUTE FUNCTION identity.mapped_role_changed();

CREATE OR REPLACE TRIGGER unlinked AFTER DELETE ON identity.account
	FOR EACH ROW WHEN (OLD.provider_id <> 'credential') EXECUTE FUNCTION identity.account_unlinked();

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity.group_role
	FOR EACH ROW EXECUTE FUNCTION identity.audit();
