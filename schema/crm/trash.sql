-- The trash: deleted rows and their restoration.
-- needs: ops/audit_log.sql ops/trash.sql

-- One statement may move thousands of rows to or from the trash. A plan for the empty table would scan all of it for
-- each row, so functions that access the trash row by row disable sequential scans. That is impossible for a foreign
-- key on parent_id, so triggers replace it.

-- Purges the rows that were deleted together with a purged row; a restore handles them
-- itself.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.purge_followers() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
	IF NOT ops.mode('restoring') THEN
		DELETE FROM crm.trash t WHERE t.org_id = OLD.org_id AND t.parent_id = OLD.id;
	END IF;
	RETURN NULL;
END $$;

-- Moves a deleted row to the trash. The arguments are the columns that refer to a parent, each followed by the parent's
-- table. A parent's trigger runs before the triggers of the rows deleted with it, so the parent is already in the
-- trash, with the same time.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.keep_deleted() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	kept json := row_to_json(OLD);
	made bigint;
	parent bigint;
	root bigint;
	grants text;
BEGIN
	-- A purge and an erasure bypass the trash, and a merge has its own undo.
	IF ops.purging(OLD.org_id)
	    OR ops.mode('merging') OR ops.mode('erasing') THEN
		RETURN NULL;
	END IF;
	grants := ops.begin_system();
	FOR n IN 0 .. TG_NARGS - 1 BY 2 LOOP
		SELECT t.id, t.root_id INTO parent, root FROM crm.trash t
		 WHERE t.org_id = OLD.org_id AND t.row_id = (kept->>TG_ARGV[n])::bigint
		   AND t.resource = TG_ARGV[n + 1] AND t.deleted_at = now() LIMIT 1;
		EXIT WHEN FOUND;
	END LOOP;
	made := ops.new_id();
	INSERT INTO crm.trash (org_id, id, resource, row_id, parent_id, root_id, row, sales_id)
	VALUES (OLD.org_id, made, TG_TABLE_NAME, OLD.id, parent, coalesce(root, made), kept,
		ops.sale());
	IF crm.uses(OLD.org_id, 'fields') THEN
		PERFORM crm.end_references(made);
	END IF;
	PERFORM ops.end_system(grants);
	RETURN NULL;
END $$;

-- Returns the columns of a table that refer to another table, by its foreign keys.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.parents_of(tenant_table regclass)
RETURNS TABLE (child name, parent regclass, resource name, needed boolean)
LANGUAGE sql STABLE AS $$
	SELECT a.attname, k.confrelid::regclass, c.relname, a.attnotnull
	  FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid
	  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
	 WHERE k.conrelid = tenant_table AND k.contype = 'f'
$$;

-- Refuses to restore a root before its parents. The names of the parents are included only for callers whose grants
-- permit reading all rows.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_parents(root crm.trash, tenant_table regclass, grants text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	fk record;
	alive boolean;
	first crm.trash_summary;
BEGIN
	FOR fk IN SELECT p.*, (root.row->>p.child)::bigint AS id
	    FROM crm.parents_of(tenant_table) p WHERE root.row->>p.child IS NOT NULL LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s x WHERE x.org_id = $1 AND x.id = $2)',
			fk.parent) INTO alive USING root.org_id, fk.id;
		CONTINUE WHEN alive;
		SELECT r.* INTO first FROM crm.trash t JOIN crm.trash_summary r ON r.id = t.root_id
		 WHERE t.org_id = root.org_id AND t.row_id = fk.id
		   AND t.resource = fk.resource
		 ORDER BY t.deleted_at DESC LIMIT 1;
		IF FOUND THEN
			PERFORM ops.refuse('restore_other_first', fk.child, first.row_id::text, first.resource,
				CASE WHEN ops.reads_all(grants) THEN format(', "%s"', first.title) ELSE '' END, first.id::text);
		ELSIF fk.needed THEN
			PERFORM ops.refuse('owner_gone', fk.child);
		END IF;
	END LOOP;
END $$;

-- Moves rows with another parent that is still in the trash to that parent, so that they are restored with it, unless
-- they would be kept longer than the parent. The lock keeps the root of that parent in the trash in the meantime.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.move_to_parent(root bigint, of_resource text, tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	fk record;
BEGIN
	FOR fk IN SELECT * FROM crm.parents_of(tenant_table) p WHERE p.resource <> 'sales'
	    AND NOT EXISTS (SELECT FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
		WHERE k.conrelid = tenant_table AND k.confdeltype = 'n' AND a.attname = p.child) LOOP
		-- Under row security, an index cannot be used with a value from the operator ->.
		EXECUTE format('WITH child AS MATERIALIZED (SELECT t.id, (t.row->>%L)::bigint AS ref '
			'FROM crm.trash t '
			'WHERE t.org_id = $1 AND t.root_id = $2 AND t.resource = $3), '
			'waits AS (SELECT c.id, p.id AS parent_id, p.root_id FROM child c '
			'JOIN crm.trash p ON p.org_id = $1 AND p.row_id = c.ref AND p.resource = %L '
			'AND p.root_id <> $2 JOIN crm.trash r ON r.org_id = $1 AND r.id = p.root_id '
			'WHERE NOT EXISTS (SELECT FROM %s x WHERE x.org_id = $1 AND x.id = c.ref) '
			'FOR KEY SHARE OF r) UPDATE crm.trash t SET parent_id = w.parent_id, '
			'root_id = w.root_id FROM waits w WHERE t.org_id = $1 AND t.id = w.id',
			fk.child, fk.resource, fk.parent)
			USING ops.org(), root, of_resource;
	END LOOP;
END $$;

-- Returns the condition under which a row n can be restored: all rows to which its required columns refer exist.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.condition_of_parents(tenant_table regclass) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce(string_agg(format('EXISTS (SELECT FROM %s x WHERE %s)', k.confrelid::regclass,
			(SELECT string_agg(format('x.%I = n.%I', theirs.attname, own.attname), ' AND ')
				FROM unnest(k.conkey, k.confkey) AS pair (child, parent)
				JOIN pg_attribute own ON own.attrelid = k.conrelid AND own.attnum = pair.child
				JOIN pg_attribute theirs ON theirs.attrelid = k.confrelid AND theirs.attnum = pair.parent)),
		' AND ' ORDER BY k.conname), 'true')
	  FROM pg_constraint k
	 WHERE k.conrelid = tenant_table AND k.contype = 'f' AND NOT EXISTS (SELECT FROM pg_attribute a
		WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND NOT a.attnotnull)
$$;

-- Restores the rows of one table that were deleted together, so they have the same columns. Their time of change
-- becomes the current time. A reference to a row that no longer exists becomes null if the column allows it. Rows whose
-- unique values are in use, or whose parents no longer exist, remain in the trash as roots. Rows of later tables that
-- belong to them remain with them.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.restore_rows(root bigint, of_resource text, tenant_table regclass,
	moment timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	example json := (SELECT t.row FROM crm.trash t WHERE t.org_id = org AND t.root_id = root
		AND t.resource = of_resource AND t.deleted_at = moment LIMIT 1);
	names text;
	exprs text;
	done bigint[];
	lost bigint;
BEGIN
	IF example IS NULL THEN
		RETURN 0;
	END IF;
	SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
		string_agg(CASE WHEN a.attname = 'updated_at' THEN 'now()'
			WHEN a.attname = 'custom' THEN format('crm.restored_custom(%s, n.custom, t.deleted_at)',
				CASE of_resource WHEN 'records' THEN 'n.object' ELSE quote_literal(of_resource) END)
			WHEN p.child IS NULL OR p.needed THEN format('n.%I', a.attname)
			ELSE format('CASE WHEN EXISTS (SELECT FROM %s x WHERE x.org_id = n.org_id '
				'AND x.id = n.%2$I) THEN n.%2$I END', p.parent, a.attname) END,
			', ' ORDER BY a.attnum)
	  INTO names, exprs
	  FROM pg_attribute a LEFT JOIN crm.parents_of(tenant_table) p ON p.child = a.attname
	 WHERE a.attrelid = tenant_table AND a.attnum > 0 AND NOT a.attisdropped
	   AND a.attgenerated = '' AND a.attname IN (SELECT json_object_keys(example));
	EXECUTE format('WITH done AS (INSERT INTO %1$s (%2$s) SELECT %3$s FROM crm.trash t, '
		'json_populate_record(NULL::%1$s, t.row) n WHERE t.org_id = $1 AND t.root_id = $2 '
		'AND t.resource = $3 AND t.deleted_at = $4 AND %4$s ON CONFLICT DO NOTHING RETURNING id) '
		'SELECT coalesce(array_agg(id), ''{}'') FROM done', tenant_table, names, exprs,
		crm.condition_of_parents(tenant_table)) INTO done USING org, root, of_resource, moment;
	FOR lost IN SELECT t.id FROM crm.trash t WHERE t.org_id = org AND t.root_id = root AND t.resource = of_resource
	    AND t.deleted_at = moment AND NOT EXISTS (SELECT FROM unnest(done) x WHERE x = t.row_id) LOOP
		IF lost = root THEN
			RAISE unique_violation;
		END IF;
		UPDATE crm.trash t SET parent_id = NULL, root_id = t.id WHERE t.org_id = org AND t.id = lost;
	END LOOP;
	RETURN cardinality(done);
EXCEPTION WHEN unique_violation OR exclusion_violation THEN	-- including tables that triggers write
	PERFORM ops.refuse('place_taken', NULL, of_resource);
END $$;

-- Assigns a root that belonged to a merged contact to the remaining contact.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.follow_parent(root crm.trash) RETURNS crm.trash
LANGUAGE plpgsql AS $$
DECLARE
	heir bigint;
BEGIN
	LOOP
		SELECT m.winner_id INTO heir FROM crm.merges m
		 WHERE m.org_id = root.org_id AND m.undone_at IS NULL
		   AND m.loser_id = (root.row->>'contact_id')::bigint
		   AND NOT EXISTS (SELECT FROM crm.contacts c
			WHERE c.org_id = m.org_id AND c.id = m.loser_id)
		 ORDER BY m.id DESC LIMIT 1;
		IF NOT FOUND THEN
			RETURN root;
		END IF;
		UPDATE crm.trash t SET row = jsonb_set(t.row::jsonb, '{contact_id}', to_jsonb(heir))
		 WHERE t.org_id = root.org_id AND t.id = root.id RETURNING t.* INTO root;
	END LOOP;
END $$;

-- Restores a root and the rows deleted with it, with all columns unchanged. Returns the number of restored rows and,
-- for each resource, the number of rows that were not restored, except rows of modules that are off. app.restoring is
-- 'on' during the restore, so that triggers do not complete these rows or act on them. The rows are removed from the
-- trash after they are restored, so that a count of the uses of a file never misses them.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.restore_trash(trash_id bigint) RETURNS text
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	org uuid := ops.org();
	root crm.trash;
	part record;
	n bigint := 0;
	m bigint;
	left_rows jsonb := '{}';
	hidden text[] := crm.hidden_tables();
	grants text;
BEGIN
	SELECT * INTO root FROM crm.trash t WHERE t.org_id = org AND t.id = trash_id FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM ops.refuse('not_found');
	ELSIF root.parent_id IS NOT NULL THEN
		PERFORM ops.refuse('trashed_with_another', 'root_id', root.root_id::text);
	END IF;
	-- A user who deleted a row may restore it, with all rows that were deleted with it.
	grants := ops.begin_system();
	root := crm.follow_parent(root);
	PERFORM ops.set_mode('restoring', true);
	-- Referenced tables come before the tables that refer to them.
	FOR part IN SELECT c.oid, c.oid::regclass AS tenant_table, t.resource, t.deleted_at, count(*) AS rows
	    FROM crm.trash t JOIN pg_class c ON c.relname = t.resource
		AND c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
	    WHERE t.org_id = org AND t.root_id = trash_id
	    GROUP BY c.oid, t.resource, t.deleted_at ORDER BY t.resource <> root.resource, c.oid, t.deleted_at LOOP
		IF part.resource = root.resource THEN
			PERFORM crm.check_parents(root, part.tenant_table, grants);
		ELSE
			PERFORM crm.move_to_parent(trash_id, part.resource, part.tenant_table);
		END IF;
		m := crm.restore_rows(trash_id, part.resource, part.tenant_table, part.deleted_at);
		CONTINUE WHEN part.resource = ANY (hidden);
		n := n + m;
		IF m < part.rows THEN
			left_rows := left_rows || jsonb_build_object(part.resource,
				part.rows - m + coalesce((left_rows->>part.resource)::bigint, 0));
		END IF;
	END LOOP;
	PERFORM crm.restore_links(trash_id);
	DELETE FROM crm.trash t WHERE t.org_id = org AND t.root_id = trash_id;
	PERFORM ops.set_mode('restoring', false);
	PERFORM ops.end_system(grants);
	RETURN json_build_object('resource', root.resource, 'id', root.row_id, 'rows', n, 'left', left_rows);
END $$;

-- Releases the files of a row that is purged from the trash, or of a merged contact whose merge can no longer be
-- undone.
CREATE OR REPLACE FUNCTION crm.release_files(org uuid, table_name text, row_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM ops.file_use u WHERE u.org_id = org
	    AND u.table_name = release_files.table_name
	    AND u.row_id = release_files.row_id AND u.in_trash) THEN
		PERFORM crm.drop_file_uses(org, table_name, row_id, false);
	END IF;
END $$;

CREATE OR REPLACE FUNCTION crm.release_trash_files() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM crm.release_files(OLD.org_id, OLD.resource, OLD.row_id);
	RETURN NULL;
END $$;

-- The trash as clients read it. nb_rows is the number of rows that were deleted together with a root.
CREATE OR REPLACE VIEW crm.trash_summary WITH (security_invoker) AS
SELECT t.id, t.resource, t.row_id, CASE WHEN ops.is_shaped(CASE t.resource WHEN 'records' THEN t.row->>'object' ELSE t.resource END, 'read') THEN left(coalesce(
		nullif(concat_ws(' ', t.row->>'first_name', t.row->>'last_name'), ''),
		t.row->>'name', t.row->>'title', t.row->>'label', t.row->>'subject', t.row->>'text',
		t.row->>'body'), 200) END AS title,
	t.parent_id, t.root_id, t.deleted_at, t.sales_id,
	CASE WHEN t.parent_id IS NULL THEN (SELECT count(*) FROM crm.trash k
		WHERE k.org_id = t.org_id AND k.root_id = t.id) - 1 ELSE 0 END AS nb_rows,
	t.deleted_at AS created_at, t.deleted_at AS updated_at
  FROM crm.trash t;
GRANT SELECT ON crm.trash_summary TO tenantry_app;

CREATE OR REPLACE TRIGGER audit AFTER DELETE ON crm.trash FOR EACH ROW
	WHEN (OLD.parent_id IS NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION ops.audit();

CREATE OR REPLACE TRIGGER followers AFTER DELETE ON crm.trash
	FOR EACH ROW EXECUTE FUNCTION crm.purge_followers();

CREATE OR REPLACE TRIGGER release_files AFTER DELETE ON crm.trash
	FOR EACH ROW EXECUTE FUNCTION crm.release_trash_files();

-- Members who may delete rows may see the trash and restore from it. Only administrators may
-- purge it.
DROP POLICY IF EXISTS readers ON crm.trash;
CREATE POLICY readers ON crm.trash FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer USING (true);

DROP POLICY IF EXISTS keepers ON crm.trash;
CREATE POLICY keepers ON crm.trash FOR INSERT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer WITH CHECK (true);

DROP POLICY IF EXISTS movers ON crm.trash;
CREATE POLICY movers ON crm.trash FOR UPDATE TO tenantry_app, tenantry_mcp, tenantry_mcp_writer USING (true);

DROP POLICY IF EXISTS administrators ON crm.trash;
CREATE POLICY administrators ON crm.trash FOR DELETE TO tenantry_app, tenantry_mcp, tenantry_mcp_writer
	USING ((SELECT ops.administers())
		OR (SELECT ops.mode('restoring')));

SELECT ops.keep_deleted('crm.companies');

SELECT ops.keep_deleted('crm.contacts');

SELECT ops.keep_deleted('crm.contact_notes');

SELECT ops.keep_deleted('crm.deals');

SELECT ops.keep_deleted('crm.deal_notes');

SELECT ops.keep_deleted('crm.tasks');

SELECT ops.keep_deleted('crm.tags');

SELECT ops.keep_deleted('crm.activities');

SELECT ops.keep_deleted('crm.appointments');

SELECT ops.keep_deleted('crm.automation_rules');

SELECT ops.keep_deleted('crm.appointment_attendees');

SELECT ops.keep_deleted('crm.messages');

SELECT ops.keep_deleted('crm.import_mappings');

SELECT ops.keep_deleted('crm.object_definitions');

SELECT ops.keep_deleted('crm.field_definitions');

SELECT ops.keep_deleted('crm.records');
