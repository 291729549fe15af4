-- What a row was when somebody last saw it, and several changes as one.

-- The ETag goes with the answer that is kept.
ALTER TABLE ops.idempotency_key ADD COLUMN etag text;

DROP FUNCTION ops.keep_answer(text), ops.kept_answer(text, bytea, text);

-- Keeps the answer of a request that brought a key; returns it either way.
CREATE FUNCTION ops.keep_answer(body text, etag text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	scope text := nullif(current_setting('app.idempotency_scope', true), '');
BEGIN
	IF scope IS NOT NULL THEN
		INSERT INTO ops.idempotency_key AS k (scope, key, fingerprint, body, etag)
		VALUES (scope, current_setting('app.idempotency_key'),
			decode(current_setting('app.idempotency_fingerprint'), 'hex'), body, etag)
		ON CONFLICT ON CONSTRAINT idempotency_key_pkey DO UPDATE
			SET fingerprint = excluded.fingerprint, body = excluded.body,
				etag = excluded.etag, created_at = excluded.created_at
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
CREATE FUNCTION ops.kept_answer(idempotency_key text, fingerprint bytea, address text,
	OUT body text, OUT etag text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	uid text := nullif(current_setting('app.user_id', true), '');
	org text := coalesce(current_setting('app.org_id', true), '');
BEGIN
	SELECT k.body, k.etag INTO body, etag FROM ops.idempotency_key k
	 WHERE k.scope = ANY (CASE
		WHEN uid IS NULL THEN ARRAY['address:' || coalesce(kept_answer.address, '')]
		ELSE ARRAY[uid || '/' || org, uid || '/'] END)
	   AND k.key = kept_answer.idempotency_key
	   AND k.fingerprint = kept_answer.fingerprint
	   AND k.created_at > now() - interval '24 hours'
	 LIMIT 1;
END $$;
GRANT EXECUTE ON FUNCTION ops.keep_answer(text, text), ops.kept_answer(text, bytea, text)
	TO tenantry_app;

-- The row that the rest of a request is about, locked by who asks; without
-- one nothing of the request is done.
CREATE FUNCTION ops.demand_row(id text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	ignored text;
BEGIN
	IF id IS NULL THEN
		RAISE EXCEPTION 'No such thing' USING ERRCODE = 'ZH404';
	END IF;
	ignored := set_config('app.row_id', id, true);
END $$;

-- Refuses to go on where the row is not as its reader last saw it.
CREATE FUNCTION ops.check_etag(etag text, wanted text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT coalesce(etag = ANY (wanted), false) THEN
		RAISE EXCEPTION 'the row is not as you last saw it' USING ERRCODE = 'ZH412';
	END IF;
END $$;

-- What became of one operation of a batch, until all of them are answered.
CREATE FUNCTION ops.keep_result(n integer, status integer, body text, etag text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	ignored text;
BEGIN
	ignored := set_config('app.result_' || n, concat('{"status":', status, ',"etag":',
		coalesce(to_json(etag)::text, 'null'), ',"data":', body, '}'), true);
END $$;

CREATE FUNCTION ops.results(n integer) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	results text[] := ARRAY(SELECT nullif(current_setting('app.result_' || i, true), '')
		FROM generate_series(0, n - 1) i ORDER BY i);
BEGIN
	IF array_position(results, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'No such thing' USING ERRCODE = 'ZH404';
	END IF;
	RETURN concat('{"results":[', array_to_string(results, ','), ']}');
END $$;
GRANT EXECUTE ON FUNCTION ops.demand_row(text), ops.check_etag(text, text[]),
	ops.keep_result(integer, integer, text, text), ops.results(integer) TO tenantry_app;

-- As before, but that one request may ask for several things: asked holds
-- [resource, action, need] of each, and the key must be for all of them.
DROP FUNCTION identity.begin_key(bytea, text, text, text, boolean, text, text, text, boolean,
	text, bytea);
CREATE FUNCTION identity.begin_key(key_hash bytea, org text, request_id text, address text,
	read_only boolean, need text, asked jsonb, counted boolean,
	idempotency_key text, fingerprint bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
	member_role text;
	member_disabled boolean;
	member_sales bigint;
	wanted record;
	ignored text;
BEGIN
	SELECT x.* INTO k FROM identity.api_key x WHERE x.key_hash = begin_key.key_hash;
	SELECT m.acts_as, m.disabled, m.sales_id INTO member_role, member_disabled, member_sales
	  FROM identity.organization_member m
	 WHERE m.organization_id = k.organization_id AND m.user_id = k.user_id;
	IF NOT FOUND OR member_disabled THEN
		RAISE EXCEPTION 'no such API key' USING ERRCODE = 'ZH401', HINT = 'invalid_key';
	ELSIF NOT k.enabled THEN
		RAISE EXCEPTION 'this API key is disabled'
			USING ERRCODE = 'ZH401', HINT = 'key_disabled';
	ELSIF k.expires_at <= now() THEN
		RAISE EXCEPTION 'this API key has expired'
			USING ERRCODE = 'ZH401', HINT = 'key_expired';
	END IF;
	IF NOT counted THEN
		PERFORM identity.use_key(k);
	END IF;
	IF org IS NOT NULL AND identity.uuid_or_null(org) IS DISTINCT FROM k.organization_id THEN
		RAISE EXCEPTION 'no such organization' USING ERRCODE = 'ZH404';
	END IF;
	IF need NOT IN ('organization', 'admin') OR jsonb_array_length(asked) = 0 THEN
		RAISE EXCEPTION 'an API key opens nothing here'
			USING ERRCODE = 'ZH403', HINT = 'key_scope';
	END IF;
	-- What is for administrators lets others in: a key has to name it.
	FOR wanted IN SELECT a->>0 AS resource, a->>1 AS action, a->>2 AS need
	    FROM jsonb_array_elements(asked) a LOOP
		IF NOT (coalesce(k.permissions->wanted.resource ? wanted.action, false)
		    OR wanted.need = 'organization' AND (k.permissions IS NULL
			OR coalesce(k.permissions->'*' ? wanted.action, false))) THEN
			RAISE EXCEPTION 'this API key lacks the permission to % %',
				wanted.action, wanted.resource
				USING ERRCODE = 'ZH403', HINT = 'key_scope';
		END IF;
	END LOOP;
	IF need = 'admin' AND member_role = 'member' THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	END IF;
	ignored := set_config('app.user_id', k.user_id, true);
	ignored := set_config('app.org_id', k.organization_id::text, true);
	ignored := set_config('app.role', member_role, true);
	IF read_only THEN
		ignored := set_config('transaction_read_only', 'on', true);
		RETURN;
	END IF;
	ignored := set_config('app.sales_id', member_sales::text, true);
	ignored := set_config('app.request_id', request_id, true);
	ignored := set_config('app.address', address, true);
	IF idempotency_key IS NOT NULL THEN
		PERFORM ops.claim_key(k.user_id || '/' || k.organization_id, idempotency_key,
			fingerprint);
	END IF;
END $$;
GRANT EXECUTE ON FUNCTION identity.begin_key(bytea, text, text, text, boolean, text, jsonb,
	boolean, text, bytea) TO tenantry_app;
