-- Purge of merges and bulk changes that are too old to be undone.

-- Deletes up to batch rows of a tenant table that are older than 30 days by the given
-- column; returns how many. The tenant guard also applies to the owner, so it deletes one
-- organization at a time.
CREATE OR REPLACE FUNCTION ops.purge_undo(tenant_table regclass, dated name, batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	n integer;
	done integer := 0;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		EXECUTE format('DELETE FROM %1$s t WHERE t.org_id = $1 AND t.id IN (SELECT x.id FROM %1$s x '
			'WHERE x.org_id = $1 AND x.%2$I <= now() - interval ''30 days'' LIMIT $2)',
			tenant_table, dated) USING org, batch - done;
		GET DIAGNOSTICS n = ROW_COUNT;
		done := done + n;
		EXIT WHEN done >= batch;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN done;
END $$;

CREATE OR REPLACE FUNCTION ops.purge_bulk_changes(batch integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT ops.purge_undo('crm.bulk_changes', 'created_at', batch)
$$;
GRANT EXECUTE ON FUNCTION ops.purge_bulk_changes(integer) TO tenantry_app;

CREATE OR REPLACE FUNCTION ops.purge_merges(batch integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT ops.purge_undo('crm.merges', 'merged_at', batch)
$$;
GRANT EXECUTE ON FUNCTION ops.purge_merges(integer) TO tenantry_app;
