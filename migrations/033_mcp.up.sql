-- A caller's own SQL, for programs that speak MCP.  Whoever may run SQL may set
-- any setting, so row security by settings alone would be no wall here.  The SQL
-- runs in a function of a role of its own, in which nobody may change roles; that
-- role may touch the organization that the entrance wrote down for this
-- transaction, where no SQL of a caller can write, and beside that the one of the
-- settings, as everybody else.

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['tenantry_mcp', 'tenantry_mcp_writer'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN', name);
		END IF;
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = name
		    AND (rolsuper OR rolbypassrls)) THEN
			RAISE EXCEPTION 'role % must not bypass row security', name
				USING HINT = format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS', name);
		END IF;
		IF NOT pg_has_role(current_user, name, CASE
		    WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET'
		    ELSE 'MEMBER' END) THEN
			EXECUTE format('GRANT %I TO CURRENT_USER', name);
		END IF;
	END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
	RAISE EXCEPTION 'role % may not make or use role %', current_user, name
		USING HINT = format('as an administrator: CREATE ROLE %I NOLOGIN; GRANT %I TO %I',
			name, name, current_user);
END $$;

-- Whose rows the SQL of a transaction may touch.  A number is never used again;
-- a crash ends all transactions, so nothing of this need last.
CREATE UNLOGGED TABLE ops.mcp_scope (
	xid    xid8 PRIMARY KEY,
	org_id uuid NOT NULL
);

CREATE FUNCTION ops.mcp_org() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN (SELECT s.org_id FROM ops.mcp_scope s
		WHERE s.xid = pg_current_xact_id_if_assigned());
END $$;

-- Shows a tenant table to the SQL of callers: the second guard, and whatever
-- policies bind the application bind these roles as well.  Run by migrations only.
CREATE FUNCTION ops.open_to_mcp(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	policy record;
BEGIN
	-- Policies for a role bind its members, too, as who runs migrations is.
	EXECUTE format('CREATE POLICY mcp ON %s AS RESTRICTIVE TO tenantry_mcp, '
		'tenantry_mcp_writer USING (current_user NOT IN (''tenantry_mcp'', '
		'''tenantry_mcp_writer'') OR org_id = (SELECT ops.mcp_org()))', tenant_table);
	FOR policy IN SELECT p.polname, string_agg(quote_ident(r.rolname), ', ') AS roles
		  FROM pg_policy p JOIN pg_roles r ON r.oid = ANY (p.polroles)
		 WHERE p.polrelid = tenant_table
		   AND (SELECT a.oid FROM pg_roles a WHERE a.rolname = 'tenantry_app') = ANY (p.polroles)
		 GROUP BY p.polname LOOP
		EXECUTE format('ALTER POLICY %I ON %s TO %s, tenantry_mcp, tenantry_mcp_writer',
			policy.polname, tenant_table, policy.roles);
	END LOOP;
END $$;

GRANT USAGE ON SCHEMA crm TO tenantry_mcp, tenantry_mcp_writer;
GRANT EXECUTE ON FUNCTION ops.mcp_org() TO tenantry_mcp, tenantry_mcp_writer;

-- What is read, and of that what is written.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['companies', 'contacts', 'contact_notes', 'deals',
	    'deal_notes', 'tasks', 'tags', 'sales', 'configuration', 'activities'] LOOP
		PERFORM ops.open_to_mcp(format('crm.%I', name)::regclass);
		EXECUTE format('GRANT SELECT ON crm.%I TO tenantry_mcp, tenantry_mcp_writer', name);
		CONTINUE WHEN name IN ('sales', 'configuration', 'activities');
		EXECUTE format('GRANT INSERT, UPDATE, DELETE ON crm.%I TO tenantry_mcp_writer', name);
	END LOOP;
END $$;
GRANT SELECT ON crm.companies_summary, crm.contacts_summary, crm.activity_log
	TO tenantry_mcp, tenantry_mcp_writer;

-- What the triggers of those tables need, for they run as whoever writes: the tables
-- that their texts name, or the texts of functions that these name, and so on; and
-- functions that see what their caller sees.  Of those that see more it is these.
GRANT USAGE ON SCHEMA ops TO tenantry_mcp_writer;
GRANT EXECUTE ON FUNCTION ops.new_id(), ops.want_picture(uuid, text, bigint)
	TO tenantry_mcp_writer;
DO $$
DECLARE
	f regprocedure;
	target record;
BEGIN
	FOR f IN SELECT p.oid::regprocedure FROM pg_proc p
	    WHERE p.pronamespace = 'crm'::regnamespace AND NOT p.prosecdef
	      AND has_function_privilege('tenantry_app', p.oid, 'EXECUTE') LOOP
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO tenantry_mcp_writer', f);
	END LOOP;
	FOR target IN
		WITH RECURSIVE reached AS (
			SELECT c.oid AS tenant_table, NULL::oid AS function FROM pg_class c
			 WHERE c.relkind = 'r' AND has_table_privilege('tenantry_mcp_writer', c.oid, 'INSERT')
			UNION
			SELECT CASE WHEN n.kind = 't' THEN n.oid END, CASE WHEN n.kind = 'f' THEN n.oid END
			  FROM reached r CROSS JOIN LATERAL (
				SELECT 'f' AS kind, p.oid FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
				 WHERE g.tgrelid = r.tenant_table AND NOT g.tgisinternal AND NOT p.prosecdef
				UNION ALL
				SELECT 'f', p.oid
				  FROM pg_proc f, regexp_matches(f.prosrc, '\mcrm\.([a-z_]+)', 'g') m
				  JOIN pg_proc p ON p.proname = m[1] AND p.pronamespace = 'crm'::regnamespace
				 WHERE f.oid = r.function AND NOT p.prosecdef
				UNION ALL
				SELECT 't', c.oid
				  FROM pg_proc f, regexp_matches(f.prosrc, '\mcrm\.([a-z_]+)', 'g') m
				  JOIN pg_class c ON c.relname = m[1] AND c.relnamespace = 'crm'::regnamespace
				   AND c.relkind = 'r'
				 WHERE f.oid = r.function) n)
		SELECT DISTINCT r.tenant_table FROM reached r WHERE r.tenant_table IS NOT NULL
	LOOP
		IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = target.tenant_table
		    AND p.polname = 'mcp') AND EXISTS (SELECT FROM pg_policy p
		    WHERE p.polrelid = target.tenant_table AND p.polname = 'tenant') THEN
			PERFORM ops.open_to_mcp(target.tenant_table);
		END IF;
		EXECUTE (SELECT coalesce(string_agg(format('GRANT %s ON %s TO tenantry_mcp_writer;',
				a.privilege_type, target.tenant_table::regclass), ' '), 'SELECT 1')
			FROM pg_class c, aclexplode(c.relacl) a
			WHERE c.oid = target.tenant_table AND a.grantee = 'tenantry_app'::regrole
			  AND c.relname NOT IN ('sales', 'configuration', 'activities'));
	END LOOP;
END $$;

-- May the caller write?  A key has to name it; a session that is asked to.
CREATE FUNCTION identity.mcp_may_write(key_hash bytea, wanted boolean) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF mcp_may_write.key_hash IS NULL THEN
		RETURN wanted;
	END IF;
	RETURN coalesce((SELECT k.permissions->'mcp' ? 'write' FROM identity.api_key k
		WHERE k.key_hash = mcp_may_write.key_hash), false);
END $$;

-- The entrance, behind begin_request or begin_key: what follows in this
-- transaction may touch this organization, for so many milliseconds a statement,
-- and read only unless it is to write.
CREATE FUNCTION identity.open_mcp(key_hash bytea, wanted boolean, writes boolean,
	patience integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
BEGIN
	IF writes AND NOT identity.mcp_may_write(key_hash, wanted) THEN
		RAISE EXCEPTION 'this access may read, but not write' USING ERRCODE = 'ZH422';
	END IF;
	-- Whoever had this connection before left no lock behind.
	PERFORM pg_advisory_unlock_all();
	DELETE FROM ops.mcp_scope s WHERE s.xid IN (SELECT o.xid FROM ops.mcp_scope o
		WHERE o.xid < pg_snapshot_xmin(pg_current_snapshot()) LIMIT 100
		FOR UPDATE SKIP LOCKED);
	-- What stands there under our number came with a dump from another server.
	INSERT INTO ops.mcp_scope AS s VALUES (pg_current_xact_id(), org)
	ON CONFLICT (xid) DO UPDATE SET org_id = excluded.org_id;
	PERFORM set_config('statement_timeout', patience::text, true);
	IF writes THEN
		PERFORM identity.log_event(current_setting('app.user_id'), 'mcp.write',
			json_build_object('organization_id', org));
	ELSE
		PERFORM set_config('transaction_read_only', 'on', true);
	END IF;
END $$;

-- What a tool answers.
CREATE FUNCTION crm.mcp_answer(said text[], failed boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT json_build_object('content', (SELECT json_agg(json_build_object('type', 'text',
		'text', t) ORDER BY n) FROM unnest(said) WITH ORDINALITY AS x (t, n)),
		'isError', failed)::text
$$;

CREATE FUNCTION crm.mcp_rows(rows text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT '[' || array_to_string(rows, E',\n') || ']'
$$;

-- An error in the caller's SQL is told as Postgres tells it; what is ours or the
-- machine's is not caught.
CREATE FUNCTION crm.mcp_fault(state text, said text, hint text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT crm.mcp_answer(ARRAY[format('ERROR %s: %s', state, said)
		|| CASE WHEN state !~ '^ZH' AND hint <> '' THEN E'\nHINT: ' || hint ELSE '' END], true)
$$;

-- A cursor takes one statement that gives rows, and in a function that is STABLE
-- one that changes nothing.  Strings are read as the workers read them, whatever
-- the database is set to.
CREATE FUNCTION crm.mcp_query(statement text, most integer, most_bytes integer) RETURNS text
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
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN crm.mcp_fault(SQLSTATE, SQLERRM, hint);
END $$;

-- Settings by which triggers know who writes, and why.  What rules of automation
-- count there is theirs.
CREATE FUNCTION crm.mcp_settings() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT string_agg(n || '=' || coalesce(current_setting(n, true), ''), ' ')
	  FROM unnest(ARRAY['app.actor', 'app.address', 'app.idempotency_fingerprint',
		'app.idempotency_key', 'app.idempotency_scope', 'app.impersonator', 'app.merging',
		'app.org_id', 'app.purging', 'app.request_id', 'app.restoring', 'app.role',
		'app.sales_id', 'app.session_end', 'app.session_id', 'app.user_id', 'role',
		'row_security', 'search_path']) n
$$;

CREATE FUNCTION crm.mcp_mutate(statement text, most integer, most_bytes integer) RETURNS text
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
BEGIN
	OPEN c NO SCROLL FOR EXECUTE statement;
	LOOP
		FETCH c INTO r;
		EXIT WHEN NOT FOUND;
		n := n + 1;
		IF n > most THEN
			RAISE EXCEPTION 'more than % rows at once: nothing was changed', most
				USING ERRCODE = 'ZH422';
		END IF;
		line := row_to_json(r);
		size := size + octet_length(line) + 2;
		CONTINUE WHEN size > most_bytes;
		lines := array_append(lines, line);
	END LOOP;
	CLOSE c;
	IF crm.mcp_settings() IS DISTINCT FROM before THEN
		RAISE EXCEPTION 'a statement must not change settings: nothing was changed'
			USING ERRCODE = 'ZH422';
	END IF;
	RETURN crm.mcp_answer(array_remove(ARRAY[format('%s rows', n),
		CASE WHEN size > most_bytes THEN 'The rows are more than can be answered.'
		WHEN n > 0 AND lines[1] <> '{"tenantry":true}' THEN crm.mcp_rows(lines) END], NULL),
		false);
EXCEPTION WHEN OTHERS THEN
	IF SQLSTATE ~ '^(XX|40|53|55|57|58)' THEN
		RAISE;
	END IF;
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN crm.mcp_fault(SQLSTATE, SQLERRM, hint);
END $$;

-- The tables and views that a caller's SQL sees, for a reader who writes SQL.
CREATE FUNCTION crm.mcp_schema(writes boolean) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT crm.mcp_answer(ARRAY[string_agg(format(E'%s (%s)\n%s%s', c.relname,
		CASE WHEN c.relkind = 'v' THEN 'view, read only'
			WHEN writes AND has_table_privilege('tenantry_mcp_writer', c.oid, 'INSERT')
			THEN 'table, may be changed' ELSE 'table, read only' END,
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
			  AND a.attname <> 'org_id'),
		coalesce((SELECT string_agg(format(E'\n  foreign key (%s) references %s (id)',
				a.attname, p.relname), '' ORDER BY a.attname)
			FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
			WHERE k.conrelid = c.oid AND k.contype = 'f'), '')),
		E'\n\n' ORDER BY c.relkind = 'v', c.relname)], false)
	  FROM pg_class c
	 WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind IN ('r', 'v')
	   AND has_table_privilege('tenantry_mcp', c.oid, 'SELECT')
$$;

-- Done at last: a task that was done before is done again.
CREATE FUNCTION crm.mcp_complete_task(task bigint) RETURNS text
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

GRANT EXECUTE ON FUNCTION crm.mcp_answer(text[], boolean), crm.mcp_rows(text[]),
	crm.mcp_fault(text, text, text)
	TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;
GRANT EXECUTE ON FUNCTION crm.mcp_settings() TO tenantry_mcp_writer;
GRANT EXECUTE ON FUNCTION identity.mcp_may_write(bytea, boolean),
	identity.open_mcp(bytea, boolean, boolean, integer),
	crm.mcp_query(text, integer, integer),
	crm.mcp_mutate(text, integer, integer),
	crm.mcp_schema(boolean),
	crm.mcp_complete_task(bigint)
	TO tenantry_app;

GRANT CREATE ON SCHEMA crm TO tenantry_mcp, tenantry_mcp_writer;
ALTER FUNCTION crm.mcp_query(text, integer, integer) OWNER TO tenantry_mcp;
ALTER FUNCTION crm.mcp_schema(boolean) OWNER TO tenantry_mcp;
ALTER FUNCTION crm.mcp_mutate(text, integer, integer) OWNER TO tenantry_mcp_writer;
REVOKE CREATE ON SCHEMA crm FROM tenantry_mcp, tenantry_mcp_writer;
