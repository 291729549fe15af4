-- Permissions of roles and grants of members.
--
-- A permission is {"contacts": ["read", "update:own"], "invitation": ["create"]}: actions, some with
-- a scope, for each resource. The grants of a member are the sum of their roles in the CRM, in the
-- form that ops.scope() reads.

-- Better Auth's resources have no scopes, and "crm" does not stand for them.
CREATE OR REPLACE FUNCTION identity.is_crm_resource(resource text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM identity.resource r WHERE r.name = resource AND r.same_as IS NULL)
$$;

-- The rank of an action's scope: 3 for all, 2 for team, 1 for own.
CREATE OR REPLACE FUNCTION identity.scope_rank(action text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE split_part(action, ':', 2) WHEN 'own' THEN 1 WHEN 'team' THEN 2 ELSE 3 END
$$;

-- Whether a permission includes an action, in this or a wider scope. Who administers the CRM may
-- do everything in it.
CREATE OR REPLACE FUNCTION identity.allows(permission jsonb, resource text, action text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT coalesce(permission->resource ? action, false)
		OR EXISTS (SELECT FROM identity.resource x, unnest(ARRAY[resource, 'crm']) r,
				jsonb_array_elements_text(permission->r) given
			WHERE x.name = resource AND x.same_as IS NULL
			  AND split_part(action, ':', 1) = ANY (x.actions)
			  AND (r = 'crm' AND given = 'administer'
				OR (r <> 'crm' OR NOT x.reserved) AND split_part(given, ':', 1) = split_part(action, ':', 1)
				AND identity.scope_rank(given) >= identity.scope_rank(action)))
$$;

-- The grants of a comma-separated list of roles: '*' if they do as much in the CRM as a member.
CREATE OR REPLACE FUNCTION identity.grants_of(org uuid, roles text) RETURNS text
LANGUAGE sql STABLE AS $$
	WITH given AS (
		SELECT r.key AS resource, split_part(a, ':', 1) AS action,
			max(identity.scope_rank(a)) AS rank
		  FROM identity.permissions_of(org, roles) p, jsonb_each(p) r,
			jsonb_array_elements_text(r.value) a
		 WHERE identity.is_crm_resource(r.key) GROUP BY 1, 2)
	SELECT CASE WHEN identity.may(org, roles, '{"crm": ["administer"]}')
			OR identity.role_permission('member')->'crm' <@ (SELECT jsonb_agg(g.action) FROM given g
				WHERE g.resource = 'crm' AND g.rank = 3)
		THEN '*'
		ELSE coalesce((SELECT jsonb_object_agg(of.resource, of.actions) FROM (
			SELECT g.resource, jsonb_object_agg(g.action,
				(ARRAY['own', 'team', 'all'])[g.rank]) AS actions
			  FROM given g GROUP BY g.resource) of), '{}')::text END
$$;

-- Whether the roles of a member who is no administrator name all that a request asks of
-- administrators.
CREATE OR REPLACE FUNCTION identity.names_reserved(org uuid, user_id text, asked text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT bool_and(EXISTS (SELECT FROM identity.resource r WHERE r.name = a->>0 AND r.reserved)
			AND identity.may(org, m.role, jsonb_build_object(a->>0, jsonb_build_array(a->>1))))
		FROM jsonb_array_elements(asked::jsonb) a, identity.organization_member m
		WHERE a->>2 = 'admin' AND m.organization_id = org AND m.user_id = names_reserved.user_id), false);
END $$;

-- Refuses a request whose action on a resource is not among the caller's grants. asked lists
-- [resource, action, need] of all that the request requires. Names of tags, and other names than
-- those of resources, are open to every member but portal users, who read only about themselves and what
-- is shared with them; row security limits the rest. A share of a row of the resource is enough: row
-- security permits no other row. The action "list" stands for a statement that is built for callers who read all rows: for others it fails with
-- ZH300.
CREATE OR REPLACE FUNCTION identity.check_grants(asked text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	portal boolean := current_setting('app.role', true) = 'portal';
BEGIN
	IF portal AND (asked = '[]' OR EXISTS (SELECT FROM jsonb_array_elements(asked::jsonb) a
	    WHERE (a->>0, a->>1) NOT IN (('me', 'read'), ('shares', 'read'), ('shares', 'list'))
	      AND NOT EXISTS (SELECT FROM identity.resource r WHERE r.name = a->>0)))
	    OR EXISTS (SELECT FROM jsonb_array_elements(asked::jsonb) a
	    JOIN identity.resource r ON r.name = a->>0
	    CROSS JOIN LATERAL (SELECT split_part(coalesce(r.same_as, r.name), ':', 1) AS name,
		coalesce(nullif(split_part(r.same_as, ':', 2), ''), a->>1) AS action) wanted
	    WHERE wanted.action <> 'list' AND ((wanted.name, wanted.action) <> ('tags', 'read') OR portal)
	      AND ops.scope(wanted.name, wanted.action) IS NULL
	      AND ops.shared_ids(wanted.name, wanted.action) = '{}') THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	END IF;
	IF EXISTS (SELECT FROM jsonb_array_elements(asked::jsonb) a JOIN identity.resource r ON r.name = a->>0
	    WHERE a->>1 = 'list' AND r.name <> 'automation_rules' AND (ops.scope(a->>0, 'read') IN ('own', 'team')
		OR ops.scope(a->>0, 'read') IS NULL AND ops.shared_ids(a->>0, 'read') <> '{}')) THEN
		RAISE EXCEPTION 'a list of all rows' USING ERRCODE = 'ZH300';
	END IF;
END $$;
