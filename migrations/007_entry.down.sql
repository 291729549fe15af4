-- Backwards through 007_entry.up.sql.
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
		SELECT ceil(extract(epoch FROM r.last_request - open_from)) INTO wait
		  FROM identity.rate_limit r WHERE r.key = count_attempt.key;
		RAISE EXCEPTION 'Too many requests. Please try again later.'
			USING ERRCODE = 'ZH429', DETAIL = greatest(coalesce(wait, 1), 1)::text;
	END IF;
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
		SELECT * INTO was FROM identity.session s
		 WHERE s.id = current_setting('app.session_id', true);
		DELETE FROM identity.session s WHERE s.user_id = uid;
		PERFORM identity.open_session(session_id, token_hash, uid,
			coalesce(was.remember, true), address, user_agent, was.active_organization_id);
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid;
	RETURN identity.user_json(u);
END $$;

CREATE OR REPLACE FUNCTION identity.sign_up(user_id text, name text, first_name text, last_name text,
	email text, image text, password text, session_id text, token_hash bytea,
	remember boolean, address text, user_agent text, invite_hash bytea, open boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
	i identity.organization_invitation;
	active uuid;
	handle text;
BEGIN
	-- One at a time: the first of two racing sign-ups founds the
	-- organization, the second one sees it.
	PERFORM pg_advisory_xact_lock(hashtextextended('tenantry sign-up', 0));
	PERFORM identity.check_sign_up(email, invite_hash, open);
	PERFORM set_config('app.user_id', sign_up.user_id, true);
	INSERT INTO identity."user" (id, name, first_name, last_name, email, image)
	VALUES (sign_up.user_id, sign_up.name, sign_up.first_name, sign_up.last_name,
		lower(sign_up.email), sign_up.image)
	ON CONFLICT ON CONSTRAINT user_email_key DO NOTHING RETURNING * INTO u;
	IF NOT FOUND THEN
		PERFORM identity.refuse('USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
	END IF;
	INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
	VALUES (identity.new_id(), u.id, 'credential', u.id, sign_up.password);

	i := identity.usable_invitation(invite_hash, email);
	IF i.id IS NOT NULL THEN
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
		handle := coalesce(nullif(trim(BOTH '-' FROM left(regexp_replace(lower(u.name),
			'[^a-z0-9]+', '-', 'g'), 60)), ''), 'organization');
		IF EXISTS (SELECT FROM identity.organization o WHERE o.slug = handle) THEN
			handle := handle || '-' || left(identity.new_id(), 8);
		END IF;
		active := (identity.found_organization(u.id,
			CASE trim(u.name) WHEN '' THEN 'My organization'
				ELSE left(u.name, 480) || '''s organization' END, handle,
			NULL, NULL)).organization_id;
	END IF;
	IF active IS NOT NULL THEN
		UPDATE identity."user" x SET last_organization_id = active WHERE x.id = u.id;
	END IF;
	PERFORM identity.open_session(session_id, token_hash, u.id, remember, address, user_agent,
		active);
	RETURN identity.user_json(u);
END $$;

DROP FUNCTION identity.sign_up_unverified, identity.add_newcomer, identity.sign_up_begin,
	identity.check_door, identity.sign_in_begin, identity.account_key_at;
CREATE FUNCTION identity.sign_in_begin(email text, address text, path text, limited boolean)
RETURNS TABLE (user_id text, password text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, 3, 10);
		-- Where the account is signed in it has a counter of its own, so
		-- that guessing elsewhere locks nobody out.
		PERFORM identity.count_attempt(identity.account_key(email)
			|| CASE WHEN EXISTS (SELECT FROM identity.session s
				JOIN identity."user" u ON u.id = s.user_id
				WHERE u.email = lower(sign_in_begin.email) AND s.expires_at > now()
				  AND identity.network(s.ip_address) = identity.network(address))
			THEN '|' || identity.network(address) ELSE '' END, 5, 60);
	END IF;
	RETURN QUERY SELECT u.id, a.password FROM identity."user" u
		JOIN identity.account a ON a.user_id = u.id AND a.provider_id = 'credential'
		WHERE u.email = lower(sign_in_begin.email) AND a.password IS NOT NULL
		LIMIT 1;
END $$;

CREATE FUNCTION identity.sign_up_begin(email text, address text, path text, limited boolean,
	invite_hash bytea, open boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, 3, 10);
	END IF;
	PERFORM identity.check_sign_up(email, invite_hash, open);
END $$;
GRANT EXECUTE ON FUNCTION
	identity.sign_in_begin(text, text, text, boolean),
	identity.sign_up_begin(text, text, text, boolean, bytea, boolean)
	TO tenantry_app;
DROP FUNCTION identity.register(text, text, text, text, text, boolean, text, bytea, boolean);
DROP FUNCTION identity.found_first(identity."user");

DROP FUNCTION identity.sign_in(text, text, bytea, boolean, text, text, text, text, json);
CREATE FUNCTION identity.sign_in(user_id text, session_id text, token_hash bytea,
	remember boolean, address text, user_agent text, new_password text, verified text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
	active uuid;
BEGIN
	-- Locked, so that a ban cannot slip in between this look and the session.
	SELECT * INTO u FROM identity."user" x WHERE x.id = sign_in.user_id FOR SHARE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVALID_EMAIL_OR_PASSWORD');
	END IF;
	-- The password may have been changed while this one was being hashed.
	PERFORM FROM identity.account a
	 WHERE a.user_id = u.id AND a.provider_id = 'credential' AND a.password = verified
	   FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVALID_EMAIL_OR_PASSWORD');
	END IF;
	IF u.banned THEN
		IF u.ban_expires IS NULL OR u.ban_expires > now() THEN
			PERFORM identity.refuse('BANNED_USER');
		END IF;
		UPDATE identity."user" x
		   SET banned = false, ban_reason = NULL, ban_expires = NULL, updated_at = now()
		 WHERE x.id = u.id RETURNING * INTO u;
	END IF;
	active := identity.choose_organization(u);
	IF active IS NULL AND EXISTS (SELECT FROM identity.organization_member m
	    WHERE m.user_id = u.id) THEN
		PERFORM identity.refuse('BANNED_USER');
	END IF;
	IF new_password IS NOT NULL THEN
		UPDATE identity.account a SET password = new_password, updated_at = now()
		 WHERE a.user_id = u.id AND a.provider_id = 'credential';
	END IF;
	PERFORM identity.open_session(session_id, token_hash, u.id, remember, address, user_agent,
		active);
	DELETE FROM identity.rate_limit r WHERE r.key IN (identity.account_key(u.email),
		identity.account_key(u.email) || '|' || identity.network(address));
	RETURN identity.user_json(u);
END $$;
GRANT EXECUTE ON FUNCTION
	identity.sign_in(text, text, bytea, boolean, text, text, text, text)
	TO tenantry_app;

DROP FUNCTION identity.own_password, identity.enter, identity.admit, identity.open_session;
CREATE FUNCTION identity.open_session(session_id text, token_hash bytea, user_id text,
	remember boolean, address text, user_agent text, organization_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO identity.session (id, token_hash, user_id, expires_at, remember, ip_address,
		user_agent, active_organization_id)
	VALUES (session_id, token_hash, user_id,
		now() + CASE WHEN remember THEN interval '7 days' ELSE interval '1 day' END,
		remember, address, user_agent, organization_id);
END $$;

DROP FUNCTION identity.find_proof, identity.take_proof, identity.keep_proof, identity.proof_name;
CREATE INDEX verification_identifier ON identity.verification (identifier);
DROP INDEX identity.verification_identifier_key;
ALTER TABLE identity.session DROP COLUMN method;
