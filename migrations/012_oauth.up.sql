-- Accounts at other providers.  Their tokens come sealed and leave sealed:
-- nobody who reads these tables can use one.

-- Where the provider wants to hear that somebody has signed out.
ALTER TABLE identity.account ADD COLUMN end_session_url text;

-- Setting out, for a sign-in or, where somebody is signed in and wants that,
-- to link the account.
CREATE FUNCTION identity.oauth_begin(state text, flow text, link boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.keep_proof('oauth-state', state, json_build_object('flow', flow,
		'user', CASE WHEN link THEN current_setting('app.user_id') END,
		'session', CASE WHEN link THEN current_setting('app.session_id') END)::text,
		interval '10 minutes');
END $$;

-- Coming back, once; a browser that did not set out only learns what page is
-- for errors.  user_id and session_id are of whoever wants to link.
CREATE FUNCTION identity.oauth_return(state text, same_browser boolean)
RETURNS TABLE (flow text, user_id text, session_id text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	held json := CASE WHEN same_browser THEN identity.take_proof('oauth-state', state)
		ELSE identity.find_proof('oauth-state', state) END;
BEGIN
	IF held IS NOT NULL THEN
		RETURN QUERY SELECT held->>'flow', held->>'user', held->>'session';
	END IF;
END $$;

-- Keeps what a provider has handed out; what it did not say again stays.
CREATE FUNCTION identity.keep_grant(row_id text, tokens json, end_session text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.account a
	   SET access_token = coalesce(tokens->>'access_token', a.access_token),
		refresh_token = coalesce(tokens->>'refresh_token', a.refresh_token),
		id_token = coalesce(tokens->>'id_token', a.id_token),
		access_token_expires_at = CASE WHEN tokens->>'access_token' IS NULL
			THEN a.access_token_expires_at
			ELSE now() + make_interval(secs => (tokens->>'access_seconds')::integer) END,
		refresh_token_expires_at = coalesce(
			now() + make_interval(secs => (tokens->>'refresh_seconds')::integer),
			a.refresh_token_expires_at),
		end_session_url = coalesce(end_session, a.end_session_url),
		updated_at = now()
	 WHERE a.id = row_id;
END $$;

CREATE FUNCTION identity.add_account(user_id text, provider text, subject text, issuer text,
	tokens json, end_session text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	row_id text := identity.new_id();
BEGIN
	INSERT INTO identity.account (id, account_id, provider_id, issuer, user_id, scope)
	VALUES (row_id, subject, provider, nullif(issuer, ''), user_id,
		nullif(tokens->>'scope', ''));
	PERFORM identity.keep_grant(row_id, tokens, end_session);
END $$;

-- What stands in the way of an account's first use for a user whom it names
-- by address only: both sides must have seen that the address is theirs.
CREATE FUNCTION identity.may_link(u identity."user", verified boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT verified AND u.email_verified $$;

-- Somebody whom a provider vouches for enters: the owner of the account, or of
-- the address where both sides have verified it, or somebody new.
CREATE FUNCTION identity.oauth_enter(provider text, subject text, issuer text, email text,
	verified boolean, name text, image text, tokens json, end_session text,
	may_sign_up boolean, invite_hash bytea, open boolean, new_user_id text, session_id text,
	token_hash bytea, address text, user_agent text)
RETURNS TABLE (account text, is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	a identity.account;
	u identity."user";
BEGIN
	-- One at a time for one account and for one address.
	PERFORM pg_advisory_xact_lock(hashtextextended('oauth ' || provider || ' ' || subject, 0));
	PERFORM pg_advisory_xact_lock(hashtextextended('oauth ' || lower(email), 0));
	is_new := false;
	SELECT * INTO a FROM identity.account x
	 WHERE x.provider_id = provider AND x.account_id = subject;
	IF FOUND THEN
		SELECT * INTO u FROM identity."user" x WHERE x.id = a.user_id;
		PERFORM identity.keep_grant(a.id, tokens, end_session);
		IF verified AND u.email = lower(oauth_enter.email) AND NOT u.email_verified THEN
			UPDATE identity."user" x SET email_verified = true, updated_at = now()
			 WHERE x.id = u.id;
		END IF;
	ELSE
		SELECT * INTO u FROM identity."user" x WHERE x.email = lower(oauth_enter.email)
		   FOR NO KEY UPDATE;
		IF NOT FOUND THEN
			IF NOT may_sign_up THEN
				PERFORM identity.refuse('signup_disabled');
			END IF;
			u := identity.register(new_user_id, left(coalesce(nullif(trim(name), ''),
				split_part(email, '@', 1)), 500), NULL, NULL, email, verified, image,
				invite_hash, open);
			is_new := true;
		ELSIF NOT identity.may_link(u, verified) THEN
			PERFORM identity.refuse('account_not_linked');
		END IF;
		PERFORM identity.add_account(u.id, provider, subject, issuer, tokens, end_session);
	END IF;
	account := identity.enter(u.id, 'oauth:' || provider, session_id, token_hash, true, address,
		user_agent);
	RETURN NEXT;
END $$;

-- Somebody was refused whom a provider vouches for; the owner of the address
-- may see that.
CREATE FUNCTION identity.oauth_refused(email text, user_agent text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.log_refusal(email, (SELECT u.id FROM identity."user" u
		WHERE u.email = lower(oauth_refused.email)), 'sign-in.refused', user_agent);
END $$;

-- Links an account to somebody who is signed in, and still is: in the session
-- that set out for it, or in that of this request.
CREATE FUNCTION identity.oauth_link(uid text, session_id text, provider text, subject text,
	issuer text, email text, verified boolean, tokens json, end_session text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
	a identity.account;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('oauth ' || provider || ' ' || subject, 0));
	SELECT x.* INTO u FROM identity."user" x JOIN identity.session s ON s.user_id = x.id
	 WHERE s.id = coalesce(oauth_link.session_id, current_setting('app.session_id', true))
	   AND x.id = coalesce(uid, current_setting('app.user_id', true))
	   AND s.expires_at > now() FOR SHARE;
	IF NOT FOUND OR NOT verified THEN
		PERFORM identity.refuse('unable_to_link_account');
	ELSIF u.email IS DISTINCT FROM lower(oauth_link.email) THEN
		PERFORM identity.refuse('email_does_not_match');
	END IF;
	PERFORM set_config('app.user_id', u.id, true);
	SELECT * INTO a FROM identity.account x
	 WHERE x.provider_id = provider AND x.account_id = subject;
	IF NOT FOUND THEN
		PERFORM identity.add_account(u.id, provider, subject, issuer, tokens, end_session);
	ELSIF a.user_id <> u.id THEN
		PERFORM identity.refuse('account_already_linked_to_different_user');
	ELSE
		PERFORM identity.keep_grant(a.id, tokens, end_session);
		-- To link again is how one asks for more.
		UPDATE identity.account x SET scope = (SELECT string_agg(s, ',' ORDER BY n) FROM (
			SELECT s, min(n) AS n FROM unnest(string_to_array(a.scope, ',')
				|| string_to_array(nullif(tokens->>'scope', ''), ','))
				WITH ORDINALITY AS l (s, n) WHERE s <> '' GROUP BY s) merged)
		 WHERE x.id = a.id;
	END IF;
END $$;

-- The caller's accounts

CREATE FUNCTION identity.list_accounts() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(json_build_object('accountId', a.account_id,
			'providerId', a.provider_id, 'userId', a.user_id,
			'createdAt', identity.iso(a.created_at),
			'updatedAt', identity.iso(a.updated_at), 'id', a.id,
			'scopes', to_json(coalesce(string_to_array(a.scope, ','), '{}')))
			ORDER BY a.created_at, a.id), '[]')
		FROM identity.account a WHERE a.user_id = current_setting('app.user_id'));
END $$;

CREATE FUNCTION identity.unlink_account(row_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := current_setting('app.user_id');
BEGIN
	-- Two at once must not leave nothing.
	PERFORM FROM identity."user" u WHERE u.id = uid FOR NO KEY UPDATE;
	IF (SELECT count(*) < 2 FROM identity.account a WHERE a.user_id = uid) THEN
		PERFORM identity.refuse('FAILED_TO_UNLINK_LAST_ACCOUNT');
	END IF;
	DELETE FROM identity.account a WHERE a.id = row_id AND a.user_id = uid;
	IF NOT FOUND THEN
		PERFORM identity.refuse('ACCOUNT_NOT_FOUND');
	END IF;
	RETURN '{"status":true}';
END $$;

-- One account with its sealed tokens; stale when the access token lasts for
-- less than five seconds more.
CREATE FUNCTION identity.find_account(row_id text)
RETURNS TABLE (provider text, subject text, access_token text, refresh_token text, id_token text,
	access_expires text, refresh_expires text, scope text, stale boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT a.provider_id, a.account_id, a.access_token, a.refresh_token, a.id_token,
		identity.iso(a.access_token_expires_at), identity.iso(a.refresh_token_expires_at),
		a.scope, coalesce(a.access_token_expires_at < now() + interval '5 seconds', false)
		FROM identity.account a
		WHERE a.id = row_id AND a.user_id = current_setting('app.user_id');
	IF NOT FOUND THEN
		PERFORM identity.refuse('ACCOUNT_NOT_FOUND');
	END IF;
END $$;

CREATE FUNCTION identity.refresh_account(row_id text, tokens json) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.keep_grant(a.id, tokens, NULL) FROM identity.account a
	  WHERE a.id = row_id AND a.user_id = current_setting('app.user_id');
END $$;

-- Signing out tells whom else to sign out of: the provider that the session
-- came from, where it wants to hear of that.
DROP FUNCTION identity.sign_out(bytea);
CREATE FUNCTION identity.sign_out(token_hash bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	s identity.session;
BEGIN
	PERFORM set_config('app.session_end', 'signed-out', true);
	DELETE FROM identity.session x WHERE x.token_hash = sign_out.token_hash RETURNING * INTO s;
	RETURN coalesce((SELECT json_build_object('provider', a.provider_id, 'id_token', a.id_token,
			'url', a.end_session_url)
		FROM identity.account a
		WHERE a.user_id = s.user_id AND s.method = 'oauth:' || a.provider_id
		  AND a.end_session_url IS NOT NULL
		ORDER BY a.updated_at DESC LIMIT 1), '{}');
END $$;

GRANT EXECUTE ON FUNCTION
	identity.oauth_begin(text, text, boolean),
	identity.oauth_return(text, boolean),
	identity.oauth_enter(text, text, text, text, boolean, text, text, json, text, boolean, bytea,
		boolean, text, text, bytea, text, text),
	identity.oauth_refused(text, text),
	identity.oauth_link(text, text, text, text, text, text, boolean, json, text),
	identity.list_accounts(),
	identity.unlink_account(text),
	identity.find_account(text),
	identity.refresh_account(text, json),
	identity.sign_out(bytea)
	TO tenantry_app;
