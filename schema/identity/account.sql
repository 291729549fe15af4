-- Linked accounts of a user.

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_accounts() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(json_build_object('accountId', a.account_id,
			'providerId', a.provider_id, 'userId', a.user_id,
			'createdAt', identity.iso(a.created_at),
			'updatedAt', identity.iso(a.updated_at), 'id', a.id,
			'scopes', to_json(coalesce(string_to_array(a.scope, ','), '{}')))
			ORDER BY a.created_at, a.id), '[]')
		FROM identity.account a WHERE a.user_id = ops.caller());
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.unlink_account(row_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := ops.caller();
BEGIN
	-- The lock prevents two concurrent calls from removing the last two accounts.
	PERFORM FROM identity."user" u WHERE u.id = uid FOR NO KEY UPDATE;
	IF (SELECT count(*) < 2 FROM identity.account a WHERE a.user_id = uid) THEN
		PERFORM identity.refuse('FAILED_TO_UNLINK_LAST_ACCOUNT');
	END IF;
	DELETE FROM identity.account a WHERE a.id = row_id AND a.user_id = uid;
	IF NOT FOUND THEN
		PERFORM identity.refuse('ACCOUNT_NOT_FOUND');
	END IF;
	RETURN '{"status":true}';
END $$;

-- Returns one account with its encrypted tokens. stale is true if the access token expires within five seconds.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.find_account(row_id text)
RETURNS TABLE (provider text, subject text, access_token text, refresh_token text, id_token text,
	access_expires text, refresh_expires text, scope text, stale boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT a.provider_id, a.account_id, a.access_token, a.refresh_token, a.id_token,
		identity.iso(a.access_token_expires_at), identity.iso(a.refresh_token_expires_at),
		a.scope, coalesce(a.access_token_expires_at < now() + interval '5 seconds', false)
		FROM identity.account a
		WHERE a.id = row_id AND a.user_id = ops.caller();
	IF NOT FOUND THEN
		PERFORM identity.refuse('ACCOUNT_NOT_FOUND');
	END IF;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.refresh_account(row_id text, tokens json) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.keep_grant(a.id, tokens, NULL) FROM identity.account a
	  WHERE a.id = row_id AND a.user_id = ops.caller();
END $$;
