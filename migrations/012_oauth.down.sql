-- Backwards through 012_oauth.up.sql.
DROP FUNCTION identity.sign_out(bytea);
CREATE FUNCTION identity.sign_out(token_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM set_config('app.session_end', 'signed-out', true);
	DELETE FROM identity.session s WHERE s.token_hash = sign_out.token_hash;
END $$;
GRANT EXECUTE ON FUNCTION identity.sign_out(bytea) TO tenantry_app;

DROP FUNCTION identity.refresh_account,
	identity.find_account,
	identity.unlink_account,
	identity.list_accounts,
	identity.oauth_link,
	identity.oauth_refused,
	identity.oauth_enter,
	identity.may_link,
	identity.add_account,
	identity.keep_grant,
	identity.oauth_return,
	identity.oauth_begin;
ALTER TABLE identity.account DROP COLUMN end_session_url;
