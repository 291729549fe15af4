-- Roles and permissions within an organization.
-- needs: identity/module.sql

CREATE OR REPLACE FUNCTION identity.strongest_role(roles text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN 'owner' = ANY (string_to_array(roles, ',')) THEN 'owner'
		WHEN 'admin' = ANY (string_to_array(roles, ',')) THEN 'admin' ELSE 'member' END
$$;

-- Returns whether a comma-separated list names at least one role, and only roles of the organization.
CREATE OR REPLACE FUNCTION identity.are_roles(org uuid, roles text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT coalesce(bool_and(identity.role_permission(trim(part)) IS NOT NULL
		OR EXISTS (SELECT FROM identity.organization_role x WHERE x.organization_id = org AND x.role = trim(part))), false)
	  FROM unnest(string_to_array(roles, ',')) part WHERE trim(part) <> ''
$$;

-- Returns roles as a normalized comma-separated list. Raises an error for invalid roles.
CREATE OR REPLACE FUNCTION identity.clean_roles(org uuid, roles text, unknown_code text) RETURNS text
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
	 WHERE identity.role_permission(r) IS NULL
	   AND NOT EXISTS (SELECT FROM identity.organization_role x
		WHERE x.organization_id = org AND x.role = r);
	IF unknown IS NOT NULL THEN
		PERFORM identity.refuse(unknown_code || ': ' || unknown);
	END IF;
	RETURN array_to_string(list, ',');
END $$;

-- Returns permissions of the built-in roles: those of Better Auth, and those for the resources of the CRM. "crm" stands
-- for all resources of the CRM. "read" has the scope "all"; "read:team" and "read:own" have narrower scopes.
CREATE OR REPLACE FUNCTION identity.role_permission(role text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT (CASE role
		WHEN 'owner' THEN '{"organization": ["update", "delete"],
			"member": ["create", "update", "delete"],
			"invitation": ["create", "cancel"],
			"team": ["create", "update", "delete"],
			"ac": ["create", "read", "update", "delete"],
			"crm": ["administer", "read", "create", "update", "delete", "export", "import",
				"merge"]}'
		WHEN 'admin' THEN '{"organization": ["update"],
			"member": ["create", "update", "delete"],
			"invitation": ["create", "cancel"],
			"team": ["create", "update", "delete"],
			"ac": ["create", "read", "update", "delete"],
			"crm": ["administer", "read", "create", "update", "delete", "export", "import",
				"merge"]}'
		WHEN 'member' THEN '{"organization": [], "member": [], "invitation": [], "team": [],
			"ac": ["read"],
			"crm": ["read", "create", "update", "delete", "export", "import", "merge"]}'
		WHEN 'viewer' THEN '{"organization": [], "member": [], "invitation": [], "team": [],
			"ac": ["read"], "crm": ["read"]}'
		WHEN 'portal' THEN '{"organization": [], "member": [], "invitation": [], "team": [],
			"ac": [], "crm": []}'
		END)::jsonb
$$;

-- Returns the permissions of each role in a comma-separated list. An unknown role has none. If a later release adds a
-- built-in role with the name of a custom role, the custom role still applies.
CREATE OR REPLACE FUNCTION identity.permissions_of(org uuid, roles text) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT coalesce(x.permission, identity.role_permission(r))
	  FROM unnest(string_to_array(roles, ',')) r
	  LEFT JOIN identity.organization_role x ON x.organization_id = org AND x.role = r
	 WHERE coalesce(x.permission, identity.role_permission(r)) IS NOT NULL;
END $$;

-- Returns whether one of the roles grants the whole permission.
CREATE OR REPLACE FUNCTION identity.may(org uuid, roles text, wanted jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM identity.permissions_of(org, roles) p
		WHERE NOT EXISTS (SELECT FROM jsonb_each(wanted) w,
			jsonb_array_elements_text(w.value) action
			WHERE NOT identity.allows(p, w.key, action)));
END $$;

-- Returns whether the roles together cover a permission, action by action. Outside of the CRM, every member has the
-- permissions of the "member" role.
CREATE OR REPLACE FUNCTION identity.grants(org uuid, roles text, permission jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (
		WITH held (p, crm) AS MATERIALIZED (
			SELECT p, true FROM identity.permissions_of(org, roles) p
			UNION ALL SELECT p, false FROM identity.permissions_of(org, roles || ',member') p)
		SELECT NOT EXISTS (SELECT FROM jsonb_each(permission) r, jsonb_array_elements_text(r.value) action
			WHERE NOT EXISTS (SELECT FROM held h WHERE h.crm = identity.is_crm_resource(split_part(r.key, '.', 1))
				AND identity.allows(h.p, r.key, action)))
			AND identity.within_fields(org, roles, permission));
END $$;

-- Returns whether a caller with roles may grant, change or remove others: no role with more permissions than the
-- caller's own, and the "owner" role only for owners.
CREATE OR REPLACE FUNCTION identity.covers(org uuid, roles text, others text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT (identity.strongest_role(roles) = 'owner'
			OR identity.strongest_role(others) <> 'owner')
		AND NOT EXISTS (SELECT FROM identity.permissions_of(org, others) p
			WHERE NOT identity.grants(org, roles, p))
$$;

-- Returns the kind of member that roles result in: owner, admin (also custom roles that administer the CRM), member,
-- or portal. A portal user has only that role and does not belong to the staff: portal users have no row of
-- crm.sales, and see other rows of the organization only if these rows are shared with them.
CREATE OR REPLACE FUNCTION identity.acts_as(org uuid, roles text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN identity.strongest_role(roles) = 'owner' THEN 'owner'
		WHEN identity.may(org, roles, '{"crm": ["administer"]}') THEN 'admin'
		WHEN roles = 'portal' AND NOT EXISTS (SELECT FROM identity.organization_role x
			WHERE x.organization_id = org AND x.role = roles) THEN 'portal'
		ELSE 'member' END
$$;

CREATE OR REPLACE FUNCTION identity.set_acts_as() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	-- A data migration computes the grants once for all members with a role.
	IF TG_OP = 'INSERT' AND ops.mode('importing') THEN
		RETURN NEW;
	END IF;
	-- Waits for a change of the settings on which the grants depend; see identity.limit_by_teams().
	PERFORM FROM identity.organization o WHERE o.id = NEW.organization_id FOR SHARE;
	NEW.acts_as := identity.acts_as(NEW.organization_id, NEW.role);
	NEW.grants := identity.grants_of(NEW.organization_id, NEW.role);
	RETURN NEW;
END $$;

-- Adds a team limit for a resource to the grants of all members, or removes it. A policy defines the limited rows.
CREATE OR REPLACE FUNCTION identity.limit_by_teams(org uuid, resource text, limits boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.organization o SET team_resources = CASE WHEN limits THEN o.team_resources || resource
		ELSE array_remove(o.team_resources, resource) END
	 WHERE o.id = org AND (resource = ANY (o.team_resources)) <> limits;
	IF FOUND THEN
		UPDATE identity.organization_member m SET role = m.role WHERE m.organization_id = org;
	END IF;
END $$;

-- Updates members when the permissions or the name of a role change.
CREATE OR REPLACE FUNCTION identity.organization_role_changed() RETURNS trigger
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

-- Returns whether the caller has these permissions. An empty object returns false, as in the client.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.has_permission(permissions json, organization_id text) RETURNS text
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

-- Returns a role in the format of the API, without the resources of modules that the organization lacks.
CREATE OR REPLACE FUNCTION identity.role_json(r identity.organization_role) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('organizationId', r.organization_id, 'role', r.role,
		'permission', r.permission - identity.hidden_names(r.organization_id), 'createdAt', identity.iso(r.created_at),
		'updatedAt', identity.iso(r.updated_at), 'id', r.id)
$$;

-- Returns whether a text has the form of an action. Reads and writes of rows can have a scope.
CREATE OR REPLACE FUNCTION identity.is_action(action text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT action ~ '^((read|create|update|delete)(:own|:team)?|[a-z]+)$'
$$;

-- Returns whether a permission can contain this name: a resource, or the fields of a resource, as in "contacts.read".
CREATE OR REPLACE FUNCTION identity.can_name(key text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT identity.role_permission('owner') ? key OR EXISTS (SELECT FROM identity.resource x
		WHERE x.same_as IS NULL AND (x.name = key OR x.fields AND key IN (x.name || '.read', x.name || '.update')))
		OR EXISTS (SELECT FROM crm.custom_objects() o WHERE can_name.key IN (o.resource, o.resource || '.read', o.resource || '.update'))
$$;

-- Validates and normalizes a permission: its resources, actions and fields must be known, and within the permissions of
-- the caller. Duplicates are removed.
CREATE OR REPLACE FUNCTION identity.clean_permission(m identity.organization_member, permission jsonb,
	refusal text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	clean jsonb;
	unknown text[];	-- the code of the refusal and its arguments
	other uuid := ops.org();
BEGIN
	PERFORM ops.set_org(m.organization_id);	-- the permission may name fields and objects of this organization
	IF EXISTS (SELECT FROM jsonb_object_keys(permission) k
	    WHERE NOT identity.can_name(k) OR k = ANY (identity.hidden_names(m.organization_id))) THEN
		PERFORM identity.refuse('INVALID_RESOURCE');
	END IF;
	SELECT ARRAY['role_action_unknown', r.key, action] INTO unknown
	  FROM jsonb_each(permission) r CROSS JOIN jsonb_array_elements_text(r.value) action
	  JOIN identity.resource x ON x.name = ops.described_as(r.key)
	 WHERE split_part(action, ':', 1) <> ALL (x.actions)
	    OR NOT identity.is_action(action) OR x.reserved AND action ~ ':' LIMIT 1;
	IF unknown IS NULL THEN
		SELECT ARRAY['role_field_unknown', r.key, field] INTO unknown
		  FROM jsonb_each(permission) r CROSS JOIN jsonb_array_elements_text(r.value) field
		 WHERE strpos(r.key, '.') > 0 AND field <> ALL (identity.fields_of(split_part(r.key, '.', 1)) || 'id'::text) LIMIT 1;
	END IF;
	IF unknown IS NOT NULL THEN
		PERFORM ops.refuse(unknown[1], 'permission', unknown[2], unknown[3]);
	END IF;
	SELECT coalesce(jsonb_object_agg(r.key, (SELECT coalesce(jsonb_agg(DISTINCT a), '[]')
		FROM jsonb_array_elements(r.value) a)), '{}') INTO clean
	  FROM jsonb_each(permission) r;
	IF NOT identity.grants(m.organization_id, m.role, clean) THEN
		PERFORM identity.refuse(refusal);
	END IF;
	PERFORM ops.set_org(other);
	RETURN clean;
END $$;

-- Returns the name of a role in lower case. Refuses a name that is invalid or in use.
CREATE OR REPLACE FUNCTION identity.clean_role_name(org uuid, name text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	clean text := lower(trim(name));
BEGIN
	IF clean ~ '[,[:cntrl:]]' OR char_length(clean) NOT BETWEEN 1 AND 64 THEN
		PERFORM ops.refuse('role_name_invalid');
	END IF;
	IF identity.role_permission(clean) IS NOT NULL OR EXISTS (
	    SELECT FROM identity.organization_role x
	    WHERE x.organization_id = org AND x.role = clean) THEN
		PERFORM identity.refuse('ROLE_NAME_IS_ALREADY_TAKEN');
	END IF;
	RETURN clean;
END $$;

CREATE OR REPLACE FUNCTION identity.find_role(org uuid, role_name text, role_id text)
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

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_role(organization_id text, role text, permission json)
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

-- Changes a role. Callers cannot change a role that they cannot grant.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.update_role(organization_id text, role_name text, role_id text,
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
		r.permission := identity.hidden_permission(wanted, r.permission)
			|| identity.clean_permission(m, permission::jsonb, 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_A_ROLE');
	END IF;
	IF lower(trim(new_name)) <> r.role THEN
		r.role := identity.clean_role_name(wanted, new_name);
	END IF;
	UPDATE identity.organization_role x
	   SET role = r.role, permission = r.permission, updated_at = now()
	 WHERE x.id = r.id RETURNING * INTO r;
	RETURN json_build_object('success', true, 'roleData', identity.role_json(r));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_role(organization_id text, role_name text, role_id text)
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
	IF identity.role_permission(role_name) IS NOT NULL AND NOT EXISTS (
	    SELECT FROM identity.organization_role x
	    WHERE x.organization_id = wanted AND x.role = role_name) THEN
		PERFORM identity.refuse('CANNOT_DELETE_A_PRE_DEFINED_ROLE');
	END IF;
	r := identity.find_role(wanted, role_name, role_id);
	IF NOT identity.grants(wanted, m.role, r.permission) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_DELETE_A_ROLE');
	END IF;
	-- A role in a pending invitation cannot be deleted either: the invitation would then grant a later role with the
	-- same name.
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

CREATE OR REPLACE FUNCTION identity.readable_roles(organization_id text, refusal text) RETURNS uuid
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

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_roles(organization_id text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := identity.readable_roles(organization_id, 'YOU_ARE_NOT_ALLOWED_TO_LIST_A_ROLE');
BEGIN
	RETURN (SELECT coalesce(json_agg(identity.role_json(r) ORDER BY r.created_at, r.id), '[]')
		FROM identity.organization_role r WHERE r.organization_id = org);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.get_role(organization_id text, role_name text, role_id text)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN identity.role_json(identity.find_role(identity.readable_roles(organization_id,
		'YOU_ARE_NOT_ALLOWED_TO_READ_A_ROLE'), role_name, role_id));
END $$;

-- Returns the caller's roles in the active organization, including custom roles, which app.role omits.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.own_roles() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT string_to_array(m.role, ',') FROM identity.organization_member m
	 WHERE m.user_id = ops.caller()
	   AND m.organization_id = ops.org()
$$;

-- Returns the names that a role can contain: resources with their actions, each with the caller's scope, and the
-- built-in roles, except those that a custom role with the same name replaces.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_resources() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	roles text := array_to_string(identity.own_roles(), ',');
BEGIN
	RETURN (WITH resource (name, module, actions, crm, reserved, fields) AS (
		SELECT n.name, x.module, x.actions, true, x.reserved OR x.administrators, CASE WHEN x.fields THEN identity.fields_of(n.name) END
		  FROM identity.resource x
		  JOIN LATERAL (SELECT x.name WHERE x.name <> 'records' UNION ALL SELECT o.resource FROM crm.custom_objects() o WHERE x.name = 'records') n ON true
		 WHERE x.same_as IS NULL AND x.name <> ALL (identity.hidden_names(org))
		UNION ALL
		SELECT r.key, NULL, ARRAY(SELECT jsonb_array_elements_text(r.value)), false, false, NULL
		  FROM jsonb_each(identity.role_permission('owner')) r WHERE NOT identity.is_crm_resource(r.key)),
	action (resource, n, name, scopes) AS (
		SELECT r.name, a.n, a.name, r.crm AND NOT r.reserved AND identity.is_action(a.name || ':own')
		  FROM resource r CROSS JOIN LATERAL unnest(r.actions) WITH ORDINALITY a (name, n))
	SELECT json_build_object(
		'resources', (SELECT json_agg(json_build_object('name', r.name, 'module', r.module, 'crm', r.crm, 'reserved', r.reserved,
				'fields', r.fields, 'actions', (
				SELECT json_agg(json_build_object('name', a.name, 'scopes', a.scopes, 'granted', (
					SELECT (ARRAY['own', 'team', 'all'])[identity.scope_rank(given)]
					  FROM unnest(ARRAY[a.name] || CASE WHEN a.scopes
						THEN ARRAY[a.name || ':team', a.name || ':own'] ELSE '{}' END) given
					 WHERE identity.may(org, roles,
						jsonb_build_object(r.name, jsonb_build_array(given)))
					 ORDER BY identity.scope_rank(given) DESC LIMIT 1)) ORDER BY a.n)
				  FROM action a WHERE a.resource = r.name))
			ORDER BY r.crm DESC, r.name <> 'crm', r.name) FROM resource r),
		'roles', (SELECT json_agg(json_build_object('role', r, 'permission', identity.role_permission(r))
				ORDER BY n)
			FROM unnest('{owner,admin,member,viewer,portal}'::text[]) WITH ORDINALITY u (r, n)
			WHERE NOT EXISTS (SELECT FROM identity.organization_role x
				WHERE x.organization_id = org AND x.role = r))));
END $$;

-- Since its name sorts first, this trigger runs before crm_member, which reads the values set here.
CREATE OR REPLACE TRIGGER acts_as BEFORE INSERT OR UPDATE OF role ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION identity.set_acts_as();

CREATE OR REPLACE TRIGGER role_changed AFTER UPDATE ON identity.organization_role
	FOR EACH ROW EXECUTE FUNCTION identity.organization_role_changed();
