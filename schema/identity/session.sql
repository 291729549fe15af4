-- Sessions, and the beginning of each request.

-- Returns a session as JSON without the token, which is only in the caller's cookie. The function is in PL/pgSQL,
-- which caches its plans, since every get-session calls it.
CREATE OR REPLACE FUNCTION identity.session_json(s identity.session) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
	shown json := json_build_object('expiresAt', identity.iso(s.expires_at),
		'createdAt', identity.iso(s.created_at), 'updatedAt', identity.iso(s.updated_at),
		'ipAddress', coalesce(s.ip_address, ''), 'userAgent', coalesce(s.user_agent, ''),
		'userId', s.user_id, 'activeOrganizationId', s.active_organization_id,
		'impersonatedBy', s.impersonated_by, 'id', s.id);
BEGIN
	IF EXISTS (SELECT FROM identity.team t WHERE t.organization_id = s.active_organization_id) THEN
		shown := identity.with_members(shown, json_build_object('activeTeamId', s.active_team_id));
	END IF;
	RETURN shown;
END $$;

-- Begins the transaction of a request: checks the session, the membership and the role, stores the result in settings
-- of the transaction, and takes the idempotency key. Refuses a suspended organization, a session that its policy does
-- not admit (staff_session.sql), and a request that the caller's grants or the organization's modules do not cover.
-- asked lists each [resource, action, need] that the request requires. During an impersonation, a setting names the
-- operator. While an administrator views as another member (view_as.sql), the setting names the administrator. The need
-- "leaving" is like "user" for a request that ends an impersonation, even a read-only impersonation. Returns true if
-- the session was extended and its cookie must be set again.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_request(token_hash bytea, org text, request_id text,
	address text, read_only boolean, need text, asked text, idempotency_key text, fingerprint bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid;
	session_id text;
	uid text;
	impersonator text;
	expires timestamptz;
	created timestamptz;
	remembered boolean;
	reading boolean;
	member_user text;
	viewed_until timestamptz;
	member_org uuid;
	member_role text;
	member_grants text;
	member_disabled boolean;
	member_suspended boolean;
	member_read_only boolean;
	member_over text[];
	member_sales bigint;
	member_modules text[];
	module_grants text;
	member_limited boolean;
	refusal text;
	slid boolean := false;
	ignored text;
BEGIN
	IF org IS NOT NULL THEN
		wanted := identity.uuid_or_null(org);
	END IF;
	SELECT s.id, s.user_id, s.impersonated_by, s.expires_at, s.created_at, s.remember, s.read_only, s.viewed_until,
		m.user_id, m.organization_id, m.acts_as, m.grants, m.disabled, m.sales_id,
		o.suspended_at IS NOT NULL, o.read_only_at IS NOT NULL, o.over_quota, o.modules,
		o.staff_second_factor OR o.staff_idle_minutes IS NOT NULL OR o.staff_max_minutes IS NOT NULL
	  INTO session_id, uid, impersonator, expires, created, remembered, reading, viewed_until,
		member_user, member_org, member_role, member_grants, member_disabled, member_sales, member_suspended,
		member_read_only, member_over, member_modules, member_limited
	  FROM identity.session s LEFT JOIN identity.organization_member m
	    ON m.organization_id = coalesce(wanted, s.active_organization_id)
	   AND m.user_id = CASE WHEN s.viewed_organization_id = coalesce(wanted, s.active_organization_id) AND s.viewed_until > now()
		AND need IN ('organization', 'admin') THEN s.viewed_user_id ELSE s.user_id END
	  LEFT JOIN identity.organization o ON o.id = m.organization_id
	 WHERE s.token_hash = begin_request.token_hash AND s.expires_at > now();
	IF NOT FOUND THEN
		-- Only the holder of the token learns that there was a session.
		PERFORM ops.refuse(CASE WHEN EXISTS (SELECT FROM identity.session s WHERE s.token_hash = begin_request.token_hash) THEN 'session_expired'
			ELSE coalesce((SELECT CASE e.reason WHEN 'expired' THEN 'session_expired' WHEN 'signed-out' THEN 'session_ended' ELSE 'session_revoked' END
				FROM identity.ended_session e WHERE e.token_hash = begin_request.token_hash), 'no_session') END);
	END IF;
	IF reading AND NOT read_only AND need <> 'leaving' THEN
		PERFORM identity.refuse_reading();
	END IF;
	IF org IS NOT NULL AND (wanted IS NULL OR member_org IS NULL) THEN
		PERFORM ops.refuse('not_member');
	END IF;
	IF member_limited AND (member_role <> 'portal' OR member_user <> uid) AND NOT member_disabled AND NOT member_suspended THEN
		refusal := identity.admit_staff(session_id, member_org);
	END IF;
	IF need IN ('organization', 'admin') THEN
		IF member_org IS NULL THEN
			PERFORM ops.refuse('no_organization');
		ELSIF member_disabled THEN
			PERFORM ops.refuse('account_disabled');
		ELSIF member_suspended THEN
			PERFORM identity.refuse_suspended();
		ELSIF refusal IS NOT NULL THEN
			PERFORM identity.refuse_staff(refusal);
		ELSIF member_read_only AND NOT read_only AND identity.asks_change(asked) THEN
			PERFORM ops.refuse('organization_read_only');
		ELSIF strpos(asked, ',"module",') > 0 THEN
			PERFORM identity.check_modules(asked, member_modules);
		END IF;
		IF member_over <> '{}' AND NOT read_only THEN
			PERFORM ops.demand_quota(member_over, asked);
		END IF;
	ELSIF need = 'fresh' AND created <= now() - interval '1 day' THEN
		PERFORM identity.refuse('SESSION_NOT_FRESH');
	END IF;
	IF member_user <> uid THEN
		IF NOT read_only THEN
			PERFORM identity.refuse_viewing();
		END IF;
		impersonator := uid;
		uid := member_user;
		ignored := set_config('app.viewed_until', viewed_until::text, true);
	END IF;
	-- Requests of disabled, suspended or refused members act in no organization.
	member_disabled := member_disabled OR member_suspended OR refusal IS NOT NULL;
	-- These are assignments, since PL/pgSQL evaluates them without the executor.
	ignored := set_config('app.user_id', uid, true);
	IF impersonator IS NOT NULL THEN
		ignored := set_config('app.impersonator', impersonator, true);
	END IF;
	IF NOT member_disabled THEN
		ignored := ops.set_org(member_org);
		IF strpos(asked, ',"object"]') > 0 THEN
			PERFORM crm.demand_objects(asked);
		END IF;
		ignored := set_config('app.role', member_role, true);
		ignored := set_config('app.grants', member_grants, true);
		IF member_modules <> '{}' THEN
			ignored := set_config('app.modules', member_modules::text, true);
			module_grants := identity.module_grants(member_org, member_sales, member_role, member_modules);
			ignored := set_config('app.module_grants', module_grants, true);
		END IF;
		IF need = 'admin' AND member_role NOT IN ('owner', 'admin')
		    AND NOT identity.names_reserved(member_org, uid, asked) THEN
			PERFORM ops.refuse('role');
		ELSIF member_grants <> '*' OR module_grants IS NOT NULL THEN
			ignored := set_config('app.sales_id', member_sales::text, true);
			IF need IN ('organization', 'admin') THEN
				PERFORM identity.check_grants(asked);
			END IF;
		END IF;
	END IF;
	IF need NOT IN ('organization', 'admin') THEN
		ignored := set_config('app.session_id', session_id, true);
	END IF;
	IF remembered AND expires <= now() + interval '6 days' THEN
		IF NOT pg_is_in_recovery() THEN -- on a standby, the worker calls identity.extend_session() on the primary
			UPDATE identity.session s SET expires_at = now() + interval '7 days', updated_at = now()
			 WHERE s.id = session_id;
		END IF;
		slid := true;
	END IF;
	IF read_only THEN
		ignored := set_config('transaction_read_only', 'on', true);
		RETURN slid;
	END IF;
	IF NOT member_disabled THEN
		ignored := set_config('app.sales_id', member_sales::text, true);
		IF NOT member_read_only THEN
			ignored := set_config('app.writable', member_org::text, true);
		END IF;
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

-- Extends a session that identity.begin_request() found to be due for extension on a standby. Returns true if the
-- session was extended.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.extend_session(token_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	UPDATE identity.session s SET expires_at = now() + interval '7 days', updated_at = now()
	 WHERE s.token_hash = extend_session.token_hash AND s.remember
	   AND s.expires_at > now() AND s.expires_at <= now() + interval '6 days';
	RETURN FOUND;
END $$;

-- Returns the holders of the worker shares that a request uses: the organization (or the user if there is none), the
-- user, and the founder. Returns no row for unknown credentials and foreign organizations.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.request_units(token_hash bytea, key_hash bytea, publishable_hash bytea, org text,
	url_hash bytea) RETURNS TABLE (unit text, user_id text, founder text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := coalesce((SELECT k.organization_id FROM identity.api_key k WHERE k.key_hash = publishable_hash),
		identity.uuid_or_null(org));
	uid text;
	found uuid;
BEGIN
	IF url_hash IS NOT NULL THEN
		SELECT l.user_id, l.organization_id INTO uid, found FROM identity.secret_url l WHERE l.token_hash = url_hash;
	ELSIF key_hash IS NOT NULL THEN
		SELECT k.user_id, k.organization_id INTO uid, found FROM identity.api_key k
		 WHERE k.key_hash = request_units.key_hash OR k.previous_hash = request_units.key_hash;
	ELSE
		SELECT s.user_id, m.organization_id INTO uid, found
		  FROM identity.session s LEFT JOIN identity.organization_member m
		    ON m.organization_id = coalesce(wanted, s.active_organization_id) AND m.user_id = s.user_id
		 WHERE s.token_hash = request_units.token_hash AND s.expires_at > now()
		   AND (m.organization_id IS NOT NULL OR org IS NULL);
	END IF;
	IF uid IS NOT NULL THEN
		RETURN QUERY SELECT coalesce(found::text, uid), uid, identity.founder_of(found);
	END IF;
END $$;

-- Returns the user who answers for an organization: its longest-standing owner. Returns null for an operator, who may
-- create organizations for others without a limit.
CREATE OR REPLACE FUNCTION identity.founder_of(org uuid) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT CASE WHEN u.role IS DISTINCT FROM 'admin' THEN u.id END
		FROM identity.organization_member m JOIN identity."user" u ON u.id = m.user_id
		WHERE m.organization_id = org AND m.acts_as = 'owner' AND NOT m.disabled
		ORDER BY m.created_at, m.id LIMIT 1);
END $$;

-- Returns the organization, or otherwise the user, for which a request acts.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.request_unit(token_hash bytea, key_hash bytea, org text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT u.unit FROM identity.request_units(token_hash, key_hash, NULL, org, NULL) u
$$;

-- Returns the same as identity.request_unit(), within a request that has begun.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.current_unit() RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce(ops.org()::text,
		ops.caller());
END $$;

-- Returns the same as identity.request_units(), within a request that has begun.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.current_units() RETURNS TABLE (unit text, user_id text, founder text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT identity.current_unit(), ops.caller(),
		identity.founder_of(ops.org());
END $$;

-- Returns the organization of the request, as in identity.current_unit(), or null if the organization lacks the module.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.unit_with_module(module text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE WHEN module = ANY (ops.modules())
		THEN ops.org()::text END;
END $$;

-- Begins a request of a caller who need not be signed in.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_public(request_id text, address text, idempotency_key text,
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

-- Returns the session of a cookie. If refresh is true, extends a session that ends within six days and must be
-- remembered. Returns no row if the session does not exist or has expired.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.get_session(token_hash bytea, refresh boolean)
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

-- Returns the initial organization of a new session: the last organization used, otherwise the first organization
-- joined, or null if there is none.
CREATE OR REPLACE FUNCTION identity.choose_organization(u identity."user") RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT m.organization_id FROM identity.organization_member m
		WHERE m.user_id = u.id AND NOT m.disabled
		ORDER BY m.organization_id = u.last_organization_id DESC NULLS LAST,
			m.created_at, m.id
		LIMIT 1);
END $$;

CREATE OR REPLACE FUNCTION identity.open_session(session_id text, token_hash bytea, user_id text,
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

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.sign_out(token_hash bytea) RETURNS text
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

-- Returns the caller's sessions.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_sessions()
RETURNS TABLE (session text, handle text, current boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT identity.session_json(s)::text, s.id,
		s.id = ops.session()
		FROM identity.session s
		WHERE s.user_id = ops.caller() AND s.expires_at > now()
		  AND s.impersonated_by IS NULL
		ORDER BY s.created_at, s.id;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.revoke_session(handle text, token_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	DELETE FROM identity.session s
	 WHERE s.user_id = ops.caller()
	   AND (s.id = handle OR s.token_hash = revoke_session.token_hash);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.revoke_sessions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.sign_out_everywhere(ops.caller());
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.revoke_other_sessions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.sign_out_everywhere(ops.caller(),
		ops.session());
END $$;

-- Ends sessions when a member is disabled, so that begin_request() need not check the member.
CREATE OR REPLACE FUNCTION identity.end_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	DELETE FROM identity.session s WHERE s.user_id = NEW.user_id
	   AND s.active_organization_id = NEW.organization_id;
	RETURN NULL;
END $$;

-- Returns the user of the request's session, if there is one.
CREATE OR REPLACE FUNCTION identity.caller(token_hash bytea) RETURNS identity."user"
LANGUAGE plpgsql STABLE AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT x.* INTO u FROM identity.session s JOIN identity."user" x ON x.id = s.user_id
	 WHERE s.token_hash = caller.token_hash AND s.expires_at > now();
	RETURN u;
END $$;

-- Replaces the ID and the token of a session that gains permissions, so that a copy of the token does not gain them.
-- If renewed is true, the user has proven their identity again, so the session counts as new. Otherwise, the expiry and
-- the freshness of the session do not change.
CREATE OR REPLACE FUNCTION identity.rotate_session(was text, session_id text, token_hash bytea,
	renewed boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	uid text;
BEGIN
	UPDATE identity.session s SET id = session_id, token_hash = rotate_session.token_hash,
		created_at = CASE WHEN renewed THEN now() ELSE s.created_at END, updated_at = now(),
		expires_at = CASE WHEN NOT renewed THEN s.expires_at
			WHEN s.remember THEN now() + interval '7 days' ELSE now() + interval '1 day' END
	 WHERE s.id = was RETURNING s.user_id INTO uid;
	IF FOUND THEN
		PERFORM identity.log_event(uid, 'session.rotated',
			json_build_object('session', session_id, 'was', was));
	END IF;
END $$;

-- Returns the response of a sign-in without the token, which is only in the caller's cookie.
CREATE OR REPLACE FUNCTION identity.session_answer(s identity.session, u identity."user") RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT substr(identity.session_json(s)::text, 2) || ',"user":' || identity.user_json(u) || '}'
$$;

-- Returns whether a request can change rows of the organization. A request that follows the feed also writes, but no
-- rows of the organization.
CREATE OR REPLACE FUNCTION identity.asks_change(asked text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT asked = '[]' OR EXISTS (SELECT FROM jsonb_array_elements(asked::jsonb) a
		WHERE a->>1 NOT IN ('read', 'export', 'list', 'fields', 'module'))
$$;

CREATE OR REPLACE FUNCTION identity.refuse_suspended() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse('organization_suspended');
END $$;

CREATE OR REPLACE TRIGGER end_sessions AFTER UPDATE OF disabled ON identity.organization_member
	FOR EACH ROW WHEN (NEW.disabled) EXECUTE FUNCTION identity.end_sessions();
