-- Sessions of an imported project, whose clients are notified once that they must sign in again.

-- known is true if one of these hashes belongs to such a session. first is true if its client is notified for the first
-- time.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.tell_migrated(hashes text) RETURNS TABLE (known boolean, first boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	told timestamptz[];
BEGIN
	SELECT array_agg(m.told_at) INTO told FROM identity.migrated_session m
	 WHERE m.token_hash = ANY (hashes::bytea[]) AND m.expires_at > now();
	known := told IS NOT NULL;
	first := false;
	IF array_position(told, NULL) IS NOT NULL THEN
		-- Of concurrent requests, only one is the first. The time of the first notice is kept.
		UPDATE identity.migrated_session m SET told_at = now()
		 WHERE m.token_hash = ANY (hashes::bytea[]) AND m.told_at IS NULL;
		first := FOUND AND array_remove(told, NULL) = '{}';
	END IF;
	RETURN NEXT;
END $$;

-- Returns whether there are any such sessions. The end of a migration begins a new cache epoch, so workers may cache
-- the result.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.has_migrated_sessions() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT EXISTS (SELECT FROM identity.migrated_session m WHERE m.expires_at > now())
$$;
