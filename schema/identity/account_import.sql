-- Import of users and organizations from other systems (tenantry import). Rows are jsonb objects whose members are the
-- columns of Better Auth's tables. Each function returns the result for its row: "new", "known", "new: REMARK", or the
-- reason why the row was skipped. Only the owner may run these functions. Repeating an import adds nothing.

-- Returns a JSON member by its camelCase name, or by the snake_case name that some adapters write.
CREATE OR REPLACE FUNCTION identity.member_of(r jsonb, name text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(r->>name, r->>lower(regexp_replace(name, '([A-Z]+)', '_\1', 'g')))
$$;

CREATE OR REPLACE FUNCTION identity.time_of(r jsonb, name text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$ SELECT identity.member_of(r, name)::timestamptz $$;

CREATE OR REPLACE FUNCTION identity.imported_organization_id(source_id text) RETURNS uuid
LANGUAGE sql STABLE AS $$
	SELECT id FROM identity.imported_organization o
	 WHERE o.source_id = imported_organization_id.source_id
$$;

-- Returns an organization for the users of a source without organizations. Without this organization, the first
-- stranger who signs up would own the installation. The owner of the organization is the first imported user: an
-- operator, or else the oldest user with a verified address. The other users are members. The source_id of the
-- organization is empty. Returns a remark.
CREATE OR REPLACE FUNCTION identity.house_imported(u identity."user") RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	home uuid := identity.imported_organization_id('');
	told text;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('tenantry sign-up', 0));
	PERFORM set_config('app.user_id', u.id, true);
	IF home IS NOT NULL THEN
		INSERT INTO identity.organization_member (id, organization_id, user_id, role)
		VALUES (identity.new_id(), home, u.id, 'member');
	ELSIF NOT identity.init_state() THEN
		home := identity.found_first(u);
		INSERT INTO identity.imported_organization VALUES ('', home);
		SELECT format('owns %s, which the other users join; tenantry org transfer changes that',
			o.slug) INTO told FROM identity.organization o WHERE o.id = home;
	END IF;
	UPDATE identity."user" x SET last_organization_id = home
	 WHERE x.id = u.id AND home IS NOT NULL;
	PERFORM set_config('app.user_id', '', true);
	RETURN told;
END $$;

CREATE OR REPLACE FUNCTION identity.import_user(r jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	newcomer identity."user";
	remarks text;
	address text := lower(r->>'email');
	-- An expiry time without the flag "banned" does not ban the user.
	banned boolean := coalesce((r->>'banned')::boolean, false);
BEGIN
	IF EXISTS (SELECT FROM identity."user" u WHERE u.id = r->>'id') THEN
		RETURN 'known';
	ELSIF EXISTS (SELECT FROM identity."user" u WHERE u.email = address) THEN
		RETURN 'another user has the address ' || address;
	END IF;
	INSERT INTO identity."user" (id, name, email, email_verified, image, created_at,
		updated_at, role, banned, ban_reason, ban_expires, two_factor_enabled)
	VALUES (r->>'id', r->>'name', address,
		coalesce(identity.member_of(r, 'emailVerified')::boolean, false),
		CASE WHEN identity.is_picture(r->>'image') THEN r->>'image' END,
		coalesce(identity.time_of(r, 'createdAt'), now()),
		coalesce(identity.time_of(r, 'updatedAt'), now()),
		coalesce(r->>'role', 'user'), banned,
		CASE WHEN banned THEN identity.member_of(r, 'banReason') END,
		CASE WHEN banned THEN identity.time_of(r, 'banExpires') END,
		coalesce(identity.member_of(r, 'twoFactorEnabled')::boolean, false))
	RETURNING * INTO newcomer;
	remarks := concat_ws('; ',
		CASE WHEN 'admin' = ANY (string_to_array(replace(r->>'role', ' ', ''), ','))
			THEN 'is an operator of this installation, as there' END,
		identity.house_imported(newcomer));
	RETURN CASE WHEN remarks = '' THEN 'new' ELSE 'new: ' || remarks END;
END $$;

CREATE OR REPLACE FUNCTION identity.import_organization(r jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	new_id uuid := coalesce(identity.uuid_or_null(r->>'id'), gen_random_uuid());
	handle text := r->>'slug';
	taken boolean;
BEGIN
	IF identity.imported_organization_id(r->>'id') IS NOT NULL THEN
		RETURN 'known';
	ELSIF EXISTS (SELECT FROM identity.organization o WHERE o.id = new_id) THEN
		RETURN 'another organization has this id';
	END IF;
	taken := EXISTS (SELECT FROM identity.organization o WHERE o.slug = handle);
	IF taken THEN
		handle := left(handle, 480) || '-' || left(new_id::text, 8);
	END IF;
	INSERT INTO identity.organization (id, name, slug, logo, metadata, created_at)
	VALUES (new_id, r->>'name', handle, r->>'logo', r->>'metadata',
		coalesce(identity.time_of(r, 'createdAt'), now()));
	INSERT INTO identity.imported_organization VALUES (r->>'id', new_id);
	RETURN CASE WHEN taken THEN 'new: its slug was taken, it is ' || handle || ' now'
		ELSE 'new' END;
END $$;

-- Maps roles to known roles. An unknown role becomes "member".
CREATE OR REPLACE FUNCTION identity.imported_role(roles text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(string_agg(role, ',' ORDER BY n), 'member') FROM (
		SELECT trim(part) AS role, min(n) AS n
		  FROM unnest(string_to_array(roles, ',')) WITH ORDINALITY x (part, n)
		 WHERE identity.role_permission(trim(part)) IS NOT NULL GROUP BY 1) known
$$;

CREATE OR REPLACE FUNCTION identity.import_member(r jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := identity.imported_organization_id(identity.member_of(r, 'organizationId'));
	uid text := identity.member_of(r, 'userId');
	roles text := identity.imported_role(r->>'role');
BEGIN
	IF org IS NULL THEN
		RETURN 'its organization was left out';
	ELSIF NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = uid) THEN
		RETURN 'its user was left out';
	ELSIF EXISTS (SELECT FROM identity.organization_member m
	    WHERE m.organization_id = org AND m.user_id = uid) THEN
		RETURN 'known';
	END IF;
	INSERT INTO identity.organization_member (id, organization_id, user_id, role, created_at)
	VALUES (r->>'id', org, uid, roles, coalesce(identity.time_of(r, 'createdAt'), now()));
	RETURN CASE WHEN roles = r->>'role' THEN 'new'
		ELSE format('new: the role %s is %s here', r->>'role', roles) END;
END $$;

CREATE OR REPLACE FUNCTION identity.import_invitation(r jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := identity.imported_organization_id(identity.member_of(r, 'organizationId'));
	inviter text := identity.member_of(r, 'inviterId');
BEGIN
	IF org IS NULL THEN
		RETURN 'its organization was left out';
	ELSIF NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = inviter) THEN
		RETURN 'its inviter was left out';
	ELSIF EXISTS (SELECT FROM identity.organization_invitation i WHERE i.id = r->>'id') THEN
		RETURN 'known';
	END IF;
	INSERT INTO identity.organization_invitation (id, organization_id, email, role, status,
		expires_at, created_at, inviter_id)
	-- The newest invitation of an address is pending. Better Auth lists invitations in any order.
	VALUES (r->>'id', org, lower(r->>'email'), identity.imported_role(r->>'role'),
		CASE WHEN r->>'status' = 'pending' AND EXISTS (SELECT FROM identity.organization_invitation i
			WHERE i.organization_id = org AND i.email = lower(r->>'email') AND i.status = 'pending')
		THEN 'canceled' ELSE r->>'status' END, identity.time_of(r, 'expiresAt'),
		coalesce(identity.time_of(r, 'createdAt'), now()), inviter);
	RETURN 'new';
END $$;

CREATE OR REPLACE FUNCTION identity.import_account(r jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	uid text := identity.member_of(r, 'userId');
	provider text := identity.member_of(r, 'providerId');
	subject text := identity.member_of(r, 'accountId');
	hash text := r->>'password';
	readable boolean := hash ~ '^([0-9a-f]{32}:[0-9a-f]{128}|\$2[aby]\$[0-9]{2}\$.{53})$';
BEGIN
	IF NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = uid) THEN
		RETURN 'its user was left out';
	ELSIF EXISTS (SELECT FROM identity.account a WHERE a.provider_id = provider
	    AND a.account_id = subject AND a.user_id = uid) THEN
		RETURN 'known';
	ELSIF EXISTS (SELECT FROM identity.account a WHERE a.provider_id = provider
	    AND a.account_id = subject) THEN
		RETURN format('another user has the account %s of %s', subject, provider);
	END IF;
	INSERT INTO identity.account (id, account_id, provider_id, issuer, user_id, access_token,
		refresh_token, id_token, access_token_expires_at, refresh_token_expires_at, scope,
		password, created_at, updated_at)
	VALUES (r->>'id', subject, provider, r->>'issuer', uid,
		identity.member_of(r, 'accessToken'), identity.member_of(r, 'refreshToken'),
		identity.member_of(r, 'idToken'), identity.time_of(r, 'accessTokenExpiresAt'),
		identity.time_of(r, 'refreshTokenExpiresAt'), r->>'scope',
		CASE WHEN readable THEN hash END,
		coalesce(identity.time_of(r, 'createdAt'), now()),
		coalesce(identity.time_of(r, 'updatedAt'), now()));
	RETURN CASE WHEN hash IS NULL OR readable THEN 'new'
		ELSE 'new: its password has a hash that is not read here (' ||
			CASE WHEN hash LIKE '$argon2%' THEN 'argon2' ELSE 'unknown' END ||
			'); the user sets a new one by "forgot password"' END;
END $$;

-- Imports a session, whose row contains the hash of the token.
CREATE OR REPLACE FUNCTION identity.import_session(r jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	uid text := identity.member_of(r, 'userId');
	org uuid := identity.imported_organization_id(identity.member_of(r, 'activeOrganizationId'));
BEGIN
	IF identity.time_of(r, 'expiresAt') <= now() THEN
		RETURN 'known'; -- An expired session is useless in the target as well, so it does not count as missing.
	ELSIF NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = uid) THEN
		RETURN 'its user was left out';
	ELSIF EXISTS (SELECT FROM identity.session s WHERE s.token_hash = (r->>'token')::bytea) THEN
		RETURN 'known';
	END IF;
	IF org IS NULL OR NOT EXISTS (SELECT FROM identity.organization_member m
	    WHERE m.organization_id = org AND m.user_id = uid) THEN
		org := identity.choose_organization(u) FROM identity."user" u WHERE u.id = uid;
	END IF;
	INSERT INTO identity.session (id, token_hash, user_id, method, expires_at, created_at,
		updated_at, ip_address, user_agent, active_organization_id, impersonated_by)
	VALUES (r->>'id', (r->>'token')::bytea, uid, 'import', identity.time_of(r, 'expiresAt'),
		identity.time_of(r, 'createdAt'), identity.time_of(r, 'updatedAt'),
		identity.member_of(r, 'ipAddress'), left(identity.member_of(r, 'userAgent'), 512), org,
		identity.member_of(r, 'impersonatedBy'));
	RETURN 'new';
END $$;

-- Imports the second factor of a user. The row contains the encrypted secret and the hashes of the codes.
CREATE OR REPLACE FUNCTION identity.import_two_factor(r jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = identity.member_of(r, 'userId');
	IF NOT FOUND THEN
		RETURN 'its user was left out';
	END IF;
	-- Older versions of Better Auth had no column "verified", because a row was created only after verification.
	INSERT INTO identity.two_factor (user_id, secret, verified, failures, locked_until)
	VALUES (u.id, r->>'secret', coalesce((r->>'verified')::boolean, u.two_factor_enabled),
		coalesce(identity.member_of(r, 'failedVerificationCount')::integer, 0),
		identity.time_of(r, 'lockedUntil'))
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN 'known';
	END IF;
	INSERT INTO identity.backup_code (user_id, code_hash)
	SELECT u.id, code::bytea FROM unnest(string_to_array(r->>'backupCodes', ',')) code
	ON CONFLICT DO NOTHING;
	RETURN 'new';
END $$;

-- Imports a passkey. The source does not say whether the user was verified, so the passkey does not count as a second
-- factor.
CREATE OR REPLACE FUNCTION identity.import_passkey(r jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	uid text := identity.member_of(r, 'userId');
	holder text := (SELECT p.user_id FROM identity.passkey p
		WHERE p.credential_id = identity.member_of(r, 'credentialID'));
BEGIN
	IF NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = uid) THEN
		RETURN 'its user was left out';
	ELSIF holder = uid THEN
		RETURN 'known';
	ELSIF holder IS NOT NULL THEN
		RETURN 'another user has this passkey';
	END IF;
	INSERT INTO identity.passkey (id, user_id, name, credential_id, public_key, counter,
		device_type, backed_up, transports, aaguid, created_at)
	VALUES (r->>'id', uid, nullif(r->>'name', ''), identity.member_of(r, 'credentialID'),
		identity.member_of(r, 'publicKey'), (r->>'counter')::bigint,
		identity.member_of(r, 'deviceType'), identity.member_of(r, 'backedUp')::boolean,
		r->>'transports', r->>'aaguid', coalesce(identity.time_of(r, 'createdAt'), now()));
	RETURN 'new';
END $$;

CREATE OR REPLACE FUNCTION identity.import_trusted_device(r jsonb) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = r->>'value') THEN
		RETURN 'its user was left out';
	END IF;
	INSERT INTO identity.trusted_device (secret_hash, user_id, expires_at)
	VALUES (sha256(convert_to(r->>'identifier', 'UTF8')), r->>'value',
		identity.time_of(r, 'expiresAt'))
	ON CONFLICT DO NOTHING;
	RETURN CASE WHEN FOUND THEN 'new' ELSE 'known' END;
END $$;

-- Imports a batch. A failing row does not stop the others.
CREATE OR REPLACE FUNCTION identity.import_rows(kind text, rows jsonb)
RETURNS TABLE (key text, fate text)
LANGUAGE plpgsql AS $$
DECLARE
	r jsonb;
BEGIN
	FOR r IN SELECT value FROM jsonb_array_elements(rows) LOOP
		key := r->>'id';
		BEGIN
			EXECUTE format('SELECT identity.%I($1)', 'import_' || kind) INTO fate USING r;
		EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
			fate := SQLERRM;
		END;
		RETURN NEXT;
	END LOOP;
END $$;
