-- Purge of merges and bulk changes that are too old to be undone.
-- needs: ops/organization_task.sql

-- Deletes up to "batch" rows of a tenant table that are older than 30 days according to the given column. Returns the
-- number of deleted rows.
CREATE OR REPLACE FUNCTION ops.purge_undo(tenant_table regclass, dated name, batch integer) RETURNS integer
LANGUAGE sql AS $$
	SELECT ops.in_organizations((SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table),
		format('WITH gone AS (DELETE FROM %1$s t WHERE t.org_id = $1 AND t.id IN (SELECT x.id FROM %1$s x '
			'WHERE x.org_id = $1 AND x.%2$I <= now() - interval ''30 days'' LIMIT $2) RETURNING 1) '
			'SELECT count(*) FROM gone', tenant_table, dated), batch)
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.purge_bulk_changes(batch integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT ops.purge_undo('crm.bulk_changes', 'created_at', batch)
$$;
SELECT ops.give_turns('bulk_changes', '1 day');

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.purge_merges(batch integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT ops.purge_undo('crm.merges', 'merged_at', batch)
$$;
SELECT ops.give_turns('merges', '1 day');
