-- Backwards through 017_match.up.sql.
DROP FUNCTION identity.begin_key(bytea, text, text, text, boolean, text, jsonb, boolean, text,
	bytea);
CREATE FUNCTION identity.begin_key(key_hash bytea, org text, request_id text, address text,
	read_only boolean, need text, resource text, action text, counted boolean,
	idempotency_key text, fingerprint bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
	member_role text;
	member_disabled boolean;
	member_sales bigint;
	granted boolean;
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
	-- What is for administrators lets others in: a key has to name it.
	granted := coalesce(k.permissions->resource ? action, false) OR need = 'organization'
		AND (k.permissions IS NULL OR coalesce(k.permissions->'*' ? action, false));
	IF NOT granted OR need NOT IN ('organization', 'admin') THEN
		RAISE EXCEPTION '%', CASE WHEN need IN ('organization', 'admin')
			THEN format('this API key lacks the permission to %s %s', action, resource)
			ELSE 'an API key opens nothing here' END
			USING ERRCODE = 'ZH403', HINT = 'key_scope';
	ELSIF need = 'admin' AND member_role = 'member' THEN
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
GRANT EXECUTE ON FUNCTION identity.begin_key(bytea, text, text, text, boolean, text, text, text,
	boolean, text, bytea) TO tenantry_app;

DROP FUNCTION ops.results(integer), ops.keep_result(integer, integer, text, text),
	ops.check_etag(text, text[]), ops.demand_row(text), ops.keep_answer(text, text),
	ops.kept_answer(text, bytea, text);

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

ALTER TABLE ops.idempotency_key DROP COLUMN etag;
