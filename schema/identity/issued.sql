-- The credentials that are issued to an account, and the changes to the account that revoke them.
--
-- A new kind of secret needs a row here and in docs/better-auth.md. tests/sql/issued.sql compares both lists, and tries
-- every kind after every change. Rows that refer to a membership are deleted with it by a foreign key.

-- Returns, for each kind, the changes that revoke it, and the statement that revokes it for the users $1 with the
-- current or former addresses $2, except for the session $3.
CREATE OR REPLACE FUNCTION identity.issued()
RETURNS TABLE (kind text, ended_by text[], statement text)
LANGUAGE sql IMMUTABLE AS $$
	SELECT k.kind, string_to_array(k.ended_by, ' '), coalesce(k.statement,
		'DELETE FROM identity.verification WHERE owner = ANY ($1 || $2) AND identifier LIKE '
			|| quote_literal(k.proof || ':%'))
	  FROM (VALUES
		('session', 'reset ban deletion sign-out', NULL,
			'DELETE FROM identity.session WHERE user_id = ANY ($1) AND impersonated_by IS NULL
				AND id IS DISTINCT FROM $3'),
		('impersonation', 'reset ban deletion sign-out', NULL,
			'DELETE FROM identity.session WHERE user_id = ANY ($1) AND impersonated_by IS NOT NULL
				AND id IS DISTINCT FROM $3'),
		('second-factor challenge',
			'password reset address ban deletion factor-off sign-out', NULL,
			'DELETE FROM identity.two_factor_challenge WHERE user_id = ANY ($1)'),
		('second-factor code by mail',
			'password reset address ban deletion factor-off sign-out', NULL,
			'DELETE FROM identity.two_factor_mail WHERE user_id = ANY ($1)'),
		('trusted device', 'password reset ban deletion factor-off sign-out', NULL,
			'DELETE FROM identity.trusted_device WHERE user_id = ANY ($1)'),
		('reset link', 'password reset address ban deletion', 'reset-password', NULL),
		('reset code', 'password reset address ban deletion', 'forget-password-otp', NULL),
		('magic link', 'password reset address ban deletion sign-out', 'magic-link', NULL),
		('sign-in code', 'password reset address ban deletion sign-out', 'sign-in-otp', NULL),
		('verification code', 'password reset address ban deletion sign-out',
			'email-verification-otp', NULL),
		('link that changes the address', 'password reset address ban deletion sign-out',
			'change-email', NULL),
		('link that deletes the account', 'password reset address ban deletion sign-out',
			'delete-account', NULL),
		('OAuth state that links an account', 'password reset address ban deletion sign-out',
			'oauth-state', NULL),
		('passkey challenge of a session', 'password reset address ban deletion sign-out',
			'passkey', NULL),
		-- The user enables the keys again after the ban has ended.
		('API key', 'ban', NULL,
			'UPDATE identity.api_key SET enabled = false, updated_at = now()
			  WHERE user_id = ANY ($1) AND enabled')
	  ) k (kind, ended_by, proof, statement)
$$;

-- Revokes everything that the change revokes. kept is the session that made the change and continues.
CREATE OR REPLACE FUNCTION identity.end_all_issued(uids text[], addresses text[], change text, kept text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	s text;
BEGIN
	FOR s IN SELECT i.statement FROM identity.issued() i WHERE change = ANY (i.ended_by) LOOP
		EXECUTE s USING uids, addresses, kept;
	END LOOP;
END $$;

-- Revokes everything that the change of one user revokes, like identity.end_all_issued().
CREATE OR REPLACE FUNCTION identity.end_issued(uid text, address text, change text,
	kept text DEFAULT NULL) RETURNS void
LANGUAGE sql AS $$
	SELECT identity.end_all_issued(ARRAY[uid], ARRAY[address], change, kept)
$$;

-- Ends all sessions of a user except one, and revokes everything that could open another session.
CREATE OR REPLACE FUNCTION identity.sign_out_everywhere(uid text, kept text DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
	SELECT identity.end_issued(u.id, u.email, 'sign-out', kept)
	  FROM identity."user" u WHERE u.id = uid
$$;

-- Handles all changes to the row of a user. identity.forget_user() handles deletions. Password changes are not handled
-- by a trigger, since a sign-in may replace the hash of the same password.
CREATE OR REPLACE FUNCTION identity.user_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF NEW.email <> OLD.email THEN
		PERFORM identity.end_issued(NEW.id, OLD.email, 'address');
	END IF;
	IF NEW.banned THEN
		PERFORM identity.end_issued(NEW.id, NEW.email, 'ban');
	END IF;
	IF OLD.two_factor_enabled AND NOT NEW.two_factor_enabled THEN
		PERFORM identity.end_issued(NEW.id, NEW.email, 'factor-off');
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER end_issued
	AFTER UPDATE OF email, banned, two_factor_enabled ON identity."user"
	FOR EACH ROW EXECUTE FUNCTION identity.user_changed();
