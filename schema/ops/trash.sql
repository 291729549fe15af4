-- The tables with a trash, and the purge of the trash.

-- Moves the deleted rows of a tenant table to the trash, after those of its parents.
-- schema/crm/trash.sql lists the tables.
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

-- How long the trash keeps a row of a resource, by the configuration of its organization: null for ever.
-- A configuration that was stored before it was checked may have any value.
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

-- Deletes expired roots with all rows deleted with them, up to the given number of rows. The
-- tenant guard also applies to the owner, so it processes one organization at a time. Returns
-- the number of deleted rows, 0 if there is nothing to do.
CREATE OR REPLACE FUNCTION ops.purge_trash(age interval, batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	config jsonb;
	shortest interval;
	root bigint;
	n integer := 0;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		config := coalesce((SELECT c.config FROM crm.configuration c WHERE c.org_id = org), '{}');
		-- For the index; what is kept for longer is read each time.
		shortest := (SELECT min(a) FROM (SELECT greatest(age, '0') UNION ALL
			SELECT ops.trash_age(config, k, age) FROM jsonb_path_query(config, '$.trashDays.keyvalue().key', '{}', true) p,
				LATERAL (SELECT p #>> '{}') x (k)) x (a));
		FOR root IN SELECT t.id FROM crm.trash t
		    WHERE t.org_id = org AND t.parent_id IS NULL AND t.deleted_at <= now() - shortest
		      AND t.deleted_at <= now() - ops.trash_age(config, t.resource, age)
		    ORDER BY t.deleted_at LIMIT batch - n FOR UPDATE SKIP LOCKED LOOP
			n := n + (SELECT count(*) FROM crm.trash t
				WHERE t.org_id = org AND t.root_id = root);
			DELETE FROM crm.trash t WHERE t.org_id = org AND t.id = root;
			EXIT WHEN n >= batch;
		END LOOP;
		EXIT WHEN n >= batch;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN n;
END $$;
GRANT EXECUTE ON FUNCTION ops.purge_trash(interval, integer) TO tenantry_app;
