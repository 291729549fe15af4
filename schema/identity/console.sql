-- The SQL console of operators: one SELECT at a time, as the tenantry_console role, which may only read. The role sees
-- the tables of the installation without their secrets, and the rows of one organization, which identity.open_console()
-- stores for this transaction.
-- needs: ops/hidden_column.sql ops/mcp.sql ops/tenant.sql identity/operator.sql

-- Tables that the console can read, and whether a statement sees only the rows of its organization.
CREATE OR REPLACE FUNCTION identity.console_tables() RETURNS TABLE (relation regclass, name text,
	of_organization boolean, hidden name[])
LANGUAGE sql STABLE AS $$
	SELECT c.oid::regclass, format('%I.%I', n.nspname, c.relname), EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id')
		AND (n.nspname NOT IN ('identity', 'ops') OR c.relname IN ('audit_log', 'imported_audit_log')),
		ARRAY(SELECT h.column_name FROM ops.hidden_column h
			WHERE h.table_name = format('%I.%I', n.nspname, c.relname))
	  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	 WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('crm', 'factory_app', 'identity', 'membership', 'ops')
	   AND c.oid <> 'ops.mcp_scope'::regclass
$$;

-- Lets the role read a table. Column privileges hide the other columns.
CREATE OR REPLACE FUNCTION identity.open_to_console(relation regclass, of_organization boolean, hidden name[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	visible name[] := ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0
		AND NOT a.attisdropped AND a.attname <> ALL (hidden) ORDER BY a.attnum);
	given name[] := ARRAY(SELECT a.attname FROM pg_attribute a, aclexplode(a.attacl) x
		WHERE a.attrelid = relation AND NOT a.attisdropped AND x.grantee = 'tenantry_console'::regrole ORDER BY a.attnum);
BEGIN
	IF given <> visible THEN
		-- Revokes privileges on columns only. A REVOKE on the table would also write the owner's default
		-- privileges to the ACL.
		EXECUTE coalesce((SELECT format('REVOKE SELECT (%s) ON %s FROM tenantry_console',
			string_agg(quote_ident(g), ', '), relation) FROM unnest(given) g WHERE g <> ALL (visible) HAVING count(*) > 0), 'SELECT');
		EXECUTE format('GRANT SELECT (%s) ON %s TO tenantry_console',
			(SELECT string_agg(quote_ident(v), ', ') FROM unnest(visible) v), relation);
	END IF;
	-- Creating a policy locks the table, so an existing policy is not replaced.
	IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = relation AND p.polname = 'console') THEN
		-- The owner is a member of the role, and policies of a role also apply to its members.
		EXECUTE format('CREATE POLICY console ON %s FOR SELECT TO tenantry_console USING (current_user = ''tenantry_console''%s)',
			relation, CASE WHEN of_organization THEN ' AND org_id = (SELECT ops.mcp_org())' ELSE '' END);
		EXECUTE format('COMMENT ON POLICY console ON %s IS %L', relation, 'the SQL console of operators, without secret columns');
	END IF;
END $$;

-- Gives the role its privileges on all tables, if the owner of the schema may act as it. "tenantry schema up" calls this
-- function at its end, so that it includes new tables and columns.
CREATE OR REPLACE FUNCTION identity.open_console_tables() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	f text;
BEGIN
	IF to_regrole('tenantry_console') IS NULL OR NOT pg_has_role(current_user, 'tenantry_console', 'MEMBER') THEN
		RETURN;
	END IF;
	FOREACH f IN ARRAY ARRAY['crm', 'factory_app', 'identity', 'membership', 'ops'] LOOP
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO tenantry_console', f);
	END LOOP;
	PERFORM identity.open_to_console(t.relation, t.of_organization, t.hidden) FROM identity.console_tables() t;
	GRANT EXECUTE ON FUNCTION ops.mcp_org(), ops.refuse(text, text, text[]), ops.refuse_with(text, text, text, text[]),
		identity.demand_console() TO tenantry_console;
	GRANT CREATE ON SCHEMA identity TO tenantry_console;
	FOREACH f IN ARRAY ARRAY['console_query(text, integer, integer)', 'console_plan(text, boolean)'] LOOP
		EXECUTE format('ALTER FUNCTION identity.%s OWNER TO tenantry_console', f);
	END LOOP;
	REVOKE CREATE ON SCHEMA identity FROM tenantry_console;
END $$;

-- Refuses a caller who is not an operator, before the body is read.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.check_operator() RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
END $$;

-- Refuses a caller who is not an operator with a session of at most a day. The functions that run a statement call it,
-- too, since tenantry_app may call them.
CREATE OR REPLACE FUNCTION identity.demand_console() RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	IF NOT EXISTS (SELECT FROM identity.session s WHERE s.id = ops.session() AND s.user_id = ops.caller()
	    AND s.created_at > now() - interval '1 day') THEN
		PERFORM identity.refuse('SESSION_NOT_FRESH');
	END IF;
END $$;

-- Returns the organization with this ID or slug, or null if none exists.
CREATE OR REPLACE FUNCTION identity.console_organization(wanted text) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
DECLARE
	found uuid;
BEGIN
	IF wanted IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT o.id INTO found FROM identity.organization o
	 WHERE o.id = identity.uuid_or_null(wanted) OR o.slug = wanted
	 ORDER BY o.slug = wanted LIMIT 1;
	IF found IS NULL THEN
		PERFORM ops.refuse('no_such_organization', 'organization');
	END IF;
	RETURN found;
END $$;

-- Records a statement before it runs: in the log of events, and in the audit log of the organization whose rows it can
-- read. Neither can be changed. Returns the ID of the organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_console(statement text, plan text, organization text, enabled boolean) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	said uuid := ops.org();
	org uuid;
BEGIN
	PERFORM identity.demand_console();
	IF NOT enabled THEN
		PERFORM ops.refuse('console_off');
	END IF;
	org := identity.console_organization(organization);
	PERFORM identity.log_event(ops.caller(), 'console.started', json_strip_nulls(json_build_object(
		'statement', statement, 'plan', plan, 'organization', org)));
	IF org IS NOT NULL THEN
		PERFORM ops.set_org(org);
		INSERT INTO ops.audit_log (org_id, id, user_id, request_id, address, table_name, row_id, action, new)
		VALUES (org, ops.audit_id(), ops.caller(), ops.request(), ops.address(), 'organization', org::text, 'console',
			json_strip_nulls(json_build_object('statement', statement, 'plan', plan)));
		PERFORM ops.set_org(said);
	END IF;
	RETURN org;
END $$;

-- Records the result of a statement: how long it took, the number of rows, or the error.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.end_console(ms integer, nrows integer, error text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	PERFORM identity.log_event(ops.caller(), 'console.ended', json_strip_nulls(json_build_object(
		'ms', ms, 'rows', nrows, 'error', left(error, 500))));
END $$;

-- Opens the transaction of a statement: read-only, within its limits, for the rows of one organization or none. Two
-- statements of the installation run at the same time.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.open_console(org uuid, patience integer, work_mem integer, temp_mib integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.demand_console();
	IF to_regrole('tenantry_console') IS NULL THEN
		PERFORM ops.refuse('console_role', NULL, current_user);
	END IF;
	FOR n IN 1 .. 3 LOOP
		IF n > 2 THEN
			PERFORM ops.refuse('console_busy');
		END IF;
		EXIT WHEN pg_try_advisory_xact_lock(hashtextextended('console ' || n, 0));
	END LOOP;
	IF has_parameter_privilege(current_user, 'temp_file_limit', 'SET') THEN
		PERFORM set_config('temp_file_limit', temp_mib || 'MB', true);
	ELSIF current_setting('temp_file_limit') = '-1' THEN
		PERFORM ops.refuse('console_disk', NULL, current_user);
	END IF;
	IF org IS NOT NULL THEN
		INSERT INTO ops.mcp_scope AS s VALUES (pg_current_xact_id(), org)
		ON CONFLICT (xid) DO UPDATE SET org_id = excluded.org_id;
	END IF;
	PERFORM set_config('statement_timeout', patience::text, true), set_config('work_mem', work_mem || 'MB', true),
		set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true),
		-- The workers disable sequential scans. A plan in the console must show what Postgres chooses without
		-- that setting.
		set_config('enable_seqscan', 'on', true), set_config('transaction_read_only', 'on', true);
END $$;

-- Returns the names of the columns, and rows of texts, up to the limits. A cursor accepts only one statement that
-- returns rows, and in a STABLE function it cannot write.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.console_query(statement text, most integer, most_bytes integer,
	OUT answer text, OUT nrows integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp
SET standard_conforming_strings = on AS $$
DECLARE
	c refcursor;
	r record;
	line text;
	lines text[] := '{}';
	names json;
	size integer := 0;
	more boolean := false;
	hint text;
BEGIN
	IF current_user <> 'tenantry_console' THEN
		PERFORM ops.refuse('console_role', NULL, current_user);
	END IF;
	PERFORM identity.demand_console();
	-- Reads the names of the columns, which a result without rows does not provide. The join with the condition
	-- false keeps the statement from being executed.
	EXECUTE format(E'SELECT q.* FROM (SELECT) one LEFT JOIN (%s\n) q ON false', statement) INTO r;
	SELECT coalesce(json_agg(k), '[]') INTO names FROM json_object_keys(row_to_json(r)) k;
	OPEN c NO SCROLL FOR EXECUTE statement;
	LOOP
		FETCH c INTO r;
		EXIT WHEN NOT FOUND;
		SELECT coalesce(json_agg(v.value), '[]')::text INTO line FROM json_each_text(row_to_json(r)) v;
		size := size + octet_length(line) + 2;
		more := cardinality(lines) >= most OR size > most_bytes;
		EXIT WHEN more;
		lines := array_append(lines, line);
	END LOOP;
	nrows := cardinality(lines);
	answer := format('{"columns":%s,"rows":[%s],"more":%s,"count":%s,"plan":null}', names, array_to_string(lines, ','), more::text,
		nrows);
EXCEPTION WHEN query_canceled THEN
	PERFORM ops.refuse('console_timeout', 'sql', current_setting('statement_timeout'));
WHEN OTHERS THEN
	IF SQLSTATE ~ '^(ZH|XX|40|57|58)' THEN
		RAISE;
	END IF;
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	PERFORM ops.refuse('console_statement', 'sql', concat_ws(' ', SQLSTATE, SQLERRM, CASE
		WHEN SQLSTATE = '42501' THEN '(name the columns that the console can read)' ELSE nullif(hint, '') END));
END $$;

-- Returns the plan of a statement. With measured, the statement runs, and its rows are discarded.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.console_plan(statement text, measured boolean, OUT answer text, OUT nrows integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp
SET standard_conforming_strings = on AS $$
DECLARE
	plan json;
	hint text;
BEGIN
	IF current_user <> 'tenantry_console' THEN
		PERFORM ops.refuse('console_role', NULL, current_user);
	END IF;
	PERFORM identity.demand_console();
	EXECUTE format('EXPLAIN (FORMAT json, ANALYZE %1$s, BUFFERS %1$s) %2$s', CASE WHEN measured THEN 'on' ELSE 'off' END,
		statement) INTO plan;
	nrows := 0;
	answer := json_build_object('columns', '[]'::json, 'rows', '[]'::json, 'more', false, 'count', 0, 'plan', plan->0);
EXCEPTION WHEN query_canceled THEN
	PERFORM ops.refuse('console_timeout', 'sql', current_setting('statement_timeout'));
WHEN OTHERS THEN
	IF SQLSTATE ~ '^(ZH|XX|40|57|58)' THEN
		RAISE;
	END IF;
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	PERFORM ops.refuse('console_statement', 'sql', concat_ws(' ', SQLSTATE, SQLERRM, CASE
		WHEN SQLSTATE = '42501' THEN '(name the columns that the console can read)' ELSE nullif(hint, '') END));
END $$;

-- The tables that the console can read, and the newest statements of all operators.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.show_console() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN json_build_object('tables', (SELECT coalesce(json_agg(json_build_object('name', t.name,
			'of_organization', t.of_organization, 'columns', (SELECT json_agg(a.attname ORDER BY a.attnum)
				FROM pg_attribute a WHERE a.attrelid = t.relation AND a.attnum > 0 AND NOT a.attisdropped
				  AND a.attname <> ALL (t.hidden))) ORDER BY t.name), '[]') FROM identity.console_tables() t),
		'statements', (SELECT coalesce(json_agg(json_build_object('at', s.at, 'user_id', s.user_id, 'user_name', u.name,
			'organization', s.data->>'organization', 'sql', s.data->>'statement', 'plan', s.data->>'plan',
			'ms', (e.data->>'ms')::integer, 'rows', (e.data->>'rows')::integer, 'error', e.data->>'error')
			ORDER BY s.at DESC, s.id DESC), '[]')
		  FROM (SELECT x.* FROM identity.event x WHERE x.action = 'console.started' ORDER BY x.at DESC, x.id DESC LIMIT 50) s
		  LEFT JOIN identity."user" u ON u.id = s.user_id
		  LEFT JOIN LATERAL (SELECT x.data FROM identity.event x WHERE x.action = 'console.ended'
			AND x.request_id = s.request_id AND x.user_id = s.user_id AND x.at >= s.at
			AND x.at < s.at + interval '1 minute' LIMIT 1) e ON true));
END $$;

-- Secrets and their hashes, texts that contain links with secrets, copies of rows with such columns, and contents of
-- files. The files of modules hide the columns of the tables that they define.
SELECT ops.hide_columns(h.relation, h.hidden) FROM (VALUES
	('crm.webhook_deliveries'::regclass, '{request_headers}'::name[]),
	('crm.webhooks', '{secret,old_secret}'),
	('crm.trash', '{row}'),
	('identity.account', '{access_token,refresh_token,id_token,password,end_session_url}'),
	('identity.api_key', '{key_hash,previous_hash}'),
	('identity.api_key_request', '{body}'),
	('identity.assistant_key', '{encrypted_key}'),
	('identity.backup_code', '{code_hash}'),
	('identity.ended_session', '{token_hash}'),
	('identity.migrated_session', '{token_hash}'),
	('identity.organization_invitation', '{token_hash}'),
	('identity.passkey', '{credential_id,public_key}'),
	('identity.secret_url', '{token_hash}'),
	('identity.session', '{token_hash}'),
	('identity.signing_key', '{private_key}'),
	('identity.trusted_device', '{secret_hash}'),
	('identity.two_factor', '{secret}'),
	('identity.two_factor_challenge', '{secret_hash}'),
	('identity.two_factor_mail', '{holder,code_hash}'),
	('identity.verification', '{identifier,value}'),
	('ops.audit_log', '{old,new}'),
	('ops.audit_seal', '{rows,hash}'),
	('ops.feed_channel', '{secret}'),
	('ops.feed_reader', '{channel,proof}'),
	('ops.file_bytes', '{bytes}'),
	('ops.idempotency_key', '{key,fingerprint,body,salt}'),
	('ops.import_file', '{head}'),
	('ops.imported_audit_log', '{data}'),
	('ops.imported_log', '{line}'),
	('ops.job', '{payload}'),
	('ops.mail', '{data}'),
	('ops.migration', '{choices}'),
	('ops.migration_reject', '{data}'),
	('ops.redaction', '{proof}'),
	('ops.sealed_value', '{sealed}')) h (relation, hidden);
