-- Sign-in, verification and password reset by a code sent by email.

-- Sends a code of six digits, which allows three attempts. Codes are stored as a MAC under the server's secret, since a
-- plain hash of six digits is easy to invert. A new code replaces the previous code.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.request_code(purpose text, email text, mac text, code text,
	language text, path text, address text, limited boolean, open boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.count_mail(limited, path, address, email, 3);
	-- Codes for unknown addresses are stored as well, so that wrong codes get the same response.
	PERFORM identity.keep_proof(purpose || '-otp', lower(email), mac || ' 0',
		interval '5 minutes');
	PERFORM identity.mail_if(EXISTS (SELECT FROM identity."user" u
			WHERE u.email = lower(request_code.email))
			OR purpose = 'sign-in' AND identity.may_join(email, open),
		'email-otp', lower(email), language, jsonb_build_object('code', code));
	RETURN '';
END $$;

-- Returns the reason why a code is refused, or null. A valid code is consumed unless "keep" is set. The transaction
-- must be committed in either case, since the attempt counts.
CREATE OR REPLACE FUNCTION identity.try_code(purpose text, email text, mac text,
	keep boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	v identity.verification;
	attempts integer;
BEGIN
	SELECT * INTO v FROM identity.verification x
	 WHERE x.identifier = identity.proof_name(purpose || '-otp', lower(email)) FOR UPDATE;
	IF NOT FOUND THEN
		RETURN 'INVALID_OTP';
	END IF;
	attempts := split_part(v.value, ' ', 2);
	IF v.expires_at > now() AND attempts < 3 AND split_part(v.value, ' ', 1) <> mac THEN
		UPDATE identity.verification x
		   SET value = split_part(v.value, ' ', 1) || ' ' || attempts + 1
		 WHERE x.id = v.id;
		RETURN 'INVALID_OTP';
	END IF;
	IF v.expires_at > now() AND attempts < 3 AND keep THEN
		RETURN NULL;
	END IF;
	DELETE FROM identity.verification x WHERE x.id = v.id;
	RETURN CASE WHEN v.expires_at <= now() THEN 'OTP_EXPIRED'
		WHEN attempts >= 3 THEN 'TOO_MANY_ATTEMPTS' END;
END $$;

-- The functions below return JSON: {"refused": code} or the result. A user with a second factor gets a challenge.

-- Checks a code without consuming it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.check_code(purpose text, email text, mac text, path text, address text,
	limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	refused text;
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, 3, 60);
	END IF;
	refused := identity.try_code(purpose, email, mac, true);
	IF refused IS NOT NULL THEN
		RETURN json_build_object('refused', refused);
	END IF;
	IF NOT EXISTS (SELECT FROM identity."user" u WHERE u.email = lower(check_code.email)) THEN
		RETURN json_build_object('refused', 'USER_NOT_FOUND/CODE');
	END IF;
	RETURN '{}';
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.enter_by_code(email text, mac text, name text, image text, new_id text,
	session_id text, token_hash bytea, caller_hash bytea, address text, user_agent text,
	limited boolean, open boolean, language text, second_factor json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	refused text;
	u identity."user";
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|/sign-in/email-otp', 3, 60);
	END IF;
	refused := identity.try_code('sign-in', email, mac);
	IF refused IS NULL THEN
		u := identity.prove_user(email, name, image, new_id, caller_hash, open, language);
	END IF;
	IF u.id IS NULL THEN
		RETURN json_build_object('refused', coalesce(refused, 'INVALID_OTP'));
	END IF;
	RETURN identity.enter_or_challenge(u.id, 'email-otp', session_id, token_hash, true, address,
		user_agent, second_factor);
END $$;

-- Verifies an address by a code. "own" in the result means that the session of the request has the new token.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.verify_by_code(email text, mac text, caller_hash bytea, signed_up text,
	may_enter boolean, session_id text, token_hash bytea, address text, user_agent text,
	language text, limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	refused text;
	u identity."user";
	own boolean := false;
	enters boolean;
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|/email-otp/verify-email',
			3, 60);
	END IF;
	refused := identity.try_code('email-verification', email, mac);
	IF refused IS NOT NULL THEN
		RETURN json_build_object('refused', refused);
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.email = lower(verify_by_code.email)
	   FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN json_build_object('refused', 'USER_NOT_FOUND/CODE');
	END IF;
	enters := may_enter AND NOT coalesce(u.two_factor_enabled, false);
	IF NOT u.email_verified THEN
		own := identity.prove_address(u, caller_hash, signed_up, language,
			CASE WHEN NOT enters THEN session_id END, token_hash);
	END IF;
	IF enters THEN
		PERFORM identity.enter(u.id, 'email-otp', session_id, token_hash, true, address,
			user_agent);
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.id = u.id;
	RETURN json_build_object('entered', enters, 'own', own, 'user', identity.user_json(u));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.reset_by_code(email text, mac text, password text, language text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	refused text := identity.try_code('forget-password', email, mac);
	u identity."user";
BEGIN
	IF refused IS NOT NULL THEN
		RETURN json_build_object('refused', refused);
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.email = lower(reset_by_code.email)
	   FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN json_build_object('refused', 'USER_NOT_FOUND/CODE');
	END IF;
	PERFORM identity.reset_to(u, password, language);
	RETURN '{}';
END $$;
