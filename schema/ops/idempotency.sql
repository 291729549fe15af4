-- Idempotency-Key: one effect and one response for a repeated request.

-- Claims the key for this transaction, or fails.
CREATE OR REPLACE FUNCTION ops.claim_key(scope text, key text, fingerprint bytea) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	used bytea;
	ignored text;
BEGIN
	IF key = '' OR char_length(key) > 255 THEN
		PERFORM ops.refuse('idempotency_key_length');
	END IF;
	IF NOT pg_try_advisory_xact_lock(hashtextextended(scope || ' ' || key, 0)) THEN
		PERFORM ops.refuse('running');
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
		PERFORM ops.refuse('idempotency_key_reused');
	END IF;
END $$;

-- Sets the salt of the secrets in the response, to be stored with the response.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.salt_answer(salt text) RETURNS text
LANGUAGE sql AS $$ SELECT set_config('app.idempotency_salt', salt, true) $$;

-- Stores the response to a request if the request has a key. Returns the response in any case.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.keep_answer(body text, etag text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	scope text := nullif(current_setting('app.idempotency_scope', true), '');
BEGIN
	IF scope IS NOT NULL THEN
		INSERT INTO ops.idempotency_key AS k (scope, key, fingerprint, body, etag, salt)
		VALUES (scope, current_setting('app.idempotency_key'),
			decode(current_setting('app.idempotency_fingerprint'), 'hex'), body, etag,
			nullif(current_setting('app.idempotency_salt', true), ''))
		ON CONFLICT ON CONSTRAINT idempotency_key_pkey DO UPDATE
			SET fingerprint = excluded.fingerprint, body = excluded.body, etag = excluded.etag,
				salt = excluded.salt, created_at = excluded.created_at
			WHERE k.created_at <= now() - interval '24 hours';
		IF NOT FOUND THEN
			RAISE EXCEPTION 'this request was answered before' USING ERRCODE = 'ZH208';
		END IF;
	END IF;
	RETURN body;
END $$;

-- Returns the row of a completed request, or null if there is none, or if it has expired. Responses to requests about
-- the user alone are stored without an organization, since such a request may change the active organization.
CREATE OR REPLACE FUNCTION ops.kept_row(idempotency_key text, fingerprint bytea, address text) RETURNS ops.idempotency_key
LANGUAGE plpgsql STABLE AS $$
DECLARE
	uid text := ops.caller();
	org text := coalesce(ops.org()::text, '');
	kept ops.idempotency_key;
BEGIN
	SELECT k.* INTO kept FROM ops.idempotency_key k
	 WHERE k.scope = ANY (CASE
		WHEN uid IS NULL THEN ARRAY['address:' || coalesce(kept_row.address, '')]
		ELSE ARRAY[uid || '/' || org, uid || '/'] END)
	   AND k.key = kept_row.idempotency_key
	   AND k.fingerprint = kept_row.fingerprint
	   AND k.created_at > now() - interval '24 hours'
	 LIMIT 1;
	RETURN kept;
END $$;

-- Returns the stored response, for a request refused with ZH208.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.kept_answer(idempotency_key text, fingerprint bytea, address text,
	OUT body text, OUT etag text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT r.body, r.etag FROM ops.kept_row(idempotency_key, fingerprint, address) r
$$;

-- Returns the salt of the secrets in the stored response, '' if the response has no secrets, or null if there is no
-- response.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.kept_salt(idempotency_key text, fingerprint bytea, address text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT CASE WHEN r.key IS NOT NULL THEN coalesce(r.salt, '') END FROM ops.kept_row(idempotency_key, fingerprint, address) r
$$;
