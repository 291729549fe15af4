-- Impersonation: an operator acts as a user.

-- Begins an impersonation. If reading is true, the session cannot change anything, see identity.begin_request().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.impersonate(uid text, reason text, reading boolean, session_id text,
	token_hash bytea, address text, user_agent text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
	s identity.session;
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS');
	IF char_length(btrim(reason)) NOT BETWEEN 1 AND 500 THEN
		RAISE EXCEPTION '[body.reason] Invalid input: expected 1 to 500 characters' USING ERRCODE = 'ZH422';
	END IF;
	u := identity.find_user(uid);
	IF 'admin' = ANY (string_to_array(u.role, ',')) THEN
		PERFORM identity.refuse('YOU_CANNOT_IMPERSONATE_ADMINS');
	END IF;
	PERFORM identity.enter(u.id, 'impersonation', session_id, token_hash, false, address,
		user_agent);
	UPDATE identity.session x SET expires_at = now() + interval '1 hour',
		impersonated_by = ops.caller(), read_only = reading,
		opened_from = ops.session()
	 WHERE x.id = session_id RETURNING * INTO s;
	PERFORM identity.log_event(u.id, 'impersonation.started',
		json_build_object('session', s.id, 'reason', btrim(reason), 'readOnly', reading));
	SELECT * INTO u FROM identity."user" x WHERE x.id = u.id;
	RETURN identity.session_answer(s, u);
END $$;

-- Returns to the operator's session, for which the browser must present the token.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.stop_impersonating(admin_hash bytea)
RETURNS TABLE (answer text, remember boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	mine identity.session;
	s identity.session;
	u identity."user";
BEGIN
	SELECT * INTO mine FROM identity.session x WHERE x.id = ops.session();
	IF mine.impersonated_by IS NULL THEN
		PERFORM identity.refuse('NOT_IMPERSONATING');
	END IF;
	SELECT * INTO s FROM identity.session x
	 WHERE x.id = mine.opened_from AND x.token_hash = admin_hash
	   AND x.user_id = mine.impersonated_by AND x.expires_at > now();
	IF NOT FOUND THEN
		PERFORM identity.refuse('NO_ADMIN_SESSION');
	END IF;
	PERFORM identity.log_event(mine.user_id, 'impersonation.stopped',
		json_build_object('session', mine.id));
	DELETE FROM identity.session x WHERE x.id = mine.id;
	SELECT * INTO u FROM identity."user" x WHERE x.id = s.user_id;
	answer := identity.session_answer(s, u);
	remember := s.remember;
	RETURN NEXT;
END $$;

-- Refuses a request that may write during a read-only impersonation.
CREATE OR REPLACE FUNCTION identity.refuse_reading() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse('impersonating');
END $$;

-- Refuses changes of credentials during an impersonation. Routes call this function first. Triggers on the tables
-- refuse these changes in any case.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.check_own_name() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.impersonator() IS NOT NULL THEN
		RAISE EXCEPTION 'NOT_WHILE_IMPERSONATING' USING ERRCODE = 'ZH000';
	END IF;
END $$;

CREATE OR REPLACE FUNCTION identity.refuse_impersonation() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM identity.refuse('NOT_WHILE_IMPERSONATING');
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER no_impersonation BEFORE UPDATE OF email, email_verified, two_factor_enabled OR DELETE
	ON identity."user" FOR EACH STATEMENT
	WHEN (current_setting('app.impersonator', true) <> '') EXECUTE FUNCTION identity.refuse_impersonation();

CREATE OR REPLACE TRIGGER no_impersonation BEFORE INSERT OR UPDATE OR DELETE ON identity.account
	FOR EACH STATEMENT WHEN (current_setting('app.impersonator', true) <> '')
	EXECUTE FUNCTION identity.refuse_impersonation();

CREATE OR REPLACE TRIGGER no_impersonation BEFORE INSERT OR UPDATE OR DELETE ON identity.backup_code
	FOR EACH STATEMENT WHEN (current_setting('app.impersonator', true) <> '')
	EXECUTE FUNCTION identity.refuse_impersonation();

CREATE OR REPLACE TRIGGER no_impersonation BEFORE INSERT OR UPDATE OR DELETE ON identity.passkey
	FOR EACH STATEMENT WHEN (current_setting('app.impersonator', true) <> '')
	EXECUTE FUNCTION identity.refuse_impersonation();

CREATE OR REPLACE TRIGGER no_impersonation BEFORE INSERT OR UPDATE OR DELETE ON identity.two_factor
	FOR EACH STATEMENT WHEN (current_setting('app.impersonator', true) <> '')
	EXECUTE FUNCTION identity.refuse_impersonation();

-- Refuses to create or change keys of the user during an impersonation.
CREATE OR REPLACE TRIGGER no_impersonation BEFORE INSERT OR UPDATE ON identity.api_key FOR EACH ROW
	WHEN (current_setting('app.impersonator', true) <> '') EXECUTE FUNCTION identity.refuse_impersonation();

CREATE OR REPLACE TRIGGER no_impersonation_delete BEFORE DELETE ON identity.api_key FOR EACH ROW
	WHEN (current_setting('app.impersonator', true) <> ''
		AND OLD.user_id = current_setting('app.user_id', true))
	EXECUTE FUNCTION identity.refuse_impersonation();

-- Refuses to create or replace an assistant key of the user during an impersonation.
CREATE OR REPLACE TRIGGER no_impersonation BEFORE INSERT OR UPDATE ON identity.assistant_key FOR EACH ROW
	WHEN (current_setting('app.impersonator', true) <> '') EXECUTE FUNCTION identity.refuse_impersonation();
