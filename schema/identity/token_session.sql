-- Sessions for bearer tokens of another issuer.

-- Opens the session of a verified token, so that identity.begin_request() checks it like any other session. The session
-- is found by the hash of a value that the worker derives from the claims. began and ends are in seconds since 1970. A
-- session ends when the token ends, or a day after its last use at the latest. The session cannot be used without the
-- token, since nobody else knows the hashed value.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_token_session(provider text, subject text, token_hash bytea, began bigint,
	ends bigint, address text, user_agent text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text;
	session_id text;
	expires timestamptz;
	until timestamptz := least(to_timestamp(ends), now() + interval '1 day');
BEGIN
	IF provider = '' THEN
		SELECT u.id INTO uid FROM identity."user" u WHERE u.id = subject;
	ELSE
		SELECT a.user_id INTO uid FROM identity.account a WHERE a.provider_id = provider AND a.account_id = subject;
	END IF;
	IF uid IS NULL THEN
		PERFORM ops.refuse('no_user_of_token');
	END IF;
	SELECT s.id, s.expires_at INTO session_id, expires FROM identity.session s
	 WHERE s.token_hash = begin_token_session.token_hash AND s.user_id = uid AND s.expires_at > now();
	IF FOUND THEN
		IF expires < least(until, now() + interval '1 hour') THEN
			UPDATE identity.session s SET expires_at = until, updated_at = now() WHERE s.id = session_id;
		END IF;
		RETURN;
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended(encode(token_hash, 'hex'), 0));
	DELETE FROM identity.session s WHERE s.token_hash = begin_token_session.token_hash
	   AND (s.expires_at <= now() OR s.user_id <> uid);
	IF NOT EXISTS (SELECT FROM identity.session s WHERE s.token_hash = begin_token_session.token_hash) THEN
		PERFORM identity.enter(uid, 'jwt', identity.new_id(), token_hash, false, address, user_agent);
		UPDATE identity.session s SET expires_at = until,
			created_at = CASE WHEN began > 0 THEN least(to_timestamp(began), now()) ELSE s.created_at END
		 WHERE s.token_hash = begin_token_session.token_hash;
	END IF;
END $$;
