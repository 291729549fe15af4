-- Sign-in with other providers.
--
-- The workers encrypt the tokens of providers, so that a reader of these tables cannot use the tokens.

-- Begins a sign-in, or the linking of an account for a signed-in user.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.oauth_begin(state text, contents text, link boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.keep_proof('oauth-state', state, json_build_object('contents', contents,
		'user', CASE WHEN link THEN ops.caller() END,
		'session', CASE WHEN link THEN ops.session() END)::text,
		interval '10 minutes');
END $$;

-- Returns the contents of a state. The browser that began the sign-in consumes the state. Any other browser gets only
-- the error page. user_id and session_id belong to the user who links an account.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.oauth_return(state text, same_browser boolean)
RETURNS TABLE (contents text, user_id text, session_id text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	held json := CASE WHEN same_browser THEN identity.take_proof('oauth-state', state)
		ELSE identity.find_proof('oauth-state', state) END;
BEGIN
	IF held IS NOT NULL THEN
		RETURN QUERY SELECT held->>'contents', held->>'user', held->>'session';
	END IF;
END $$;

-- Stores the tokens of a provider. A missing token keeps its previous value.
CREATE OR REPLACE FUNCTION identity.keep_grant(row_id text, tokens json, end_session text) RETURNS void
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

CREATE OR REPLACE FUNCTION identity.add_account(user_id text, provider text, subject text, issuer text,
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

-- Returns whether an account may be linked to a user by its address: both sides must have verified it.
CREATE OR REPLACE FUNCTION identity.may_link(u identity."user", verified boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT verified AND u.email_verified $$;

-- Signs a user in with a provider: the owner of the account, the owner of the address if both sides have verified it,
-- or a new user. If a group adds its users to an organization, a user with a verified address needs no invitation,
-- since nobody else could sign up with this address later.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.oauth_enter(provider text, subject text, issuer text, email text,
	verified boolean, name text, image text, tokens json, end_session text,
	may_sign_up boolean, invite_hash bytea, open boolean, new_user_id text, session_id text,
	token_hash bytea, address text, user_agent text, groups json DEFAULT NULL)
RETURNS TABLE (account text, is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	a identity.account;
	u identity."user";
	names text[] := identity.group_names(groups);
BEGIN
	-- Serializes sign-ins with the same account and with the same address.
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
			-- The account at the provider belongs to the owner of the address, but existing sessions may
			-- belong to somebody else.
			PERFORM identity.sign_out_everywhere(u.id);
		END IF;
	ELSE
		SELECT * INTO u FROM identity."user" x WHERE x.email = lower(oauth_enter.email)
		   FOR NO KEY UPDATE;
		IF NOT FOUND THEN
			IF NOT may_sign_up THEN
				PERFORM identity.refuse('signup_disabled');
			END IF;
			u := identity.register(new_user_id, left(coalesce(nullif(trim(name), ''),
				split_part(email, '@', 1)), 500), NULL, NULL, email, verified,
				-- A picture that cannot be stored is omitted, and the sign-in continues.
				CASE WHEN identity.is_picture(image) THEN image END,
				invite_hash, open OR verified AND identity.joins_by_groups(provider, names));
			is_new := true;
		ELSIF NOT identity.may_link(u, verified) THEN
			PERFORM identity.refuse('account_not_linked');
		END IF;
		PERFORM identity.add_account(u.id, provider, subject, issuer, tokens, end_session);
	END IF;
	PERFORM identity.apply_groups(u.id, provider, names);
	account := identity.enter(u.id, 'oauth:' || provider, session_id, token_hash, true, address,
		user_agent);
	RETURN NEXT;
END $$;

-- Logs a refused sign-in with a provider for the owner of the address. The refusal may be caused by the account's
-- groups, if these remove permissions. That change is rolled back with the refused transaction, and is therefore
-- repeated here.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.oauth_refused(email text, user_agent text, provider text DEFAULT NULL,
	subject text DEFAULT NULL, groups json DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.apply_groups(a.user_id, provider, identity.group_names(groups))
	   FROM identity.account a WHERE a.provider_id = provider AND a.account_id = subject;
	PERFORM identity.log_refusal(email, (SELECT u.id FROM identity."user" u
		WHERE u.email = lower(oauth_refused.email)), 'sign-in.refused', user_agent);
END $$;

-- Links an account to a user who is still signed in with the session that began the link or with the session of this
-- request.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.oauth_link(uid text, session_id text, provider text, subject text,
	issuer text, email text, verified boolean, tokens json, end_session text,
	groups json DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
	a identity.account;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('oauth ' || provider || ' ' || subject, 0));
	SELECT x.* INTO u FROM identity."user" x JOIN identity.session s ON s.user_id = x.id
	 WHERE s.id = coalesce(oauth_link.session_id, ops.session())
	   AND x.id = coalesce(uid, ops.caller())
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
		-- A user grants further scopes by linking again.
		UPDATE identity.account x SET scope = (SELECT string_agg(s, ',' ORDER BY n) FROM (
			SELECT s, min(n) AS n FROM unnest(string_to_array(a.scope, ',')
				|| string_to_array(nullif(tokens->>'scope', ''), ','))
				WITH ORDINALITY AS l (s, n) WHERE s <> '' GROUP BY s) merged)
		 WHERE x.id = a.id;
	END IF;
	PERFORM identity.apply_groups(u.id, provider, identity.group_names(groups));
END $$;
