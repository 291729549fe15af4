-- Row security by the caller's grants.
--
-- identity.begin_request() stores the caller's grants in the app.grants setting: '*' for all actions on all resources
-- of the CRM, or else {"contacts": {"read": "all", "update": "own"}}; "crm" stands for all resources. Without the
-- setting, the caller has no permissions. If the organization has a module with its own roles, app.module_grants
-- contains the grants of these roles in the same form, with each resource of the module. app.grants does not apply to
-- these resources.

-- Returns the limits of one kind in grants, by resource: "fields", or "rows" for limits by teams. Returns null if
-- there are none. The function refers to nothing in this schema, since policies that apply to a caller's own SQL call
-- it.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.limits_of(grants text, kind text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF grants IN ('', '*') OR NOT jsonb_path_exists(grants::jsonb, ('$.*.' || kind)::jsonpath) THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT jsonb_object_agg(g.key, g.value->kind) FROM jsonb_each(grants::jsonb) g WHERE g.value ? kind);
END $$;

-- Returns the fields of a resource to which the caller is limited, {"read": ["last_name"], "update": []}; null means
-- all fields.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.fields_granted(resource text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN nullif(nullif(current_setting('app.grants', true), ''), '*')::jsonb #> ARRAY[resource, 'fields'];
END $$;

-- Returns whether the caller may read or write only some fields of a resource.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.has_limits(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	fields jsonb := ops.fields_granted(resource);
BEGIN
	RETURN fields IS NOT NULL AND (fields ? 'read' OR action NOT IN ('read', 'export'));
END $$;

-- Returns whether a request may use the rows of a resource: false if the caller is limited to some of its fields and
-- the request does not omit the others, see identity.check_grants().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.is_shaped(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN NOT ops.has_limits(resource, action) OR coalesce(current_setting('app.shaped', true), '') = 'on';
END $$;

-- Returns the scope in which the caller may perform an action on rows of a resource: all, team (rows of members of
-- the caller's teams), own (rows of the caller), or null.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.scope(resource text, action text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	by_module text := current_setting('app.module_grants', true);
	grants text := current_setting('app.grants', true);
	parsed jsonb;
	of_resource text;
	of_crm text;
BEGIN
	IF strpos(by_module, resource) > 0 THEN	-- parsing it for every row would take longer
		parsed := by_module::jsonb;
		IF parsed ? resource THEN
			RETURN parsed->resource->>action;
		END IF;
	END IF;
	IF grants = '*' THEN
		RETURN 'all';
	ELSIF coalesce(grants, '') = '' THEN
		RETURN NULL;
	END IF;
	parsed := grants::jsonb;
	IF parsed->resource ? 'fields' AND NOT ops.is_shaped(resource, action) THEN
		RETURN NULL;
	END IF;
	of_resource := parsed->resource->>action;
	of_crm := parsed->'crm'->>action;
	RETURN CASE WHEN 'all' IN (of_resource, of_crm) THEN 'all'
		WHEN 'team' IN (of_resource, of_crm) THEN 'team'
		ELSE coalesce(of_resource, of_crm) END;
END $$;

-- Returns whether these grants permit reading all fields of all rows of all resources.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.reads_all(grants text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN coalesce(grants = '*' OR grants <> '' AND grants::jsonb #>> '{crm,read}' = 'all'
		AND ops.limits_of(grants, 'fields') IS NULL AND ops.limits_of(grants, 'rows') IS NULL, false);
END $$;

-- Returns whether the caller may read the audit log: administrators may, and members with a role that contains
-- audit_log. The log contains earlier versions of all rows, so there is no narrower scope.
-- callers: tenantry_app, tenantry_audit
CREATE OR REPLACE FUNCTION ops.reads_audit_log() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN ops.administers()
		OR EXISTS (SELECT FROM identity.organization_member m
			WHERE m.organization_id = ops.org()
			  AND m.user_id = ops.caller() AND m.acts_as = 'member'
			  AND identity.may(m.organization_id, m.role, '{"audit_log": ["read"]}'));
END $$;

-- Returns the IDs of the users (crm.sales) whose rows are in the scope, unless the scope is all.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.owners(resource text, action text) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE ops.scope(resource, action)
		WHEN 'own' THEN ARRAY[ops.sale()]
		WHEN 'team' THEN identity.team_sales_ids() END;
END $$;

-- Lets triggers after a write run with all permissions of the organization, whoever caused the write. Such triggers add
-- the next task of a recurrence, update a contact's last activity, and run automation rules. Returns the caller's
-- grants for ops.end_system().
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.begin_system() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	grants text := current_setting('app.grants', true);
	ignored text;
BEGIN
	IF grants IS DISTINCT FROM '*' THEN
		ignored := set_config('app.grants', '*', true);
	END IF;
	RETURN grants;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.end_system(grants text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	ignored text;
BEGIN
	IF grants IS DISTINCT FROM '*' THEN
		ignored := set_config('app.grants', grants, true);
	END IF;
END $$;

-- Returns whether the caller's grants permit an action on a row of this user (crm.sales), or of no user. The roles of
-- a caller's own SQL cannot call other functions of this schema, so this function runs as its owner.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.permits(resource text, action text, owner bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	scope text := ops.scope(resource, action);
BEGIN
	RETURN scope = 'all' OR scope IS NOT NULL AND owner = ANY (ops.owners(resource, action));
END $$;

-- Returns the IDs of the rows of a resource that are shared with the caller for an action. A share to write permits
-- reading and updating, but never deleting.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.shared_ids(resource text, action text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN ARRAY(SELECT s.row_id FROM crm.own_shares s WHERE s.resource = shared_ids.resource
		AND (action = 'read' OR action = 'update' AND s.access = 'write') AND ops.is_shaped(s.resource, action));
END $$;

-- Returns the functions of a kind that the modules of the caller's organization provide for portal users. Returns none
-- if the caller is not a portal user.
CREATE OR REPLACE FUNCTION ops.portal_functions(kind text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF NOT ops.portal() THEN
		RETURN '{}';
	END IF;
	RETURN ARRAY(SELECT f.name FROM identity.module m
		CROSS JOIN LATERAL (SELECT CASE kind WHEN 'reads' THEN m.portal_reads WHEN 'ids' THEN m.portal_ids ELSE m.portal_me END) f (name)
		WHERE f.name IS NOT NULL AND m.name = ANY (ops.modules()) ORDER BY m.name);
END $$;

-- Returns whether a module lets the caller, as a portal user, read a row of a resource. Null means any row.
CREATE OR REPLACE FUNCTION ops.portal_reads(resource text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	reads text;
	found boolean;
BEGIN
	FOREACH reads IN ARRAY ops.portal_functions('reads') LOOP
		EXECUTE format('SELECT %s($1, $2)', reads) INTO found USING resource, row_id;
		IF found THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;

-- Returns the IDs of those rows of a resource that modules let the caller, a portal user, read.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.portal_ids(resource text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	read_ids text;
	found bigint[];
	ids bigint[] := '{}';
BEGIN
	FOREACH read_ids IN ARRAY ops.portal_functions('ids') LOOP
		EXECUTE format('SELECT %s($1)', read_ids) INTO found USING resource;
		ids := ids || found;
	END LOOP;
	RETURN ids;
END $$;

-- Returns whether the caller may perform an action on rows of a resource about the caller: the actions that /api/me
-- lists for portal users, and that identity.check_grants() permits.
CREATE OR REPLACE FUNCTION ops.own_action(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM identity.resource r WHERE r.name = resource AND action = ANY (r.own_actions)
		AND (r.module IS NULL OR r.module = ANY (ops.modules())));
END $$;

-- Returns whether a caller whose roles do not permit an action may still have rows of the resource: shared rows, rows
-- that a module shows to portal users, or rows about the caller.
CREATE OR REPLACE FUNCTION ops.reaches_some(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ops.shared_ids(resource, action) <> '{}' OR action = 'read' AND ops.portal_reads(resource, NULL)
		OR ops.own_action(resource, action);
END $$;

-- Returns whether a row is shared with the caller, or whether a module lets the caller read it.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.shared(resource text, action text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM crm.own_shares s
		WHERE s.resource = shared.resource AND s.row_id = shared.row_id
		  AND (action = 'read' OR action = 'update' AND s.access = 'write') AND ops.is_shaped(s.resource, action))
		OR action = 'read' AND ops.portal_reads(resource, row_id);
END $$;

-- Notes the fault of a change of a field that the caller may not write. The list "key" contains the fields that the API
-- key of the request may write. If it omits the field, the fault names the key, and otherwise the roles of the user.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.fault_field(resource text, field text, path text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT ops.fields_granted(resource)->'key' ? field THEN
		PERFORM ops.fault('key_scope', path, 'update', resource || '.' || field);
	ELSE
		PERFORM ops.fault('role', path);
	END IF;
END $$;

-- Notes the faults of a change of fields that the caller may read but not write. app.fixed lists such fields in the
-- request, as in ["contacts.title"]. Clients send whole rows, so only a different value is a change.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.fault_fixed(resource text, old jsonb, new jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	field text;
BEGIN
	FOR field IN SELECT split_part(f, '.', 2) FROM jsonb_array_elements_text(
			nullif(current_setting('app.fixed', true), '')::jsonb) f WHERE split_part(f, '.', 1) = resource LOOP
		IF old->field IS DISTINCT FROM new->field THEN
			PERFORM ops.fault_field(CASE resource WHEN 'records' THEN new->>'object' ELSE resource END, field, field);
		END IF;
	END LOOP;
END $$;

-- Refuses a change of such fields.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.refuse_fixed(resource text, old jsonb, new jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.fault_fixed(resource, old, new), ops.refuse_faults();
END $$;

-- Returns the value of a field that only a new row can set. Clients send whole rows, so only a different value is
-- refused.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.kept(field text, value anyelement, given anyelement) RETURNS anyelement
LANGUAGE plpgsql AS $$
BEGIN
	IF to_jsonb(value) IS DISTINCT FROM to_jsonb(given) THEN
		PERFORM ops.refuse('not_changeable', field);
	END IF;
	RETURN value;
END $$;

-- Returns whether a change of a visible row of a table may be refused: the caller has limited grants, or the table
-- has further policies for UPDATE or DELETE.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.limits_changes(tenant_table regclass) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN current_setting('app.grants', true) IS DISTINCT FROM '*' OR EXISTS (
		SELECT FROM pg_policy p WHERE p.polrelid = tenant_table AND p.polcmd IN ('w', 'd')
		   AND p.polname NOT LIKE 'may\_%');
END $$;

-- Restricts the rows of a table to those that the caller's grants for the resource permit. owner is the column with the
-- row's user (crm.sales); without it, only the scope "all" permits access. Rows with a user can also be shared. A share
-- alone does not permit moving a row to a different user, including the caller, or to a different parent. parent is a
-- condition on the row that must also be true, except for a shared row; without a resource, it is the only restriction.
-- $action in the condition stands for the action of the command. The expression in SELECT is evaluated once for each
-- statement, and is the only cost for callers with all permissions: each further sub-select would cost every statement
-- two microseconds. The expression is true or null, since Postgres expects nearly all rows to pass IS NOT NULL, but
-- only half of them to pass a boolean. With a boolean, Postgres would sort a whole table for the first page of a
-- filter. Functions that run as other roles check the caller themselves. May be called repeatedly. If by_module is
-- true, only the caller's role in the module decides, with the scope "all" or "own", even for callers with all
-- permissions in the CRM. Such rows cannot be shared, and none are visible without app.module_grants.
CREATE OR REPLACE FUNCTION ops.restrict(tenant_table regclass, resource text, owner name DEFAULT NULL,
	parent text DEFAULT NULL, by_module boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	others text := 'current_user <> ALL (''{tenantry_app,tenantry_mcp,tenantry_mcp_writer}'')';
	guards text := format('(SELECT nullif(%s, false)) IS NOT NULL OR ',
		CASE WHEN by_module THEN format('%1$s OR nullif(current_setting(''app.module_grants'', true), '''')::jsonb ? %2$L '
			'AND ops.permits(%2$L, $action, NULL)', others, resource)
			ELSE format('current_setting(''app.grants'', true) = ''*'' OR %s', others) END);
	prefix text := CASE WHEN by_module THEN 'role' ELSE 'may' END;
	shares boolean := owner IS NOT NULL AND NOT by_module;
	places name[] := ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = tenant_table
		AND a.attnum > 0 AND (a.attname = owner OR parent ~ format('\m%s\M', a.attname)) ORDER BY a.attnum);
	command text;
	action text;
	guard text;
	rule text;
	unshared text;
BEGIN
	FOR command, action IN VALUES ('SELECT', 'read'), ('INSERT', 'create'), ('UPDATE', 'update'),
	    ('DELETE', 'delete') LOOP
		guard := replace(guards, '$action', quote_literal(action));
		rule := replace(coalesce(parent, 'true'), '$action', quote_literal(action));
		IF by_module THEN
			rule := CASE WHEN owner IS NULL THEN 'false'
				ELSE format('%I = (SELECT x.id FROM (SELECT ops.sale()) x (id) '
					'WHERE ops.permits(%L, %L, x.id))', owner, resource, action) END;
		ELSIF resource IS NOT NULL THEN
			rule := format('ops.permits(%L, %L, %s) AND (%s)', resource, action,
				coalesce(quote_ident(owner), 'NULL'), rule);
		END IF;
		IF shares AND action IN ('read', 'update') THEN
			unshared := rule;
			rule := format('%s OR ops.shared(%L, %L, id)', rule, resource, action);
		END IF;
		EXECUTE format('DROP POLICY IF EXISTS %s_%s ON %s', prefix, action, tenant_table);
		EXECUTE format('CREATE POLICY %s_%s ON %s AS RESTRICTIVE FOR %s '
			'TO tenantry_app, tenantry_mcp, tenantry_mcp_writer %s (%s)', prefix, action, tenant_table,
			command, CASE command WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END, guard || rule);
		IF shares AND action = 'update' THEN
			EXECUTE format('ALTER POLICY may_update ON %s WITH CHECK (%s)', tenant_table, guard
				|| format('(%5$s) AND ops.permits(%1$L, ''update'', crm.owner_of(%1$L, id)) '
				'OR crm.unmoved(%1$L, id, %2$L, ARRAY[%3$s]) AND (%4$s)', resource, places,
				(SELECT string_agg(quote_ident(p), ', ') FROM unnest(places) p), rule, unshared));
		END IF;
	END LOOP;
	IF shares THEN
		EXECUTE format('CREATE OR REPLACE TRIGGER shares AFTER DELETE ON %s REFERENCING OLD TABLE AS gone '
			'FOR EACH STATEMENT EXECUTE FUNCTION crm.end_shares()', tenant_table);
	END IF;
END $$;
