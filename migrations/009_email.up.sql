-- What is proved, changed and ended by mail: verification of an address,
-- reset of a password, change of an address, deletion of an account, and the
-- two ways in that need nothing but a mailbox: links and codes.
--
-- Nobody learns here whether an address has an account.  Where only the
-- owner of one gets a mail, the same is written for everybody else and taken
-- back, so that the time does not tell it either.

-- What they share

CREATE FUNCTION identity.mail_if(known boolean, template text, recipient text, language text,
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

-- What mails is limited for whoever asks and for the mailbox, whoever asks.
CREATE FUNCTION identity.count_mail(limited boolean, path text, address text, email text,
	most integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, most, 60);
		PERFORM identity.count_attempt('mail|' || identity.account_key_at(email, address), 5, 600);
	END IF;
END $$;

-- The user whose session a request may have brought.
CREATE FUNCTION identity.caller(token_hash bytea) RETURNS identity."user"
LANGUAGE plpgsql STABLE AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT x.* INTO u FROM identity.session s JOIN identity."user" x ON x.id = s.user_id
	 WHERE s.token_hash = caller.token_hash AND s.expires_at > now();
	RETURN u;
END $$;

-- Whoever signed up with an address need not own its mailbox.  Who proves that
-- they do inherits nothing of it: no password, no other way in, no session.
CREATE FUNCTION identity.drop_access(uid text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	way text;
BEGIN
	FOREACH way IN ARRAY ARRAY['account', 'session', 'two_factor', 'backup_code',
	    'two_factor_challenge', 'two_factor_mail', 'trusted_device', 'passkey', 'api_key'] LOOP
		EXECUTE format('DELETE FROM identity.%I WHERE user_id = $1', way) USING uid;
	END LOOP;
	UPDATE identity."user" u SET two_factor_enabled = false
	 WHERE u.id = uid AND u.two_factor_enabled;
END $$;

-- Verification

-- Whom a link is for; null where nobody needs one.  Who is signed in asks
-- about themselves alone.
CREATE FUNCTION identity.verification_begin(token_hash bytea, email text, address text,
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

-- limited: nobody has counted the mail, and nobody is told when it is one too many
-- for the mailbox.
CREATE FUNCTION identity.mail_verification(user_id text, email text, link text, language text,
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

-- The address is its user's: who has the link also has the mailbox.  The
-- password stays, for the mail asked whether they signed up with it.  Tells
-- which session is to go on: 'own', the one that came along; 'new'; null, none.
CREATE FUNCTION identity.verify_email(user_id text, email text, caller_hash bytea,
	may_enter boolean, session_id text, token_hash bytea, address text, user_agent text)
RETURNS text
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
	UPDATE identity."user" x SET email_verified = true, updated_at = now() WHERE x.id = u.id;
	IF NOT may_enter OR u.two_factor_enabled THEN
		RETURN NULL;
	ELSIF (identity.caller(caller_hash)).id = u.id THEN
		RETURN 'own';
	END IF;
	PERFORM identity.enter(u.id, 'verification', session_id, token_hash, true, address,
		user_agent);
	RETURN 'new';
END $$;

-- Change of an address

CREATE FUNCTION identity.change_email_begin(new_email text, address text, limited boolean)
RETURNS TABLE (user_id text, email text, verified boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = current_setting('app.user_id');
	IF u.email = lower(new_email) THEN
		PERFORM identity.refuse('EMAIL_IS_THE_SAME');
	END IF;
	PERFORM identity.count_mail(limited, '/change-email', address, new_email, 3);
	RETURN QUERY SELECT u.id, u.email, u.email_verified;
END $$;

-- A proven address is asked first; one that is not has nothing to say.
CREATE FUNCTION identity.mail_change(email text, new_email text, verified boolean, link text,
	language text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	free boolean := NOT EXISTS (SELECT FROM identity."user" u
		WHERE u.email = lower(mail_change.new_email));
BEGIN
	IF verified THEN
		PERFORM identity.mail_if(free, 'change-email', email, language,
			jsonb_build_object('url', link, 'newEmail', lower(new_email)));
	ELSE
		PERFORM identity.mail_if(free, 'verify-email', lower(new_email), language,
			jsonb_build_object('url', link));
	END IF;
	RETURN '';
END $$;

-- The user a link of a change is about, while it fits: their address is still
-- the one they had, and nobody else is signed in here.
CREATE FUNCTION identity.changing_user(user_id text, email text, caller_hash bytea)
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

-- The current address agrees; now the new one is asked.
CREATE FUNCTION identity.confirm_change(user_id text, email text, new_email text,
	caller_hash bytea, link text, language text, address text, limited boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.count_mail(limited, '/verify-email', address, new_email, 3);
	PERFORM identity.changing_user(user_id, email, caller_hash);
	PERFORM identity.mail_if(NOT EXISTS (SELECT FROM identity."user" u
			WHERE u.email = lower(confirm_change.new_email)),
		'verify-email', lower(new_email), language, jsonb_build_object('url', link));
END $$;

-- What was mailed to an address that a user has no more is worth nothing.
CREATE FUNCTION identity.forget_links(uid text) RETURNS void
LANGUAGE sql AS $$
	DELETE FROM identity.verification v WHERE v.value = uid
	   AND (v.identifier LIKE 'reset-password:%' OR v.identifier LIKE 'delete-account:%')
$$;

-- The new address has been proved; own: the caller's session is the user's.
CREATE FUNCTION identity.change_email(user_id text, email text, new_email text,
	caller_hash bytea, language text) RETURNS TABLE (account text, own boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user" := identity.changing_user(user_id, email, caller_hash);
BEGIN
	IF EXISTS (SELECT FROM identity."user" x WHERE x.email = lower(change_email.new_email)) THEN
		PERFORM identity.refuse('USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
	END IF;
	PERFORM identity.forget_links(u.id);
	PERFORM ops.send_mail('email-changed', u.email, language,
		jsonb_build_object('newEmail', lower(new_email)));
	UPDATE identity."user" x SET email = lower(new_email), updated_at = now()
	 WHERE x.id = u.id RETURNING * INTO u;
	account := identity.user_json(u);
	own := (identity.caller(caller_hash)).id IS NOT NULL;
	RETURN NEXT;
END $$;

-- Reset of a password

CREATE FUNCTION identity.request_reset(email text, token text, link text, language text,
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

-- Whether the token can still be used; looking does not use it.
CREATE FUNCTION identity.find_reset(token text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN coalesce(identity.find_proof('reset-password', token), '') <> '';
END $$;

-- A new password for whoever has the mailbox.  All sessions end, and all
-- other links to a new password.
CREATE FUNCTION identity.reset_to(u identity."user", password text, language text)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT u.email_verified THEN
		PERFORM identity.drop_access(u.id);
		UPDATE identity."user" x SET email_verified = true, updated_at = now()
		 WHERE x.id = u.id;
	END IF;
	UPDATE identity.account a SET password = reset_to.password, updated_at = now()
	 WHERE a.user_id = u.id AND a.provider_id = 'credential';
	IF NOT FOUND THEN
		INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
		VALUES (identity.new_id(), u.id, 'credential', u.id, reset_to.password);
	END IF;
	DELETE FROM identity.session s WHERE s.user_id = u.id;
	DELETE FROM identity.verification v
	 WHERE v.value = u.id AND v.identifier LIKE 'reset-password:%';
	PERFORM ops.send_mail('password-changed', u.email, language, '{}');
END $$;

CREATE FUNCTION identity.reset_password(token text, password text, language text) RETURNS text
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

-- Deletion

-- What names a deleted user and is bound to them by no foreign key.  The logs
-- keep the id: they tell what somebody did, and that they are gone.
CREATE FUNCTION identity.forget_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	-- Whole: an id that was brought along may be as short as "1".
	quoted text := to_json(OLD.id);
BEGIN
	DELETE FROM identity.session s WHERE s.impersonated_by = OLD.id;
	DELETE FROM identity.verification v
	 WHERE v.value = OLD.id OR strpos(v.value, quoted) > 0;
	DELETE FROM ops.idempotency_key k WHERE starts_with(k.scope, OLD.id || '/')
	    OR starts_with(k.scope, 'address:') AND strpos(k.body, quoted) > 0;
	RETURN NULL;
END $$;
CREATE TRIGGER forget_user AFTER DELETE ON identity."user"
	FOR EACH ROW EXECUTE FUNCTION identity.forget_user();

-- Notes and deals go on naming the sales row, which names nobody any more.
CREATE FUNCTION crm.forget_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.sales s SET user_id = 'deleted-' || s.id, email = '', avatar = NULL,
			disabled = true, administrator = false
		 WHERE s.org_id = org AND s.user_id = OLD.id;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN NULL;
END $$;
CREATE TRIGGER crm_forget_user AFTER DELETE ON identity."user"
	FOR EACH ROW EXECUTE FUNCTION crm.forget_user();

CREATE FUNCTION identity.request_deletion(token text, link text, language text, address text,
	limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := current_setting('app.user_id');
	email text;
BEGIN
	SELECT u.email INTO email FROM identity."user" u WHERE u.id = uid;
	PERFORM identity.count_mail(limited, '/delete-user', address, email, 3);
	-- Tried and taken back: what must not go should be told before the mail.
	BEGIN
		PERFORM identity.remove_user(uid);
		RAISE SQLSTATE 'ZH001';
	EXCEPTION WHEN SQLSTATE 'ZH001' THEN
		NULL;
	END;
	PERFORM identity.keep_proof('delete-account', token, uid, interval '1 day');
	PERFORM ops.send_mail('delete-account', email, language, jsonb_build_object('url', link));
	RETURN 'Verification email sent';
END $$;

-- At once; who has not shown their password must have signed in of late.
CREATE FUNCTION identity.delete_user(shown_password boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF NOT shown_password AND NOT EXISTS (SELECT FROM identity.session s
	    WHERE s.id = current_setting('app.session_id', true)
	      AND s.created_at > now() - interval '1 day') THEN
		PERFORM identity.refuse('SESSION_EXPIRED');
	END IF;
	PERFORM identity.remove_user(current_setting('app.user_id'));
	RETURN 'User deleted';
END $$;

-- By the mailed link, in a session of the same user.
CREATE FUNCTION identity.delete_user_by_token(caller_hash bytea, token text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := (identity.caller(caller_hash)).id;
BEGIN
	IF uid IS NULL THEN
		PERFORM identity.refuse('FAILED_TO_GET_USER_INFO/DELETION');
	ELSIF identity.take_proof('delete-account', token) IS DISTINCT FROM uid THEN
		PERFORM identity.refuse('INVALID_TOKEN/DELETION');
	END IF;
	PERFORM set_config('app.user_id', uid, true);
	PERFORM identity.remove_user(uid);
	RETURN 'User deleted';
END $$;

-- Ways in by mailbox alone

-- Whether an address may become a user's by proving it.
CREATE FUNCTION identity.may_join(email text, open boolean) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN open OR NOT identity.init_state()
		OR EXISTS (SELECT FROM identity.organization_invitation i
			WHERE i.email = lower(may_join.email) AND i.status = 'pending'
			  AND i.expires_at > now());
END $$;

-- The user whose mailbox this is, new if need be; null where they may not
-- sign up.  An unproven account is proved, and emptied, unless it is the
-- caller's own session that proves it: then the same person signed up.
CREATE FUNCTION identity.prove_user(email text, name text, image text, new_id text,
	caller_hash bytea, open boolean) RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.email = lower(prove_user.email)
	   FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM pg_advisory_xact_lock(hashtextextended('tenantry sign-up', 0));
		IF NOT identity.may_join(email, open) THEN
			RETURN NULL;
		END IF;
		RETURN identity.register(new_id, left(coalesce(name, ''), 500), NULL, NULL, email, true, image,
			NULL, true);
	END IF;
	IF NOT u.email_verified THEN
		IF (identity.caller(caller_hash)).id IS DISTINCT FROM u.id THEN
			PERFORM identity.drop_access(u.id);
		END IF;
		UPDATE identity."user" x SET email_verified = true, updated_at = now()
		 WHERE x.id = u.id RETURNING * INTO u;
	END IF;
	RETURN u;
END $$;

-- Links

CREATE FUNCTION identity.request_link(email text, name text, token text, link text,
	language text, address text, limited boolean, open boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.count_mail(limited, '/sign-in/magic-link', address, email, 5);
	PERFORM identity.keep_proof('magic-link', token,
		json_build_object('email', lower(email), 'name', name)::text, interval '5 minutes');
	PERFORM identity.mail_if(EXISTS (SELECT FROM identity."user" u
			WHERE u.email = lower(request_link.email)) OR identity.may_join(email, open),
		'magic-link', lower(email), language, jsonb_build_object('url', link));
	RETURN '';
END $$;

-- session is null where a second factor is asked for instead.
CREATE FUNCTION identity.enter_by_link(token text, new_id text, session_id text,
	token_hash bytea, caller_hash bytea, address text, user_agent text, open boolean, gate json)
RETURNS TABLE (session text, account text, is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	held json := identity.take_proof('magic-link', token);
	u identity."user";
BEGIN
	IF held IS NULL THEN
		PERFORM identity.refuse('INVALID_TOKEN');
	END IF;
	u := identity.prove_user(held->>'email', held->>'name', NULL, new_id, caller_hash, open);
	IF u.id IS NULL THEN
		PERFORM identity.refuse('new_user_signup_disabled');
	END IF;
	account := identity.enter_or_challenge(u.id, 'magic-link', session_id, token_hash, true,
		address, user_agent, gate);
	session := (SELECT identity.session_json(s) FROM identity.session s
		WHERE s.id = session_id);
	is_new := u.id = new_id;
	RETURN NEXT;
END $$;

-- Codes: six digits, which nobody can guess in three attempts.  They are kept
-- as a mac under the server's secret, since a hash of six digits hides nothing.
-- A new code takes the place of the last one.

CREATE FUNCTION identity.request_code(purpose text, email text, mac text, code text,
	language text, path text, address text, limited boolean, open boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.count_mail(limited, path, address, email, 3);
	-- For everybody, so that wrong codes are refused alike.
	PERFORM identity.keep_proof(purpose || '-otp', lower(email), mac || ' 0',
		interval '5 minutes');
	PERFORM identity.mail_if(EXISTS (SELECT FROM identity."user" u
			WHERE u.email = lower(request_code.email))
			OR purpose = 'sign-in' AND identity.may_join(email, open),
		'email-otp', lower(email), language, jsonb_build_object('code', code));
	RETURN '';
END $$;

-- Why the code does not fit, or null; one that fits is used up unless it is to
-- be kept.  The attempt counts, so the transaction has to be committed whatever
-- comes out.
CREATE FUNCTION identity.try_code(purpose text, email text, mac text,
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

-- The answers from here on are JSON: {"refused": code}, or what there is to
-- say.  Whoever has a second factor is asked for it.

-- Looks at a code and leaves it to be used.
CREATE FUNCTION identity.check_code(purpose text, email text, mac text, path text, address text,
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

CREATE FUNCTION identity.enter_by_code(email text, mac text, name text, image text, new_id text,
	session_id text, token_hash bytea, caller_hash bytea, address text, user_agent text,
	limited boolean, open boolean, gate json) RETURNS text
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
		u := identity.prove_user(email, name, image, new_id, caller_hash, open);
	END IF;
	IF u.id IS NULL THEN
		RETURN json_build_object('refused', coalesce(refused, 'INVALID_OTP'));
	END IF;
	RETURN identity.enter_or_challenge(u.id, 'email-otp', session_id, token_hash, true, address,
		user_agent, gate);
END $$;

CREATE FUNCTION identity.verify_by_code(email text, mac text, may_enter boolean,
	session_id text, token_hash bytea, address text, user_agent text, limited boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	refused text;
	u identity."user";
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
	UPDATE identity."user" x SET email_verified = true, updated_at = now()
	 WHERE x.email = lower(verify_by_code.email) RETURNING * INTO u;
	IF NOT FOUND THEN
		RETURN json_build_object('refused', 'USER_NOT_FOUND/CODE');
	END IF;
	enters := may_enter AND NOT coalesce(u.two_factor_enabled, false);
	IF enters THEN
		PERFORM identity.enter(u.id, 'email-otp', session_id, token_hash, true, address,
			user_agent);
	END IF;
	RETURN json_build_object('entered', enters, 'user', identity.user_json(u));
END $$;

CREATE FUNCTION identity.reset_by_code(email text, mac text, password text, language text)
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

GRANT EXECUTE ON FUNCTION
	identity.verification_begin(bytea, text, text, boolean),
	identity.mail_verification(text, text, text, text, boolean),
	identity.verify_email(text, text, bytea, boolean, text, bytea, text, text),
	identity.change_email_begin(text, text, boolean),
	identity.mail_change(text, text, boolean, text, text),
	identity.confirm_change(text, text, text, bytea, text, text, text, boolean),
	identity.change_email(text, text, text, bytea, text),
	identity.request_reset(text, text, text, text, text, boolean),
	identity.find_reset(text),
	identity.reset_password(text, text, text),
	identity.request_deletion(text, text, text, text, boolean),
	identity.delete_user(boolean),
	identity.delete_user_by_token(bytea, text),
	identity.request_link(text, text, text, text, text, text, boolean, boolean),
	identity.enter_by_link(text, text, text, bytea, bytea, text, text, boolean, json),
	identity.request_code(text, text, text, text, text, text, text, boolean, boolean),
	identity.check_code(text, text, text, text, text, boolean),
	identity.enter_by_code(text, text, text, text, text, text, bytea, bytea, text, text,
		boolean, boolean, json),
	identity.verify_by_code(text, text, boolean, text, bytea, text, text, boolean),
	identity.reset_by_code(text, text, text, text)
	TO tenantry_app;
