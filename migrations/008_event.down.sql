-- Backwards through 008_event.up.sql.
CREATE OR REPLACE FUNCTION identity.sign_out(token_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	DELETE FROM identity.session s WHERE s.token_hash = sign_out.token_hash;
END $$;
CREATE OR REPLACE FUNCTION identity.audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'token_hash' END;
	after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'token_hash' END;
	subject jsonb := coalesce(after, before);
	org text := CASE WHEN TG_TABLE_NAME = 'organization' THEN subject->>'id'
		ELSE subject->>'organization_id' END;
	other text := current_setting('app.org_id', true);
BEGIN
	PERFORM set_config('app.org_id', org, true);
	INSERT INTO ops.audit_log VALUES (org::uuid, ops.new_id(), now(),
		current_setting('app.user_id', true), current_setting('app.request_id', true),
		current_setting('app.address', true), TG_TABLE_NAME, subject->>'id', lower(TG_OP),
		before, after);
	PERFORM set_config('app.org_id', other, true);
	RETURN NULL;
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
