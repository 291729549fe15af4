-- Sign-up.

CREATE OR REPLACE FUNCTION identity.check_sign_up(email text, invite_hash bytea, open boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	-- An invalid link is refused even if sign-up is open: otherwise, the user would sign up without becoming a member.
	IF (invite_hash IS NOT NULL OR NOT open AND identity.init_state())
	    AND (identity.usable_invitation(invite_hash, email)).id IS NULL THEN
		PERFORM identity.refuse('EMAIL_PASSWORD_SIGN_UP_DISABLED');
	END IF;
	IF EXISTS (SELECT FROM identity."user" u WHERE u.email = lower(check_sign_up.email)) THEN
		PERFORM identity.refuse('USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
	END IF;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.sign_up_begin(email text, address text, path text, limited boolean,
	invite_hash bytea, open boolean, quiet boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, 3, 10);
	END IF;
	IF quiet THEN
		PERFORM identity.sign_up_invitation(email, invite_hash, open);
	ELSE
		PERFORM identity.check_sign_up(email, invite_hash, open);
	END IF;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.sign_up(user_id text, name text, first_name text, last_name text,
	email text, image text, password text, session_id text, token_hash bytea,
	remember boolean, address text, user_agent text, invite_hash bytea, open boolean,
	founds boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user" := identity.add_newcomer(user_id, name, first_name, last_name, email,
		image, password, invite_hash, open, founds);
BEGIN
	PERFORM identity.open_session(session_id, token_hash, u.id, 'sign-up', remember, address,
		user_agent, u.last_organization_id);
	RETURN identity.user_json(u);
END $$;

-- Refuses a sign-up that is not allowed. An invitation allows its address.
CREATE OR REPLACE FUNCTION identity.sign_up_invitation(email text, invite_hash bytea, open boolean)
RETURNS identity.organization_invitation LANGUAGE plpgsql AS $$
DECLARE
	i identity.organization_invitation := identity.usable_invitation(invite_hash, email);
BEGIN
	-- An invalid link is refused even if sign-up is open: otherwise, the user would sign up without becoming a member.
	IF i.id IS NULL AND (invite_hash IS NOT NULL OR NOT open AND identity.init_state()) THEN
		PERFORM identity.refuse('EMAIL_PASSWORD_SIGN_UP_DISABLED');
	END IF;
	RETURN i;
END $$;

-- Creates a user, with a membership for the first user or by an invitation. If founds is true, a user without an
-- invitation also creates an organization. Every sign-up calls this function.
CREATE OR REPLACE FUNCTION identity.register(user_id text, name text, first_name text, last_name text,
	email text, email_verified boolean, image text, invite_hash bytea, open boolean,
	founds boolean DEFAULT false) RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
	i identity.organization_invitation;
	active uuid;
BEGIN
	-- Serializes sign-ups: if two first sign-ups are concurrent, one creates the organization, and the other sees it.
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
		-- Locks the organization first, in the same order as a cancellation of the invitation or a demotion of
		-- the inviter.
		PERFORM FROM identity.organization o WHERE o.id = (SELECT x.organization_id
			FROM identity.organization_invitation x WHERE x.token_hash = invite_hash)
		   FOR NO KEY UPDATE;
		i := identity.usable_invitation(invite_hash, email);
		UPDATE identity.organization_invitation x SET status = 'accepted'
		 WHERE x.id = i.id AND x.status = 'pending' AND x.expires_at > now();
		IF FOUND THEN
			INSERT INTO identity.organization_member (id, organization_id, user_id, role)
			VALUES (identity.new_id(), i.organization_id, u.id, i.role);
			PERFORM identity.join_teams(i.organization_id, i.team_ids, u.id);
			active := i.organization_id;
		ELSE
			PERFORM identity.refuse('EMAIL_PASSWORD_SIGN_UP_DISABLED');
		END IF;
	END IF;
	IF active IS NULL AND (founds OR NOT identity.init_state()) THEN
		active := identity.found_first(u);
	END IF;
	IF active IS NOT NULL THEN
		UPDATE identity."user" x SET last_organization_id = active
		 WHERE x.id = u.id RETURNING * INTO u;
	END IF;
	RETURN u;
END $$;

CREATE OR REPLACE FUNCTION identity.add_newcomer(user_id text, name text, first_name text, last_name text,
	email text, image text, password text, invite_hash bytea, open boolean, founds boolean)
RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user" := identity.register(user_id, name, first_name, last_name, email, false,
		image, invite_hash, open, founds);
BEGIN
	INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
	VALUES (identity.new_id(), u.id, 'credential', u.id, add_newcomer.password);
	RETURN u;
END $$;

-- Signs up a user whose address must be verified first: emails a link and opens no session. The response does not
-- reveal whether the address has an account: for a known address, the same rows are written with an invalid address and
-- then deleted.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.sign_up_unverified(user_id text, name text, first_name text,
	last_name text, email text, image text, password text, invite_hash bytea, open boolean,
	link text, language text, founds boolean DEFAULT false)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	i identity.organization_invitation;
	u identity."user";
	taken boolean;
BEGIN
	-- Prevents other sign-ups from taking the address until the end of the transaction.
	PERFORM pg_advisory_xact_lock(hashtextextended('tenantry sign-up', 0));
	i := identity.sign_up_invitation(email, invite_hash, open);
	taken := EXISTS (SELECT FROM identity."user" x
		WHERE x.email = lower(sign_up_unverified.email));
	IF taken THEN
		-- An invitation with an address is not passed, since it is for the given address and not for this substitute.
		u := identity.add_newcomer(user_id, name, first_name, last_name,
			user_id || '@taken.invalid', image, password,
			CASE WHEN i.email IS NULL THEN invite_hash END, true, founds);
	ELSE
		u := identity.add_newcomer(user_id, name, first_name, last_name, email, image,
			password, invite_hash, open, founds);
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
