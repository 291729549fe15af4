-- Passwords: change and reset.

-- Returns the caller's password hash for a comparison, which counts as an attempt.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.credential(address text, path text, limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, 3, 10);
	END IF;
	RETURN (SELECT a.password FROM identity.account a
		WHERE a.user_id = ops.caller()
		  AND a.provider_id = 'credential' LIMIT 1);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.change_password(password text, revoke_others boolean, session_id text,
	token_hash bytea, address text, user_agent text, verified text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := ops.caller();
	u identity."user";
	was identity.session;
BEGIN
	UPDATE identity.account a SET password = change_password.password, updated_at = now()
	 WHERE a.user_id = uid AND a.provider_id = 'credential' AND a.password = verified;
	IF NOT FOUND THEN -- the password was changed concurrently
		PERFORM identity.refuse('INVALID_PASSWORD');
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid;
	PERFORM identity.end_issued(uid, u.email, 'password');
	IF revoke_others THEN
		PERFORM identity.admit(uid); -- refuses a user who was banned concurrently
		SELECT * INTO was FROM identity.session s
		 WHERE s.id = ops.session();
		PERFORM identity.sign_out_everywhere(uid);
		PERFORM identity.open_session(session_id, token_hash, uid,
			coalesce(was.method, 'password'), coalesce(was.remember, true), address,
			user_agent, was.active_organization_id);
	END IF;
	RETURN identity.user_json(u);
END $$;

-- Returns the caller's password hash, or null.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.own_password() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT a.password FROM identity.account a
		WHERE a.user_id = ops.caller()
		  AND a.provider_id = 'credential' LIMIT 1);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.request_reset(email text, token text, link text, language text,
	address text, limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text;
BEGIN
	PERFORM identity.count_mail(limited, '/request-password-reset', address, email, 3);
	SELECT u.id INTO uid FROM identity."user" u WHERE u.email = lower(request_reset.email);
	PERFORM identity.keep_proof('reset-password', token, coalesce(uid, ''), interval '1 hour');
	PERFORM identity.mail_if(uid IS NOT NULL, 'reset-password', lower(email), language,
		jsonb_build_object('url', link));
	RETURN '';
END $$;

-- Returns whether a token is valid. Does not consume it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.find_reset(token text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN coalesce(identity.find_proof('reset-password', token), '') <> '';
END $$;

-- Sets a new password for a user who has proven ownership of the mailbox.
CREATE OR REPLACE FUNCTION identity.reset_to(u identity."user", password text, language text)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT u.email_verified THEN
		PERFORM identity.remove_credentials(u.id);
		UPDATE identity."user" x SET email_verified = true, updated_at = now()
		 WHERE x.id = u.id;
	END IF;
	PERFORM identity.put_password(u.id, password);
	PERFORM ops.send_mail('password-changed', u.email, language, '{}');
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.reset_password(token text, password text, language text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := identity.take_proof('reset-password', token);
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVALID_TOKEN/RESET');
	END IF;
	PERFORM identity.reset_to(u, password, language);
	RETURN '';
END $$;

-- Sets a password, and ends all other sessions, since someone else may know the old password.
CREATE OR REPLACE FUNCTION identity.put_password(uid text, password text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.account a SET password = put_password.password, updated_at = now()
	 WHERE a.user_id = uid AND a.provider_id = 'credential';
	IF NOT FOUND THEN
		INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
		VALUES (identity.new_id(), uid, 'credential', uid, put_password.password);
	END IF;
	PERFORM identity.end_issued(uid, u.email, 'reset', ops.session())
	   FROM identity."user" u WHERE u.id = uid;
END $$;

-- Emails a reset link to a user, or resends the invitation to a user who has not accepted it. Returns whether an
-- invitation was sent, or no row if the caller cannot do this.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.mail_password(sale_id bigint, secret text, page text, link json,
	by_key boolean, address text, limited boolean) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_own_membership();
	s crm.sales;
	u identity."user";
BEGIN
	SELECT * INTO s FROM crm.sales x WHERE x.org_id = m.organization_id AND x.id = sale_id;
	IF NOT FOUND OR s.user_id <> m.user_id AND m.acts_as NOT IN ('owner', 'admin') THEN
		RETURN;
	END IF;
	IF s.disabled THEN
		PERFORM ops.refuse('user_disabled');
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.id = s.user_id;
	IF NOT FOUND AND by_key THEN
		PERFORM ops.refuse('key_changes_names_only');
	ELSIF NOT FOUND THEN
		PERFORM identity.invite_row(s, m, link, limited);
		RETURN NEXT 'true';
		RETURN;
	END IF;
	PERFORM identity.count_mail(limited, '/request-password-reset', address, u.email, 3);
	PERFORM identity.keep_proof('reset-password', secret, u.id, interval '1 hour');
	PERFORM ops.send_mail('reset-password', u.email, link->>'language',
		jsonb_build_object('url', page));
	RETURN NEXT 'false';
END $$;

-- Returns the purpose of a token: 'recovery', 'invite', or 'known' if the address already has an account. Returns null
-- for an invalid token.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.find_password_link(token text)
RETURNS TABLE (good_for text, email text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	email := (identity.addressed_invitation(token)).email;
	good_for := CASE
		WHEN identity.find_proof('reset-password', token) <> '' THEN 'recovery'
		WHEN EXISTS (SELECT FROM identity."user" u
			WHERE u.email = find_password_link.email) THEN 'known'
		WHEN find_password_link.email IS NOT NULL THEN 'invite' END;
	RETURN NEXT;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.set_password(token text, password text, who json, session_id text,
	token_hash bytea, address text, user_agent text, must_verify boolean, link text,
	language text, second_factor json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := identity.take_proof('reset-password', token);
	i identity.organization_invitation;
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid FOR NO KEY UPDATE;
	IF FOUND THEN
		PERFORM identity.reset_to(u, password, language);
		RETURN identity.enter_or_challenge(u.id, 'recovery', session_id, token_hash, true,
			address, user_agent, second_factor);
	END IF;
	i := identity.addressed_invitation(token);
	IF i.id IS NULL THEN
		PERFORM identity.refuse('INVALID_TOKEN/RESET');
	END IF;
	RETURN coalesce(identity.sign_up_invited(i, token, password, who, session_id, token_hash, address,
		user_agent, must_verify, link, language, second_factor), 'null');
END $$;
