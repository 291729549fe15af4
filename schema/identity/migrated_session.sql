-- Sessions of an imported project, whose clients are notified once that they must sign in again.

-- Returns whether one of these hashes belongs to a session of an imported project ("known"), and whether the client of
-- the session is notified for the first time ("first").
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
		-- Only one of several concurrent requests is the first. The time of the first notice is kept.
		UPDATE identity.migrated_session m SET told_at = now()
		 WHERE m.token_hash = ANY (hashes::bytea[]) AND m.told_at IS NULL;
		first := FOUND AND array_remove(told, NULL) = '{}';
	END IF;
	RETURN NEXT;
END $$;

-- Returns whether there are any sessions of an imported project. The end of a migration begins a new cache epoch, so
-- workers may cache the result.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.has_migrated_sessions() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT EXISTS (SELECT FROM identity.migrated_session m WHERE m.expires_at > now())
$$;
