-- Purge of expired sessions, tokens, counters and stored responses.

-- Deletes expired rows.
CREATE OR REPLACE FUNCTION ops.sweep() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	DELETE FROM ops.idempotency_key WHERE created_at <= now() - interval '24 hours';
	DELETE FROM ops.job_log WHERE at <= now() - interval '30 days';
	DELETE FROM ops.route_use WHERE day < (now() AT TIME ZONE 'UTC')::date - 90;
	DELETE FROM ops.route_alias WHERE seen_at <= now() - interval '90 days';
	DELETE FROM identity.migrated_session WHERE expires_at <= now();
	DELETE FROM identity.session WHERE expires_at <= now();
	DELETE FROM identity.verification WHERE expires_at <= now();
	DELETE FROM identity.two_factor_challenge WHERE expires_at <= now();
	DELETE FROM identity.two_factor_mail WHERE expires_at <= now();
	DELETE FROM identity.trusted_device WHERE expires_at <= now();
END $$;
GRANT EXECUTE ON FUNCTION ops.sweep() TO tenantry_app;
