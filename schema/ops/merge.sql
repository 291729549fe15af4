-- Purge of old merges.

-- Deletes up to batch merges that are too old to be undone; returns how many.
CREATE OR REPLACE FUNCTION ops.purge_merges(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	n integer;
	done integer := 0;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.merges m WHERE m.org_id = org AND m.id IN (
			SELECT x.id FROM crm.merges x
			 WHERE x.org_id = org AND x.merged_at <= now() - interval '30 days'
			 LIMIT batch - done);
		GET DIAGNOSTICS n = ROW_COUNT;
		done := done + n;
		EXIT WHEN done >= batch;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN done;
END $$;
GRANT EXECUTE ON FUNCTION ops.purge_merges(integer) TO tenantry_app;
