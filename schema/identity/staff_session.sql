-- The policy of an organization for the sessions of its staff: all members except portal users.
--
-- identity.begin_request(), identity.own_membership() and ops.lost_readers() call identity.staff_refusal() for every
-- organization with a policy. The policy does not apply to API keys, which have scopes and a separate expiry. If the
-- policy requires a second factor, a secret URL works only while its user has one.

-- Returns the reason why a session cannot act for the staff of an organization: the name of a problem, or null. An
-- operator who impersonates a user needs the second factor in the operator's own session.
CREATE OR REPLACE FUNCTION identity.staff_refusal(s identity.session, org uuid) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	o identity.organization;
BEGIN
	SELECT * INTO STRICT o FROM identity.organization x WHERE x.id = org;
	IF s.created_at <= now() - make_interval(mins => o.staff_max_minutes)
	    OR coalesce(s.used_at, s.created_at) <= now() - make_interval(mins => o.staff_idle_minutes) THEN
		RETURN 'staff_session_ended';
	ELSIF o.staff_second_factor AND NOT EXISTS (SELECT FROM identity.session x
		JOIN identity."user" u ON u.id = x.user_id
		WHERE x.id = coalesce(s.opened_from, s.id) AND x.second_factor
		  AND (u.two_factor_enabled OR x.method = 'passkey')) THEN
		RETURN 'staff_second_factor';
	END IF;
	RETURN NULL;
END $$;

-- Returns identity.staff_refusal() for a request. The request then counts as the last use of the session. The time of
-- the last use is written once a minute.
CREATE OR REPLACE FUNCTION identity.admit_staff(session_id text, org uuid) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	s identity.session;
	refusal text;
BEGIN
	SELECT * INTO s FROM identity.session x WHERE x.id = session_id;
	refusal := identity.staff_refusal(s, org);
	IF refusal IS NULL AND (s.used_at IS NULL OR s.used_at < now() - interval '1 minute') THEN
		UPDATE identity.session x SET used_at = now() WHERE x.id = (SELECT y.id FROM identity.session y
			WHERE y.id = session_id FOR NO KEY UPDATE SKIP LOCKED);
	END IF;
	RETURN refusal;
END $$;

CREATE OR REPLACE FUNCTION identity.refuse_staff(refusal text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF refusal = 'staff_session_ended' THEN
		PERFORM ops.refuse('staff_session_ended');
	END IF;
	PERFORM ops.refuse('staff_second_factor');
END $$;

CREATE OR REPLACE FUNCTION identity.has_staff_policy(o identity.organization) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN o.staff_second_factor OR o.staff_idle_minutes IS NOT NULL OR o.staff_max_minutes IS NOT NULL;
END $$;

-- Applies the policy of an organization that an account route names, instead of the organization of the request.
CREATE OR REPLACE FUNCTION identity.check_staff_member(m identity.organization_member) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	s identity.session;
	refusal text;
BEGIN
	SELECT * INTO s FROM identity.session x WHERE x.id = ops.session();
	IF s.id IS NOT NULL AND m.acts_as <> 'portal'
	    AND identity.has_staff_policy((SELECT o FROM identity.organization o WHERE o.id = m.organization_id)) THEN
		refusal := identity.staff_refusal(s, m.organization_id);
		IF refusal IS NOT NULL THEN
			PERFORM identity.refuse_staff(refusal);
		END IF;
	END IF;
END $$;

-- Returns whether the policy permits a member to use a secret URL.
CREATE OR REPLACE FUNCTION identity.admits_secret_url(m identity.organization_member) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN m.acts_as = 'portal' OR identity.has_second_factor(m.user_id)
		OR NOT (SELECT o.staff_second_factor FROM identity.organization o WHERE o.id = m.organization_id);
END $$;

CREATE OR REPLACE FUNCTION identity.has_second_factor(uid text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM identity."user" u WHERE u.id = uid AND u.two_factor_enabled)
		OR EXISTS (SELECT FROM identity.passkey p WHERE p.user_id = uid AND p.user_verified);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.get_staff_policy() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT json_build_object('idle_minutes', o.staff_idle_minutes, 'max_minutes', o.staff_max_minutes,
			'second_factor', o.staff_second_factor)
		FROM identity.organization o WHERE o.id = ops.org());
END $$;

-- Changes the settings of the policy that the body contains. A caller who requires a second factor must have one.
-- Otherwise, the next request would be refused.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.set_staff_policy(token_hash bytea, body json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	said jsonb := body;
	o identity.organization;
	s identity.session;
	idles boolean;
BEGIN
	SELECT * INTO STRICT o FROM identity.organization x WHERE x.id = ops.org() FOR NO KEY UPDATE;
	idles := o.staff_idle_minutes IS NOT NULL;
	IF said ? 'idle_minutes' THEN
		o.staff_idle_minutes := identity.policy_minutes(said, 'idle_minutes', 5, 1440);
	END IF;
	IF said ? 'max_minutes' THEN
		o.staff_max_minutes := identity.policy_minutes(said, 'max_minutes', 30, 10080);
	END IF;
	o.staff_second_factor := coalesce((said->>'second_factor')::boolean, o.staff_second_factor);
	SELECT * INTO s FROM identity.session x WHERE x.token_hash = set_staff_policy.token_hash;
	IF said->>'second_factor' = 'true' AND NOT (CASE WHEN s.id IS NULL
	    THEN identity.has_second_factor(ops.caller()) ELSE s.second_factor END) THEN
		PERFORM ops.refuse('second_factor_first', 'second_factor');
	END IF;
	-- The idle time of existing sessions begins now.
	IF NOT idles AND o.staff_idle_minutes IS NOT NULL THEN
		UPDATE identity.session x SET used_at = now() FROM identity.organization_member m
		 WHERE m.organization_id = o.id AND m.user_id = x.user_id;
	END IF;
	UPDATE identity.organization x SET staff_idle_minutes = o.staff_idle_minutes, staff_max_minutes = o.staff_max_minutes,
		staff_second_factor = o.staff_second_factor
	 WHERE x.id = o.id AND (x.staff_idle_minutes, x.staff_max_minutes, x.staff_second_factor)
		IS DISTINCT FROM (o.staff_idle_minutes, o.staff_max_minutes, o.staff_second_factor);
	RETURN identity.get_staff_policy();
END $$;

CREATE OR REPLACE FUNCTION identity.policy_minutes(said jsonb, member text, lowest integer, highest integer) RETURNS integer
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	n numeric := (said->>member)::numeric;
BEGIN
	IF n NOT BETWEEN lowest AND highest THEN
		PERFORM ops.refuse('out_of_bounds', member, lowest::text, highest::text);
	END IF;
	RETURN n;
END $$;
