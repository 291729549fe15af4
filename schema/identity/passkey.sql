-- Passkeys.

CREATE OR REPLACE FUNCTION identity.passkey_json(p identity.passkey) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('name', p.name, 'publicKey', p.public_key, 'userId', p.user_id,
		'credentialID', p.credential_id, 'counter', p.counter, 'deviceType', p.device_type,
		'backedUp', p.backed_up, 'transports', p.transports,
		'createdAt', identity.iso(p.created_at), 'aaguid', p.aaguid, 'id', p.id)
$$;

-- Returns the user's passkeys in the format of WebAuthn options, or null if there are none.
CREATE OR REPLACE FUNCTION identity.passkey_descriptors(uid text) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_agg(json_strip_nulls(json_build_object('id', p.credential_id,
		'transports', CASE WHEN p.transports <> '' THEN string_to_array(p.transports, ',') END,
		'type', 'public-key')) ORDER BY p.created_at, p.id)
	  FROM identity.passkey p WHERE p.user_id = uid
$$;

-- Stores a challenge, whose secret is in the caller's cookie. Anyone may request a challenge, and each request stores a
-- row for a while.
CREATE OR REPLACE FUNCTION identity.keep_passkey_challenge(secret text, ceremony text, challenge text,
	uid text, limited boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(ops.address())
			|| '|/passkey/' || ceremony, 100, 10);
	END IF;
	PERFORM identity.keep_proof('passkey', secret, json_build_object('type', ceremony,
		'expectedChallenge', challenge, 'userData', json_build_object('id', uid))::text,
		interval '5 minutes');
END $$;

-- Returns the options for creating a passkey. The user handle is new each time, so it reveals nothing about the user.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.passkey_creation(secret text, challenge text, rp_id text, handle text,
	name text, attachment text, limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := ops.caller();
	email text := (SELECT u.email FROM identity."user" u WHERE u.id = uid);
BEGIN
	PERFORM identity.keep_passkey_challenge(secret, 'registration', challenge, uid, limited);
	RETURN json_build_object('challenge', challenge,
		'rp', json_build_object('name', 'Tenantry', 'id', rp_id),
		'user', json_build_object('id', handle, 'name', coalesce(nullif(name, ''), email),
			'displayName', email),
		'pubKeyCredParams', json_build_array(
			json_build_object('alg', -8, 'type', 'public-key'),
			json_build_object('alg', -7, 'type', 'public-key'),
			json_build_object('alg', -257, 'type', 'public-key')),
		'timeout', 60000, 'attestation', 'none',
		'excludeCredentials', coalesce(identity.passkey_descriptors(uid), '[]'),
		'authenticatorSelection', json_strip_nulls(json_build_object(
			'residentKey', 'preferred', 'userVerification', 'preferred',
			'authenticatorAttachment', attachment, 'requireResidentKey', false)),
		'extensions', json_build_object('credProps', true), 'hints', json_build_array());
END $$;

-- Returns the options for using a passkey. Lists passkeys only for a signed-in user, since an address must not reveal
-- whether its owner has passkeys.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.passkey_request(secret text, challenge text, rp_id text,
	token_hash bytea, limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := (SELECT s.user_id FROM identity.session s
		WHERE s.token_hash = passkey_request.token_hash AND s.expires_at > now());
BEGIN
	PERFORM identity.keep_passkey_challenge(secret, 'authentication', challenge,
		coalesce(uid, ''), limited);
	RETURN json_strip_nulls(json_build_object('rpId', rp_id, 'challenge', challenge,
		'allowCredentials', identity.passkey_descriptors(uid), 'timeout', 60000,
		'userVerification', 'preferred'));
END $$;

-- Begins the registration of a passkey. A refusal is a result and not an exception, since the challenge is consumed in
-- any case.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_passkey_registration(secret text)
RETURNS TABLE (challenge text, refusal text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	held json := identity.take_proof('passkey', secret);
BEGIN
	IF held->>'type' IS DISTINCT FROM 'registration' THEN
		refusal := 'CHALLENGE_NOT_FOUND';
	ELSIF held->'userData'->>'id' IS DISTINCT FROM ops.caller() THEN
		refusal := 'YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY';
	ELSE
		challenge := held->>'expectedChallenge';
	END IF;
	RETURN NEXT;
END $$;

-- Registers a passkey. Returns the passkey and, if requested, a session.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.register_passkey(passkey_id text, name text, credential_id text,
	public_key text, counter bigint, user_verified boolean, synced boolean,
	backed_up boolean, transports text, aaguid text, session_id text, token_hash bytea,
	address text, user_agent text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := ops.caller();
	p identity.passkey;
	account text;
BEGIN
	-- The lock keeps concurrent calls from exceeding the limit.
	PERFORM FROM identity."user" u WHERE u.id = uid FOR NO KEY UPDATE;
	IF (SELECT count(*) >= 100 FROM identity.passkey x WHERE x.user_id = uid) THEN
		PERFORM identity.refuse('PASSKEY_LIMIT_REACHED');
	END IF;
	INSERT INTO identity.passkey (id, user_id, name, credential_id, public_key, counter,
		user_verified, device_type, backed_up, transports, aaguid)
	VALUES (passkey_id, uid, nullif(register_passkey.name, ''),
		register_passkey.credential_id, register_passkey.public_key,
		register_passkey.counter, register_passkey.user_verified,
		CASE WHEN synced THEN 'multiDevice' ELSE 'singleDevice' END,
		register_passkey.backed_up, register_passkey.transports, register_passkey.aaguid)
	ON CONFLICT ON CONSTRAINT passkey_credential_id_key DO NOTHING RETURNING * INTO p;
	IF NOT FOUND THEN
		PERFORM identity.refuse('PREVIOUSLY_REGISTERED');
	ELSIF session_id IS NULL THEN
		RETURN identity.passkey_json(p);
	END IF;
	account := identity.enter(uid, 'passkey', session_id, token_hash, true, address, user_agent);
	RETURN identity.passkey_answer(session_id, account,
		',' || substr(identity.passkey_json(p)::text, 2));
END $$;

-- Returns the response of a sign-in with a session. The workers add the token at its beginning.
CREATE OR REPLACE FUNCTION identity.passkey_answer(session_id text, account text, more text DEFAULT '}')
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT '{"session":' || identity.session_json(s) || ',"user":' || account || more
	  FROM identity.session s WHERE s.id = session_id
$$;

-- Returns the passkey that must verify the response. Consumes the challenge.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_passkey_sign_in(secret text, credential_id text)
RETURNS TABLE (challenge text, passkey_id text, user_id text, public_key text, refusal text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	held json := identity.take_proof('passkey', secret);
BEGIN
	challenge := held->>'expectedChallenge';
	SELECT p.id, p.user_id, p.public_key INTO passkey_id, user_id, public_key
	  FROM identity.passkey p
	 WHERE p.credential_id = begin_passkey_sign_in.credential_id;
	IF held->>'type' IS DISTINCT FROM 'authentication' THEN
		refusal := 'CHALLENGE_NOT_FOUND';
	ELSIF passkey_id IS NULL THEN
		refusal := 'PASSKEY_NOT_FOUND/SIGN_IN';
	END IF;
	RETURN NEXT;
END $$;

-- Signs in after the signature has been verified. A counter that has not increased indicates a copied key. If two uses
-- are concurrent, the second sees the counter of the first. A passkey that verified its user counts as two factors.
-- Otherwise, a user with a second factor gets a challenge.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.passkey_sign_in(passkey_id text, counter bigint, verified boolean,
	backed_up boolean, session_id text, token_hash bytea, address text, user_agent text,
	second_factor json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	p identity.passkey;
	account text;
BEGIN
	UPDATE identity.passkey x
	   SET counter = passkey_sign_in.counter, backed_up = passkey_sign_in.backed_up
	 WHERE x.id = passkey_id AND (x.counter < passkey_sign_in.counter
		OR x.counter = 0 AND passkey_sign_in.counter = 0)
	RETURNING * INTO p;
	IF NOT FOUND THEN
		PERFORM identity.refuse('AUTHENTICATION_FAILED/UNFIT');
	END IF;
	IF NOT (verified AND p.user_verified)
	    AND (identity.admit(p.user_id)).two_factor_enabled THEN
		RETURN identity.challenge(p.user_id, second_factor->>'challenge', true,
			(second_factor->>'mail')::boolean);
	END IF;
	account := identity.enter(p.user_id, 'passkey', session_id, token_hash, true, address,
		user_agent);
	UPDATE identity.session s SET second_factor = true WHERE s.id = session_id AND verified AND p.user_verified;
	RETURN identity.passkey_answer(session_id, account);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_passkeys() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(identity.passkey_json(p) ORDER BY p.created_at, p.id), '[]')
		FROM identity.passkey p WHERE p.user_id = ops.caller());
END $$;

-- Returns the caller's passkey with this ID. Raises an error if there is none.
CREATE OR REPLACE FUNCTION identity.own_passkey(passkey_id text, foreign_refusal text)
RETURNS identity.passkey
LANGUAGE plpgsql AS $$
DECLARE
	p identity.passkey;
BEGIN
	SELECT * INTO p FROM identity.passkey x WHERE x.id = passkey_id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('PASSKEY_NOT_FOUND');
	ELSIF p.user_id IS DISTINCT FROM ops.caller() THEN
		PERFORM identity.refuse(foreign_refusal);
	END IF;
	RETURN p;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.rename_passkey(passkey_id text, name text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	p identity.passkey := identity.own_passkey(passkey_id,
		'YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY');
BEGIN
	UPDATE identity.passkey x SET name = rename_passkey.name WHERE x.id = p.id
	RETURNING * INTO p;
	RETURN json_build_object('passkey', identity.passkey_json(p));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_passkey(passkey_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	p identity.passkey := identity.own_passkey(passkey_id, 'PASSKEY_OF_ANOTHER');
BEGIN
	DELETE FROM identity.passkey x WHERE x.id = p.id;
	RETURN json_build_object('status', true);
END $$;
