-- The tables with a trash, and the purge of the trash.
-- needs: ops/organization_task.sql

-- Moves the deleted rows of a tenant table to the trash, after the rows of its parents. schema/crm/trash.sql lists the
-- tables.
CREATE OR REPLACE FUNCTION ops.keep_deleted(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE OR REPLACE TRIGGER trash AFTER DELETE ON %s FOR EACH ROW '
		'EXECUTE FUNCTION crm.keep_deleted(%s)', tenant_table,
		(SELECT string_agg(format('%L, %L', a.attname, p.relname), ', ' ORDER BY a.attnum)
		  FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
		  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
		 WHERE k.conrelid = tenant_table AND k.contype = 'f' AND k.confdeltype = 'c'
		   AND EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = k.confrelid
			AND g.tgfoid = 'crm.keep_deleted'::regproc)));
END $$;

-- Returns how long the trash keeps a row of a resource, by the configuration of its organization. Null means
-- permanently. A configuration that was stored before the check existed may have any value.
CREATE OR REPLACE FUNCTION ops.trash_age(config jsonb, resource text, age interval) RETURNS interval
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	days jsonb := config->'trashDays'->resource;
BEGIN
	IF jsonb_typeof(days) = 'number' AND days::numeric BETWEEN 0 AND 3650 THEN
		RETURN make_interval(days => nullif(days::integer, 0));
	END IF;
	RETURN greatest(age, '0');
END $$;

-- Deletes expired roots of an organization with all rows that were deleted with them, up to the given number of rows.
-- The next turn is after a day, or earlier if some rows are kept for a shorter time.
CREATE OR REPLACE FUNCTION ops.purge_trash_of(org uuid, batch integer, age interval, OUT n integer, OUT next timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	config jsonb := coalesce((SELECT c.config FROM crm.configuration c WHERE c.org_id = org), '{}');
	-- The shortest period is the condition on the index. Rows that are kept longer are read each time.
	shortest interval := (SELECT min(a) FROM (SELECT greatest(age, '0') UNION ALL
		SELECT ops.trash_age(config, k, age) FROM jsonb_path_query(config, '$.trashDays.keyvalue().key', '{}', true) p,
			LATERAL (SELECT p #>> '{}') x (k)) x (a));
	-- Rows of contacts with a legal hold are kept, with all rows that were deleted with them.
	holds boolean := EXISTS (SELECT FROM crm.contact_holds h WHERE h.org_id = org AND h.released_at IS NULL);
	root bigint;
BEGIN
	n := 0;
	next := now() + greatest(least(shortest, interval '1 day'), interval '1 minute');
	FOR root IN SELECT t.id FROM crm.trash t
	    WHERE t.org_id = org AND t.parent_id IS NULL AND t.deleted_at <= now() - shortest
	      AND t.deleted_at <= now() - ops.trash_age(config, t.resource, age)
	      AND NOT (holds AND EXISTS (SELECT FROM crm.trash k WHERE k.org_id = org AND k.root_id = t.id
		AND crm.held_by(org, crm.trash_contacts(k)) IS NOT NULL))
	    ORDER BY t.deleted_at LIMIT batch FOR UPDATE SKIP LOCKED LOOP
		n := n + (SELECT count(*) FROM crm.trash t
			WHERE t.org_id = org AND t.root_id = root);
		DELETE FROM crm.trash t WHERE t.org_id = org AND t.id = root;
		EXIT WHEN n >= batch;
	END LOOP;
END $$;

-- Purges the trash of all organizations. Returns the number of deleted rows, or 0 if there is nothing to do.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.purge_trash(age interval, batch integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.in_organizations('trash', format('SELECT * FROM ops.purge_trash_of($1, $2, %L)', age), batch)
$$;
SELECT ops.give_turns('trash', '1 day');
