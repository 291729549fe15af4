-- Sign-in by a development token.

-- Opens a session of one day for a developer. The token is derived from the installation's
-- secret.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_development(user_id text, token_hash bytea, address text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(encode(token_hash, 'hex'), 0));
	DELETE FROM identity.session s
	 WHERE s.token_hash = begin_development.token_hash AND s.expires_at <= now();
	IF NOT EXISTS (SELECT FROM identity.session s
	    WHERE s.token_hash = begin_development.token_hash) THEN
		PERFORM identity.enter(user_id, 'development', identity.new_id(), token_hash, false,
			address, 'x-user-id');
	END IF;
END $$;
