-- Permissions of roles and grants of members.
--
-- A permission is {"contacts": ["read", "update:own"], "invitation": ["create"]}: actions, some with a scope, for each
-- resource. {"contacts.read": ["last_name"], "contacts.update": []} limits the fields that the role may read, and the
-- fields that it may create or update. The grants of a member are the sum of the member's roles in the CRM, in the form
-- that ops.scope() reads. The functions that each permission check calls are in PL/pgSQL, which keeps plans for the
-- session. A function in SQL that is not inlined is planned in each query.

-- Returns whether a resource belongs to the CRM. Better Auth's resources have no scopes, and "crm" does not stand for
-- them.
CREATE OR REPLACE FUNCTION identity.is_crm_resource(resource text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM identity.resource r WHERE r.name = ops.described_as(resource) AND r.same_as IS NULL)
$$;

-- Returns the rank of an action's scope: 3 for all, 2 for team, 1 for own.
CREATE OR REPLACE FUNCTION identity.scope_rank(action text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE split_part(action, ':', 2) WHEN 'own' THEN 1 WHEN 'team' THEN 2 ELSE 3 END
$$;

-- Returns whether a permission includes an action in this scope or a wider scope. Permission to administer the CRM
-- includes everything in the CRM.
CREATE OR REPLACE FUNCTION identity.allows(permission jsonb, resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce(permission->resource ? action, false)
		OR resource ~ '[.](read|update)$' AND NOT permission ? resource
			AND identity.allows(permission, split_part(resource, '.', 1), split_part(resource, '.', 2) || ':own')
		OR EXISTS (SELECT FROM identity.resource x, unnest(ARRAY[resource, 'crm']) r,
				jsonb_array_elements_text(permission->r) given
			WHERE x.name = ops.described_as(resource) AND x.same_as IS NULL
			  AND split_part(action, ':', 1) = ANY (x.actions)
			  AND (r = 'crm' AND given = 'administer'
				OR (r <> 'crm' OR NOT x.reserved) AND split_part(given, ':', 1) = split_part(action, ':', 1)
				AND identity.scope_rank(given) >= identity.scope_rank(action)));
END $$;

-- Returns the fields to which a role can be limited: the fields of a resource's rows and of its files, and those that
-- the organization has defined.
CREATE OR REPLACE FUNCTION identity.fields_of(resource text) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT array_agg(a.attname::text ORDER BY a.place, a.attnum) || ARRAY(SELECT 'custom.' || f.key FROM crm.custom_fields(resource) f) FROM (
		SELECT DISTINCT ON (a.attname) a.attname, a.attnum, c.relname <> resource AS place
		  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		 WHERE c.relnamespace = 'crm'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
		   AND a.attname NOT IN ('id', 'org_id', 'object', 'object_id') AND a.attname <> ALL (crm.hidden_columns(resource))
		   AND c.relname IN (ops.described_as(resource), resource || '_summary', resource || '_export')
		 ORDER BY a.attname, c.relname <> resource) a
$$;

-- Returns the fields to which these permissions are limited, {"contacts": {"read": ["last_name"], "update": []}}. The
-- fields of several permissions are combined. A permission that grants an action without a list removes the limit,
-- but a permission to create rows does not remove the limit that other permissions set for updates. A field that cannot
-- be read cannot be written.
CREATE OR REPLACE FUNCTION identity.field_limits(permissions jsonb[]) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (
		WITH key AS (
			SELECT DISTINCT k, split_part(k, '.', 1) AS resource, split_part(k, '.', 2) AS action
			  FROM unnest(permissions) p, jsonb_object_keys(p) k WHERE k ~ '[.](read|update)$'),
		said AS (
			SELECT key.resource, key.action, p->key.k AS list, identity.allows(p, key.resource, key.action || ':own')
				OR key.action = 'update' AND identity.allows(p, key.resource, 'create:own')
					AND NOT EXISTS (SELECT FROM unnest(permissions) q WHERE identity.allows(q, key.resource, 'update:own')) AS grants
			  FROM key CROSS JOIN unnest(permissions) p),
		open AS (
			SELECT s.resource, s.action, bool_or(s.grants) AS granted, coalesce(bool_or(s.grants AND s.list IS NULL), false) AS lifted
			  FROM said s GROUP BY 1, 2),
		fields AS (
			SELECT o.resource, o.action, ARRAY(SELECT DISTINCT f FROM said s, jsonb_array_elements_text(s.list) f
				WHERE (s.resource, s.action) = (o.resource, o.action) AND (s.grants OR NOT o.granted) ORDER BY f) AS list
			  FROM open o WHERE NOT o.lifted),
		-- Rows of contacts contain names of companies. The names are hidden in these rows as well, unless contacts have
		-- a separate list.
		named AS (
			SELECT * FROM fields
			UNION ALL SELECT 'contacts', 'read', ARRAY(SELECT f FROM unnest(identity.fields_of('contacts')) f
				WHERE f NOT IN ('company_name', 'company'))
			 WHERE EXISTS (SELECT FROM fields f WHERE (f.resource, f.action) = ('companies', 'read') AND 'name' <> ALL (f.list))
			   AND NOT EXISTS (SELECT FROM fields f WHERE (f.resource, f.action) = ('contacts', 'read'))),
		paired AS (
			SELECT coalesce(r.resource, u.resource) AS resource, r.list AS read, CASE WHEN r.list IS NULL THEN u.list
				WHEN u.list IS NULL THEN r.list || 'sales_id'::text
				ELSE ARRAY(SELECT f FROM unnest(u.list) f WHERE f = ANY (r.list || 'sales_id'::text)) END AS update
			  FROM (SELECT * FROM named WHERE action = 'read') r
			  FULL JOIN (SELECT * FROM named WHERE action = 'update') u ON u.resource = r.resource)
		SELECT coalesce(jsonb_object_agg(b.resource, jsonb_strip_nulls(jsonb_build_object('read', b.read, 'update', b.update))), '{}')
		  FROM paired b);
END $$;

-- Returns whether a permission respects the fields to which the roles are limited.
CREATE OR REPLACE FUNCTION identity.within_fields(org uuid, roles text, permission jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN NOT EXISTS (SELECT FROM jsonb_each(identity.field_limits(ARRAY(SELECT identity.permissions_of(org, roles)))) mine,
			jsonb_each(mine.value) list
		WHERE (identity.allows(permission, mine.key, list.key || ':own')
			OR list.key = 'update' AND identity.allows(permission, mine.key, 'create:own'))
		  AND NOT coalesce(identity.field_limits(ARRAY[permission]) #> ARRAY[mine.key, list.key] <@ list.value, false));
END $$;

-- Returns grants in an organization that limits some rows by teams: {"deals": {"rows": "teams"}} names the resources.
-- '*' is expanded to the grants that it stands for.
CREATE OR REPLACE FUNCTION identity.limited_grants(org uuid, grants text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN coalesce(o.team_resources, '{}') = '{}' THEN grants
		ELSE (SELECT jsonb_object_agg(coalesce(g.key, r.name), coalesce(g.value, '{}')
				|| CASE WHEN r.name IS NULL THEN '{}' ELSE '{"rows": "teams"}'::jsonb END)
			FROM jsonb_each(CASE grants WHEN '*' THEN (SELECT jsonb_build_object('crm', jsonb_object_agg(a, 'all'))
				FROM jsonb_array_elements_text(identity.role_permission('member')->'crm') a) ELSE grants::jsonb END) g
			FULL JOIN unnest(o.team_resources) r (name) ON r.name = g.key)::text END
	  FROM (SELECT 1) x LEFT JOIN identity.organization o ON o.id = org
$$;

-- Returns the actions in permissions, each with its widest scope.
CREATE OR REPLACE FUNCTION identity.actions_in(permissions jsonb[]) RETURNS TABLE (resource text, action text, scope text)
LANGUAGE sql IMMUTABLE AS $$
	SELECT r.key, split_part(a, ':', 1), (ARRAY['own', 'team', 'all'])[max(identity.scope_rank(a))]
	  FROM unnest(permissions) p, jsonb_each(p) r, jsonb_array_elements_text(r.value) a GROUP BY 1, 2
$$;

-- Returns the grants of a comma-separated list of roles: '*' if they permit as much in the CRM as the "member" role.
CREATE OR REPLACE FUNCTION identity.grants_of(org uuid, roles text) RETURNS text
LANGUAGE sql STABLE AS $$
	WITH limits AS (
		SELECT identity.field_limits(ARRAY(SELECT identity.permissions_of(org, roles))) AS fields),
	given AS (
		SELECT a.* FROM identity.actions_in(ARRAY(SELECT identity.permissions_of(org, roles))) a
		 WHERE identity.is_crm_resource(a.resource))
	SELECT CASE WHEN identity.may(org, roles, '{"crm": ["administer"]}') THEN '*'
		WHEN identity.role_permission('member')->'crm' <@ (SELECT jsonb_agg(g.action) FROM given g
				WHERE g.resource = 'crm' AND g.scope = 'all') AND (SELECT l.fields FROM limits l) = '{}'
		THEN identity.limited_grants(org, '*')
		ELSE identity.limited_grants(org, coalesce((SELECT jsonb_object_agg(of.resource, of.actions) FROM (
			SELECT coalesce(a.resource, f.key) AS resource, coalesce(a.actions, '{}')
				|| CASE WHEN f.key IS NULL THEN '{}' ELSE jsonb_build_object('fields', f.value) END AS actions
			  FROM (SELECT g.resource, jsonb_object_agg(g.action, g.scope) AS actions
				  FROM given g GROUP BY g.resource) a
			  FULL JOIN (SELECT x.* FROM limits l, jsonb_each(l.fields) x) f ON f.key = a.resource) of), '{}')::text) END
$$;

-- Defines the roles of a module with their permissions. A member has one of these roles in addition to the roles in the
-- organization. The function role_of (org uuid, sales_id bigint, acts_as text) returns the name of the role. Only these
-- roles grant permissions on the resources of the module.
CREATE OR REPLACE FUNCTION identity.describe_roles(module text, role_of text, roles jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.module m SET role_of = describe_roles.role_of, roles = (
		SELECT jsonb_object_agg(r.role, (SELECT jsonb_object_agg(x.resource, coalesce((SELECT jsonb_object_agg(a.action, a.scope)
				FROM identity.actions_in(ARRAY[r.permission]) a WHERE a.resource = x.resource), '{}'))
			FROM (SELECT DISTINCT jsonb_object_keys(e.value) AS resource FROM jsonb_each(describe_roles.roles) e) x))
		  FROM (SELECT e.key AS role, e.value AS permission FROM jsonb_each(describe_roles.roles) e
			UNION ALL SELECT 'none', '{}') r)
	 WHERE m.name = describe_roles.module;
	PERFORM identity.make_module_grants();
END $$;

-- Generates identity.module_grants(), which each request of an organization with modules calls. It returns the grants
-- of a member by the roles in modules (see app.module_grants in ops/permission.sql), or null if no module has roles.
CREATE OR REPLACE FUNCTION identity.make_module_grants() RETURNS void
LANGUAGE plpgsql AS $make$
BEGIN
	EXECUTE format($f$
CREATE OR REPLACE FUNCTION identity.module_grants(org uuid, sales_id bigint, acts_as text, modules text[]) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	part text;
	grants text;
BEGIN%s
	RETURN grants;
END $$$f$, (SELECT string_agg(format($f$
	IF %L = ANY (modules) THEN
		part := CASE %s(org, sales_id, acts_as)%s ELSE %L END;
		grants := CASE WHEN grants IS NULL THEN part ELSE (grants::jsonb || part::jsonb)::text END;
	END IF;$f$, m.name, m.role_of, (SELECT string_agg(format(' WHEN %L THEN %L', r.key, r.value), '' ORDER BY r.key)
			FROM jsonb_each_text(m.roles - 'none') r), m.roles->>'none'), '' ORDER BY m.name)
		FROM identity.module m WHERE m.role_of IS NOT NULL));
END $make$;

-- Returns whether the roles of a member who is not an administrator contain everything for which a request requires
-- an administrator.
CREATE OR REPLACE FUNCTION identity.names_reserved(org uuid, user_id text, asked text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT bool_and(EXISTS (SELECT FROM identity.resource r WHERE r.name = a->>0 AND r.reserved)
			AND identity.may(org, m.role, jsonb_build_object(a->>0, jsonb_build_array(a->>1))))
		FROM jsonb_array_elements(asked::jsonb) a, identity.organization_member m
		WHERE a->>2 = 'admin' AND m.organization_id = org AND m.user_id = names_reserved.user_id), false);
END $$;

-- Returns whether the caller's grants allow an action on some rows of a resource. Names of tags, and names that are
-- not resources, are open to every member except portal users. Portal users can read only rows about themselves, shared
-- rows, and rows that they see as partners.
CREATE OR REPLACE FUNCTION identity.granted(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	portal boolean := ops.portal();
	same_as text;
BEGIN
	SELECT coalesce(r.same_as, resource) INTO same_as FROM identity.resource r WHERE r.name = ops.described_as(resource);
	IF NOT FOUND THEN
		RETURN NOT portal OR (resource, action) IN (('me', 'read'), ('catalogue', 'read'), ('shares', 'read'), ('shares', 'list'));
	END IF;
	resource := split_part(same_as, ':', 1);
	action := coalesce(nullif(split_part(same_as, ':', 2), ''), action);
	RETURN action = 'list' OR (resource, action) = ('tags', 'read') AND NOT portal
		OR ops.scope(resource, action) IS NOT NULL OR ops.reaches_some(resource, action);
END $$;

-- Returns whether the caller may perform an action on some rows of a resource, including actions for administrators
-- only.
CREATE OR REPLACE FUNCTION identity.caller_may(resource text, action text, administrators boolean) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT identity.granted(resource, action) AND (NOT administrators OR ops.administers()
		OR identity.names_reserved(ops.org(), ops.caller(),
			jsonb_build_array(jsonb_build_array(resource, action, 'admin'))::text))
$$;

-- Refuses a request whose action on a resource is not among the caller's grants. asked lists each [resource, action,
-- need] that the request requires. A share of any row of the resource is sufficient, since row security permits no
-- other rows. The "list" action stands for a statement that is built for callers who may read all rows. For other
-- callers, the request fails with ZH300.
--
-- The request of a caller who is limited to some fields also fails with ZH300, with the limits in the DETAIL, unless
-- asked contains them as [limits, "fields", fixed, shaped]. If shaped is true, the worker omits the hidden fields, and
-- the request sees the rows (app.shaped) if it requires only resources that can be limited. ops.refuse_fixed() refuses
-- changes to the fixed fields. All other requests see no row of a limited resource. The same applies to requests for
-- the rows of all custom objects, since limits belong to a single object.
CREATE OR REPLACE FUNCTION identity.check_grants(asked text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	portal boolean := ops.portal();
	grants text := current_setting('app.grants', true);
	limits jsonb := ops.limits_of(grants, 'fields');
	missing text;
	known json;
	ignored text;
BEGIN
	-- A caller with all grants has limits only in modules with roles. The names of resources are quoted in asked.
	IF grants = '*' AND (nullif(current_setting('app.module_grants', true), '')::jsonb ?| string_to_array(asked, '"')) IS NOT TRUE THEN
		RETURN;
	END IF;
	IF limits IS NOT NULL THEN
		SELECT a INTO known FROM json_array_elements(asked::json) a WHERE a->>1 = 'fields';
		IF known->>0 IS DISTINCT FROM limits::text THEN
			RAISE EXCEPTION 'limited to fields' USING ERRCODE = 'ZH300', DETAIL = limits::text;
		END IF;
		ignored := set_config('app.fixed', known->>2, true);
		IF known->>3 = 'true' AND NOT EXISTS (SELECT FROM jsonb_array_elements(asked::jsonb) a
		    WHERE a->>1 NOT IN ('fields', 'list', 'module') AND NOT EXISTS (SELECT FROM identity.resource r
			WHERE r.name = ops.described_as(a->>0) AND (r.fields OR r.same_as IN (SELECT s.name FROM identity.resource s WHERE s.fields)))
			AND a->>0 NOT IN ('sales', 'tags', 'views')
			OR a->>0 = 'records' AND EXISTS (SELECT FROM jsonb_object_keys(limits) k WHERE ops.described_as(k) = 'records'))
		THEN
			ignored := set_config('app.shaped', 'on', true);
		END IF;
	END IF;
	missing := (SELECT format('%s.%s', a->>0, a->>1) FROM jsonb_array_elements(asked::jsonb) a
		WHERE a->>1 <> 'module' AND NOT identity.granted(a->>0, a->>1) LIMIT 1);
	IF portal AND asked = '[]' OR missing IS NOT NULL THEN
		PERFORM ops.refuse_with(missing, 'role');
	END IF;
	IF EXISTS (SELECT FROM jsonb_array_elements(asked::jsonb) a JOIN identity.resource r ON r.name = a->>0
	    WHERE a->>1 = 'list' AND r.name <> 'automation_rules' AND (ops.scope(a->>0, 'read') IN ('own', 'team')
		OR ops.scope(a->>0, 'read') IS NULL AND ops.reaches_some(a->>0, 'read'))) THEN
		RAISE EXCEPTION 'a list of all rows' USING ERRCODE = 'ZH300';
	END IF;
END $$;
