-- Sign-in with a password, and the common end of all sign-ins.

CREATE OR REPLACE FUNCTION identity.account_key(email text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT 'account|' || encode(sha256(convert_to(lower(email), 'UTF8')), 'hex')
$$;

-- Begins a sign-in. Sign-in and sign-up have two steps: the password is hashed in between, without an open transaction.
-- device is the "NUMBER.USER" of a browser in which the user has signed in before. work is the ID of a proof of work.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.sign_in_begin(email text, address text, path text, limited boolean,
	device text DEFAULT NULL, work text DEFAULT NULL)
RETURNS TABLE (user_id text, password text, verified boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, 3, 10);
		PERFORM identity.count_sign_in(email, address, device, work);
	END IF;
	RETURN QUERY SELECT u.id, a.password, u.email_verified FROM identity."user" u
		JOIN identity.account a ON a.user_id = u.id AND a.provider_id = 'credential'
		WHERE u.email = lower(sign_in_begin.email) AND a.password IS NOT NULL
		LIMIT 1;
END $$;

-- Signs in after the password has been verified: opens a session, or a challenge for the
-- second factor.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.sign_in(user_id text, session_id text, token_hash bytea,
	remember boolean, address text, user_agent text, new_password text, verified text,
	second_factor json DEFAULT NULL, device text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	answer text;
	email text;
	account text;
BEGIN
	SELECT u.email INTO email FROM identity."user" u WHERE u.id = sign_in.user_id FOR SHARE;
	-- The password may have been changed while the given password was hashed.
	PERFORM FROM identity.account a
	 WHERE a.user_id = sign_in.user_id AND a.provider_id = 'credential'
	   AND a.password = verified
	   FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVALID_EMAIL_OR_PASSWORD');
	END IF;
	answer := identity.enter_or_challenge(user_id, 'password', session_id, token_hash,
		remember, address, user_agent, second_factor);
	IF new_password IS NOT NULL THEN
		UPDATE identity.account a SET password = new_password, updated_at = now()
		 WHERE a.user_id = sign_in.user_id AND a.provider_id = 'credential';
	END IF;
	account := identity.account_key(email);
	DELETE FROM identity.rate_limit r WHERE r.key IN (account, account || '|' || identity.network(address),
		account || '|' || device);
	RETURN answer;
END $$;

-- Returns the user, locked so that a ban waits until the session is created. Refuses a banned user, and removes an
-- expired ban.
CREATE OR REPLACE FUNCTION identity.admit(user_id text) RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = admit.user_id FOR SHARE;
	IF u.banned THEN
		IF u.ban_expires IS NULL OR u.ban_expires > now() THEN
			PERFORM identity.refuse('BANNED_USER');
		END IF;
		UPDATE identity."user" x
		   SET banned = false, ban_reason = NULL, ban_expires = NULL, updated_at = now()
		 WHERE x.id = u.id RETURNING * INTO u;
	END IF;
	RETURN u;
END $$;

-- Opens a session for a user after any method of authentication. Returns the user as JSON, or null if there is no such
-- user. Every sign-in calls this function.
CREATE OR REPLACE FUNCTION identity.enter(user_id text, method text, session_id text, token_hash bytea,
	remember boolean, address text, user_agent text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user" := identity.admit(user_id);
	active uuid;
BEGIN
	IF u.id IS NULL THEN
		RETURN NULL;
	END IF;
	active := identity.choose_organization(u);
	-- The user is disabled in all of their organizations.
	IF active IS NULL AND EXISTS (SELECT FROM identity.organization_member m
	    WHERE m.user_id = u.id) THEN
		PERFORM identity.refuse('BANNED_USER');
	END IF;
	PERFORM identity.open_session(session_id, token_hash, u.id, method, remember, address,
		user_agent, active);
	RETURN identity.user_json(u);
END $$;

-- Returns the key under which attempts are counted. Each account has a counter, and each network in which the user
-- has a session has a separate counter, so that guesses from other networks do not lock out the user.
CREATE OR REPLACE FUNCTION identity.account_key_at(email text, address text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN identity.account_key(email) || CASE WHEN EXISTS (SELECT FROM identity.session s
		JOIN identity."user" u ON u.id = s.user_id
		WHERE u.email = lower(account_key_at.email) AND s.expires_at > now()
		  AND identity.network(s.ip_address) = identity.network(address))
		THEN '|' || identity.network(address) ELSE '' END;
END $$;

-- Counts an attempt to sign in. A known device of the user has a separate counter, and so does each known network. All
-- other attempts share a counter, which limits guesses from many networks. A proof of work replaces the delay of this
-- counter. A network is known while the user has a session in it.
CREATE OR REPLACE FUNCTION identity.count_sign_in(email text, address text, device text, work text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	account text := identity.account_key(email);
	place text := identity.network(address);
	known boolean := EXISTS (SELECT FROM identity."user" u WHERE u.email = lower(count_sign_in.email)
		AND u.id = substr(device, strpos(device, '.') + 1));
BEGIN
	PERFORM identity.count_guess(account || '|' || CASE WHEN known THEN device ELSE place END, 5, 900);
	IF NOT known AND identity.account_key_at(email, address) = account
	    AND (work IS NULL OR NOT identity.counts('work|' || work, 1, 600)) THEN
		PERFORM identity.count_guess(account, 20, 60);
	END IF;
END $$;

-- Returns the user whose device this is: the caller, unless an operator impersonates the user.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.own_device() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT ops.caller()
	 WHERE ops.impersonator() IS NULL
$$;

-- Creates the first organization for the first user of the installation.
CREATE OR REPLACE FUNCTION identity.found_first(u identity."user") RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	handle text := coalesce(nullif(trim(BOTH '-' FROM left(regexp_replace(lower(u.name),
		'[^a-z0-9]+', '-', 'g'), 60)), ''), 'organization');
BEGIN
	IF EXISTS (SELECT FROM identity.organization o WHERE o.slug = handle) THEN
		handle := handle || '-' || left(identity.new_id(), 8);
	END IF;
	RETURN (identity.found_organization(u.id,
		CASE trim(u.name) WHEN '' THEN 'My organization'
			ELSE left(u.name, 480) || '''s organization' END, handle,
		NULL, NULL)).organization_id;
END $$;
