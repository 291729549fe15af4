-- One-time secrets: tokens of links, codes and OAuth states.


-- Returns the name under which a secret is stored: its hash, so that a reader of the table cannot use it.
CREATE OR REPLACE FUNCTION identity.proof_name(kind text, secret text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT kind || ':' || encode(sha256(convert_to(secret, 'UTF8')), 'hex')
$$;

-- Returns the user or the address to which a secret is issued, so that identity.end_issued() finds the secret. Returns
-- null for the secret of an anonymous caller.
CREATE OR REPLACE FUNCTION identity.proof_owner(kind text, secret text, value text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT nullif(CASE WHEN kind LIKE '%-otp' THEN secret
		WHEN kind IN ('magic-link', 'form') THEN value::json->>'email'
		WHEN kind = 'oauth-state' THEN value::json->>'user'
		WHEN kind = 'passkey' THEN value::json->'userData'->>'id'
		ELSE value END, '')
$$;

CREATE OR REPLACE FUNCTION identity.keep_proof(kind text, secret text, value text, life interval)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO identity.verification AS v (id, identifier, value, owner, expires_at)
	VALUES (identity.new_id(), identity.proof_name(kind, secret), value,
		identity.proof_owner(kind, secret, value), now() + life)
	ON CONFLICT (identifier) DO UPDATE SET value = excluded.value,
		expires_at = excluded.expires_at, updated_at = now();
END $$;

-- Consumes a secret and returns its value, or null if the secret is unknown, used or expired. Only one of several
-- concurrent calls gets the value.
CREATE OR REPLACE FUNCTION identity.take_proof(kind text, secret text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	held identity.verification;
BEGIN
	DELETE FROM identity.verification v
	 WHERE v.identifier = identity.proof_name(kind, secret) RETURNING * INTO held;
	RETURN CASE WHEN held.expires_at > now() THEN held.value END;
END $$;

-- Returns the value of a secret, without consuming it.
CREATE OR REPLACE FUNCTION identity.find_proof(kind text, secret text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT v.value FROM identity.verification v
		WHERE v.identifier = identity.proof_name(kind, secret) AND v.expires_at > now());
END $$;
