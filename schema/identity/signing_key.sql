-- Keys that sign tokens (JWT) for others to verify.

-- Returns the public keys, or null before the first key is created.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.public_keys() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT json_build_object('keys', json_agg(k.public_key ORDER BY k.created_at DESC))
		FROM identity.signing_key k
		WHERE k.retired_at IS NULL OR k.retired_at > now() - interval '20 minutes'
		HAVING count(*) FILTER (WHERE k.retired_at IS NULL) > 0);
END $$;

-- Replaces the given key (null: none yet) with a new key. Returns false if another process was faster.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.keep_signing_key(key_id text, public_key json, private_key text,
	instead text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	UPDATE identity.signing_key k SET retired_at = now()
	 WHERE k.id = instead AND k.retired_at IS NULL;
	INSERT INTO identity.signing_key (id, public_key, private_key)
	VALUES (key_id, keep_signing_key.public_key, keep_signing_key.private_key)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM identity.log_event(NULL, 'signing-key.created',
		json_build_object('kid', key_id, 'instead', instead));
	RETURN true;
END $$;

-- Returns the claims of a token for the caller, and the key that signs it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.token_claims()
RETURNS TABLE (key_id text, private_key text, subject text, org text, role text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT k.id, k.private_key, ops.caller(),
		ops.org()::text,
		ops.caller_role()
		FROM (VALUES (1)) one LEFT JOIN identity.signing_key k ON k.retired_at IS NULL;
END $$;
