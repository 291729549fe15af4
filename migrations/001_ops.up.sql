-- What every other migration stands on: roles, schemas, row ids, the audit
-- log and the answers kept for retried requests.
--
-- The role that runs the migrations owns everything and need not be a
-- superuser.  tenantry_app is who the workers act as: it owns nothing and
-- bypasses nothing.  tenantry_search owns the text search functions alone.

DO $$
DECLARE
	name text;
	may_act text := CASE
		WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET'
		ELSE 'MEMBER' END;
BEGIN
	FOREACH name IN ARRAY ARRAY['tenantry_app', 'tenantry_search'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN', name);
		END IF;
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = name
		    AND (rolsuper OR rolbypassrls)) THEN
			RAISE EXCEPTION 'role % must not bypass row security', name
				USING HINT = format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS', name);
		END IF;
		-- From Postgres 16 on, who creates a role administers it but
		-- may not act as it until told so.
		IF NOT pg_has_role(current_user, name, may_act) THEN
			EXECUTE format('GRANT %I TO CURRENT_USER', name);
		END IF;
	END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
	RAISE EXCEPTION 'role % may not make or use role %', current_user, name
		USING HINT = format('as an administrator: CREATE ROLE %I NOLOGIN; GRANT %I TO %I',
			name, name, current_user);
END $$;

-- Nothing is for everybody.  What belongs to the database as a whole can be
-- closed only by its owner; where we are a guest it stays as it is.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
DO $$
BEGIN
	IF pg_has_role(current_user, (SELECT datdba FROM pg_database
	    WHERE datname = current_database()), 'USAGE') THEN
		EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
	END IF;
	IF pg_has_role(current_user, (SELECT nspowner FROM pg_namespace
	    WHERE nspname = 'public'), 'USAGE') THEN
		REVOKE CREATE ON SCHEMA public FROM PUBLIC;
	END IF;
END $$;

CREATE SCHEMA IF NOT EXISTS ops;
CREATE SCHEMA identity;
CREATE SCHEMA crm;
GRANT USAGE ON SCHEMA ops, identity, crm TO tenantry_app;

-- Row ids are JSON numbers: 53 bits, in order of time.  Milliseconds since
-- 2025, then twelve bits of a sequence that all tables share.  Those bits are
-- turned by a mask that only this database knows and each millisecond has its
-- own: between two ids of one tenant nobody can count the others' rows.
CREATE SEQUENCE ops.row_id AS bigint;

DO $make$
BEGIN
	EXECUTE format($function$
		CREATE FUNCTION ops.new_id() RETURNS bigint
		LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
		DECLARE
			ms bigint := (extract(epoch FROM clock_timestamp()) - 1735689600) * 1000;
		BEGIN
			RETURN ms << 12
				| ((nextval('ops.row_id') # hashint8extended(ms, %s)) & 4095);
		END $$
	$function$, ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 15))::bit(60)::bigint);
END $make$;
REVOKE EXECUTE ON FUNCTION ops.new_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.new_id() TO tenantry_app;

-- Who did what, written by triggers, never changed afterwards.
-- json, not jsonb: every write pays for this and nobody searches inside.
CREATE TABLE ops.audit_log (
	org_id     uuid NOT NULL,
	id         bigint NOT NULL,
	at         timestamptz NOT NULL DEFAULT now(),
	user_id    text,
	request_id text,
	address    text,
	table_name text NOT NULL,
	row_id     text NOT NULL,
	action     text NOT NULL,	-- insert, update, delete; no CHECK: triggers alone write it
	old        json,
	new        json,
	PRIMARY KEY (org_id, id)
);
ALTER TABLE ops.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ops.audit_log AS RESTRICTIVE TO tenantry_app, CURRENT_USER
	USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));
CREATE POLICY administrators ON ops.audit_log FOR SELECT TO tenantry_app
	USING ((SELECT current_setting('app.role', true)) IN ('owner', 'admin'));
CREATE POLICY writer ON ops.audit_log TO CURRENT_USER USING (true);
GRANT SELECT ON ops.audit_log TO tenantry_app;

CREATE FUNCTION ops.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
		USING ERRCODE = '42501';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit_log
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();

-- For tenant tables.  The id is made as ops.new_id() makes it, without the
-- call and the mask, for no tenant sees it: this runs once for every row
-- written.  The log's guard binds the owner
-- too, so for somebody who maintains rows without saying whose, the
-- organization is set for the one insert.
CREATE FUNCTION ops.audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	said text := current_setting('app.org_id', true);
	org uuid;
	id bigint := ((extract(epoch FROM clock_timestamp()) - 1735689600) * 1000)::bigint << 12
		| (nextval('ops.row_id') & 4095);
BEGIN
	IF TG_OP = 'DELETE' THEN
		org := OLD.org_id;
	ELSE
		org := NEW.org_id;
	END IF;
	IF said IS DISTINCT FROM org::text THEN
		PERFORM set_config('app.org_id', org::text, true);
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO ops.audit_log VALUES (org, id, now(),
			current_setting('app.user_id', true), current_setting('app.request_id', true),
			current_setting('app.address', true), TG_TABLE_NAME, NEW.id, 'insert',
			NULL, row_to_json(NEW));
	ELSIF TG_OP = 'UPDATE' THEN
		INSERT INTO ops.audit_log VALUES (org, id, now(),
			current_setting('app.user_id', true), current_setting('app.request_id', true),
			current_setting('app.address', true), TG_TABLE_NAME, OLD.id, 'update',
			row_to_json(OLD), row_to_json(NEW));
	ELSE
		INSERT INTO ops.audit_log VALUES (org, id, now(),
			current_setting('app.user_id', true), current_setting('app.request_id', true),
			current_setting('app.address', true), TG_TABLE_NAME, OLD.id, 'delete',
			row_to_json(OLD), NULL);
	END IF;
	IF said IS DISTINCT FROM org::text THEN
		PERFORM set_config('app.org_id', said, true);
	END IF;
	RETURN NULL;
END $$;

-- Makes a table a tenant table: the guard no other policy can weaken, the
-- rights of the application, the audit trigger.  Run by migrations only.
-- Policies name their roles, so any other role sees no row at all.
CREATE FUNCTION ops.protect(tenant_table regclass, members_may_all boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
	EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tenant_table);
	EXECUTE format('CREATE POLICY tenant ON %s AS RESTRICTIVE TO tenantry_app, CURRENT_USER '
		'USING (org_id = (SELECT nullif(current_setting(''app.org_id'', true), '''')::uuid))',
		tenant_table);
	IF members_may_all THEN
		EXECUTE format('CREATE POLICY members ON %s TO tenantry_app, CURRENT_USER USING (true)',
			tenant_table);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO tenantry_app', tenant_table);
	ELSE
		EXECUTE format('CREATE POLICY keeper ON %s TO CURRENT_USER USING (true)', tenant_table);
	END IF;
	EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s '
		'FOR EACH ROW EXECUTE FUNCTION ops.audit()', tenant_table);
END $$;

-- A request with an Idempotency-Key leaves its answer here, in the same
-- transaction as its effect, for 24 hours.
CREATE TABLE ops.idempotency_key (
	scope       text NOT NULL,
	key         text NOT NULL,
	fingerprint bytea NOT NULL,
	body        text,
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (scope, key)
);

-- Takes the key for this transaction, or says why it cannot be had.
CREATE FUNCTION ops.claim_key(scope text, key text, fingerprint bytea) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	used bytea;
	ignored text;
BEGIN
	IF key = '' OR char_length(key) > 255 THEN
		RAISE EXCEPTION 'the Idempotency-Key must have 1 to 255 characters'
			USING ERRCODE = 'ZH422';
	END IF;
	IF NOT pg_try_advisory_xact_lock(hashtextextended(scope || ' ' || key, 0)) THEN
		RAISE EXCEPTION 'a request with this Idempotency-Key is still running'
			USING ERRCODE = 'ZH425';
	END IF;
	SELECT k.fingerprint INTO used FROM ops.idempotency_key k
	 WHERE k.scope = claim_key.scope AND k.key = claim_key.key
	   AND k.created_at > now() - interval '24 hours';
	IF NOT FOUND THEN
		ignored := set_config('app.idempotency_scope', scope, true);
		ignored := set_config('app.idempotency_key', key, true);
		ignored := set_config('app.idempotency_fingerprint', encode(fingerprint, 'hex'), true);
	ELSIF used = fingerprint THEN
		RAISE EXCEPTION 'this request was answered before' USING ERRCODE = 'ZH208';
	ELSE
		RAISE EXCEPTION 'the Idempotency-Key was used for another request'
			USING ERRCODE = 'ZH422';
	END IF;
END $$;

-- Keeps the answer of a request that brought a key; returns it either way.
CREATE FUNCTION ops.keep_answer(body text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	scope text := nullif(current_setting('app.idempotency_scope', true), '');
BEGIN
	IF scope IS NOT NULL THEN
		INSERT INTO ops.idempotency_key AS k VALUES (scope,
			current_setting('app.idempotency_key'),
			decode(current_setting('app.idempotency_fingerprint'), 'hex'), body)
		ON CONFLICT ON CONSTRAINT idempotency_key_pkey DO UPDATE
			SET fingerprint = excluded.fingerprint, body = excluded.body,
				created_at = excluded.created_at
			WHERE k.created_at <= now() - interval '24 hours';
		IF NOT FOUND THEN
			RAISE EXCEPTION 'this request was answered before' USING ERRCODE = 'ZH208';
		END IF;
	END IF;
	RETURN body;
END $$;

-- The kept answer, for a request refused with ZH208; null when it has gone.
-- Requests about the user alone are kept without an organization, since
-- they may change which one is active.
CREATE FUNCTION ops.kept_answer(idempotency_key text, fingerprint bytea, address text)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	uid text := nullif(current_setting('app.user_id', true), '');
	org text := coalesce(current_setting('app.org_id', true), '');
BEGIN
	RETURN (SELECT k.body FROM ops.idempotency_key k
		WHERE k.scope = ANY (CASE
			WHEN uid IS NULL THEN ARRAY['address:' || coalesce(kept_answer.address, '')]
			ELSE ARRAY[uid || '/' || org, uid || '/'] END)
		  AND k.key = kept_answer.idempotency_key
		  AND k.fingerprint = kept_answer.fingerprint
		  AND k.created_at > now() - interval '24 hours'
		LIMIT 1);
END $$;
GRANT EXECUTE ON FUNCTION ops.keep_answer(text), ops.kept_answer(text, bytea, text)
	TO tenantry_app;
