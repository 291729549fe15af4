-- Explains why a user may or may not perform actions on the rows of a resource.
-- needs: crm/permission.sql

-- Returns the entries of a member's roles about a resource: {"grants", "rules": [{"role", "permission", "action",
-- "scope"}]}, the widest scope first, and the grants by roles in modules, "module_grants". Only the member and
-- administrators can call it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.explain_member(user_id text, resource text) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	m identity.organization_member;
	by_module jsonb;
	role text;
BEGIN
	SELECT * INTO m FROM identity.organization_member x
	 WHERE x.organization_id = org AND x.user_id = explain_member.user_id;
	IF NOT FOUND OR m.user_id IS DISTINCT FROM ops.caller()
	    AND NOT ops.administers() THEN
		PERFORM ops.refuse('no_such_user');
	END IF;
	by_module := identity.module_grants(m.organization_id, m.sales_id, m.acts_as, ops.modules());
	IF by_module ? resource THEN
		EXECUTE (SELECT format('SELECT %s($1, $2, $3)', x.role_of) FROM identity.resource r JOIN identity.module x ON x.name = r.module
			WHERE r.name = resource) INTO role USING org, m.sales_id, m.acts_as;
	END IF;
	RETURN json_build_object('grants', m.grants, 'module_grants', by_module, 'roles', string_to_array(m.role, ','), 'rules', CASE
		WHEN by_module ? resource THEN (SELECT coalesce(json_agg(json_build_object('role', role, 'permission',
				concat(resource, ': ', g.key, nullif(':' || g.value, ':all')), 'action', g.key, 'scope', g.value)), '[]')
			FROM identity.resource x, jsonb_each_text(by_module->resource) g WHERE x.name = resource AND g.key = ANY (x.actions))
		ELSE (SELECT coalesce(json_agg(json_build_object('role', r.role, 'permission', p.key || ': ' || given,
				'action', action, 'scope', (ARRAY['own', 'team', 'all'])[identity.scope_rank(given)])
				ORDER BY identity.scope_rank(given) DESC, r.n), '[]')
		  FROM unnest(string_to_array(m.role, ',')) WITH ORDINALITY r (role, n)
		  CROSS JOIN LATERAL identity.permissions_of(org, r.role) permission
		  CROSS JOIN LATERAL jsonb_each(permission) p
		  CROSS JOIN LATERAL jsonb_array_elements_text(p.value) given
		  JOIN identity.resource x ON x.name = ops.described_as(explain_member.resource)
		  CROSS JOIN LATERAL unnest(x.actions) action
		 WHERE p.key IN (explain_member.resource, 'crm')
		   AND split_part(given, ':', 1) IN (action, 'administer')) END);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.actions_of(resource text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT r.actions FROM identity.resource r
	 WHERE r.name = ops.described_as(resource) AND r.same_as IS NULL AND r.name <> 'crm' AND NOT r.reserved AND NOT r.administrators
	   AND (r.module IS NULL OR r.module = ANY (ops.modules()))
$$;

-- Returns the cause of a decision: no_role; scope, if it is about all rows of the resource or no row is named; or
-- other_owner, not_visible or owner, if a row is named.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.access_cause(rule json, about_row boolean, reached boolean, visible boolean)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN rule IS NULL THEN 'no_role'
		WHEN NOT about_row OR rule->>'scope' = 'all' AND visible THEN 'scope'
		WHEN NOT reached THEN 'other_owner'
		WHEN NOT visible THEN 'not_visible'
		ELSE 'owner' END
$$;

-- Returns why one action is allowed or refused, as a sentence.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.access_reason(resource text, action text, rule json, about_row boolean,
	reached boolean, visible boolean, owner text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE cause WHEN 'no_role' THEN format('No role of the user grants %s on %s.', action, replace(resource, '_', ' '))
		ELSE format('The role %s grants %s on %s', rule->>'role', action, CASE rule->>'scope'
				WHEN 'all' THEN 'all rows' WHEN 'team' THEN 'rows of the user and of their teams'
				ELSE 'rows of the user' END)
			|| CASE cause WHEN 'scope' THEN '.'
				WHEN 'other_owner' THEN format(', but this one belongs to %s.', owner)
				WHEN 'not_visible' THEN ', but not on a row that the user cannot read.'
				ELSE format(', and this one belongs to %s.', owner) END END
	  FROM crm.access_cause(rule, about_row, reached, visible) cause
$$;

-- Returns, for each action on a resource, whether the user may perform it on this row (without a row: on any row), and
-- the rules that determine the result. The grants are tested in the same way as for the user's requests.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.explain_access(resource text, row_id bigint, sales_id bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	actions text[] := identity.actions_of(resource);
	who crm.sales;
	member json;
	owner bigint;
	owner_name text := 'nobody';
	visible boolean;
	reached boolean[];
	shared text[];	-- reasons why shares permit an action
	grants text := current_setting('app.grants', true);
	module_grants text := current_setting('app.module_grants', true);
	fields jsonb;
	shaped text := current_setting('app.shaped', true);
	own bigint := ops.sale();
	caller text := ops.caller();
BEGIN
	IF actions IS NULL THEN
		PERFORM ops.refuse('no_such_resource', 'resource');
	END IF;
	SELECT s.* INTO who FROM crm.sales s WHERE s.id = explain_access.sales_id;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_user');
	END IF;
	member := identity.explain_member(who.user_id, resource);
	IF row_id IS NOT NULL THEN
		IF NOT crm.sees_row(resource, row_id) THEN
			PERFORM ops.refuse('not_found');
		END IF;
		EXECUTE format('SELECT (to_jsonb(x)->>''sales_id'')::bigint FROM crm.%I x WHERE x.id = $1', resource)
			INTO owner USING row_id;
		SELECT CASE s.id WHEN who.id THEN 'them' ELSE concat_ws(' ', s.first_name, s.last_name) END
		  INTO owner_name FROM crm.sales s WHERE s.id = owner;
	END IF;
	PERFORM set_config('app.grants', member->>'grants', true), set_config('app.module_grants', member->>'module_grants', true), set_config('app.shaped', 'on', true), set_config('app.sales_id', who.id::text, true),
		set_config('app.user_id', who.user_id, true);
	fields := ops.fields_granted(resource);
	visible := row_id IS NULL OR crm.sees_row(resource, row_id);
	reached := ARRAY(SELECT CASE WHEN row_id IS NULL THEN ops.scope(resource, a) IS NOT NULL
		ELSE coalesce(ops.permits(resource, a, owner), false) END FROM unnest(actions) WITH ORDINALITY u (a, n) ORDER BY n);
	shared := ARRAY(SELECT CASE WHEN reached[n] AND visible THEN NULL
		WHEN row_id IS NOT NULL THEN crm.share_reason(resource, a, row_id)
		WHEN ops.shared_ids(resource, a) <> '{}' THEN 'Only rows that are shared with the user.' END
		FROM unnest(actions) WITH ORDINALITY u (a, n) ORDER BY n);
	PERFORM set_config('app.grants', grants, true), set_config('app.module_grants', module_grants, true), set_config('app.shaped', shaped, true), set_config('app.sales_id', own::text, true),
		set_config('app.user_id', caller, true);
	RETURN (SELECT json_build_object('resource', resource, 'id', row_id, 'sales_id', who.id,
		'name', concat_ws(' ', who.first_name, who.last_name), 'disabled', who.disabled, 'roles', member->'roles',
		'owner', CASE WHEN owner <> who.id THEN owner_name END,
		'fields', fields,
		'actions', json_agg(json_build_object('action', a.action, 'allowed',
				NOT who.disabled AND (reached[a.n] AND visible OR shared[a.n] IS NOT NULL),
			'cause', CASE WHEN who.disabled THEN 'disabled' WHEN shared[a.n] IS NOT NULL THEN 'share'
				ELSE crm.access_cause(r.rules->0, row_id IS NOT NULL, reached[a.n], visible) END,
			'reason', CASE WHEN who.disabled THEN 'The user is disabled.'
				WHEN shared[a.n] IS NOT NULL THEN shared[a.n] ELSE crm.access_reason(resource,
				a.action, r.rules->0, row_id IS NOT NULL, reached[a.n], visible, coalesce(owner_name, 'nobody')) END,
			'rules', coalesce(r.rules, '[]')) ORDER BY a.n))
		FROM unnest(actions) WITH ORDINALITY a (action, n)
		CROSS JOIN LATERAL (SELECT json_agg(json_build_object('role', x->'role', 'permission', x->'permission',
				'scope', x->'scope')) AS rules
			FROM json_array_elements(member->'rules') x WHERE x->>'action' = a.action) r);
END $$;
