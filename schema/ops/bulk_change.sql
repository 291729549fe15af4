-- Purge of old bulk changes.

-- Deletes up to batch changes that are too old to be undone; returns how many.
CREATE OR REPLACE FUNCTION ops.purge_bulk_changes(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	n integer;
	done integer := 0;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.bulk_changes c WHERE c.org_id = org AND c.id IN (
			SELECT x.id FROM crm.bulk_changes x
			 WHERE x.org_id = org AND x.created_at <= now() - interval '30 days'
			 LIMIT batch - done);
		GET DIAGNOSTICS n = ROW_COUNT;
		done := done + n;
		EXIT WHEN done >= batch;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN done;
END $$;
GRANT EXECUTE ON FUNCTION ops.purge_bulk_changes(integer) TO tenantry_app;
