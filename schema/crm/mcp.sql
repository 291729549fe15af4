-- SQL tools for programs that speak MCP.
--
-- A caller who runs SQL can change any setting, so row security based on settings alone does
-- not protect other organizations. Therefore the SQL runs in a function owned by a separate
-- role, where SET ROLE is not possible. That role may access the organization that
-- identity.open_mcp() stored for this transaction, in a table that the caller's SQL cannot
-- write.
-- needs: crm/custom_object.sql crm/module.sql ops/mcp.sql

-- Returns the response of a tool.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.mcp_answer(said text[], failed boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT json_build_object('content', (SELECT json_agg(json_build_object('type', 'text',
		'text', t) ORDER BY n) FROM unnest(said) WITH ORDINALITY AS x (t, n)),
		'isError', failed)::text
$$;

-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.mcp_rows(rows text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT '[' || array_to_string(rows, E',\n') || ']'
$$;

-- Errors of the caller's SQL are returned as Postgres reports them. Other errors are
-- not caught.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.mcp_fault(state text, said text, hint text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT crm.mcp_answer(ARRAY[format('ERROR %s: %s', state, said)
		|| CASE WHEN state !~ '^ZH' AND hint <> '' THEN E'\nHINT: ' || hint ELSE '' END], true)
$$;

-- A cursor accepts only one statement that returns rows; in a STABLE function the statement cannot write. Strings are
-- parsed as the workers parse them, regardless of the database's settings.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.mcp_query(statement text, most integer, most_bytes integer) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp
SET standard_conforming_strings = on AS $$
DECLARE
	c refcursor;
	r record;
	line text;
	lines text[] := '{}';
	size integer := 0;
	more boolean := false;
	hint text;
	member text;
BEGIN
	OPEN c NO SCROLL FOR EXECUTE statement;
	LOOP
		FETCH c INTO r;
		EXIT WHEN NOT FOUND;
		line := row_to_json(r);
		size := size + octet_length(line) + 2;
		more := cardinality(lines) >= most OR size > most_bytes;
		EXIT WHEN more;
		lines := array_append(lines, line);
	END LOOP;
	RETURN crm.mcp_answer(array_remove(ARRAY[crm.mcp_rows(lines), CASE WHEN more THEN
		format('There are more rows: these are the first %s. At most %s rows or %s bytes '
			'are answered.', cardinality(lines), most, most_bytes) END], NULL), false);
EXCEPTION WHEN OTHERS THEN
	IF SQLSTATE ~ '^(XX|40|53|55|57|58)' THEN
		RAISE;
	END IF;
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, member = COLUMN_NAME;
	RETURN crm.mcp_fault(SQLSTATE, concat_ws(': ', nullif(member, ''), SQLERRM), hint);
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_mcp;
ALTER FUNCTION crm.mcp_query(text, integer, integer) OWNER TO tenantry_mcp;
REVOKE CREATE ON SCHEMA crm FROM tenantry_mcp;

-- Returns settings that triggers trust: the writer, the cause of the write, and counters of automation rules.
-- callers: tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.mcp_settings() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT string_agg(n || '=' || coalesce(current_setting(n, true), ''), ' ')
	  FROM unnest(ARRAY['app.actor', 'app.address', 'app.client', 'app.fixed', 'app.grants', 'app.idempotency_fingerprint',
		'app.idempotency_key', 'app.idempotency_scope', 'app.impersonator', 'app.merging',
		'app.module_grants', 'app.modules', 'app.org_id', 'app.placing', 'app.purging', 'app.request_id', 'app.restoring', 'app.role',
		'app.sales_id', 'app.session_end', 'app.session_id', 'app.shaped', 'app.shares', 'app.undoing',
		'app.user_id', 'app.viewed_until', 'role',
		'row_security', 'search_path']) n
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.mcp_mutate(statement text, most integer, most_bytes integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp
SET standard_conforming_strings = on AS $$
DECLARE
	before text := crm.mcp_settings();
	c refcursor;
	r record;
	line text;
	lines text[] := '{}';
	size integer := 0;
	n integer := 0;
	hint text;
	member text;
BEGIN
	OPEN c NO SCROLL FOR EXECUTE statement;
	LOOP
		FETCH c INTO r;
		EXIT WHEN NOT FOUND;
		n := n + 1;
		IF n > most THEN
			PERFORM ops.refuse('statement_rows', NULL, most::text);
		END IF;
		line := row_to_json(r);
		size := size + octet_length(line) + 2;
		CONTINUE WHEN size > most_bytes;
		lines := array_append(lines, line);
	END LOOP;
	CLOSE c;
	IF crm.mcp_settings() IS DISTINCT FROM before THEN
		PERFORM ops.refuse('statement_settings');
	END IF;
	RETURN crm.mcp_answer(array_remove(ARRAY[format('%s rows', n),
		CASE WHEN size > most_bytes THEN 'The rows are more than can be answered.'
		WHEN n > 0 AND lines[1] <> '{"tenantry":true}' THEN crm.mcp_rows(lines) END], NULL),
		false);
EXCEPTION WHEN OTHERS THEN
	IF SQLSTATE ~ '^(XX|40|53|55|57|58)' THEN
		RAISE;
	END IF;
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, member = COLUMN_NAME;
	RETURN crm.mcp_fault(SQLSTATE, concat_ws(': ', nullif(member, ''), SQLERRM), hint);
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_mcp_writer;
ALTER FUNCTION crm.mcp_mutate(text, integer, integer) OWNER TO tenantry_mcp_writer;
REVOKE CREATE ON SCHEMA crm FROM tenantry_mcp_writer;

-- Returns how a caller's SQL may change a table that it can read. Triggers also change tables that the caller's SQL
-- cannot read.
-- callers: tenantry_app, tenantry_mcp
CREATE OR REPLACE FUNCTION crm.mcp_changes(relation oid) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT ARRAY(SELECT a FROM unnest('{INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY x (a, n)
		WHERE has_table_privilege('tenantry_mcp', relation, 'SELECT')
		  AND has_table_privilege('tenantry_mcp_writer', relation, a) ORDER BY n)
$$;

-- Runs a statement that sqlguard.h has checked. sqlguard.h also provides the tables that the statement uses, and the
-- table that it changes.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.mcp_run(statement text, tables json, target text, action text, most integer,
	most_bytes integer) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	hidden text := (SELECT t FROM json_array_elements_text(tables) t WHERE t = ANY (crm.hidden_tables()) LIMIT 1);
	changes text[] := crm.mcp_changes(to_regclass('crm.' || quote_ident(target)));
BEGIN
	IF hidden IS NOT NULL THEN
		RETURN crm.mcp_fault('42P01', format('relation "%s" does not exist', hidden), NULL);
	ELSIF action IS NULL THEN
		RETURN crm.mcp_query(statement, most, most_bytes);
	ELSIF action <> ALL (changes) THEN
		RETURN crm.mcp_answer(ARRAY[format('%s is not allowed here: %s',
			CASE WHEN changes = '{}' THEN 'to change this' ELSE action END, target)], true);
	END IF;
	RETURN crm.mcp_mutate(statement, most, most_bytes);
END $$;

-- Describes the tables and views that a caller's SQL can see.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.mcp_schema(writes boolean) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT string_agg(format(E'%s (%s)\n%s%s', c.relname,
		CASE WHEN c.relkind = 'v' AND (NOT writes OR crm.mcp_changes(c.oid) = '{}') THEN 'view, read only'
			WHEN NOT writes OR crm.mcp_changes(c.oid) = '{}' THEN 'table, read only'
			WHEN cardinality(crm.mcp_changes(c.oid)) = 3 THEN 'table, may be changed'
			ELSE 'table, may be changed by ' || array_to_string(crm.mcp_changes(c.oid), ' and ') END,
		(SELECT string_agg(format('  %s %s%s%s', quote_ident(a.attname),
				format_type(a.atttypid, a.atttypmod),
				CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
				CASE WHEN a.attgenerated <> '' THEN ' generated'
					WHEN d.adbin IS NOT NULL
					THEN ' default ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END),
				E'\n' ORDER BY a.attnum)
			FROM pg_attribute a LEFT JOIN pg_attrdef d
				ON d.adrelid = a.attrelid AND d.adnum = a.attnum
			WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
			  AND a.attname <> 'org_id' AND a.attname <> ALL (crm.hidden_columns(c.relname))),
		coalesce((SELECT string_agg(format(E'\n  foreign key (%s) references %s (id)',
				a.attname, p.relname), '' ORDER BY a.attname)
			FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
			WHERE k.conrelid = c.oid AND k.contype = 'f'), '')),
		E'\n\n' ORDER BY c.relkind = 'v', c.relname)
	  FROM pg_class c
	 WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind IN ('r', 'v')
	   AND has_table_privilege('tenantry_mcp', c.oid, 'SELECT')
	   AND c.relname <> ALL (crm.hidden_tables())
$$;
GRANT CREATE ON SCHEMA crm TO tenantry_mcp;
ALTER FUNCTION crm.mcp_schema(boolean) OWNER TO tenantry_mcp;
REVOKE CREATE ON SCHEMA crm FROM tenantry_mcp;

-- Describes the custom fields and objects of the organization, or returns null if there are none. A rollup has no stored
-- value that SQL could read.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.mcp_custom() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT E'Fields and objects that the organization defines:\n\n' || string_agg(concat_ws(E'\n',
		CASE WHEN o.id IS NULL THEN format('%s, keys of the column custom', x.resource)
			ELSE format('%s (%s), rows of the table records with object = %L, keys of their column custom', o.plural, o.resource, o.resource) END,
		(SELECT string_agg(format('  %s %s%s%s', f.key, f.kind, coalesce(' of ' || f.refers, ': ' || (SELECT string_agg(c, ', ') FROM jsonb_array_elements_text(f.choices) c), ''),
				CASE WHEN f.formula IS NOT NULL THEN ', computed' WHEN f.required THEN ', required' ELSE '' END), E'\n' ORDER BY f.position, f.id)
			FROM crm.custom_fields_read(x.resource) f WHERE f.relation IS NULL)), E'\n\n' ORDER BY o.position NULLS FIRST, x.resource)
	  FROM (SELECT f.resource FROM crm.field_definitions f UNION SELECT d.resource FROM crm.object_definitions d) x
	  LEFT JOIN crm.object_definitions o USING (resource) WHERE ops.scope(x.resource, 'read') IS NOT NULL
$$;

-- Describes what a caller's SQL can see.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.mcp_described(writes boolean) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT crm.mcp_answer(array_remove(ARRAY[crm.mcp_schema(writes), crm.mcp_custom()], NULL), false)
$$;

-- Completes a task with the current time, even if it was already completed.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.mcp_complete_task(task bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	done jsonb;
BEGIN
	UPDATE crm.tasks t SET done_date = now() WHERE t.id = task
	RETURNING to_jsonb(t) - 'org_id' INTO done;
	IF done IS NULL THEN
		RETURN crm.mcp_answer(ARRAY['there is no such task'], true);
	END IF;
	RETURN crm.mcp_answer(ARRAY[done::text], false);
END $$;

-- Tables that a caller's SQL may read, and tables that it may write. Each of them has the second guard.
GRANT SELECT ON crm.activities, crm.companies, crm.configuration, crm.contact_notes, crm.contacts,
	crm.deal_notes, crm.deals, crm.field_definitions, crm.object_definitions, crm.records, crm.sales, crm.tags, crm.tasks
	TO tenantry_mcp, tenantry_mcp_writer;
GRANT INSERT, UPDATE, DELETE ON crm.companies, crm.contact_notes, crm.contacts, crm.deal_notes,
	crm.deals, crm.records, crm.tags, crm.tasks
	TO tenantry_mcp_writer;
SELECT ops.open_to_mcp('crm.activities');
SELECT ops.open_to_mcp('crm.companies');
SELECT ops.open_to_mcp('crm.configuration');
SELECT ops.open_to_mcp('crm.contact_notes');
SELECT ops.open_to_mcp('crm.contacts');
SELECT ops.open_to_mcp('crm.deal_notes');
SELECT ops.open_to_mcp('crm.deals');
SELECT ops.open_to_mcp('crm.field_definitions');
SELECT ops.open_to_mcp('crm.object_definitions');
SELECT ops.open_to_mcp('crm.records');
SELECT ops.open_to_mcp('crm.sales');
SELECT ops.open_to_mcp('crm.tags');
SELECT ops.open_to_mcp('crm.tasks');

-- Tables that triggers of these tables use, since triggers run as the writer. The files that
-- define the triggers' functions grant them to tenantry_mcp_writer.
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.automation_rules, crm.search_documents, crm.trash
	TO tenantry_mcp_writer;
GRANT SELECT, INSERT ON crm.automation_runs TO tenantry_mcp_writer;
GRANT SELECT ON crm.favicons_excluded_domains TO tenantry_mcp_writer;
GRANT SELECT, INSERT, DELETE ON crm.deal_contacts TO tenantry_mcp_writer;
GRANT SELECT ON crm.choices TO tenantry_mcp_writer;
SELECT ops.open_to_mcp('crm.automation_rules');
SELECT ops.open_to_mcp('crm.automation_runs');
SELECT ops.open_to_mcp('crm.choices');
SELECT ops.open_to_mcp('crm.deal_contacts');
SELECT ops.open_to_mcp('crm.search_documents');
SELECT ops.open_to_mcp('crm.trash');
