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

-- Deletes expired roots with all rows deleted with them, up to the given number of rows. The
-- tenant guard also applies to the owner, so it processes one organization at a time. Returns
-- the number of deleted rows, 0 if there is nothing to do.
CREATE OR REPLACE FUNCTION ops.purge_trash(age interval, batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	root bigint;
	n integer := 0;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		WHILE n < batch LOOP
			SELECT t.id INTO root FROM crm.trash t
			 WHERE t.org_id = org AND t.parent_id IS NULL AND t.deleted_at <= now() - greatest(age, '0')
			 ORDER BY t.deleted_at LIMIT 1 FOR UPDATE SKIP LOCKED;
			EXIT WHEN NOT FOUND;
			n := n + (SELECT count(*) FROM crm.trash t
				WHERE t.org_id = org AND t.root_id = root);
			DELETE FROM crm.trash t WHERE t.org_id = org AND t.id = root;
		END LOOP;
		EXIT WHEN n >= batch;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN n;
END $$;
GRANT EXECUTE ON FUNCTION ops.purge_trash(interval, integer) TO tenantry_app;
