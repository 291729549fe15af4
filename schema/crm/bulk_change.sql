-- Bulk changes: updating or deleting many rows in one request, and undoing such a change. These functions run as their
-- caller, so row security applies inside them.

-- Serializes the batches and bulk changes of an organization: two of them could lock the same rows in different orders,
-- and deadlock. A wait longer than lock_timeout is an error that the client may retry.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.begin_batch() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('crm.begin_batch'),
		hashtext(ops.org()::text));
END $$;

-- Locks the rows and stores their current values; their IDs are in app.chosen for the change. If there are too many
-- rows, ids contains one ID more than the limit.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.begin_bulk(tenant_table regclass, resource text, action text, most bigint,
	ids bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	n integer := cardinality(ids);
	-- A deletion has a lower limit, because its undo restores the rows from the trash, which is slow.
	bound integer := CASE action WHEN 'delete' THEN 1000 ELSE 10000 END;
	chosen bigint[];
	made bigint;
BEGIN
	PERFORM crm.begin_batch();
	IF n > bound THEN
		PERFORM ops.refuse('too_many_rows', 'max', bound::text);
	ELSIF n > most THEN
		PERFORM ops.refuse('more_rows_than_expected', 'max', n::text, most::text);
	ELSIF action = 'delete' AND NOT EXISTS (SELECT FROM pg_trigger g
	    WHERE g.tgrelid = tenant_table AND g.tgfoid = 'crm.keep_deleted'::regproc) THEN
		PERFORM ops.refuse('no_way_back', 'delete', resource);
	END IF;
	-- FOR UPDATE applies the policies for updates, so rows that the caller cannot update are omitted.
	EXECUTE format('SELECT coalesce(array_agg(x.id), ''{}'') FROM (SELECT t.id FROM %s t '
		'WHERE t.id = ANY ($1) ORDER BY t.id FOR UPDATE) x', tenant_table) INTO chosen USING ids;
	INSERT INTO crm.bulk_changes (resource, tenant_table, action)
	VALUES (resource, tenant_table::text, action) RETURNING id INTO made;
	EXECUTE format('INSERT INTO crm.bulk_rows (change_id, row_id, before) '
		'SELECT $1, t.id, CASE WHEN $3 THEN to_jsonb(t) END FROM %s t WHERE t.id = ANY ($2)',
		tenant_table) USING made, chosen, action = 'update';
	PERFORM set_config('app.chosen', chosen::text, true), set_config('app.bulk', made::text, true);
	RETURN made;
END $$;

-- Returns the columns that an undo restores: all except those that triggers set.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.bulk_columns(tenant_table regclass) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT array_agg(a.attname::text) FROM pg_attribute a
	 WHERE a.attrelid = tenant_table AND a.attnum > 0 AND NOT a.attisdropped
	   AND a.attgenerated = '' AND a.attname NOT IN ('org_id', 'id', 'updated_at')
$$;

-- Completes a change that crm.begin_bulk() began: stores the changed fields of each row. The planner underestimates the
-- rows written by this transaction and would choose a nested loop.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.end_bulk() RETURNS text
LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
	c crm.bulk_changes;
	chosen bigint[] := current_setting('app.chosen')::bigint[];
	n integer;
BEGIN
	SELECT x.* INTO c FROM crm.bulk_changes x WHERE x.id = current_setting('app.bulk')::bigint;
	IF c.action = 'update' THEN
		EXECUTE format('WITH d AS (SELECT x.id, jsonb_object_agg(o.key, o.value) AS before, '
			'jsonb_object_agg(o.key, x.now->o.key) AS after '
			'FROM (SELECT b.id, b.before, to_jsonb(t) AS now FROM crm.bulk_rows b '
			'JOIN %s t ON t.id = b.row_id WHERE b.change_id = $1 '
			'AND t.id = ANY ($3) OFFSET 0) x, '
			'jsonb_each(x.before) o WHERE o.key = ANY ($2) '
			'AND x.now->o.key IS DISTINCT FROM o.value GROUP BY x.id) '
			'UPDATE crm.bulk_rows b SET before = d.before, after = d.after '
			'FROM d WHERE b.id = d.id', c.tenant_table)
			USING c.id, crm.bulk_columns(c.tenant_table::regclass), chosen;
		DELETE FROM crm.bulk_rows b WHERE b.change_id = c.id AND b.after IS NULL;
	ELSE
		EXECUTE format('DELETE FROM crm.bulk_rows b WHERE b.change_id = $1 '
			'AND b.row_id IN (SELECT t.id FROM %s t WHERE t.id = ANY ($2))', c.tenant_table)
			USING c.id, chosen;
	END IF;
	SELECT count(*) INTO n FROM crm.bulk_rows b WHERE b.change_id = c.id;
	UPDATE crm.bulk_changes x SET nb_rows = n WHERE x.id = c.id;
	RETURN json_build_object('id', c.id, 'count', n);
END $$;

-- Returns rows of a bulk change that have been changed or deleted since.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.changed_since(c crm.bulk_changes) RETURNS bigint[]
LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
	ids bigint[] := ARRAY(SELECT b.row_id FROM crm.bulk_rows b WHERE b.change_id = c.id);
BEGIN
	IF c.action = 'delete' THEN
		RETURN ARRAY(SELECT b.row_id FROM crm.bulk_rows b WHERE b.change_id = c.id
			AND NOT EXISTS (SELECT FROM crm.trash t WHERE t.row_id = b.row_id
				AND t.row_id = ANY (ids) AND t.resource = split_part(c.tenant_table, '.', 2)
				AND t.deleted_at = c.created_at AND t.parent_id IS NULL) ORDER BY 1);
	END IF;
	EXECUTE format('SELECT count(*) FROM (SELECT FROM %s t WHERE t.id = ANY ($1) '
		'ORDER BY t.id FOR UPDATE) x', c.tenant_table) USING ids;
	EXECUTE format('SELECT coalesce(array_agg(b.row_id ORDER BY b.row_id), ''{}'') '
		'FROM crm.bulk_rows b LEFT JOIN (SELECT t.id, to_jsonb(t) AS now FROM %s t '
		'WHERE t.id = ANY ($2)) t ON t.id = b.row_id WHERE b.change_id = $1 '
		'AND (t.id IS NULL OR EXISTS (SELECT FROM jsonb_each(b.after) o '
		'WHERE t.now->o.key IS DISTINCT FROM o.value))', c.tenant_table)
		INTO ids USING c.id, ids;
	RETURN ids;
END $$;

-- Restores the previous values. If rows have been changed since, returns their IDs and restores nothing. If "keep" is
-- true, restores only the unchanged rows.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.undo_bulk(change_id bigint, keep boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	c crm.bulk_changes;
	kept bigint[];
	n bigint := 0;
	root bigint;
	fixed text;
	limited text;
	shaped text := current_setting('app.shaped', true);
BEGIN
	PERFORM crm.begin_batch();
	SELECT x.* INTO c FROM crm.bulk_changes x WHERE x.id = undo_bulk.change_id
	   AND x.created_at > now() - interval '30 days' FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_change');
	ELSIF c.undone_at IS NOT NULL THEN
		PERFORM ops.refuse('change_undone');
	END IF;
	-- The rows of all custom objects share one table, but roles limit the fields of each object under its name.
	limited := CASE WHEN starts_with(c.resource, 'custom_') THEN c.resource ELSE split_part(c.tenant_table, '.', 2) END;
	-- The response contains no fields of rows, so limits on the fields that the caller may read do not apply.
	IF c.action = 'update' AND ops.has_limits(limited, 'update') THEN
		FOR fixed IN SELECT DISTINCT k FROM crm.bulk_rows b, jsonb_object_keys(b.before) k
		    WHERE b.change_id = c.id AND NOT ops.fields_granted(limited)->'update' ? k ORDER BY k LOOP
			PERFORM ops.fault_field(limited, fixed, fixed);
		END LOOP;
		PERFORM ops.refuse_faults();
		PERFORM set_config('app.shaped', 'on', true);
	END IF;
	kept := crm.changed_since(c);
	IF NOT keep AND kept <> '{}' THEN
		PERFORM ops.refuse('rows_changed_since', NULL, cardinality(kept)::text,
			array_to_string(kept[:20], ', ') || CASE WHEN cardinality(kept) > 20 THEN ' ...' ELSE '' END);
	END IF;
	IF c.action = 'delete' THEN
		FOR root IN SELECT t.id FROM crm.bulk_rows b JOIN crm.trash t ON t.row_id = b.row_id
			AND t.resource = split_part(c.tenant_table, '.', 2)
			AND t.deleted_at = c.created_at AND t.parent_id IS NULL
		    WHERE b.change_id = c.id ORDER BY t.id LOOP
			PERFORM crm.restore_trash(root);
			n := n + 1;
		END LOOP;
	ELSE
		-- In the mode "restoring", triggers do not complete the rows. With app.undoing, they also delete the
		-- rows that they have created since that time.
		PERFORM ops.set_mode('restoring', true), set_config('app.undoing', c.created_at::text, true),
			set_config('enable_nestloop', 'off', true);
		EXECUTE coalesce((SELECT format('UPDATE %s t SET %s FROM crm.bulk_rows b '
			'WHERE b.change_id = $1 AND t.id = b.row_id AND t.id = ANY ($2)',
			c.tenant_table, string_agg(format(
				'%1$I = (jsonb_populate_record(t, b.before)).%1$I', k.key), ', '))
			FROM (SELECT DISTINCT jsonb_object_keys(b.before) AS key
				FROM crm.bulk_rows b WHERE b.change_id = c.id) k HAVING count(*) > 0),
			'SELECT $1, $2 LIMIT 0') USING c.id,
			ARRAY(SELECT b.row_id FROM crm.bulk_rows b WHERE b.change_id = c.id
				EXCEPT SELECT unnest(kept));
		GET DIAGNOSTICS n = ROW_COUNT;
		PERFORM ops.set_mode('restoring', false), set_config('app.undoing', '', true),
			set_config('enable_nestloop', 'on', true);
	END IF;
	UPDATE crm.bulk_changes x SET undone_at = now() WHERE x.id = c.id;
	PERFORM set_config('app.shaped', shaped, true);
	RETURN json_build_object('id', c.id, 'undone', n, 'kept', kept);
END $$;
