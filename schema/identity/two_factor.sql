-- Two-factor authentication. Functions that consume a code or count an attempt lock the user's row first, so that
-- each of several concurrent attempts sees the effect of the previous attempt.

-- Returns whether a device is a trusted device of the user. Replaces the secret of the device, so that a copy of the
-- cookie becomes invalid.
CREATE OR REPLACE FUNCTION identity.renew_trust(uid text, secret text, renewed text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	trusted boolean;
BEGIN
	DELETE FROM identity.trusted_device d
	 WHERE d.secret_hash = sha256(convert_to(secret, 'UTF8')) AND d.user_id = uid
	RETURNING d.expires_at > now() INTO trusted;
	IF NOT coalesce(trusted, false) THEN
		RETURN false;
	END IF;
	PERFORM identity.trust_device(uid, renewed);
	RETURN true;
END $$;

CREATE OR REPLACE FUNCTION identity.trust_device(uid text, secret text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM identity.trusted_device d WHERE d.user_id = uid AND d.expires_at <= now();
	INSERT INTO identity.trusted_device (secret_hash, user_id, expires_at)
	VALUES (sha256(convert_to(secret, 'UTF8')), uid, now() + interval '30 days');
END $$;

CREATE OR REPLACE FUNCTION identity.challenge(uid text, secret text, remember boolean, by_mail boolean)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	by_totp boolean;
BEGIN
	DELETE FROM identity.two_factor_challenge c WHERE c.user_id = uid AND c.expires_at <= now();
	DELETE FROM identity.two_factor_mail m WHERE m.user_id = uid AND m.expires_at <= now();
	-- A user whose second factor has no method cannot sign in. The row counts the user's attempts.
	INSERT INTO identity.two_factor (user_id) VALUES (uid) ON CONFLICT DO NOTHING;
	INSERT INTO identity.two_factor_challenge (secret_hash, user_id, remember, expires_at)
	VALUES (sha256(convert_to(secret, 'UTF8')), uid, remember, now() + interval '10 minutes');
	SELECT f.verified AND f.secret IS NOT NULL INTO by_totp
	  FROM identity.two_factor f WHERE f.user_id = uid;
	RETURN json_build_object('twoFactorRedirect', true, 'twoFactorMethods',
		array_remove(ARRAY[CASE WHEN by_totp THEN 'totp' END,
			CASE WHEN by_mail THEN 'otp' END], NULL));
END $$;

-- After the first factor, opens a session, or a challenge for the second factor. Returns the result of
-- identity.enter(), or the challenge as JSON. second_factor contains "challenge" and "renewed", secrets that the
-- workers generate, "trusted", the value of the device's cookie, and "mail", whether codes may be emailed.
CREATE OR REPLACE FUNCTION identity.enter_or_challenge(user_id text, method text, session_id text,
	token_hash bytea, remember boolean, address text, user_agent text, second_factor json)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user" := identity.admit(user_id);
	account text;
BEGIN
	IF u.two_factor_enabled THEN
		IF NOT identity.renew_trust(u.id, second_factor->>'trusted', second_factor->>'renewed') THEN
			RETURN identity.challenge(u.id, second_factor->>'challenge', remember,
				(second_factor->>'mail')::boolean);
		END IF;
	END IF;
	account := identity.enter(user_id, method, session_id, token_hash, remember, address,
		user_agent);
	UPDATE identity.session s SET second_factor = true WHERE s.id = session_id AND u.two_factor_enabled;
	RETURN account;
END $$;

-- Returns the user of the request's session or, without a session, of its challenge.
CREATE OR REPLACE FUNCTION identity.second_factor_claim(token_hash bytea, challenge text)
RETURNS TABLE (user_id text, session_id text, impersonator text, holder bytea, remember boolean,
	failures integer, second_factor boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT s.user_id, s.id, s.impersonated_by, s.token_hash,
		s.remember, 0, s.second_factor
		FROM identity.session s
		WHERE s.token_hash = second_factor_claim.token_hash AND s.expires_at > now();
	IF NOT FOUND THEN
		RETURN QUERY SELECT c.user_id, NULL::text, NULL::text, c.secret_hash,
			c.remember, c.failures, false
			FROM identity.two_factor_challenge c
			WHERE c.secret_hash = sha256(convert_to(challenge, 'UTF8'))
			  AND c.expires_at > now();
	END IF;
END $$;

-- Returns the user's TOTP secret, or null if there is none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.second_factor_secret(token_hash bytea, challenge text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT f.secret FROM identity.second_factor_claim(token_hash, challenge) c
		JOIN identity.two_factor f ON f.user_id = c.user_id);
END $$;

-- A refusal is a result and not an exception, because the counters must be committed.
CREATE OR REPLACE FUNCTION identity.refusal(code text, wait integer DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT json_build_object('refusal', code, 'wait', wait)::text
$$;

-- Returns the refusal if a factor cannot be tried now, or null. The sixth attempt ends the challenge. Ten consecutive
-- failures lock the account for 15 minutes.
CREATE OR REPLACE FUNCTION identity.second_factor_hindrance(factor text, f identity.two_factor,
	signed_in boolean, holder bytea, tried integer) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	IF factor <> 'mail' AND NOT (f.secret IS NOT NULL AND (f.verified OR signed_in)) THEN
		RETURN identity.refusal(CASE factor WHEN 'totp' THEN 'TOTP_NOT_ENABLED'
			ELSE 'BACKUP_CODES_NOT_ENABLED' END);
	END IF;
	IF NOT signed_in AND f.locked_until > now() THEN
		RETURN identity.refusal('ACCOUNT_TEMPORARILY_LOCKED',
			ceil(extract(epoch FROM f.locked_until - now()))::integer);
	END IF;
	IF factor = 'mail' AND NOT EXISTS (SELECT FROM identity.two_factor_mail m
	    WHERE m.holder = second_factor_hindrance.holder AND m.expires_at > now()) THEN
		RETURN identity.refusal('OTP_HAS_EXPIRED');
	END IF;
	IF tried >= 5 THEN
		DELETE FROM identity.two_factor_challenge c WHERE c.secret_hash = holder;
		DELETE FROM identity.two_factor_mail m WHERE m.holder = second_factor_hindrance.holder;
		RETURN identity.refusal('TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE');
	END IF;
	RETURN NULL;
END $$;

-- Returns whether a code is correct. A correct code cannot be used again.
CREATE OR REPLACE FUNCTION identity.spend_code(factor text, f identity.two_factor, seen text, step bigint,
	code_hash bytea, holder bytea, signed_in boolean) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	good boolean;
BEGIN
	IF factor = 'totp' THEN
		-- A code can be used once, and not after a later code was used.
		UPDATE identity.two_factor x SET last_step = greatest(x.last_step, step)
		 WHERE x.user_id = f.user_id AND x.secret = seen
		   AND (step > x.last_step OR signed_in AND step IS NOT NULL);
	ELSIF factor = 'backup-code' THEN
		-- code_hash contains the hashes of the code under all secrets, 32 bytes each.
		DELETE FROM identity.backup_code b
		 WHERE b.user_id = f.user_id
		   AND position(b.code_hash IN spend_code.code_hash) % 32 = 1;
		IF FOUND THEN
			PERFORM identity.log_event(f.user_id, 'backup-code.used', NULL);
			RETURN true;
		END IF;
	ELSE
		DELETE FROM identity.two_factor_mail m
		 WHERE m.holder = spend_code.holder AND m.code_hash = spend_code.code_hash;
	END IF;
	good := FOUND;
	IF NOT good AND factor = 'mail' THEN
		UPDATE identity.two_factor_mail m SET failures = m.failures + 1
		 WHERE m.holder = spend_code.holder;
	END IF;
	RETURN good;
END $$;

CREATE OR REPLACE FUNCTION identity.count_failure(u identity."user", challenge bytea, user_agent text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.two_factor_challenge c SET failures = c.failures + 1
	 WHERE c.secret_hash = challenge;
	-- After a lock has expired, the count starts again.
	UPDATE identity.two_factor f
	   SET failures = CASE WHEN f.locked_until IS NULL THEN f.failures + 1 ELSE 1 END,
		locked_until = CASE WHEN f.locked_until IS NULL AND f.failures + 1 >= 10
			THEN now() + interval '15 minutes' END
	 WHERE f.user_id = u.id;
	PERFORM identity.log_refusal(u.email, u.id, 'second-factor.refused', user_agent);
END $$;

-- Activates the method after the first correct code of a signed-in user.
CREATE OR REPLACE FUNCTION identity.enrol(uid text, factor text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	fresh boolean := false;
BEGIN
	IF factor = 'backup-code' THEN
		RETURN false;
	END IF;
	IF factor = 'totp' THEN
		UPDATE identity.two_factor f SET verified = true
		 WHERE f.user_id = uid AND NOT f.verified;
		fresh := FOUND;
	END IF;
	UPDATE identity."user" u SET two_factor_enabled = true, updated_at = now()
	 WHERE u.id = uid AND u.two_factor_enabled IS NOT TRUE;
	RETURN FOUND OR fresh;
END $$;

-- Verifies a code. step is the TOTP step that the workers computed, or null. code_hash is the hash of any other code.
-- Returns {"refusal"}, or {"user", "session", "remember", "entered"}. session is "new", "own" or null. entered is true
-- if the code answers a challenge.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.verify_second_factor(factor text, seen text, step bigint,
	code_hash bytea, token_hash bytea, challenge text, session_id text, new_token_hash bytea,
	trust text, open boolean, address text, user_agent text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	who record;
	u identity."user";
	f identity.two_factor;
	signed_in boolean;
	proving boolean;
	enrolled boolean;
	hindrance text;
	session text;
BEGIN
	SELECT * INTO who FROM identity.second_factor_claim(token_hash, challenge);
	SELECT * INTO u FROM identity."user" x WHERE x.id = who.user_id FOR NO KEY UPDATE;
	-- The challenge is read again under the lock, since another attempt may have consumed it in the meantime.
	SELECT * INTO who FROM identity.second_factor_claim(token_hash, challenge);
	IF who.user_id IS NULL THEN
		RETURN identity.refusal('INVALID_TWO_FACTOR_COOKIE');
	END IF;
	signed_in := who.session_id IS NOT NULL;
	IF signed_in THEN -- as identity.begin_request() does
		PERFORM set_config('app.user_id', u.id, true),
			set_config('app.session_id', who.session_id, true),
			set_config('app.impersonator', who.impersonator, true);
	END IF;
	-- For a session that gains permissions without a challenge, guesses are counted as for a challenge.
	proving := signed_in AND u.two_factor_enabled IS TRUE AND NOT who.second_factor;
	SELECT * INTO f FROM identity.two_factor x WHERE x.user_id = u.id;
	hindrance := identity.second_factor_hindrance(factor, f, signed_in AND NOT proving, who.holder,
		CASE WHEN signed_in THEN (SELECT m.failures FROM identity.two_factor_mail m
			WHERE factor = 'mail' AND m.holder = who.holder) ELSE who.failures END);
	IF hindrance IS NOT NULL THEN
		RETURN hindrance;
	END IF;
	IF NOT identity.spend_code(factor, f, seen, step, code_hash, who.holder, signed_in AND NOT proving) THEN
		IF NOT signed_in OR proving THEN
			PERFORM identity.count_failure(u, who.holder, user_agent);
		END IF;
		RETURN identity.refusal(CASE factor WHEN 'backup-code' THEN 'INVALID_BACKUP_CODE'
			ELSE 'INVALID_CODE' END);
	END IF;
	IF signed_in THEN
		session := 'own';
		enrolled := identity.enrol(u.id, factor);
		IF enrolled OR NOT who.second_factor THEN -- the session gains permissions
			PERFORM identity.rotate_session(who.session_id, session_id, new_token_hash, enrolled);
			UPDATE identity.session s SET second_factor = true WHERE s.id = verify_second_factor.session_id;
			session := 'new';
		END IF;
		UPDATE identity.two_factor x SET failures = 0, locked_until = NULL WHERE proving AND x.user_id = u.id;
	ELSE
		DELETE FROM identity.two_factor_challenge c WHERE c.secret_hash = who.holder;
		DELETE FROM identity.two_factor_mail m WHERE m.holder = who.holder;
		UPDATE identity.two_factor x SET failures = 0, locked_until = NULL
		 WHERE x.user_id = u.id;
		IF open THEN
			PERFORM identity.enter(u.id, 'two-factor', session_id, new_token_hash,
				who.remember, address, user_agent);
			UPDATE identity.session s SET second_factor = true WHERE s.id = verify_second_factor.session_id;
			session := 'new';
		END IF;
		IF open AND trust IS NOT NULL THEN
			PERFORM identity.trust_device(u.id, trust);
			PERFORM identity.log_event(u.id, 'device.trusted', NULL, NULL, user_agent);
		END IF;
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.id = u.id;
	RETURN json_build_object('user', identity.user_json(u), 'session', session,
		'remember', who.remember, 'entered', NOT signed_in);
END $$;

-- Emails a code for the challenge, or for a signed-in user.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.send_second_factor(code text, code_hash bytea, token_hash bytea,
	challenge text, language text, limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	who record;
	u identity."user";
	f identity.two_factor;
BEGIN
	SELECT * INTO who FROM identity.second_factor_claim(token_hash, challenge);
	SELECT * INTO u FROM identity."user" x WHERE x.id = who.user_id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN identity.refusal('INVALID_TWO_FACTOR_COOKIE');
	END IF;
	SELECT * INTO f FROM identity.two_factor x WHERE x.user_id = u.id;
	IF who.session_id IS NULL AND f.locked_until > now() THEN
		RETURN identity.refusal('ACCOUNT_TEMPORARILY_LOCKED',
			ceil(extract(epoch FROM f.locked_until - now()))::integer);
	END IF;
	IF limited THEN -- protects the mailbox
		PERFORM identity.count_attempt('two-factor-mail|' || u.id, 3, 60);
	END IF;
	INSERT INTO identity.two_factor_mail AS m (holder, user_id, code_hash, expires_at)
	VALUES (who.holder, u.id, send_second_factor.code_hash, now() + interval '3 minutes')
	ON CONFLICT ON CONSTRAINT two_factor_mail_pkey DO UPDATE
		SET code_hash = excluded.code_hash, failures = 0, expires_at = excluded.expires_at;
	PERFORM ops.send_mail('two-factor-otp', u.email, language,
		jsonb_build_object('code', code, 'name', u.name));
	RETURN '{"status":true}';
END $$;

-- The functions below change the caller's settings after the password has been verified
-- again.

-- Returns the caller's settings. fresh is true if the session is recent enough to replace the password check for a user
-- without a password.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.two_factor_settings()
RETURNS TABLE (password text, fresh boolean, email text, enabled boolean, secret text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT identity.own_password(), s.created_at > now() - interval '1 day',
		u.email, coalesce(u.two_factor_enabled, false), f.secret
		FROM identity."user" u
		JOIN identity.session s ON s.id = ops.session()
		LEFT JOIN identity.two_factor f ON f.user_id = u.id
		WHERE u.id = ops.caller();
END $$;

-- Locks the caller, if their password is still the verified password.
CREATE OR REPLACE FUNCTION identity.hold_self(verified text) RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x
	 WHERE x.id = ops.caller() FOR NO KEY UPDATE;
	IF identity.own_password() IS DISTINCT FROM verified THEN
		PERFORM identity.refuse('INVALID_PASSWORD');
	END IF;
	RETURN u;
END $$;

-- Replaces the backup codes. codes contains hashes, separated by commas.
CREATE OR REPLACE FUNCTION identity.put_backup_codes(uid text, codes text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM identity.backup_code b WHERE b.user_id = uid;
	INSERT INTO identity.backup_code (user_id, code_hash)
	SELECT uid, c::bytea FROM unnest(string_to_array(codes, ',')) c;
	PERFORM identity.log_event(uid, 'backup-codes.replaced', NULL);
END $$;

-- Stores a secret that must be verified by a first code. Returns the address of the account.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.enable_totp(secret text, codes text, verified text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user" := identity.hold_self(verified);
BEGIN
	-- The password alone does not permit replacing a second factor.
	IF EXISTS (SELECT FROM identity.two_factor f
	    WHERE f.user_id = u.id AND f.verified AND f.secret IS NOT NULL) THEN
		PERFORM identity.refuse('TOTP_ALREADY_ENABLED');
	END IF;
	INSERT INTO identity.two_factor AS f (user_id, secret) VALUES (u.id, enable_totp.secret)
	ON CONFLICT ON CONSTRAINT two_factor_pkey DO UPDATE
		SET secret = excluded.secret, verified = false, last_step = 0;
	PERFORM identity.put_backup_codes(u.id, codes);
	RETURN u.email;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.enable_mailed_codes(verified text, session_id text, token_hash bytea)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user" := identity.hold_self(verified);
BEGIN
	UPDATE identity."user" x SET two_factor_enabled = true, updated_at = now() WHERE x.id = u.id;
	PERFORM identity.rotate_session(ops.session(), session_id, token_hash);
	RETURN '{"method":"otp"}';
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.replace_backup_codes(codes text, verified text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user" := identity.hold_self(verified);
BEGIN
	IF NOT EXISTS (SELECT FROM identity.two_factor f
	    WHERE f.user_id = u.id AND f.secret IS NOT NULL) THEN
		PERFORM identity.refuse('TWO_FACTOR_NOT_ENABLED');
	END IF;
	PERFORM identity.put_backup_codes(u.id, codes);
	RETURN 'true';
END $$;

-- Deletes all factors. A trigger on two_factor_enabled revokes what was issued for them.
CREATE OR REPLACE FUNCTION identity.forget_second_factor(uid text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity."user" u SET two_factor_enabled = false, updated_at = now()
	 WHERE u.id = uid;
	DELETE FROM identity.two_factor f WHERE f.user_id = uid;
	DELETE FROM identity.backup_code b WHERE b.user_id = uid;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.disable_two_factor(verified text, session_id text, token_hash bytea)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user" := identity.hold_self(verified);
BEGIN
	PERFORM identity.forget_second_factor(u.id);
	PERFORM identity.rotate_session(ops.session(), session_id, token_hash);
	RETURN '{"status":true}';
END $$;
