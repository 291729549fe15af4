-- The transaction in which an integration job runs.
-- needs: identity/import.sql ops/integration.sql

-- Begins a transaction as the user of a job, if the user is still a member and the organization is not suspended.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_integration(ticket bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	j ops.job;
	ignored text;
BEGIN
	SELECT * INTO j FROM ops.job x WHERE x.id = ticket;
	IF NOT FOUND OR NOT identity.act_for_job(j.org_id, j.user_id) THEN
		PERFORM ops.refuse('no_such_job');
	END IF;
	ignored := set_config('app.request_id', 'integration ' || j.entry, true);
END $$;
