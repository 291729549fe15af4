-- Backwards through 008_event.up.sql.
CREATE OR REPLACE FUNCTION identity.sign_out(token_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	DELETE FROM identity.session s WHERE s.token_hash = sign_out.token_hash;
END $$;
DROP TRIGGER log_session ON identity.session;
DROP TRIGGER log_account ON identity.account;
DROP TRIGGER log_row ON identity."user";
DROP FUNCTION identity.list_events,
	identity.log_refusal,
	identity.count_request,
	identity.counts,
	identity.log_session,
	identity.log_account,
	identity.log_row,
	identity.shown,
	identity.log_event;
DROP TABLE identity.event;
