-- Visitors who join an organization without an invitation: their input is stored for 24 hours under a secret token,
-- until they have proven their address with an emailed code or link, and join. The proof replaces the token, so a
-- person who began with the address of somebody else cannot continue.
-- needs: identity/sign_up.sql membership/contact.sql membership/membership.sql membership/profile.sql membership/tax_form.sql ops/mail.sql

SELECT ops.require_module('membership.signup_policies', 'membership');
SELECT ops.require_module('membership.signup_sessions', 'membership');
INSERT INTO ops.derived_table (name) VALUES ('membership.signup_sessions') ON CONFLICT DO NOTHING;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.get_signup_policy() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	p membership.signup_policies;
BEGIN
	SELECT * INTO p FROM membership.signup_policies x WHERE x.org_id = ops.org();
	RETURN json_build_object('enabled', coalesce(p.enabled, false), 'tiers', coalesce(p.tiers, '{}'), 'activates', coalesce(p.activates, false));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.set_signup_policy(enabled boolean, tiers jsonb, activates boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	wanted text[];
BEGIN
	IF jsonb_array_length(tiers) > 20 OR EXISTS (SELECT FROM jsonb_array_elements(tiers) t WHERE jsonb_typeof(t) <> 'string'
	    OR t #>> '{}' !~ '\S' OR t #>> '{}' <> btrim(t #>> '{}') OR t #>> '{}' ~ '[[:cntrl:]]' OR char_length(t #>> '{}') > 100) THEN
		PERFORM ops.refuse('tiers_invalid', 'tiers');
	END IF;
	wanted := ARRAY(SELECT t FROM jsonb_array_elements_text(tiers) WITH ORDINALITY x (t, n) GROUP BY t ORDER BY min(n));
	IF enabled AND wanted = '{}' THEN
		PERFORM ops.refuse('tiers_missing', 'tiers');
	END IF;
	INSERT INTO membership.signup_policies AS p (enabled, tiers, activates) VALUES (enabled, wanted, activates)
	ON CONFLICT ON CONSTRAINT signup_policies_org_id_key DO UPDATE
		SET enabled = excluded.enabled, tiers = excluded.tiers, activates = excluded.activates;
	RETURN membership.get_signup_policy();
END $$;

-- Returns the organization that a visitor can join, and sets app.org_id to it. An organization that visitors cannot
-- join is treated as if it did not exist.
CREATE OR REPLACE FUNCTION membership.open_organization(slug text) RETURNS membership.signup_policies
LANGUAGE plpgsql AS $$
DECLARE
	o uuid := (SELECT x.id FROM identity.organization x WHERE x.slug = open_organization.slug
		AND x.modules @> '{membership}' AND x.deleted_at IS NULL AND x.suspended_at IS NULL);
	p membership.signup_policies;
BEGIN
	IF o IS NOT NULL THEN
		PERFORM ops.set_org(o);
		SELECT * INTO p FROM membership.signup_policies x WHERE x.org_id = o AND x.enabled;
	END IF;
	IF p.id IS NULL THEN
		PERFORM ops.refuse('joining_closed');
	END IF;
	RETURN p;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.signup_offer(slug text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	p membership.signup_policies := membership.open_organization(slug);
BEGIN
	RETURN json_build_object('organization', membership.organization_name(), 'tiers', p.tiers);
END $$;

-- Returns a session as JSON. Only a caller who has proven the address can see whether it has an account.
CREATE OR REPLACE FUNCTION membership.signup_json(s membership.signup_sessions) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN json_build_object('organization', membership.organization_name(), 'email', s.email, 'entered', s.entered,
		'verified', s.verified_at IS NOT NULL, 'completed', s.completed_at IS NOT NULL, 'expires_at', s.expires_at,
		'account', CASE WHEN s.verified_at IS NOT NULL THEN EXISTS (SELECT FROM identity."user" u WHERE u.email = s.email) END);
END $$;

CREATE OR REPLACE FUNCTION membership.refuse_signup() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse('signup_ended');
END $$;

-- Returns the session of a token, locked.
CREATE OR REPLACE FUNCTION membership.hold_signup(slug text, token bytea) RETURNS membership.signup_sessions
LANGUAGE plpgsql AS $$
DECLARE
	p membership.signup_policies := membership.open_organization(slug);
	s membership.signup_sessions;
BEGIN
	SELECT * INTO s FROM membership.signup_sessions x
	 WHERE x.org_id = p.org_id AND x.token_hash = token AND x.expires_at > now() FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM membership.refuse_signup();
	END IF;
	RETURN s;
END $$;

-- Counts the emails to an address in all organizations, and the emails of an organization, in total and for each
-- network. A flood in one organization therefore cannot exhaust the limits of others. A third of an organization's
-- limit is reserved for networks that have caused few emails, so that a few networks cannot exhaust the limit.
CREATE OR REPLACE FUNCTION membership.mail_signup(s membership.signup_sessions, code text, link text, language text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	network text := s.org_id || '|' || identity.network(ops.address());
BEGIN
	PERFORM identity.count_attempt('signup-mail|' || identity.account_key(s.email), 5, 3600),
		identity.count_attempt('signup-mails|' || network, 100, 3600);
	IF NOT (CASE WHEN identity.counts('signup-mails-first|' || network, 5, 3600)
			THEN identity.counts('signup-mails-first|' || s.org_id, 100, 3600) ELSE false END) THEN
		PERFORM identity.count_attempt('signup-mails|' || s.org_id, 200, 3600);
	END IF;
	PERFORM ops.send_mail('signup-code', s.email, language,
		jsonb_build_object('code', code, 'organization', membership.organization_name(), 'url', link));
END $$;

-- Begins a sign-up. The result is the same for an address with an account, so that it does not reveal whether an
-- account exists.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.begin_signup(slug text, email text, token bytea, link_hash bytea, mac text, code text, link text,
	language text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	p membership.signup_policies := membership.open_organization(slug);
	s membership.signup_sessions;
BEGIN
	IF (SELECT count(*) FROM (SELECT FROM membership.signup_sessions x WHERE x.org_id = p.org_id AND x.expires_at > now()
	    LIMIT 5000) open) >= 5000 THEN
		PERFORM identity.refuse_attempt(3600);
	END IF;
	INSERT INTO membership.signup_sessions (org_id, token_hash, link_hash, email, code_mac, code_expires_at)
	VALUES (p.org_id, token, begin_signup.link_hash, lower(email), mac, now() + interval '10 minutes') RETURNING * INTO s;
	PERFORM membership.mail_signup(s, code, link, language);
	RETURN membership.signup_json(s);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.resume_signup(slug text, token bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN membership.signup_json(membership.hold_signup(slug, token));
END $$;

-- Sends a new code and a new link, which replace the previous code and link.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.send_signup_code(slug text, token bytea, link_hash bytea, mac text, code text, link text, language text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	s membership.signup_sessions := membership.hold_signup(slug, token);
BEGIN
	IF s.verified_at IS NULL THEN
		UPDATE membership.signup_sessions x SET link_hash = send_signup_code.link_hash, code_mac = mac, code_attempts = 0,
			code_expires_at = now() + interval '10 minutes'
		 WHERE x.org_id = s.org_id AND x.id = s.id;
		PERFORM membership.mail_signup(s, code, link, language);
	END IF;
	RETURN membership.signup_json(s);
END $$;

-- Verifies a code. Returns null if the code is wrong or expired, or after five wrong attempts. The transaction must
-- commit in either case, since the attempt counts.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.verify_signup(slug text, token bytea, new_token bytea, mac text) RETURNS TABLE (verified text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	s membership.signup_sessions := membership.hold_signup(slug, token);
BEGIN
	IF s.verified_at IS NULL AND (s.code_expires_at <= now() OR s.code_attempts >= 5 OR s.code_mac <> mac) THEN
		UPDATE membership.signup_sessions x SET code_attempts = least(x.code_attempts + 1, 5)
		 WHERE x.org_id = s.org_id AND x.id = s.id;
		RETURN QUERY SELECT NULL::text;
		RETURN;
	END IF;
	UPDATE membership.signup_sessions x SET token_hash = new_token, verified_at = coalesce(x.verified_at, now())
	 WHERE x.org_id = s.org_id AND x.id = s.id RETURNING * INTO s;
	RETURN QUERY SELECT membership.signup_json(s);
END $$;

-- Continues a sign-up by the emailed link, which also proves the address and can be opened later. Earlier input belongs
-- to the holder of the token. The owner of the mailbox may be somebody else, and neither sees nor inherits the input.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.follow_signup_link(slug text, link bytea, token bytea, new_token bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	p membership.signup_policies := membership.open_organization(slug);
	s membership.signup_sessions;
BEGIN
	UPDATE membership.signup_sessions x SET token_hash = new_token, verified_at = coalesce(x.verified_at, now()),
		entered = CASE WHEN x.verified_at IS NOT NULL OR x.token_hash = token THEN x.entered ELSE '{}' END
	 WHERE x.org_id = p.org_id AND x.link_hash = link AND x.expires_at > now() RETURNING * INTO s;
	IF NOT FOUND THEN
		PERFORM membership.refuse_signup();
	END IF;
	RETURN membership.signup_json(s);
END $$;

-- Stores the visitor's input, checked by the rules of its target tables. A JSON member that is null is removed.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.keep_entered(slug text, token bytea, entered json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	s membership.signup_sessions := membership.hold_signup(slug, token);
	name text;
	value jsonb;
	most integer;
BEGIN
	IF s.completed_at IS NOT NULL THEN
		PERFORM ops.refuse('signup_completed');
	END IF;
	FOR name, value IN SELECT * FROM jsonb_each(keep_entered.entered::jsonb) LOOP
		most := CASE WHEN name IN ('first_name', 'last_name', 'line1', 'line2', 'city', 'region') THEN 200
			WHEN name = 'postal_code' THEN 20 WHEN name = 'phone' THEN 50 WHEN name = 'country' THEN 2 WHEN name = 'tier' THEN 100 END;
		IF most IS NULL THEN
			PERFORM ops.fault('entry_unknown', 'entered.' || left(name, 50), left(name, 50));
		ELSIF value <> 'null' AND (jsonb_typeof(value) <> 'string' OR value #>> '{}' !~ '\S' OR char_length(value #>> '{}') > most
		    OR value #>> '{}' ~ '[[:cntrl:]]') THEN
			PERFORM ops.fault('text_length', 'entered.' || name, most::text);
		ELSIF name = 'country' AND value #>> '{}' !~ '^[A-Z]{2}$' THEN
			PERFORM ops.fault('not_a_country', 'entered.' || name);
		ELSIF name = 'phone' AND value #>> '{}' !~ '[0-9]' THEN
			PERFORM ops.fault('digit_missing', 'entered.' || name);
		ELSIF name = 'tier' AND value #>> '{}' <> ALL ((membership.open_organization(slug)).tiers) THEN
			PERFORM ops.fault('not_of_organization', 'entered.' || name);
		END IF;
	END LOOP;
	PERFORM ops.refuse_faults();
	UPDATE membership.signup_sessions x SET entered = jsonb_strip_nulls(x.entered || keep_entered.entered::jsonb)
	 WHERE x.org_id = s.org_id AND x.id = s.id RETURNING * INTO s;
	RETURN membership.signup_json(s);
END $$;

-- Returns the requirement for completing a sign-up, before a password is hashed: "password", "sign-in" or "done".
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.signup_needs(slug text, token bytea, session bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	s membership.signup_sessions := membership.hold_signup(slug, token);
	missing text;
BEGIN
	IF s.completed_at IS NOT NULL THEN
		RETURN 'done';
	ELSIF s.verified_at IS NULL THEN
		PERFORM ops.refuse('address_unverified', 'code');
	END IF;
	-- A postal address must be complete, or absent.
	missing := (SELECT m FROM unnest(ARRAY['last_name', 'tier'] || CASE WHEN s.entered ?| ARRAY['line1', 'line2', 'postal_code', 'city',
		'region', 'country'] THEN ARRAY['line1', 'city', 'country'] ELSE '{}' END) m WHERE NOT s.entered ? m LIMIT 1);
	IF missing IS NOT NULL THEN
		PERFORM ops.refuse('required', missing);
	ELSIF NOT EXISTS (SELECT FROM identity."user" u WHERE u.email = s.email) THEN
		RETURN 'password';
	ELSIF (identity.caller(session)).email IS DISTINCT FROM s.email THEN
		PERFORM ops.refuse('account_exists');
	END IF;
	RETURN 'sign-in';
END $$;

-- Completes a sign-up in one transaction: creates the account (unless it exists), the portal user, the profile with
-- contacts and address, and the membership. A repeated call has no further effect.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.complete_signup(slug text, token bytea, session bytea, user_id text, password text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	s membership.signup_sessions := membership.hold_signup(slug, token);
	p membership.signup_policies := membership.open_organization(slug);
	e jsonb := s.entered;
	u identity."user";
	person bigint;
	today date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
	IF membership.signup_needs(slug, token, session) = 'done' THEN
		RETURN membership.signup_json(s);
	END IF;
	u := identity.caller(session);
	IF u.email IS DISTINCT FROM s.email THEN
		IF complete_signup.password IS NULL THEN
			PERFORM ops.refuse('required', 'password');
		END IF;
		u := identity.register(complete_signup.user_id, btrim(concat(e->>'first_name', ' ', e->>'last_name')), e->>'first_name', e->>'last_name',
			s.email, true, NULL, NULL, true);
		INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
		VALUES (identity.new_id(), u.id, 'credential', u.id, complete_signup.password);
		UPDATE identity."user" x SET last_organization_id = p.org_id WHERE x.id = u.id;
	END IF;
	PERFORM set_config('app.user_id', u.id, true), ops.set_org(p.org_id);
	INSERT INTO identity.organization_member (id, organization_id, user_id, role) VALUES (identity.new_id(), p.org_id, u.id, 'portal')
	ON CONFLICT ON CONSTRAINT organization_member_organization_id_user_id_key DO NOTHING;
	IF EXISTS (SELECT FROM identity.organization_member m WHERE m.organization_id = p.org_id AND m.user_id = u.id AND m.disabled) THEN
		PERFORM ops.refuse('account_is_disabled');
	END IF;
	SELECT x.id INTO STRICT person FROM membership.user_profiles x WHERE x.org_id = p.org_id AND x.user_id = u.id;
	IF EXISTS (SELECT FROM membership.user_memberships m WHERE m.org_id = p.org_id AND m.member_id = person
	    AND coalesce(least(m.ends_on, m.cancelled_on), 'infinity') >= today) THEN
		PERFORM ops.refuse('membership_exists');
	END IF;
	UPDATE membership.user_profiles x SET first_name = coalesce(x.first_name, e->>'first_name'), last_name = coalesce(x.last_name, e->>'last_name')
	 WHERE x.org_id = p.org_id AND x.id = person;
	INSERT INTO membership.user_contacts AS c (org_id, member_id, kind, value, verified_at)
	SELECT p.org_id, person, v.kind, v.value, v.verified FROM (VALUES ('email', s.email, now()), ('phone', btrim(e->>'phone'), NULL)) v (kind, value, verified)
	 WHERE v.value IS NOT NULL
	ON CONFLICT ON CONSTRAINT user_contacts_value_key DO UPDATE SET verified_at = coalesce(c.verified_at, excluded.verified_at);
	IF e ? 'line1' THEN
		INSERT INTO membership.user_addresses (org_id, member_id, kind, line1, line2, postal_code, city, region, country)
		VALUES (p.org_id, person, 'home', e->>'line1', e->>'line2', e->>'postal_code', e->>'city', e->>'region', e->>'country');
	END IF;
	INSERT INTO membership.user_memberships (org_id, member_id, tier, status, starts_on)
	VALUES (p.org_id, person, e->>'tier', CASE WHEN p.activates THEN 'active' ELSE 'pending' END, today);
	UPDATE membership.signup_sessions x SET completed_at = now() WHERE x.org_id = s.org_id AND x.id = s.id RETURNING * INTO s;
	RETURN membership.signup_json(s);
END $$;

-- Deletes expired sign-up sessions.
CREATE OR REPLACE FUNCTION membership.purge_signups(org uuid, batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	n integer;
BEGIN
	DELETE FROM membership.signup_sessions x WHERE x.org_id = org AND x.id IN (SELECT y.id FROM membership.signup_sessions y
		WHERE y.org_id = org AND y.expires_at <= now() ORDER BY y.expires_at LIMIT batch);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;
