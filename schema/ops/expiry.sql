-- Purge of expired sessions, tokens, counters and stored responses.
-- needs: ops/aside.sql

-- Deletes expired rows. An error in a table does not stop the deletion in other tables.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.sweep() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	expired record;
BEGIN
	FOR expired IN SELECT * FROM (VALUES
	    ('ops.idempotency_key', 'created_at <= now() - interval ''24 hours'''),
	    ('ops.job_log', 'at <= now() - interval ''30 days'''),
	    ('ops.aside', 'retry_at <= now() - interval ''2 days'''),	-- the row no longer exists
	    ('ops.route_use', 'day < (now() AT TIME ZONE ''UTC'')::date - 90'),
	    ('ops.request_count', 'day < (now() AT TIME ZONE ''UTC'')::date - 90'),
	    ('ops.route_alias', 'seen_at <= now() - interval ''90 days'''),
	    ('identity.api_key_request', 'at <= now() - interval ''24 hours'''),
	    ('identity.ended_session', 'ended_at <= now() - interval ''30 days'''),
	    ('identity.migrated_session', 'expires_at <= now()'),
	    ('identity.session', 'expires_at <= now()'),
	    ('identity.verification', 'expires_at <= now()'),
	    ('identity.two_factor_challenge', 'expires_at <= now()'),
	    ('identity.two_factor_mail', 'expires_at <= now()'),
	    ('identity.trusted_device', 'expires_at <= now()')) v (of_table, condition) LOOP
		BEGIN
			EXECUTE format('DELETE FROM %s WHERE %s', expired.of_table, expired.condition);
			PERFORM ops.end_aside('sweep', NULL, expired.of_table);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			PERFORM ops.set_aside('sweep', NULL, expired.of_table, SQLSTATE, SQLERRM);
		END;
	END LOOP;
END $$;
