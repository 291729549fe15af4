-- Verification and change of email addresses.

-- Sends an email only to a known address. Neither the response nor its time reveals whether an address has an account:
-- for an unknown address, the same rows are written and then deleted.
CREATE OR REPLACE FUNCTION identity.mail_if(known boolean, template text, recipient text, language text,
	data jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.send_mail(template, recipient, language, data);
	IF NOT known THEN
		RAISE SQLSTATE 'ZH001';
	END IF;
EXCEPTION WHEN SQLSTATE 'ZH001' THEN
	NULL;
END $$;

-- Removes all credentials of an unverified account.
CREATE OR REPLACE FUNCTION identity.remove_credentials(uid text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	way text;
BEGIN
	PERFORM identity.end_issued(u.id, u.email, 'reset') FROM identity."user" u WHERE u.id = uid;
	FOREACH way IN ARRAY ARRAY['account', 'two_factor', 'backup_code', 'passkey', 'api_key',
	    'secret_url', 'assistant_key'] LOOP
		EXECUTE format('DELETE FROM identity.%I WHERE user_id = $1', way) USING uid;
	END LOOP;
	UPDATE identity."user" u SET two_factor_enabled = false
	 WHERE u.id = uid AND u.two_factor_enabled;
END $$;

-- Returns the session of a request, if it belongs to the user and was opened by the user.
CREATE OR REPLACE FUNCTION identity.own_session(uid text, caller_hash bytea) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT s.id FROM identity.session s WHERE s.token_hash = caller_hash AND s.user_id = uid
		AND s.impersonated_by IS NULL AND s.expires_at > now()
$$;

-- Handles the first proof of an address. The user who signed up with the address need not own its mailbox, so the user
-- who proves it inherits no credentials, and an email says that a password was removed. The credentials are kept if the
-- same person signed up: the request has a session of the account, or comes from the browser that signed up
-- (signed_up). That session gains permissions, so its token becomes invalid. Returns true if the session continues with
-- the new token.
CREATE OR REPLACE FUNCTION identity.prove_address(u identity."user", caller_hash bytea, signed_up text,
	language text, session_id text DEFAULT NULL, token_hash bytea DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	own text := identity.own_session(u.id, caller_hash);
BEGIN
	IF own IS NULL AND signed_up IS DISTINCT FROM u.id THEN
		IF EXISTS (SELECT FROM identity.account a
		    WHERE a.user_id = u.id AND a.password IS NOT NULL) THEN
			PERFORM ops.send_mail('password-removed', u.email, language, '{}');
		END IF;
		PERFORM identity.remove_credentials(u.id);
	ELSIF session_id IS NOT NULL AND own IS NOT NULL THEN
		PERFORM identity.rotate_session(own, session_id, token_hash, false);
	ELSE
		DELETE FROM identity.session s WHERE s.id = own;
	END IF;
	UPDATE identity."user" x SET email_verified = true, updated_at = now() WHERE x.id = u.id;
	RETURN own IS NOT NULL AND session_id IS NOT NULL;
END $$;

-- Returns the user of a verification link, or null if no link is needed. Signed-in callers can only request a link
-- for themselves.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.verification_begin(token_hash bytea, email text, address text,
	limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user" := identity.caller(token_hash);
BEGIN
	PERFORM identity.count_mail(limited, '/send-verification-email', address, email, 3);
	IF u.id IS NULL THEN
		RETURN (SELECT x.id FROM identity."user" x
			WHERE x.email = lower(verification_begin.email) AND NOT x.email_verified);
	ELSIF u.email <> lower(email) THEN
		PERFORM identity.refuse('EMAIL_MISMATCH');
	ELSIF u.email_verified THEN
		PERFORM identity.refuse('EMAIL_ALREADY_VERIFIED');
	END IF;
	RETURN u.id;
END $$;

-- Emails a verification link. If limited is true, the email has not been counted yet, and an email that exceeds the
-- limit of the mailbox is dropped silently.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.mail_verification(user_id text, email text, link text, language text,
	limited boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF limited AND NOT identity.counts('mail|' || identity.account_key(email), 5, 600) THEN
		RETURN;
	END IF;
	PERFORM identity.mail_if(EXISTS (SELECT FROM identity."user" u WHERE u.id = user_id
		AND u.email = lower(mail_verification.email) AND NOT u.email_verified),
		'verify-email', lower(email), language, jsonb_build_object('url', link));
END $$;

-- Verifies an address: the holder of the link owns the mailbox. Returns which session has the new token: 'own' for the
-- session of the request, 'new', or null for none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.verify_email(user_id text, email text, caller_hash bytea,
	signed_up text, may_enter boolean, session_id text, token_hash bytea, address text,
	user_agent text, language text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.email = lower(verify_email.email)
	   FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('USER_NOT_FOUND/LINK');
	ELSIF u.id IS DISTINCT FROM user_id THEN
		PERFORM identity.refuse('INVALID_TOKEN');
	ELSIF u.email_verified THEN
		RETURN NULL;
	END IF;
	IF identity.prove_address(u, caller_hash, signed_up, language, session_id, token_hash) THEN
		RETURN 'own';
	ELSIF NOT may_enter OR u.two_factor_enabled THEN
		RETURN NULL;
	END IF;
	PERFORM identity.enter(u.id, 'verification', session_id, token_hash, true, address,
		user_agent);
	RETURN 'new';
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.change_email_begin(new_email text, address text, limited boolean)
RETURNS TABLE (user_id text, email text, verified boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = ops.caller();
	IF u.email = lower(new_email) THEN
		PERFORM identity.refuse('EMAIL_IS_THE_SAME');
	END IF;
	PERFORM identity.count_mail(limited, '/change-email', address, new_email, 3);
	RETURN QUERY SELECT u.id, u.email, u.email_verified;
END $$;

-- Emails the link to the new address. The link must be opened in a session of the account.
CREATE OR REPLACE FUNCTION identity.mail_new_address(free boolean, email text, new_email text, link text,
	language text) RETURNS void
LANGUAGE sql AS $$
	SELECT identity.mail_if(free, 'new-address', lower(new_email), language,
		jsonb_build_object('url', link, 'email', lower(email), 'newEmail', lower(new_email)))
$$;

-- Emails the link that confirms a change of address. A current address that is verified must confirm the change first.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.mail_change(email text, new_email text, verified boolean, link text,
	language text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	free boolean := NOT EXISTS (SELECT FROM identity."user" u
		WHERE u.email = lower(mail_change.new_email));
BEGIN
	PERFORM identity.keep_change(u.id, new_email) FROM identity."user" u
	 WHERE u.email = lower(mail_change.email);
	IF verified THEN
		PERFORM identity.mail_if(free, 'change-email', email, language,
			jsonb_build_object('url', link, 'newEmail', lower(new_email)));
	ELSE
		PERFORM identity.mail_new_address(free, email, new_email, link, language);
	END IF;
	RETURN '';
END $$;

-- Records that a change of address is pending, for an hour after its last email. The links are signed and not stored,
-- so this row is needed to revoke them.
CREATE OR REPLACE FUNCTION identity.keep_change(uid text, new_email text) RETURNS void
LANGUAGE sql AS $$
	SELECT identity.keep_proof('change-email', uid || ' ' || lower(new_email), uid,
		interval '1 hour')
$$;

-- Returns the user of a change link while it is valid: the address is unchanged, and no other user is signed in with
-- this browser.
CREATE OR REPLACE FUNCTION identity.changing_user(user_id text, email text, caller_hash bytea)
RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x
	 WHERE x.id = changing_user.user_id AND x.email = lower(changing_user.email)
	   FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVALID_TOKEN');
	ELSIF (identity.caller(caller_hash)).id <> u.id THEN
		PERFORM identity.refuse('INVALID_USER');
	END IF;
	RETURN u;
END $$;

CREATE OR REPLACE FUNCTION identity.need_change(uid text, new_email text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF identity.find_proof('change-email', uid || ' ' || lower(new_email)) IS NULL THEN
		PERFORM identity.refuse('INVALID_TOKEN');
	END IF;
END $$;

-- Sends an email to the new address after the current address has confirmed the change.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.confirm_change(user_id text, email text, new_email text,
	caller_hash bytea, link text, language text, address text, limited boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.count_mail(limited, '/verify-email', address, new_email, 3);
	PERFORM identity.changing_user(user_id, email, caller_hash);
	PERFORM identity.need_change(user_id, new_email);
	PERFORM identity.keep_change(user_id, new_email);
	PERFORM identity.mail_new_address(NOT EXISTS (SELECT FROM identity."user" u
			WHERE u.email = lower(confirm_change.new_email)), email, new_email, link, language);
END $$;

-- Changes the address after the owner of the new mailbox has confirmed. Only a session of the account can change the
-- address. Otherwise, a link that is opened in a different mailbox, for example by a program, would assign that mailbox
-- to the account. Returns the user.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.change_email(user_id text, email text, new_email text,
	caller_hash bytea, language text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user" := identity.changing_user(user_id, email, caller_hash);
BEGIN
	PERFORM identity.need_change(u.id, new_email);
	IF identity.own_session(u.id, caller_hash) IS NULL THEN
		PERFORM identity.refuse('INVALID_USER');
	END IF;
	IF EXISTS (SELECT FROM identity."user" x WHERE x.email = lower(change_email.new_email)) THEN
		PERFORM identity.refuse('USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
	END IF;
	PERFORM ops.send_mail('email-changed', u.email, language,
		jsonb_build_object('newEmail', lower(new_email)));
	UPDATE identity."user" x SET email = lower(new_email), updated_at = now()
	 WHERE x.id = u.id RETURNING * INTO u;
	RETURN identity.user_json(u);
END $$;

-- Returns the caller's user if the caller changes their own address. Returns no row if sale_id is the row of another
-- user, or if the address is unchanged.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.own_address_change(sale_id bigint, new_email text, by_key boolean)
RETURNS TABLE (user_id text, email text, verified boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT x.* INTO u FROM crm.sales s JOIN identity."user" x ON x.id = s.user_id
	 WHERE s.org_id = ops.org()
	   AND s.id = sale_id AND s.user_id = ops.caller();
	IF NOT FOUND OR u.email = lower(trim(new_email)) THEN
		RETURN;
	END IF;
	IF by_key OR ops.impersonator() IS NOT NULL THEN
		PERFORM ops.refuse('address_of_others', 'email');
	ELSIF NOT crm.is_address(new_email) THEN
		PERFORM ops.refuse(crm.address_fault(new_email), 'email');
	END IF;
	RETURN QUERY SELECT u.id, u.email, u.email_verified;
END $$;

-- Calls identity.change_email_begin() and identity.mail_change() for the CRM's own API.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.mail_own_change(email text, new_email text, verified boolean,
	link text, language text, address text, limited boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.count_mail(limited, '/change-email', address, new_email, 3);
	IF EXISTS (SELECT FROM identity."user" u WHERE u.id = ops.caller()
	    AND u.email = mail_own_change.email
	    AND u.email_verified = mail_own_change.verified) THEN
		PERFORM identity.mail_change(email, new_email, verified, link, language);
	END IF;
END $$;
