-- Keys for the provider of the language model.

-- Stores the key of the caller or of the organization. Null deletes it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.set_assistant_key(encrypted_key text, shared boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	owner text := CASE WHEN NOT shared THEN ops.caller() END;
BEGIN
	IF shared AND NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	ELSIF encrypted_key IS NULL THEN
		DELETE FROM identity.assistant_key k
		 WHERE k.organization_id = org AND k.user_id IS NOT DISTINCT FROM owner;
	ELSE
		INSERT INTO identity.assistant_key AS k (organization_id, user_id, encrypted_key)
		VALUES (org, owner, set_assistant_key.encrypted_key)
		ON CONFLICT ON CONSTRAINT assistant_key_owner
			DO UPDATE SET encrypted_key = excluded.encrypted_key, created_at = now();
	END IF;
	-- The new key ends the pause that began when the provider refused the previous key.
	IF shared THEN
		DELETE FROM ops.embedding_pause p WHERE p.org_id = org;
	END IF;
	RETURN json_build_object('set', set_assistant_key.encrypted_key IS NOT NULL);
END $$;

-- Returns the encrypted keys for the caller's questions.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.assistant_keys() RETURNS TABLE (own text, shared text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	-- An impersonator does not use a key that the user pays for.
	own := (SELECT k.encrypted_key FROM identity.assistant_key k WHERE k.organization_id = org
		AND k.user_id = ops.caller()
		AND ops.impersonator() IS NULL);
	shared := (SELECT k.encrypted_key FROM identity.assistant_key k WHERE k.organization_id = org
		AND k.user_id IS NULL);
	RETURN NEXT;
END $$;

-- Returns dots if the user is the caller and has set a key, for the basics_api_key field of the API. Nothing shows a key.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.shown_assistant_key(user_id text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF shown_assistant_key.user_id = ops.caller() AND ops.impersonator() IS NULL AND EXISTS (SELECT FROM identity.assistant_key k
	    WHERE k.organization_id = ops.org() AND k.user_id = shown_assistant_key.user_id) THEN
		RETURN '••••••••';
	END IF;
	RETURN NULL;
END $$;
