-- Row security by the caller's grants.
--
-- identity.begin_request() stores the caller's grants in the setting app.grants: '*' for all
-- actions on all resources of the CRM, else {"contacts": {"read": "all", "update": "own"}}; "crm"
-- stands for all resources. Without the setting, the caller may do nothing. In organizations with a module whose
-- members have roles, app.module_grants has what these permit, in the same form, with each resource of the module: app.grants
-- does not count for them.

-- The limits of one kind in grants, by resource: "fields", or "rows", which teams decide. Null without any. It names nothing
-- of this schema, for policies that apply to a caller's own SQL.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.limits_of(grants text, kind text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF grants IN ('', '*') OR NOT jsonb_path_exists(grants::jsonb, ('$.*.' || kind)::jsonpath) THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT jsonb_object_agg(g.key, g.value->kind) FROM jsonb_each(grants::jsonb) g WHERE g.value ? kind);
END $$;

-- The fields of a resource to which the caller is limited, {"read": ["last_name"], "update": []}; null for all.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.fields_granted(resource text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN nullif(nullif(current_setting('app.grants', true), ''), '*')::jsonb #> ARRAY[resource, 'fields'];
END $$;

-- Whether the caller may read or write some fields of a resource only.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.has_limits(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	fields jsonb := ops.fields_granted(resource);
BEGIN
	RETURN fields IS NOT NULL AND (fields ? 'read' OR action NOT IN ('read', 'export'));
END $$;

-- Whether a request may use the rows of a resource: not if the caller is limited to some of its fields,
-- and the request does not leave out the others, see identity.check_grants().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.is_shaped(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN NOT ops.has_limits(resource, action) OR coalesce(current_setting('app.shaped', true), '') = 'on';
END $$;

-- The scope in which the caller may apply an action to rows of a resource: all, team (rows of
-- members of the caller's teams), own (rows of the caller), or null.
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
	IF strpos(by_module, resource) > 0 THEN	-- to parse it for every row would take longer
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

-- Whether these grants reach all fields of all rows of all resources.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.reads_all(grants text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN coalesce(grants = '*' OR grants <> '' AND grants::jsonb #>> '{crm,read}' = 'all'
		AND ops.limits_of(grants, 'fields') IS NULL AND ops.limits_of(grants, 'rows') IS NULL, false);
END $$;

-- Whether the caller may read the audit log: administrators, and members with a role that names it. It
-- has the former contents of all rows, so no other scope applies.
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

-- The IDs of crm.sales whose rows are in the scope, if it is not all.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.owners(resource text, action text) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE ops.scope(resource, action)
		WHEN 'own' THEN ARRAY[ops.sale()]
		WHEN 'team' THEN identity.team_sales_ids() END;
END $$;

-- Triggers that follow a write run with all permissions of the organization, whoever caused it: the next task of a
-- recurrence, a contact's last activity, automation rules. Returns the caller's grants for ops.end_system().
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

-- Whether the caller's grants reach a row of this user of crm.sales, or of none. The roles of a
-- caller's own SQL may not name functions of this schema, so it runs as its owner.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.permits(resource text, action text, owner bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	scope text := ops.scope(resource, action);
BEGIN
	RETURN scope = 'all' OR scope IS NOT NULL AND owner = ANY (ops.owners(resource, action));
END $$;

-- The ids of the rows of a resource that are shared with the caller for an action: a share to write
-- permits to read and to update, never to delete.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.shared_ids(resource text, action text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN ARRAY(SELECT s.row_id FROM crm.own_shares s WHERE s.resource = shared_ids.resource
		AND (action = 'read' OR action = 'update' AND s.access = 'write') AND ops.is_shaped(s.resource, action));
END $$;

-- The functions of a kind that the modules of the caller's organization have for portal users; none for others.
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

-- Whether a module lets the caller, as a portal user, read a row of a resource; null: any row.
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

-- The ids of the rows of a resource with a user that modules let the caller read.
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

-- Whether the caller may do this with rows of a resource about themselves: the actions that /api/me lists for portal
-- users, and that identity.check_grants() permits.
CREATE OR REPLACE FUNCTION ops.own_action(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM identity.resource r WHERE r.name = resource AND action = ANY (r.own_actions)
		AND (r.module IS NULL OR r.module = ANY (ops.modules())));
END $$;

-- Whether a caller without a role for it can have rows of a resource: shared rows, rows that a module shows to portal
-- users, or rows about the caller.
CREATE OR REPLACE FUNCTION ops.reaches_some(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ops.shared_ids(resource, action) <> '{}' OR action = 'read' AND ops.portal_reads(resource, NULL)
		OR ops.own_action(resource, action);
END $$;

-- Whether one row is shared, or a module lets the caller read it.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.shared(resource text, action text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM crm.own_shares s
		WHERE s.resource = shared.resource AND s.row_id = shared.row_id
		  AND (action = 'read' OR action = 'update' AND s.access = 'write') AND ops.is_shaped(s.resource, action))
		OR action = 'read' AND ops.portal_reads(resource, row_id);
END $$;

-- Refuses a change of fields that the caller may read but not write. app.fixed names those in the request, as in
-- ["contacts.title"]: clients send whole rows, so only a different value is a change.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.refuse_fixed(resource text, old jsonb, new jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	field text;
BEGIN
	FOR field IN SELECT split_part(f, '.', 2) FROM jsonb_array_elements_text(
			nullif(current_setting('app.fixed', true), '')::jsonb) f WHERE split_part(f, '.', 1) = resource LOOP
		IF old->field IS DISTINCT FROM new->field THEN
			PERFORM ops.refuse('role', field);
		END IF;
	END LOOP;
END $$;

-- Whether the caller may be refused a change of a visible row of a table: by limited grants, or by
-- policies for UPDATE or DELETE that the table has.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.limits_changes(tenant_table regclass) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN current_setting('app.grants', true) IS DISTINCT FROM '*' OR EXISTS (
		SELECT FROM pg_policy p WHERE p.polrelid = tenant_table AND p.polcmd IN ('w', 'd')
		   AND p.polname NOT LIKE 'may\_%');
END $$;

-- Restricts the rows of a table to those that the caller's grants for the resource reach. owner is
-- the column that names the row's user in crm.sales; without it only the scope all reaches rows. Rows
-- with a user can also be shared: a share alone moves them neither to another user, also not to the
-- caller, nor to another parent. parent is a condition on the row that must hold as well, except for a shared row;
-- without a resource it decides alone. In it, $action stands for the command's action.
-- The expression in SELECT is evaluated once for each statement, and is all that those pay who may do
-- everything: each further sub-select would cost every statement two microseconds. It is true or null,
-- since Postgres expects nearly all rows to pass IS NOT NULL, but only half of them to pass a boolean,
-- and would then sort a whole table for the first page of a filter. Functions that run as other roles
-- check themselves who asks. It may be called again.
-- by_module: the caller's role in the module alone decides, with the scope all or own, also about callers who may do everything
-- in the CRM. Such rows are not shared, and nothing is seen without app.module_grants.
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
