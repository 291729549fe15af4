-- The one way in, whatever somebody proved first, and the one-time secrets by
-- which they prove it.

ALTER TABLE identity.session ADD COLUMN method text;

CREATE UNIQUE INDEX verification_identifier_key ON identity.verification (identifier);
DROP INDEX identity.verification_identifier;

-- One-time secrets

-- Under what name a secret is kept: its hash, so that who reads the table
-- proves nothing.
CREATE FUNCTION identity.proof_name(kind text, secret text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT kind || ':' || encode(sha256(convert_to(secret, 'UTF8')), 'hex')
$$;

CREATE FUNCTION identity.keep_proof(kind text, secret text, value text, life interval)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO identity.verification AS v (id, identifier, value, expires_at)
	VALUES (identity.new_id(), identity.proof_name(kind, secret), value, now() + life)
	ON CONFLICT (identifier) DO UPDATE SET value = excluded.value,
		expires_at = excluded.expires_at, updated_at = now();
END $$;

-- What the secret stands for; null when it is unknown, used or too old.  Of
-- any number who come with it at once one gets it.
CREATE FUNCTION identity.take_proof(kind text, secret text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	held identity.verification;
BEGIN
	DELETE FROM identity.verification v
	 WHERE v.identifier = identity.proof_name(kind, secret) RETURNING * INTO held;
	RETURN CASE WHEN held.expires_at > now() THEN held.value END;
END $$;

-- The same, left where it is.
CREATE FUNCTION identity.find_proof(kind text, secret text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT v.value FROM identity.verification v
		WHERE v.identifier = identity.proof_name(kind, secret) AND v.expires_at > now());
END $$;

-- Sessions

DROP FUNCTION identity.open_session(text, bytea, text, boolean, text, text, uuid);
CREATE FUNCTION identity.open_session(session_id text, token_hash bytea, user_id text,
	method text, remember boolean, address text, user_agent text, organization_id uuid)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO identity.session (id, token_hash, user_id, method, expires_at, remember,
		ip_address, user_agent, active_organization_id)
	VALUES (session_id, token_hash, user_id, method,
		now() + CASE WHEN remember THEN interval '7 days' ELSE interval '1 day' END,
		remember, address, user_agent, organization_id);
END $$;

-- The user, locked, so that a ban cannot slip in between this look and the
-- session; a ban that has run out is lifted.
CREATE FUNCTION identity.admit(user_id text) RETURNS identity."user"
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

-- Opens a session for somebody who has proved who they are, by whatever
-- method; the user as JSON, null when there is none.  All ways in end here.
CREATE FUNCTION identity.enter(user_id text, method text, session_id text, token_hash bytea,
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
	-- Disabled wherever they belong.
	IF active IS NULL AND EXISTS (SELECT FROM identity.organization_member m
	    WHERE m.user_id = u.id) THEN
		PERFORM identity.refuse('BANNED_USER');
	END IF;
	PERFORM identity.open_session(session_id, token_hash, u.id, method, remember, address,
		user_agent, active);
	RETURN identity.user_json(u);
END $$;

-- The caller's own hash, or null.
CREATE FUNCTION identity.own_password() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT a.password FROM identity.account a
		WHERE a.user_id = current_setting('app.user_id', true)
		  AND a.provider_id = 'credential' LIMIT 1);
END $$;

-- Counts one attempt, or refuses it.  The window starts with the last
-- attempt that was let through; a refused one changes nothing.
CREATE OR REPLACE FUNCTION identity.count_attempt(key text, most integer, seconds integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := clock_timestamp();
	open_from timestamptz := at - make_interval(secs => seconds);
	wait integer;
BEGIN
	-- Nobody else sweeps this table.
	IF random() < 0.01 THEN
		DELETE FROM identity.rate_limit r WHERE r.key IN (
			SELECT old.key FROM identity.rate_limit old
			 WHERE old.last_request < at - interval '1 hour'
			   FOR UPDATE SKIP LOCKED);
	END IF;
	INSERT INTO identity.rate_limit AS r VALUES (key, 1, at)
	ON CONFLICT ON CONSTRAINT rate_limit_pkey DO UPDATE
		SET count = CASE WHEN r.last_request <= open_from THEN 1 ELSE r.count + 1 END,
			last_request = at
		WHERE r.last_request <= open_from OR r.count < most;
	IF NOT FOUND THEN
		-- Another may have been counted while this one waited for the row.
		SELECT least(ceil(extract(epoch FROM r.last_request - open_from)), seconds) INTO wait
		  FROM identity.rate_limit r WHERE r.key = count_attempt.key;
		RAISE EXCEPTION 'Too many requests. Please try again later.'
			USING ERRCODE = 'ZH429', DETAIL = greatest(coalesce(wait, 1), 1)::text;
	END IF;
END $$;

-- Where the account is signed in it has a counter of its own, so that guesses
-- and requests from elsewhere lock nobody out.
CREATE FUNCTION identity.account_key_at(email text, address text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN identity.account_key(email) || CASE WHEN EXISTS (SELECT FROM identity.session s
		JOIN identity."user" u ON u.id = s.user_id
		WHERE u.email = lower(account_key_at.email) AND s.expires_at > now()
		  AND identity.network(s.ip_address) = identity.network(address))
		THEN '|' || identity.network(address) ELSE '' END;
END $$;

DROP FUNCTION identity.sign_in_begin(text, text, text, boolean);
CREATE FUNCTION identity.sign_in_begin(email text, address text, path text, limited boolean)
RETURNS TABLE (user_id text, password text, verified boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, 3, 10);
		PERFORM identity.count_attempt(identity.account_key_at(email, address), 5, 60);
	END IF;
	RETURN QUERY SELECT u.id, a.password, u.email_verified FROM identity."user" u
		JOIN identity.account a ON a.user_id = u.id AND a.provider_id = 'credential'
		WHERE u.email = lower(sign_in_begin.email) AND a.password IS NOT NULL
		LIMIT 1;
END $$;

-- To be called when the password has been found right: the user, or what the
-- gate asks for besides.
DROP FUNCTION identity.sign_in(text, text, bytea, boolean, text, text, text, text);
CREATE FUNCTION identity.sign_in(user_id text, session_id text, token_hash bytea,
	remember boolean, address text, user_agent text, new_password text, verified text,
	gate json DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	answer text;
	email text;
BEGIN
	SELECT u.email INTO email FROM identity."user" u WHERE u.id = sign_in.user_id FOR SHARE;
	-- The password may have been changed while this one was being hashed.
	PERFORM FROM identity.account a
	 WHERE a.user_id = sign_in.user_id AND a.provider_id = 'credential'
	   AND a.password = verified
	   FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVALID_EMAIL_OR_PASSWORD');
	END IF;
	answer := identity.enter_or_challenge(user_id, 'password', session_id, token_hash,
		remember, address, user_agent, gate);
	IF new_password IS NOT NULL THEN
		UPDATE identity.account a SET password = new_password, updated_at = now()
		 WHERE a.user_id = sign_in.user_id AND a.provider_id = 'credential';
	END IF;
	DELETE FROM identity.rate_limit r WHERE r.key IN (identity.account_key(email),
		identity.account_key(email) || '|' || identity.network(address));
	RETURN answer;
END $$;

-- The first organization, for the first user of the instance.
CREATE FUNCTION identity.found_first(u identity."user") RETURNS uuid
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

-- Whether somebody may sign up at all; an invitation lets in whom it names.
CREATE FUNCTION identity.check_door(email text, invite_hash bytea, open boolean)
RETURNS identity.organization_invitation LANGUAGE plpgsql AS $$
DECLARE
	i identity.organization_invitation := identity.usable_invitation(invite_hash, email);
BEGIN
	-- Also where anyone may: a stale link would leave its holder outside.
	IF i.id IS NULL AND (invite_hash IS NOT NULL OR NOT open AND identity.init_state()) THEN
		PERFORM identity.refuse('EMAIL_PASSWORD_SIGN_UP_DISABLED');
	END IF;
	RETURN i;
END $$;

-- Somebody new, and with the first one or an invitation a membership; who is
-- registered may enter.  All sign-ups pass here, by whatever method.
CREATE FUNCTION identity.register(user_id text, name text, first_name text, last_name text,
	email text, email_verified boolean, image text, invite_hash bytea, open boolean)
RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
	i identity.organization_invitation;
	active uuid;
BEGIN
	-- One at a time: the first of two racing sign-ups founds the
	-- organization, the second one sees it.
	PERFORM pg_advisory_xact_lock(hashtextextended('tenantry sign-up', 0));
	PERFORM identity.check_sign_up(email, invite_hash, open);
	PERFORM set_config('app.user_id', register.user_id, true);
	INSERT INTO identity."user" (id, name, first_name, last_name, email, email_verified, image)
	VALUES (register.user_id, register.name, register.first_name, register.last_name,
		lower(register.email), register.email_verified, register.image)
	ON CONFLICT ON CONSTRAINT user_email_key DO NOTHING RETURNING * INTO u;
	IF NOT FOUND THEN
		PERFORM identity.refuse('USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
	END IF;

	IF invite_hash IS NOT NULL THEN
		-- First, as whoever cancels it or demotes the inviter does.
		PERFORM FROM identity.organization o WHERE o.id = (SELECT x.organization_id
			FROM identity.organization_invitation x WHERE x.token_hash = invite_hash)
		   FOR NO KEY UPDATE;
		i := identity.usable_invitation(invite_hash, email);
		UPDATE identity.organization_invitation x SET status = 'accepted'
		 WHERE x.id = i.id AND x.status = 'pending' AND x.expires_at > now();
		IF FOUND THEN
			INSERT INTO identity.organization_member (id, organization_id, user_id, role)
			VALUES (identity.new_id(), i.organization_id, u.id, i.role);
			active := i.organization_id;
		ELSE
			PERFORM identity.refuse('EMAIL_PASSWORD_SIGN_UP_DISABLED');
		END IF;
	END IF;
	IF active IS NULL AND NOT identity.init_state() THEN
		active := identity.found_first(u);
	END IF;
	IF active IS NOT NULL THEN
		UPDATE identity."user" x SET last_organization_id = active
		 WHERE x.id = u.id RETURNING * INTO u;
	END IF;
	RETURN u;
END $$;

-- quiet: who asks must not learn whether the address has an account.
DROP FUNCTION identity.sign_up_begin(text, text, text, boolean, bytea, boolean);
CREATE FUNCTION identity.sign_up_begin(email text, address text, path text, limited boolean,
	invite_hash bytea, open boolean, quiet boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, 3, 10);
	END IF;
	IF quiet THEN
		PERFORM identity.check_door(email, invite_hash, open);
	ELSE
		PERFORM identity.check_sign_up(email, invite_hash, open);
	END IF;
END $$;

CREATE FUNCTION identity.add_newcomer(user_id text, name text, first_name text, last_name text,
	email text, image text, password text, invite_hash bytea, open boolean)
RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user" := identity.register(user_id, name, first_name, last_name, email, false,
		image, invite_hash, open);
BEGIN
	INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
	VALUES (identity.new_id(), u.id, 'credential', u.id, add_newcomer.password);
	RETURN u;
END $$;

CREATE OR REPLACE FUNCTION identity.sign_up(user_id text, name text, first_name text, last_name text,
	email text, image text, password text, session_id text, token_hash bytea,
	remember boolean, address text, user_agent text, invite_hash bytea, open boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user" := identity.add_newcomer(user_id, name, first_name, last_name, email,
		image, password, invite_hash, open);
BEGIN
	PERFORM identity.open_session(session_id, token_hash, u.id, 'sign-up', remember, address,
		user_agent, u.last_organization_id);
	RETURN identity.user_json(u);
END $$;

-- The same where an address has to be proved first: a link is mailed, and no
-- session begins.  Nobody learns whether the address has an account: for one
-- that has, as much is written under an address that nobody can have, shown as
-- if it were the new user, and taken back.
CREATE FUNCTION identity.sign_up_unverified(user_id text, name text, first_name text,
	last_name text, email text, image text, password text, invite_hash bytea, open boolean,
	link text, language text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	i identity.organization_invitation;
	u identity."user";
	taken boolean;
BEGIN
	-- Nobody takes the address between this look and the end.
	PERFORM pg_advisory_xact_lock(hashtextextended('tenantry sign-up', 0));
	i := identity.check_door(email, invite_hash, open);
	taken := EXISTS (SELECT FROM identity."user" x
		WHERE x.email = lower(sign_up_unverified.email));
	IF taken THEN
		-- The door is open to the address; it is not the one that goes through.
		u := identity.add_newcomer(user_id, name, first_name, last_name,
			user_id || '@taken.invalid', image, password,
			CASE WHEN i.email IS NULL THEN invite_hash END, true);
	ELSE
		u := identity.add_newcomer(user_id, name, first_name, last_name, email, image,
			password, invite_hash, open);
	END IF;
	u.email := lower(email);
	PERFORM ops.send_mail('verify-email', u.email, language, jsonb_build_object('url', link));
	IF taken THEN
		RAISE SQLSTATE 'ZH001';
	END IF;
	RETURN identity.user_json(u);
EXCEPTION WHEN SQLSTATE 'ZH001' THEN
	RETURN identity.user_json(u);
END $$;

CREATE OR REPLACE FUNCTION identity.change_password(password text, revoke_others boolean, session_id text,
	token_hash bytea, address text, user_agent text, verified text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := current_setting('app.user_id', true);
	u identity."user";
	was identity.session;
BEGIN
	UPDATE identity.account a SET password = change_password.password, updated_at = now()
	 WHERE a.user_id = uid AND a.provider_id = 'credential' AND a.password = verified;
	IF NOT FOUND THEN -- another change was faster
		PERFORM identity.refuse('INVALID_PASSWORD');
	END IF;
	IF revoke_others THEN
		PERFORM identity.admit(uid); -- a ban may be under way
		SELECT * INTO was FROM identity.session s
		 WHERE s.id = current_setting('app.session_id', true);
		DELETE FROM identity.session s WHERE s.user_id = uid;
		PERFORM identity.open_session(session_id, token_hash, uid,
			coalesce(was.method, 'password'), coalesce(was.remember, true), address,
			user_agent, was.active_organization_id);
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid;
	RETURN identity.user_json(u);
END $$;

GRANT EXECUTE ON FUNCTION
	identity.own_password(),
	identity.sign_in_begin(text, text, text, boolean),
	identity.sign_in(text, text, bytea, boolean, text, text, text, text, json),
	identity.sign_up_begin(text, text, text, boolean, bytea, boolean, boolean),
	identity.sign_up_unverified(text, text, text, text, text, text, text, bytea, boolean, text,
		text)
	TO tenantry_app;
