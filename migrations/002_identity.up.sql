-- Who somebody is and which organizations they belong to: Better Auth's
-- model with names in snake case; the functions speak its camelCase JSON.
--
-- Nothing here is granted to the application but functions.  They run as the
-- owner, so each names the user or organization it is about.

CREATE TABLE identity."user" (
	id                 text PRIMARY KEY,
	name               text NOT NULL CONSTRAINT user_name_check
		CHECK (char_length(name) <= 500),
	-- For the CRM; split from name unless sign-up gave them.
	first_name         text NOT NULL,
	last_name          text NOT NULL,
	email              text NOT NULL UNIQUE CONSTRAINT user_email_check
		CHECK (email = lower(email) AND char_length(email) <= 320),
	email_verified     boolean NOT NULL DEFAULT false,
	image              text,
	created_at         timestamptz NOT NULL DEFAULT now(),
	updated_at         timestamptz NOT NULL DEFAULT now(),
	role               text DEFAULT 'user',
	banned             boolean DEFAULT false,
	ban_reason         text,
	ban_expires        timestamptz,
	two_factor_enabled boolean DEFAULT false,
	last_organization_id uuid
);

CREATE TABLE identity.organization (
	id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	name       text NOT NULL CONSTRAINT organization_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	slug       text NOT NULL UNIQUE CONSTRAINT organization_slug_check
		CHECK (slug <> '' AND char_length(slug) <= 500),
	logo       text,
	metadata   text,
	-- The demo does not count when we ask whether anybody has signed up.
	demo       boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE identity."user" ADD CONSTRAINT user_last_organization_id_fkey
	FOREIGN KEY (last_organization_id) REFERENCES identity.organization ON DELETE SET NULL;

CREATE TABLE identity.session (
	id                     text PRIMARY KEY,
	-- SHA-256 of the token; the token itself is nowhere.
	token_hash             bytea NOT NULL UNIQUE CONSTRAINT session_token_hash_check
		CHECK (octet_length(token_hash) = 32),
	user_id                text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	expires_at             timestamptz NOT NULL,
	remember               boolean NOT NULL DEFAULT true,
	created_at             timestamptz NOT NULL DEFAULT now(),
	updated_at             timestamptz NOT NULL DEFAULT now(),
	ip_address             text,
	user_agent             text,
	active_organization_id uuid REFERENCES identity.organization ON DELETE SET NULL,
	impersonated_by        text
);
CREATE INDEX session_user_id ON identity.session (user_id);

CREATE TABLE identity.account (
	id                       text PRIMARY KEY,
	account_id               text NOT NULL,
	provider_id              text NOT NULL,
	issuer                   text,
	user_id                  text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	access_token             text,
	refresh_token            text,
	id_token                 text,
	access_token_expires_at  timestamptz,
	refresh_token_expires_at timestamptz,
	scope                    text,
	password                 text,
	created_at               timestamptz NOT NULL DEFAULT now(),
	updated_at               timestamptz NOT NULL DEFAULT now(),
	UNIQUE (provider_id, account_id)
);
CREATE INDEX account_user_id ON identity.account (user_id);

CREATE TABLE identity.verification (
	id         text PRIMARY KEY,
	identifier text NOT NULL,
	value      text NOT NULL,
	expires_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX verification_identifier ON identity.verification (identifier);

CREATE TABLE identity.organization_member (
	id              text PRIMARY KEY,
	organization_id uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	user_id         text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	-- A comma list on the wire; the strongest role in it counts.
	role            text NOT NULL CONSTRAINT organization_member_role_check
		CHECK (role ~ '^(owner|admin|member)(,(owner|admin|member))*$'),
	disabled        boolean NOT NULL DEFAULT false,
	-- The member's row in the CRM, here so that a request need not look for it.
	sales_id        bigint,
	created_at      timestamptz NOT NULL DEFAULT now(),
	UNIQUE (organization_id, user_id)
);
CREATE INDEX organization_member_user_id ON identity.organization_member (user_id);

CREATE TABLE identity.organization_invitation (
	id              text PRIMARY KEY,
	token_hash      bytea UNIQUE CONSTRAINT organization_invitation_token_hash_check
		CHECK (octet_length(token_hash) = 32),
	organization_id uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	-- Null: whoever holds the link.
	email           text CONSTRAINT organization_invitation_email_check
		CHECK (email = lower(email)),
	role            text NOT NULL CONSTRAINT organization_invitation_role_check
		CHECK (role ~ '^(owner|admin|member)(,(owner|admin|member))*$'),
	status          text NOT NULL DEFAULT 'pending' CONSTRAINT organization_invitation_status_check
		CHECK (status IN ('pending', 'accepted', 'rejected', 'canceled')),
	expires_at      timestamptz NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	inviter_id      text NOT NULL REFERENCES identity."user" ON DELETE CASCADE
);
CREATE INDEX organization_invitation_organization_id
	ON identity.organization_invitation (organization_id);

-- Counters of attempts.  Losing them in a crash costs an attacker's wait.
CREATE UNLOGGED TABLE identity.rate_limit (
	key          text PRIMARY KEY,
	count        integer NOT NULL,
	last_request timestamptz NOT NULL
);

-- The names these tables have elsewhere; for people with a psql.
CREATE VIEW crm.organizations WITH (security_invoker) AS
	SELECT id, name, slug, logo, demo, created_at FROM identity.organization;
CREATE VIEW crm.users WITH (security_invoker) AS
	SELECT id, email, name, email_verified, image, created_at, updated_at FROM identity."user";
CREATE VIEW crm.memberships WITH (security_invoker) AS
	SELECT id, organization_id AS org_id, user_id, role, disabled, created_at
	  FROM identity.organization_member;

-- Shapes of the wire

CREATE FUNCTION identity.new_id() RETURNS text
LANGUAGE sql VOLATILE AS $$ SELECT replace(gen_random_uuid()::text, '-', '') $$;

CREATE FUNCTION identity.iso(t timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

CREATE FUNCTION identity.user_json(u identity."user") RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('name', u.name, 'email', u.email, 'emailVerified', u.email_verified,
		'image', u.image, 'createdAt', identity.iso(u.created_at),
		'updatedAt', identity.iso(u.updated_at), 'role', u.role, 'banned', u.banned,
		'banReason', u.ban_reason, 'banExpires', identity.iso(u.ban_expires),
		'twoFactorEnabled', u.two_factor_enabled, 'id', u.id)
$$;

-- Without the token, which only the caller's cookie holds.
CREATE FUNCTION identity.session_json(s identity.session) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('expiresAt', identity.iso(s.expires_at),
		'createdAt', identity.iso(s.created_at), 'updatedAt', identity.iso(s.updated_at),
		'ipAddress', coalesce(s.ip_address, ''), 'userAgent', coalesce(s.user_agent, ''),
		'userId', s.user_id, 'activeOrganizationId', s.active_organization_id,
		'impersonatedBy', s.impersonated_by, 'id', s.id)
$$;

CREATE FUNCTION identity.member_json(m identity.organization_member) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('organizationId', m.organization_id, 'userId', m.user_id,
		'role', m.role, 'createdAt', identity.iso(m.created_at), 'id', m.id)
$$;

CREATE FUNCTION identity.member_user_json(m identity.organization_member, u identity."user")
RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('organizationId', m.organization_id, 'userId', m.user_id,
		'role', m.role, 'createdAt', identity.iso(m.created_at), 'id', m.id,
		'user', json_build_object('id', u.id, 'name', u.name, 'email', u.email,
			'image', u.image))
$$;

CREATE FUNCTION identity.invitation_json(i identity.organization_invitation) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('organizationId', i.organization_id, 'email', i.email,
		'role', i.role, 'status', i.status, 'expiresAt', identity.iso(i.expires_at),
		'createdAt', identity.iso(i.created_at), 'inviterId', i.inviter_id, 'id', i.id)
$$;

-- Small questions

-- Raises an error of the wire; the C side knows its status and text.
CREATE FUNCTION identity.refuse(code text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', code USING ERRCODE = 'ZH000';
END $$;

CREATE FUNCTION identity.uuid_or_null(value text) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN value ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
		THEN value::uuid END
$$;

CREATE FUNCTION identity.strongest_role(roles text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN strpos(roles, 'owner') > 0 THEN 'owner'
		WHEN strpos(roles, 'admin') > 0 THEN 'admin' ELSE 'member' END
$$;

-- The one place where membership is read for a list.
CREATE FUNCTION identity.org_ids_for_user(uid text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN ARRAY(SELECT m.organization_id FROM identity.organization_member m
		WHERE m.user_id = uid AND NOT m.disabled ORDER BY m.created_at, m.id);
END $$;

CREATE FUNCTION identity.init_state() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM identity.organization WHERE NOT demo);
END $$;

-- The version of the schema, for readiness.
CREATE FUNCTION identity.ready() RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN (SELECT max(version) FROM ops.schema_migration);
END $$;

-- The way in

-- Opens a request: checks session, membership and role, leaves them in
-- settings that last as long as the transaction, and takes the idempotency
-- key.  True when the session was prolonged and its cookie must be set again.
CREATE FUNCTION identity.begin_request(token_hash bytea, org text, request_id text,
	address text, read_only boolean, need text, idempotency_key text, fingerprint bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid;
	session_id text;
	uid text;
	expires timestamptz;
	created timestamptz;
	remembered boolean;
	member_org uuid;
	member_role text;
	member_disabled boolean;
	member_sales bigint;
	slid boolean := false;
	ignored text;
BEGIN
	IF org IS NOT NULL THEN
		wanted := identity.uuid_or_null(org);
	END IF;
	SELECT s.id, s.user_id, s.expires_at, s.created_at, s.remember,
		m.organization_id, m.role, m.disabled, m.sales_id
	  INTO session_id, uid, expires, created, remembered,
		member_org, member_role, member_disabled, member_sales
	  FROM identity.session s LEFT JOIN identity.organization_member m
	    ON m.organization_id = coalesce(wanted, s.active_organization_id)
	   AND m.user_id = s.user_id
	 WHERE s.token_hash = begin_request.token_hash AND s.expires_at > now();
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no session' USING ERRCODE = 'ZH401';
	END IF;
	IF org IS NOT NULL AND (wanted IS NULL OR member_org IS NULL) THEN
		RAISE EXCEPTION 'no such organization' USING ERRCODE = 'ZH404';
	END IF;
	IF need IN ('organization', 'admin') THEN
		IF member_org IS NULL THEN
			RAISE EXCEPTION 'no organization is active'
				USING ERRCODE = 'ZH409', HINT = 'no_organization';
		ELSIF member_disabled THEN
			RAISE EXCEPTION 'this account is disabled' USING ERRCODE = 'ZH401';
		END IF;
	ELSIF need = 'fresh' AND created <= now() - interval '1 day' THEN
		PERFORM identity.refuse('SESSION_NOT_FRESH');
	END IF;
	-- Assignments, since plpgsql evaluates them without the executor.
	ignored := set_config('app.user_id', uid, true);
	IF NOT member_disabled THEN
		ignored := set_config('app.org_id', member_org::text, true);
		member_role := identity.strongest_role(member_role);
		ignored := set_config('app.role', member_role, true);
		IF need = 'admin' AND member_role = 'member' THEN
			RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
		END IF;
	END IF;
	IF need NOT IN ('organization', 'admin') THEN
		ignored := set_config('app.session_id', session_id, true);
	END IF;
	IF remembered AND expires <= now() + interval '6 days' THEN
		UPDATE identity.session s SET expires_at = now() + interval '7 days', updated_at = now()
		 WHERE s.id = session_id;
		slid := true;
	END IF;
	IF read_only THEN
		ignored := set_config('transaction_read_only', 'on', true);
		RETURN slid;
	END IF;
	IF NOT member_disabled THEN
		ignored := set_config('app.sales_id', member_sales::text, true);
	END IF;
	ignored := set_config('app.request_id', request_id, true);
	ignored := set_config('app.address', address, true);
	IF idempotency_key IS NOT NULL THEN
		PERFORM ops.claim_key(uid || '/' || CASE
			WHEN need IN ('organization', 'admin') THEN member_org::text ELSE '' END,
			idempotency_key, fingerprint);
	END IF;
	RETURN slid;
END $$;

-- The same for somebody who need not be signed in.
CREATE FUNCTION identity.begin_public(request_id text, address text, idempotency_key text,
	fingerprint bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	ignored text;
BEGIN
	ignored := set_config('app.request_id', request_id, true);
	ignored := set_config('app.address', address, true);
	IF idempotency_key IS NOT NULL THEN
		PERFORM ops.claim_key('address:' || coalesce(address, ''), idempotency_key, fingerprint);
	END IF;
END $$;

-- Who is signed in, by a cookie that may be stale: no row, no session.
CREATE FUNCTION identity.get_session(token_hash bytea, refresh boolean)
RETURNS TABLE (session text, account text, refreshed boolean, remember boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	s identity.session;
	u identity."user";
BEGIN
	SELECT * INTO s FROM identity.session x WHERE x.token_hash = get_session.token_hash;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF s.expires_at <= now() THEN
		IF current_setting('transaction_read_only') = 'off' THEN
			DELETE FROM identity.session x WHERE x.id = s.id;
		END IF;
		RETURN;
	END IF;
	refreshed := refresh AND s.remember AND s.expires_at <= now() + interval '6 days'
		AND current_setting('transaction_read_only') = 'off';
	IF refreshed THEN
		UPDATE identity.session x
		   SET expires_at = now() + interval '7 days', updated_at = now()
		 WHERE x.id = s.id RETURNING * INTO s;
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.id = s.user_id;
	session := identity.session_json(s);
	account := identity.user_json(u);
	remember := s.remember;
	RETURN NEXT;
END $$;

-- Limits

-- Counts one attempt, or refuses it.  The window starts with the last
-- attempt that was let through; a refused one changes nothing.
CREATE FUNCTION identity.count_attempt(key text, most integer, seconds integer) RETURNS void
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

-- One caller on IPv6 owns a /64.
CREATE FUNCTION identity.network(address text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN address IS NULL OR address = '' THEN 'no-trusted-ip'
		WHEN address ~* '^::ffff:[0-9.]+$' THEN substr(address, 8)
		WHEN address ~ '^[0-9a-fA-F:]+$' AND address ~ ':'
			THEN host(network(set_masklen(address::inet, 64)))
		ELSE address END
$$;

CREATE FUNCTION identity.account_key(email text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT 'account|' || encode(sha256(convert_to(lower(email), 'UTF8')), 'hex')
$$;

-- Sign-in and sign-up: each in two steps, since the password is hashed in
-- between and no transaction waits for that.

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

-- Whose sales row somebody writes as is decided by the active organization:
-- the last one used, else the first joined.  Null when there is none.
CREATE FUNCTION identity.choose_organization(u identity."user") RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT m.organization_id FROM identity.organization_member m
		WHERE m.user_id = u.id AND NOT m.disabled
		ORDER BY m.organization_id = u.last_organization_id DESC NULLS LAST,
			m.created_at, m.id
		LIMIT 1);
END $$;

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

-- To be called when the password has been found right.
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

-- The invitation a link opens, while it can be used.
CREATE FUNCTION identity.usable_invitation(invite_hash bytea, email text)
RETURNS identity.organization_invitation
LANGUAGE plpgsql STABLE AS $$
DECLARE
	i identity.organization_invitation;
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE x.token_hash = invite_hash AND x.status = 'pending' AND x.expires_at > now()
	   AND (x.email IS NULL OR x.email = lower(usable_invitation.email));
	RETURN i;
END $$;

CREATE FUNCTION identity.check_sign_up(email text, invite_hash bytea, open boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	-- Also where anyone may: a stale link would leave its holder outside.
	IF (invite_hash IS NOT NULL OR NOT open AND identity.init_state())
	    AND (identity.usable_invitation(invite_hash, email)).id IS NULL THEN
		PERFORM identity.refuse('EMAIL_PASSWORD_SIGN_UP_DISABLED');
	END IF;
	IF EXISTS (SELECT FROM identity."user" u WHERE u.email = lower(check_sign_up.email)) THEN
		PERFORM identity.refuse('USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
	END IF;
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

-- An organization with its owner; triggers add what the CRM needs.
CREATE FUNCTION identity.found_organization(founder text, name text, slug text, logo text,
	metadata text) RETURNS identity.organization_member
LANGUAGE plpgsql AS $$
DECLARE
	o uuid;
	m identity.organization_member;
BEGIN
	IF (SELECT count(*) >= 100 FROM identity.organization_member x
	    WHERE x.user_id = founder AND identity.strongest_role(x.role) = 'owner') THEN
		PERFORM identity.refuse('YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS');
	END IF;
	IF octet_length(metadata) > 65536 THEN
		RAISE EXCEPTION 'metadata: at most 65536 bytes' USING ERRCODE = 'ZH422';
	END IF;
	-- What the demo's user makes is a demo as well: the first real one to
	-- sign up must still find the door open.
	INSERT INTO identity.organization (name, slug, logo, metadata, demo)
	VALUES (name, slug, logo, metadata, EXISTS (
		SELECT FROM identity.organization_member x
		  JOIN identity.organization d ON d.id = x.organization_id
		 WHERE x.user_id = founder AND d.demo))
	ON CONFLICT ON CONSTRAINT organization_slug_key DO NOTHING RETURNING id INTO o;
	IF o IS NULL THEN
		PERFORM identity.refuse('ORGANIZATION_ALREADY_EXISTS');
	END IF;
	INSERT INTO identity.organization_member (id, organization_id, user_id, role)
	VALUES (identity.new_id(), o, founder, 'owner') RETURNING * INTO m;
	RETURN m;
END $$;

CREATE FUNCTION identity.sign_up(user_id text, name text, first_name text, last_name text,
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

CREATE FUNCTION identity.sign_out(token_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	DELETE FROM identity.session s WHERE s.token_hash = sign_out.token_hash;
END $$;

-- What a signed-in user does with their own sessions and account.  All of
-- it follows begin_request in one transaction and acts for its user.

CREATE FUNCTION identity.list_sessions()
RETURNS TABLE (session text, handle text, current boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT identity.session_json(s)::text, s.id,
		s.id = current_setting('app.session_id', true)
		FROM identity.session s
		WHERE s.user_id = current_setting('app.user_id', true) AND s.expires_at > now()
		  AND s.impersonated_by IS NULL
		ORDER BY s.created_at, s.id;
END $$;

CREATE FUNCTION identity.revoke_session(handle text, token_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	DELETE FROM identity.session s
	 WHERE s.user_id = current_setting('app.user_id', true)
	   AND (s.id = handle OR s.token_hash = revoke_session.token_hash);
END $$;

CREATE FUNCTION identity.revoke_sessions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	DELETE FROM identity.session s WHERE s.user_id = current_setting('app.user_id', true);
END $$;

CREATE FUNCTION identity.revoke_other_sessions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	DELETE FROM identity.session s WHERE s.user_id = current_setting('app.user_id', true)
	   AND s.id <> current_setting('app.session_id', true);
END $$;

CREATE FUNCTION identity.update_user(patch json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	changes jsonb := patch;
	u identity."user";
BEGIN
	UPDATE identity."user" x
	   SET name = CASE WHEN changes ? 'name' THEN changes->>'name' ELSE x.name END,
		image = CASE WHEN changes ? 'image' THEN changes->>'image' ELSE x.image END,
		updated_at = now()
	 WHERE x.id = current_setting('app.user_id', true) RETURNING * INTO u;
	RETURN identity.user_json(u);
END $$;

-- The caller's own hash, to be compared with what they type: that is counted.
CREATE FUNCTION identity.credential(address text, path text, limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, 3, 10);
	END IF;
	RETURN (SELECT a.password FROM identity.account a
		WHERE a.user_id = current_setting('app.user_id', true)
		  AND a.provider_id = 'credential' LIMIT 1);
END $$;

CREATE FUNCTION identity.change_password(password text, revoke_others boolean, session_id text,
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

-- Organizations

-- What the wire means by "the organization": the slug, else the id, else
-- the active one.  Null when none was meant.
CREATE FUNCTION identity.meant_organization(organization_id text, slug text)
RETURNS identity.organization
LANGUAGE plpgsql STABLE AS $$
DECLARE
	o identity.organization;
BEGIN
	IF slug IS NOT NULL THEN
		SELECT * INTO o FROM identity.organization x WHERE x.slug = meant_organization.slug;
	ELSIF organization_id IS NOT NULL THEN
		SELECT * INTO o FROM identity.organization x
		 WHERE x.id = identity.uuid_or_null(organization_id);
	ELSE
		SELECT x.* INTO o FROM identity.session s
		  JOIN identity.organization x ON x.id = s.active_organization_id
		 WHERE s.id = current_setting('app.session_id', true);
		RETURN o;
	END IF;
	IF NOT FOUND THEN
		PERFORM identity.refuse('ORGANIZATION_NOT_FOUND');
	END IF;
	RETURN o;
END $$;

-- The caller's membership; a disabled one is none.
CREATE FUNCTION identity.own_membership(organization_id uuid)
RETURNS identity.organization_member
LANGUAGE plpgsql STABLE AS $$
DECLARE
	m identity.organization_member;
BEGIN
	SELECT * INTO m FROM identity.organization_member x
	 WHERE x.organization_id = own_membership.organization_id
	   AND x.user_id = current_setting('app.user_id', true) AND NOT x.disabled;
	RETURN m;
END $$;

CREATE FUNCTION identity.activate(organization_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.session s
	   SET active_organization_id = activate.organization_id, updated_at = now()
	 WHERE s.id = current_setting('app.session_id', true);
	IF activate.organization_id IS NOT NULL THEN
		UPDATE identity."user" u SET last_organization_id = activate.organization_id
		 WHERE u.id = current_setting('app.user_id', true);
	END IF;
END $$;

-- metadata goes out as an object from create and as text from every read:
-- so does the reference.
CREATE FUNCTION identity.create_organization(name text, slug text, logo text, metadata text,
	keep_active boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member;
	created text;
BEGIN
	m := identity.found_organization(current_setting('app.user_id'), name, slug, logo, metadata);
	IF NOT coalesce(keep_active, false) THEN
		PERFORM identity.activate(m.organization_id);
	END IF;
	SELECT identity.iso(o.created_at) INTO created FROM identity.organization o
	 WHERE o.id = m.organization_id;
	IF metadata IS NULL THEN
		RETURN json_build_object('name', name, 'slug', slug, 'logo', logo,
			'createdAt', created, 'id', m.organization_id,
			'members', json_build_array(identity.member_json(m)));
	END IF;
	RETURN json_build_object('name', name, 'slug', slug, 'logo', logo,
		'createdAt', created, 'metadata', metadata::json, 'id', m.organization_id,
		'members', json_build_array(identity.member_json(m)));
END $$;

CREATE FUNCTION identity.list_organizations() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(json_build_object('name', o.name, 'slug', o.slug,
			'logo', o.logo, 'createdAt', identity.iso(o.created_at),
			'metadata', o.metadata, 'id', o.id) ORDER BY mine.n), '[]')
		FROM unnest(identity.org_ids_for_user(current_setting('app.user_id')))
			WITH ORDINALITY AS mine (id, n)
		JOIN identity.organization o ON o.id = mine.id);
END $$;

CREATE FUNCTION identity.full_json(o identity.organization, caller_role text,
	members_limit integer)
RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN json_build_object('name', o.name, 'slug', o.slug, 'logo', o.logo,
		'createdAt', identity.iso(o.created_at), 'metadata', o.metadata, 'id', o.id,
		'invitations', (SELECT coalesce(json_agg(identity.invitation_json(i)
				ORDER BY i.created_at, i.id), '[]')
			FROM identity.organization_invitation i
			WHERE i.organization_id = o.id
			  AND identity.strongest_role(caller_role) <> 'member'
			  AND (identity.strongest_role(i.role) <> 'owner'
				OR identity.strongest_role(caller_role) = 'owner')),
		'members', (SELECT coalesce(json_agg(identity.member_user_json(m, u)
				ORDER BY m.created_at, m.id), '[]')
			FROM (SELECT * FROM identity.organization_member x
				WHERE x.organization_id = o.id ORDER BY x.created_at, x.id
				LIMIT least(greatest(coalesce(members_limit, 100), 0), 1000)) m
			JOIN identity."user" u ON u.id = m.user_id));
END $$;

CREATE FUNCTION identity.full_organization(organization_id text, slug text,
	members_limit integer) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	o identity.organization := identity.meant_organization(organization_id, slug);
	m identity.organization_member;
BEGIN
	IF o.id IS NULL THEN
		RETURN 'null';
	END IF;
	m := identity.own_membership(o.id);
	IF m.id IS NULL THEN
		PERFORM identity.refuse('USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
	END IF;
	RETURN identity.full_json(o, m.role, members_limit);
END $$;

-- 'null' when none is active now; SQL NULL when, besides, none was before.
CREATE FUNCTION identity.set_active_organization(organization_id text, slug text,
	clear boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	o identity.organization;
	m identity.organization_member;
BEGIN
	IF clear THEN
		SELECT x.* INTO o FROM identity.meant_organization(NULL, NULL) x;
		PERFORM identity.activate(NULL);
		RETURN CASE WHEN o.id IS NOT NULL THEN 'null' END;
	END IF;
	o := identity.meant_organization(organization_id, slug);
	IF o.id IS NULL THEN
		RETURN NULL;
	END IF;
	m := identity.own_membership(o.id);
	IF m.id IS NULL THEN
		PERFORM identity.refuse('USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
	END IF;
	PERFORM identity.activate(o.id);
	RETURN identity.full_json(o, m.role, NULL);
END $$;

CREATE FUNCTION identity.list_members(organization_id text, slug text, member_limit integer,
	member_offset integer, sort_by text, sort_direction text, filter_field text,
	filter_operator text, filter_value text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid;
BEGIN
	IF slug IS NOT NULL THEN
		wanted := (identity.meant_organization(NULL, slug)).id;
	ELSIF organization_id IS NOT NULL THEN
		wanted := identity.uuid_or_null(organization_id);
	ELSE
		wanted := (identity.meant_organization(NULL, NULL)).id;
		IF wanted IS NULL THEN
			PERFORM identity.refuse('NO_ACTIVE_ORGANIZATION');
		END IF;
	END IF;
	IF (identity.own_membership(wanted)).id IS NULL THEN
		PERFORM identity.refuse('YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
	END IF;
	RETURN (
		WITH member AS (
			SELECT x AS m, u, x.id, x.created_at, CASE sort_by WHEN 'id' THEN x.id
				WHEN 'userId' THEN x.user_id WHEN 'role' THEN x.role
				WHEN 'createdAt' THEN identity.iso(x.created_at) END COLLATE "C" AS place,
				CASE filter_field WHEN 'id' THEN x.id WHEN 'userId' THEN x.user_id
				WHEN 'organizationId' THEN x.organization_id::text WHEN 'role' THEN x.role
				WHEN 'createdAt' THEN identity.iso(x.created_at) END COLLATE "C" AS held
			  FROM identity.organization_member x
			  JOIN identity."user" u ON u.id = x.user_id
			 WHERE x.organization_id = wanted
		), chosen AS MATERIALIZED (
			SELECT * FROM member
			 WHERE filter_field IS NULL OR CASE coalesce(filter_operator, 'eq')
				WHEN 'eq' THEN held = filter_value
				WHEN 'ne' THEN held <> filter_value
				WHEN 'lt' THEN held < filter_value
				WHEN 'lte' THEN held <= filter_value
				WHEN 'gt' THEN held > filter_value
				WHEN 'gte' THEN held >= filter_value
				WHEN 'in' THEN held = ANY (string_to_array(filter_value, ','))
				WHEN 'not_in' THEN held <> ALL (string_to_array(filter_value, ','))
				WHEN 'contains' THEN strpos(held, filter_value) > 0
				WHEN 'starts_with' THEN starts_with(held, filter_value)
				WHEN 'ends_with' THEN right(held, char_length(filter_value)) = filter_value
				ELSE false END
		)
		SELECT json_build_object('members', (
			SELECT coalesce(json_agg(identity.member_user_json(p.m, p.u) ORDER BY p.n), '[]')
			  FROM (SELECT c.m, c.u, row_number() OVER (ORDER BY
					CASE WHEN sort_direction = 'desc' THEN c.place END DESC NULLS LAST,
					CASE WHEN sort_direction = 'desc' THEN NULL ELSE c.place END,
					c.created_at, c.id) AS n
				FROM chosen c ORDER BY n
				LIMIT least(greatest(coalesce(member_limit, 100), 0), 1000)
				OFFSET greatest(coalesce(member_offset, 0), 0)) p),
			'total', (SELECT count(*) FROM chosen)));
END $$;

-- Invitations

-- Roles as a clean comma list, or the error of the wire.
CREATE FUNCTION identity.clean_roles(roles text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	list text[];
	unknown text;
BEGIN
	SELECT array_agg(r ORDER BY n) INTO list FROM (
		SELECT trim(part) AS r, min(n) AS n
		  FROM unnest(string_to_array(roles, ',')) WITH ORDINALITY AS x (part, n)
		 WHERE trim(part) <> '' GROUP BY 1) named;
	IF list IS NULL THEN
		PERFORM identity.refuse('ROLE_NOT_FOUND');
	END IF;
	SELECT string_agg(r, ', ') INTO unknown FROM unnest(list) r
	 WHERE r NOT IN ('owner', 'admin', 'member');
	IF unknown IS NOT NULL THEN
		PERFORM identity.refuse('ROLE_NOT_FOUND: ' || unknown);
	END IF;
	RETURN array_to_string(list, ',');
END $$;

CREATE FUNCTION identity.invite_member(invitation_id text, token_hash bytea,
	organization_id text, email text, role text, resend boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	address text := lower(email);
	wanted uuid;
	m identity.organization_member;
	i identity.organization_invitation;
	roles text;
BEGIN
	IF address !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:].]+$' THEN
		PERFORM identity.refuse('INVALID_EMAIL');
	END IF;
	IF organization_id IS NULL THEN
		wanted := (identity.meant_organization(NULL, NULL)).id;
		IF wanted IS NULL THEN
			PERFORM identity.refuse('ORGANIZATION_NOT_FOUND');
		END IF;
	ELSE
		wanted := identity.uuid_or_null(organization_id);
	END IF;
	m := identity.own_membership(wanted);
	IF m.id IS NULL THEN
		PERFORM identity.refuse('MEMBER_NOT_FOUND');
	END IF;
	IF identity.strongest_role(m.role) = 'member' THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION');
	END IF;
	roles := identity.clean_roles(role);
	IF identity.strongest_role(roles) = 'owner'
	    AND identity.strongest_role(m.role) <> 'owner' THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
	END IF;
	-- Two invitations of one address at once must not both pass.
	PERFORM FROM identity.organization o WHERE o.id = wanted FOR NO KEY UPDATE;
	IF EXISTS (SELECT FROM identity.organization_member x
	    JOIN identity."user" u ON u.id = x.user_id
	    WHERE x.organization_id = wanted AND u.email = address) THEN
		PERFORM identity.refuse('USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION');
	END IF;
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE x.organization_id = wanted AND x.email = address
	   AND x.status = 'pending' AND x.expires_at > now()
	 ORDER BY x.created_at DESC LIMIT 1;
	IF FOUND THEN
		IF NOT coalesce(resend, false) THEN
			PERFORM identity.refuse('USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION');
		END IF;
		IF identity.strongest_role(i.role) = 'owner'
		    AND identity.strongest_role(m.role) <> 'owner' THEN
			PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
		END IF;
		-- The old link is lost with its hash; the new one takes its place.
		UPDATE identity.organization_invitation x
		   SET expires_at = now() + interval '48 hours', token_hash = invite_member.token_hash
		 WHERE x.id = i.id RETURNING * INTO i;
		RETURN identity.invitation_json(i);
	END IF;
	IF (SELECT count(*) >= 100 FROM identity.organization_invitation x
	    WHERE x.organization_id = wanted AND x.status = 'pending' AND x.expires_at > now()) THEN
		PERFORM identity.refuse('INVITATION_LIMIT_REACHED');
	END IF;
	INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email, role,
		expires_at, inviter_id)
	VALUES (invitation_id, invite_member.token_hash, wanted, address, roles,
		now() + interval '48 hours', m.user_id)
	RETURNING * INTO i;
	RETURN identity.invitation_json(i);
END $$;

CREATE FUNCTION identity.accept_invitation(invitation_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := current_setting('app.user_id');
	i identity.organization_invitation;
	m identity.organization_member;
BEGIN
	-- The id serves whom the invitation names; the token of a link, which
	-- administrators do not see, serves whoever was given it as well.
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE (x.id = invitation_id AND x.email IS NOT NULL
		OR x.token_hash = sha256(convert_to(invitation_id, 'UTF8')))
	   AND x.status = 'pending' AND x.expires_at > now();
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	END IF;
	IF i.email IS NOT NULL AND NOT EXISTS (SELECT FROM identity."user" u
	    WHERE u.id = uid AND u.email = i.email) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION');
	END IF;
	PERFORM FROM identity.organization o WHERE o.id = i.organization_id FOR NO KEY UPDATE;
	UPDATE identity.organization_invitation x SET status = 'accepted'
	 WHERE x.id = i.id AND x.status = 'pending' RETURNING * INTO i;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	END IF;
	SELECT * INTO m FROM identity.organization_member x
	 WHERE x.organization_id = i.organization_id AND x.user_id = uid;
	IF m.disabled THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	ELSIF m.id IS NULL THEN
		IF (SELECT count(*) >= 100 FROM identity.organization_member x
		    WHERE x.organization_id = i.organization_id) THEN
			PERFORM identity.refuse('ORGANIZATION_MEMBERSHIP_LIMIT_REACHED');
		END IF;
		INSERT INTO identity.organization_member (id, organization_id, user_id, role)
		VALUES (identity.new_id(), i.organization_id, uid, i.role) RETURNING * INTO m;
	END IF;
	PERFORM identity.activate(i.organization_id);
	RETURN json_build_object('invitation', identity.invitation_json(i),
		'member', identity.member_json(m));
END $$;

-- A link to the caller's organization, for one address or for whoever has it.
CREATE FUNCTION identity.create_invite(invitation_id text, token_hash bytea, email text,
	role text, expires_in integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	i identity.organization_invitation;
BEGIN
	IF coalesce(role, 'member') NOT IN ('owner', 'admin', 'member') THEN
		RAISE EXCEPTION 'role must be owner, admin or member' USING ERRCODE = 'ZH422';
	END IF;
	IF role = 'owner' AND current_setting('app.role', true) <> 'owner' THEN
		RAISE EXCEPTION 'only an owner may invite an owner' USING ERRCODE = 'ZH422';
	END IF;
	IF expires_in NOT BETWEEN 60 AND 2592000 THEN
		RAISE EXCEPTION 'expires_in must be between 60 seconds and 30 days'
			USING ERRCODE = 'ZH422';
	END IF;
	IF email !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:].]+$' THEN
		RAISE EXCEPTION 'email is not an e-mail address' USING ERRCODE = 'ZH422';
	END IF;
	IF EXISTS (SELECT FROM identity.organization_member m
	    JOIN identity."user" u ON u.id = m.user_id
	    WHERE m.organization_id = org AND u.email = lower(create_invite.email)) THEN
		RAISE EXCEPTION 'this user is already a member of the organization'
			USING ERRCODE = 'ZH409', HINT = 'already_member';
	END IF;
	INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email, role,
		expires_at, inviter_id)
	VALUES (invitation_id, create_invite.token_hash, org, lower(create_invite.email),
		coalesce(create_invite.role, 'member'),
		now() + make_interval(secs => coalesce(expires_in, 604800)),
		current_setting('app.user_id'))
	RETURNING * INTO i;
	RETURN json_build_object('id', i.id, 'organization_id', i.organization_id, 'email', i.email,
		'role', i.role, 'expires_at', identity.iso(i.expires_at),
		'created_at', identity.iso(i.created_at));
END $$;

-- What a link opens, for somebody who need not be signed in.
CREATE FUNCTION identity.find_invite(token_hash bytea) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT json_build_object('id', i.id, 'organization_id', i.organization_id,
			'organization_name', o.name, 'email', i.email, 'role', i.role,
			'expires_at', identity.iso(i.expires_at))
		FROM identity.organization_invitation i
		JOIN identity.organization o ON o.id = i.organization_id
		WHERE i.token_hash = find_invite.token_hash AND i.status = 'pending'
		  AND i.expires_at > now());
END $$;

-- Triggers

-- A name of one piece, where two are wanted: the first word, then the rest.
CREATE FUNCTION identity.split_name() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	name text := trim(NEW.name);
BEGIN
	IF TG_OP = 'INSERT' AND NEW.first_name IS NOT NULL AND NEW.last_name IS NOT NULL THEN
		RETURN NEW;
	END IF;
	NEW.first_name := split_part(name, ' ', 1);
	NEW.last_name := trim(substr(name, char_length(NEW.first_name) + 1));
	RETURN NEW;
END $$;
CREATE TRIGGER split_name BEFORE INSERT OR UPDATE OF name ON identity."user"
	FOR EACH ROW EXECUTE FUNCTION identity.split_name();

-- Sessions end with the right to have them, so begin_request need not ask.
CREATE FUNCTION identity.end_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF TG_TABLE_NAME = 'user' THEN
		DELETE FROM identity.session s WHERE s.user_id = NEW.id;
	ELSE
		DELETE FROM identity.session s WHERE s.user_id = NEW.user_id
		   AND s.active_organization_id = NEW.organization_id;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER end_sessions AFTER UPDATE OF banned ON identity."user"
	FOR EACH ROW WHEN (NEW.banned) EXECUTE FUNCTION identity.end_sessions();
CREATE TRIGGER end_sessions AFTER UPDATE OF disabled ON identity.organization_member
	FOR EACH ROW WHEN (NEW.disabled) EXECUTE FUNCTION identity.end_sessions();

-- The audit log of what belongs to an organization here.  The log's guard
-- binds the owner too, so the organization is set for the one insert.
CREATE FUNCTION identity.audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'token_hash' END;
	after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'token_hash' END;
	subject jsonb := coalesce(after, before);
	org text := CASE WHEN TG_TABLE_NAME = 'organization' THEN subject->>'id'
		ELSE subject->>'organization_id' END;
	other text := current_setting('app.org_id', true);
BEGIN
	PERFORM set_config('app.org_id', org, true);
	INSERT INTO ops.audit_log VALUES (org::uuid, ops.new_id(), now(),
		current_setting('app.user_id', true), current_setting('app.request_id', true),
		current_setting('app.address', true), TG_TABLE_NAME, subject->>'id', lower(TG_OP),
		before, after);
	PERFORM set_config('app.org_id', other, true);
	RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION identity.audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION identity.audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity.organization_invitation
	FOR EACH ROW EXECUTE FUNCTION identity.audit();

-- What nobody will ask for again.
CREATE FUNCTION ops.sweep() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	DELETE FROM ops.idempotency_key WHERE created_at <= now() - interval '24 hours';
	DELETE FROM identity.session WHERE expires_at <= now();
	DELETE FROM identity.verification WHERE expires_at <= now();
END $$;

GRANT EXECUTE ON FUNCTION
	identity.begin_request(bytea, text, text, text, boolean, text, text, bytea),
	identity.begin_public(text, text, text, bytea),
	identity.get_session(bytea, boolean),
	identity.sign_in_begin(text, text, text, boolean),
	identity.sign_in(text, text, bytea, boolean, text, text, text, text),
	identity.sign_up_begin(text, text, text, boolean, bytea, boolean),
	identity.sign_up(text, text, text, text, text, text, text, text, bytea, boolean, text,
		text, bytea, boolean),
	identity.sign_out(bytea),
	identity.list_sessions(),
	identity.revoke_session(text, bytea),
	identity.revoke_sessions(),
	identity.revoke_other_sessions(),
	identity.update_user(json),
	identity.credential(text, text, boolean),
	identity.change_password(text, boolean, text, bytea, text, text, text),
	identity.create_organization(text, text, text, text, boolean),
	identity.list_organizations(),
	identity.set_active_organization(text, text, boolean),
	identity.full_organization(text, text, integer),
	identity.list_members(text, text, integer, integer, text, text, text, text, text),
	identity.invite_member(text, bytea, text, text, text, boolean),
	identity.accept_invitation(text),
	identity.create_invite(text, bytea, text, text, integer),
	identity.find_invite(bytea),
	identity.init_state(),
	identity.ready(),
	identity.org_ids_for_user(text),
	ops.sweep()
	TO tenantry_app;
