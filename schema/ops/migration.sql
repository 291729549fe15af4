-- The state of data migrations, for operators.

-- Returns the time at which the run in the migration.id setting ended. Returns the end of its last step, or its start,
-- if the run has not ended. Newer rows were written by users, not by the run.
CREATE OR REPLACE FUNCTION ops.migration_end() RETURNS timestamptz
LANGUAGE sql STABLE AS $$
	SELECT coalesce(m.ended_at, (SELECT max(s.ended_at) FROM ops.migration_step s WHERE s.migration_id = m.id),
		m.started_at)
	  FROM ops.migration m WHERE m.id = current_setting('migration.id')::bigint
$$;

-- Returns the first owner of each organization, with its slug, unless a step of the run in the migration.id setting
-- created the organization. A rollback keeps these users, since an organization must have an owner. Linked users are
-- kept in any case.
CREATE OR REPLACE FUNCTION ops.kept_users(creator integer) RETURNS TABLE (user_id text, organization text)
LANGUAGE sql STABLE AS $$
	SELECT k.* FROM (SELECT DISTINCT ON (o.id) m.user_id, o.slug
	  FROM identity.organization o JOIN identity.organization_member m ON m.organization_id = o.id
	 WHERE o.deleted_at IS NULL AND m.acts_as = 'owner' AND NOT m.disabled
	   AND NOT EXISTS (SELECT FROM ops.migration_row r WHERE r.migration_id = current_setting('migration.id')::bigint
		AND r.step = creator AND r.target_id = o.id::text)
	 ORDER BY o.id, m.created_at, m.id) k
	 WHERE NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.user_id = k.user_id)
$$;

-- Returns the tables of the CRM and of modules in which users of an organization have written rows, with the number
-- of rows. In the CRM, rows with IDs that the migration in the migration.id setting has written do not count, since
-- new rows get unique IDs. Modules add rows to imported rows automatically, so only rows that are newer than the
-- migration count. Tables with a step of the same name are omitted, since the step returns its rows.
CREATE OR REPLACE FUNCTION ops.organization_rows(org uuid) RETURNS TABLE (table_name text, rows bigint)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.set_org(org);
	FOR table_name IN SELECT c.oid::regclass::text FROM pg_class c
	     WHERE c.relkind = 'r' AND (c.relnamespace::regnamespace::text = 'crm' AND c.relname IN ('companies', 'contacts', 'deals',
			'contact_notes', 'deal_notes', 'tasks', 'tags', 'activities', 'appointments', 'messages', 'webhooks', 'automation_rules')
		OR c.relnamespace::regnamespace::text IN (SELECT m.name FROM identity.module m)
			AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('org_id', 'id', 'created_at')) = 3)
	       AND NOT EXISTS (SELECT FROM ops.migration_step s
		WHERE s.migration_id = current_setting('migration.id')::bigint AND s.name ~ ('^[0-9]+_' || c.relname || '$'))
	     ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) FROM %s WHERE org_id = $1 AND %s', table_name, CASE WHEN table_name LIKE 'crm.%'
			THEN 'id::text COLLATE "C" NOT IN (SELECT r.target_id FROM ops.migration_row r '
				'WHERE r.migration_id = current_setting(''migration.id'')::bigint AND r.target_id IS NOT NULL)'
			ELSE 'created_at > ops.migration_end()' END) INTO rows USING org;
		IF rows > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;

-- Returns the tables with settings of the organization or its members that were changed after the migration in the
-- migration.id setting, with the number of changed rows.
CREATE OR REPLACE FUNCTION ops.changed_settings(org uuid) RETURNS TABLE (table_name text, rows bigint)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.set_org(org);
	FOR table_name IN SELECT c.oid::regclass::text FROM pg_class c
	     WHERE c.relkind = 'r' AND c.relname ~ '(configuration|settings|preferences)$'
	       AND (c.relnamespace = 'crm'::regnamespace OR c.relnamespace::regnamespace::text IN (SELECT m.name FROM identity.module m))
	       AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('org_id', 'updated_at')) = 2
	     ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) FROM %s WHERE org_id = $1 AND updated_at > ops.migration_end()', table_name) INTO rows USING org;
		IF rows > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;

-- Returns the IDs of the rows of a table that users of the organization changed after the migration in the
-- migration.id setting.
CREATE OR REPLACE FUNCTION ops.rows_changed(org uuid, tenant_table text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.set_org(org);
	RETURN QUERY SELECT DISTINCT l.row_id FROM ops.audit_log l
		WHERE l.org_id = org AND l.table_name = tenant_table AND l.at > ops.migration_end();
END $$;

-- Returns all migrations, newest first, with steps, progress and rules.
CREATE OR REPLACE FUNCTION ops.migrations() RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object(
		'id', m.id, 'journey', m.journey, 'state', m.state, 'message', m.message, 'version', m.version,
		'organization_id', m.organization_id, 'organization', (SELECT o.slug FROM identity.organization o WHERE o.id = m.organization_id),
		'plan_sum', m.plan_sum, 'choices', m.choices, 'backup', m.backup, 'started_at', m.started_at,
		'ended_at', m.ended_at, 'rollback_until', CASE WHEN m.state = 'done'
			THEN m.ended_at + interval '48 hours' END,
		'settings', jsonb_build_object('batch', m.batch_rows, 'pause', m.pause_ms, 'lock_timeout',
			m.lock_timeout_ms, 'max_lag', m.max_lag_ms, 'max_sessions', m.max_sessions),
		'progress', (SELECT to_jsonb(p) - 'migration_id' FROM ops.migration_progress p WHERE p.migration_id = m.id),
		'steps', (SELECT coalesce(jsonb_agg(to_jsonb(s) - ARRAY['migration_id', 'last_key'] ORDER BY s.step), '[]')
			FROM ops.migration_step s WHERE s.migration_id = m.id),
		'report', (SELECT jsonb_build_object('at', r.at, 'go', r.go, 'sum', r.sum) FROM ops.migration_report r
			WHERE r.migration_id = m.id ORDER BY r.at DESC LIMIT 1))
		ORDER BY m.id DESC), '[]')
	  FROM (SELECT * FROM ops.migration x ORDER BY x.id DESC LIMIT 30) m
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.list_migrations() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN ops.migrations()::text;
END $$;

-- Returns the organization that the migration created, or null. The migration.organization_slug setting identifies the
-- organization by its source ID. The current slug is ignored: the owner may have changed it, and another organization
-- may now use it.
CREATE OR REPLACE FUNCTION ops.migrated_organization() RETURNS uuid
LANGUAGE sql STABLE AS $$
	SELECT o.id FROM identity.imported_organization i JOIN identity.organization o ON o.id = i.id
	 WHERE i.source_id = 'supabase ' || current_setting('migration.organization_slug')
$$;

-- Selects the organization of this transaction. Without a selected organization, no row is visible. The mode
-- "restoring" writes rows unchanged, as from the trash, and "purging" deletes them permanently.
CREATE OR REPLACE FUNCTION ops.enter_organization(org uuid, mode text) RETURNS uuid
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.set_org(coalesce(org, '00000000-0000-0000-0000-000000000000')), ops.set_mode('restoring', mode = 'restoring'),
		ops.set_purging(CASE mode WHEN 'purging' THEN org END);
	RETURN org;
END $$;

CREATE OR REPLACE FUNCTION ops.enter_migrated_organization(mode text DEFAULT '') RETURNS uuid
LANGUAGE sql AS $$ SELECT ops.enter_organization(ops.migrated_organization(), mode) $$;

-- Returns the organization that the migration.organization setting names by its slug or ID, or null. Once a step
-- "010_organization" has recorded it, the slug may change.
-- callers: pg_read_all_data
CREATE OR REPLACE FUNCTION ops.chosen_organization() RETURNS uuid
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT r.target_id::uuid FROM ops.migration_row r
		  JOIN ops.migration_step s ON s.migration_id = r.migration_id AND s.step = r.step AND s.name = '010_organization'
		 WHERE r.migration_id = nullif(current_setting('migration.id', true), '')::bigint),
		(SELECT o.id FROM identity.organization o WHERE o.deleted_at IS NULL
			AND current_setting('migration.organization', true) IN (o.slug, o.id::text)))
$$;
-- The role of BACKUP_DATABASE_URL calls this function to read the source.

-- Selects the organization of this transaction. The audit log identifies the entries of the run by their
-- request_id.
CREATE OR REPLACE FUNCTION ops.enter_chosen_organization(mode text DEFAULT '') RETURNS uuid
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('app.request_id', 'migration ' || coalesce(current_setting('migration.id', true), ''), true);
	RETURN ops.enter_organization(ops.chosen_organization(), mode);
END $$;

-- Returns the scope of each action that these roles permit on a resource: {"read": "all", "update": "own"}.
CREATE OR REPLACE FUNCTION ops.scopes_of(org uuid, roles text, resource text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	grants text := current_setting('app.grants', true);
	shaped text := current_setting('app.shaped', true);
	name text := coalesce((SELECT r.same_as FROM identity.resource r WHERE r.name = resource), resource);
	scopes jsonb;
BEGIN
	PERFORM set_config('app.grants', coalesce(identity.grants_of(org, roles), ''), true), set_config('app.shaped', 'on', true);
	scopes := (SELECT jsonb_strip_nulls(jsonb_object_agg(a, ops.scope(name, a)))
		FROM unnest('{read,create,update,delete,export,import,merge}'::text[]) a);
	PERFORM set_config('app.grants', grants, true), set_config('app.shaped', shaped, true);
	RETURN scopes;
END $$;

-- Identifies the last change of the schema by this or another release.
CREATE OR REPLACE FUNCTION ops.schema_state() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT concat_ws(' ', (SELECT max(s.version) FROM ops.schema_migration s), (SELECT max(f.n) FROM ops.schema_file f))
$$;

-- Returns the definitions that a copy of a table must contain.
CREATE OR REPLACE FUNCTION ops.definitions_of(tenant_table regclass) RETURNS TABLE (what text, definition text)
LANGUAGE sql STABLE AS $$
	SELECT 'row security', concat_ws(' ', c.relrowsecurity, c.relforcerowsecurity, c.relowner::regrole)
	  FROM pg_class c WHERE c.oid = tenant_table
	UNION ALL SELECT 'policy ' || p.polname, concat_ws(' ', p.polpermissive, p.polcmd, (SELECT string_agg(x, ',' ORDER BY x)
			FROM (SELECT r::regrole::text AS x FROM unnest(p.polroles) r) y), pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
	  FROM pg_policy p WHERE p.polrelid = tenant_table
	UNION ALL SELECT format('privileges of %s', a.grantee), string_agg(a.said, ',' ORDER BY a.said) FROM (
		SELECT CASE x.grantee WHEN 0 THEN 'all' ELSE x.grantee::regrole::text END AS grantee,
			concat_ws(' ', x.privilege_type, x.is_grantable, g.attname) AS said
		  FROM (SELECT c.relacl AS acl, NULL::name AS attname FROM pg_class c WHERE c.oid = tenant_table
			UNION ALL SELECT a.attacl, a.attname FROM pg_attribute a WHERE a.attrelid = tenant_table AND a.attacl IS NOT NULL) g,
			aclexplode(g.acl) x) a
	 GROUP BY a.grantee
	UNION ALL SELECT 'trigger ' || t.tgname, concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid))
	  FROM pg_trigger t WHERE t.tgrelid = tenant_table AND NOT t.tgisinternal
	UNION ALL SELECT concat_ws(' ', 'comment on', coalesce(a.attname, 'the table')), d.description
	  FROM pg_description d LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = nullif(d.objsubid, 0)
	 WHERE d.classoid = 'pg_class'::regclass AND d.objoid = tenant_table
	UNION ALL SELECT 'constraint ' || k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conrelid = tenant_table
	-- Includes the sequences that columns use.
	UNION ALL SELECT 'column ' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
			pg_get_expr(e.adbin, e.adrelid))
	  FROM pg_attribute a LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
	 WHERE a.attrelid = tenant_table AND a.attnum > 0 AND NOT a.attisdropped
	UNION ALL SELECT 'index ' || i.indexrelid::regclass, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = tenant_table
$$;

-- Returns the rows of the organization that the copy lacks, or whose value differs from that of the row with the same
-- ID in the copy, unless somebody other than the run in the migration.id setting has written them since.
CREATE OR REPLACE FUNCTION ops.differs_from_copy(copy text, tenant_table name, member name, since timestamptz)
RETURNS TABLE (id bigint)
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF to_regclass(copy) IS NULL THEN
		RETURN QUERY SELECT NULL::bigint;
		RETURN;
	END IF;
	RETURN QUERY EXECUTE format('SELECT t.id FROM crm.%1$I t LEFT JOIN %2$s b ON b.org_id = t.org_id AND b.id = t.id '
		'WHERE t.org_id = $1 AND (b.id IS NULL OR t.%3$I IS DISTINCT FROM b.%3$I) AND NOT EXISTS (SELECT FROM ops.audit_log l '
		'WHERE l.org_id = $1 AND l.table_name = %1$L AND l.row_id = t.id::text AND l.at >= $2 '
		'AND l.request_id IS DISTINCT FROM $3)', tenant_table, copy, member)
		USING org, since, 'migration ' || current_setting('migration.id');
END $$;

-- Returns the ID of a row in the source. If the decision "ids" is "map", imported IDs are 2^40 higher in the target.
CREATE OR REPLACE FUNCTION ops.migrated_from(id bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN current_setting('migration.ids', true) = 'map' AND id >= 1099511627776 AND id < 2199023255552
		THEN id - 1099511627776 ELSE id END
$$;

-- Returns whether a value is a choice of the organization, so that a row with it can be written.
CREATE OR REPLACE FUNCTION ops.is_migrated_choice(org uuid, of_kind text, said text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce(said, '') = '' OR said = ANY (crm.constant_choices(of_kind))
		OR EXISTS (SELECT FROM crm.choices c WHERE c.org_id = org AND c.kind = of_kind AND c.value = said)
		OR NOT EXISTS (SELECT FROM crm.choices c WHERE c.org_id = org AND c.kind = of_kind);
END $$;

-- Returns a JSON text without the names of files, which differ between source and target.
CREATE OR REPLACE FUNCTION ops.without_file_names(said text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT regexp_replace(regexp_replace(said,
		'"(https?://[^"\\]*/storage/v1/object/(public|sign|authenticated)/attachments/[^"\\]*|/uploads/[0-9a-f]{40}[.][a-z0-9]+)"',
		'"*"', 'g'), '"path": "[^"\\]*"', '"path": "*"', 'g')
$$;

-- Replaces the address and the path of a file in a JSON text. The old values are patterns.
CREATE OR REPLACE FUNCTION ops.with_file(said text, old_src text, old_path text, src text, path text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT regexp_replace(regexp_replace(said, '"' || old_src || '"', '"' || src || '"', 'g'),
		'"path": "' || old_path || '"', '"path": "' || path || '"', 'g')
$$;

-- Calls ops.with_file() for each file of this migration, with its address in the source.
CREATE OR REPLACE FUNCTION ops.with_source_files(said text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	file record;
BEGIN
	FOR file IN SELECT r.source_key, split_part(r.target_id, ' ', 1) AS name, split_part(r.target_id, ' ', 2) AS src
		  FROM ops.migration_row r
		 WHERE r.migration_id = current_setting('migration.id')::bigint AND r.target_id ~ '^[0-9a-f]{40}[.]'
		   AND strpos(said, split_part(r.target_id, ' ', 1)) > 0 LOOP
		said := ops.with_file(said, '/uploads/' || file.name, file.name, file.src, file.source_key);
	END LOOP;
	RETURN said;
END $$;

-- Replaces the address of a file in a row of the organization. Returns false if there is no such row, or if it has no
-- files.
CREATE OR REPLACE FUNCTION ops.replace_file(tenant_table text, row_id bigint, old_src text, old_path text, src text, path text)
RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	file record;
	changed bigint;
	n bigint := 0;
BEGIN
	FOR file IN SELECT DISTINCT f.name, f.description->>'form' AS form FROM ops.field f JOIN ops.resource r ON r.name = f.resource
	     WHERE r.description->>'table' = 'crm.' || tenant_table AND f.description->>'form' IN ('picture', 'pictures', 'attachments') LOOP
		EXECUTE format(CASE file.form WHEN 'attachments'
			THEN 'UPDATE crm.%1$I t SET %2$I = ARRAY(SELECT ops.with_file(a::text, $3, $4, $5, $6)::jsonb '
				'FROM unnest(t.%2$I) WITH ORDINALITY y (a, n) ORDER BY y.n) WHERE t.org_id = $1 AND t.id = $2'
			ELSE 'UPDATE crm.%1$I t SET %2$I = ops.with_file(t.%2$I::text, $3, $4, $5, $6)::jsonb '
				'WHERE t.org_id = $1 AND t.id = $2' END, tenant_table, file.name)
			USING ops.org(), row_id, old_src, old_path, src, path;
		GET DIAGNOSTICS changed = ROW_COUNT;
		n := n + changed;
	END LOOP;
	RETURN n > 0;
END $$;

-- Returns whether one of the rows that refer to a file exists: [{"table", "id"}].
CREATE OR REPLACE FUNCTION ops.has_migrated_use(org uuid, uses jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	u record;
	found boolean;
BEGIN
	FOR u IN SELECT * FROM jsonb_to_recordset(uses) x ("table" name, id bigint) LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM crm.%I t WHERE t.org_id = $1 AND t.id = $2)', u."table")
			INTO found USING org, u.id;
		IF found THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;

-- Makes rows refer to a stored file instead of to a path in Supabase's storage. Returns true if no row referred to the
-- file before.
CREATE OR REPLACE FUNCTION ops.use_migrated_file(path text, file text, uses jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	literal text := regexp_replace(path, '([^[:alnum:]/_-])', '\\\1', 'g');
	known boolean := EXISTS (SELECT FROM ops.file_use x WHERE x.name = file);
BEGIN
	-- Triggers also add rows to file_use. After a failed attempt, the row already contains the path, so no trigger
	-- runs again.
	INSERT INTO ops.file_use (org_id, table_name, row_id, name)
	SELECT ops.org(), u."table", u.id, file
	  FROM jsonb_to_recordset(uses) u ("table" text, id bigint)
	 WHERE ops.replace_file(u."table", u.id, 'https?://[^"\\]*/storage/v1/object/(public|sign|authenticated)/attachments/'
		|| literal || '([?#][^"\\]*)?', literal, '/uploads/' || file, file)
	ON CONFLICT ON CONSTRAINT file_use_pkey DO NOTHING;
	RETURN NOT known;
END $$;

-- Returns the quoted name of a column of the source for a column that the journey reads, or null if the plan maps no
-- column to it, or if the source lacks the table. The plan's mapping is in the migration.columns setting. Without a
-- mapping, a column keeps its name.
CREATE OR REPLACE FUNCTION ops.source_column(source_table text, name text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT quote_ident(CASE WHEN m.tables->source_table ? name THEN m.tables->source_table->>name
			WHEN m.tables = '{}' OR m.tables ? source_table THEN name END)
	  FROM (SELECT coalesce(nullif(current_setting('migration.columns', true), '')::jsonb, '{}') AS tables) m
$$;

-- Returns a statement for a row of a table of the source: INSERT, which has no effect if the row exists, or UPDATE or
-- DELETE of the row with the member "id". The members of the row are the columns that the journey reads. Members without
-- a column in the source are omitted. Returns null if the statement would lack its columns, or the ID.
CREATE OR REPLACE FUNCTION ops.source_statement(verb text, source_table text, source_row json) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE verb WHEN 'INSERT' THEN format('INSERT INTO %s (', source_table) || string_agg(c.name, ', ' ORDER BY c.n)
			|| ') VALUES (' || string_agg(c.said, ', ' ORDER BY c.n) || ') ON CONFLICT DO NOTHING'
		WHEN 'UPDATE' THEN format('UPDATE %s SET ', source_table)
			|| string_agg(c.name || ' = ' || c.said, ', ' ORDER BY c.n) FILTER (WHERE c.key <> 'id')
			|| ' WHERE ' || string_agg(c.name || ' = ' || c.said, '') FILTER (WHERE c.key = 'id')
		WHEN 'DELETE' THEN format('DELETE FROM %s WHERE ', source_table)
			|| string_agg(c.name || ' = ' || c.said, '') FILTER (WHERE c.key = 'id') END
	  FROM (SELECT e.key, e.n, ops.source_column(source_table, e.key) AS name, quote_nullable(e.value) AS said
		  FROM json_each_text(source_row) WITH ORDINALITY e (key, value, n)) c
	 WHERE c.name IS NOT NULL
$$;

-- Returns whether a step of the migration in the migration.id setting has rejected the row with this key.
CREATE OR REPLACE FUNCTION ops.migration_rejected(step_name text, key text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM ops.migration_step s JOIN ops.migration_reject x ON x.migration_id = s.migration_id AND x.step = s.step
	 WHERE s.migration_id = current_setting('migration.id')::bigint AND s.name = step_name AND x.source_key = key)
$$;

-- Returns the ID in the source of a user, who may have been linked to an existing user.
CREATE OR REPLACE FUNCTION ops.source_user(id text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT i.source_id FROM identity.imported_user i
		LEFT JOIN ops.migration_row r ON r.migration_id = current_setting('migration.id')::bigint
			AND r.source_key = i.source_id AND r.target_id = i.user_id
		WHERE i.user_id = source_user.id ORDER BY r.source_key IS NULL, i.source_id LIMIT 1), id)
$$;

-- Returns the organizations that a rollback writes to the source, with their IDs there: those that the first step of the
-- migration created, and those that its users have created since, if the source has organizations.
CREATE OR REPLACE FUNCTION ops.returned_organizations() RETURNS TABLE (id uuid, source_id text, created boolean)
LANGUAGE sql STABLE AS $$
	WITH run AS (SELECT r.step, r.source_key, r.target_id FROM ops.migration_row r
		WHERE r.migration_id = current_setting('migration.id')::bigint),
	first AS (SELECT o.id, r.source_key FROM run r JOIN identity.organization o ON o.id::text = r.target_id
		WHERE r.step = (SELECT min(s.step) FROM ops.migration_step s WHERE s.migration_id = current_setting('migration.id')::bigint))
	SELECT f.id, f.source_key, false FROM first f
	UNION ALL
	SELECT o.id, o.id::text, true FROM identity.organization o
	 WHERE o.created_at > ops.migration_end() AND o.deleted_at IS NULL
	   AND EXISTS (SELECT FROM identity.organization_member m JOIN run r ON r.target_id = m.user_id WHERE m.organization_id = o.id)
	   AND NOT EXISTS (SELECT FROM first f WHERE f.id = o.id OR f.source_key LIKE 'better-auth %')
$$;

-- Returns the users who signed up after the migration and are members of an organization that a rollback writes.
CREATE OR REPLACE FUNCTION ops.returned_newcomers() RETURNS SETOF text
LANGUAGE sql STABLE AS $$
	SELECT u.id FROM identity."user" u
	 WHERE u.created_at > ops.migration_end()
	   AND NOT EXISTS (SELECT FROM ops.migration_row r WHERE r.migration_id = current_setting('migration.id')::bigint AND r.target_id = u.id)
	   AND EXISTS (SELECT FROM identity.organization_member m JOIN ops.returned_organizations() o ON o.id = m.organization_id
		WHERE m.user_id = u.id)
$$;

-- Returns whether the source lacks a table, or a column "TABLE.COLUMN", according to the
-- migration.missing_columns setting.
CREATE OR REPLACE FUNCTION ops.migration_misses(what text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT what = ANY (string_to_array(current_setting('migration.missing_columns', true), ' '))
$$;

-- Returns the rows that users wrote to a table of the CRM after the migration, as statements for the source. A column
-- is a name, or "name=SQL" of the row t; columns that the source lacks are omitted. The "return" section of the step
-- that imported the table uses this function.
CREATE OR REPLACE FUNCTION ops.migration_return(tenant_table name, source_table text, columns text[])
RETURNS TABLE (statement text, detail text)
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.enter_migrated_organization();
	names text := (SELECT string_agg(quote_ident(split_part(c, '=', 1)), ', ' ORDER BY n)
		FROM unnest(columns) WITH ORDINALITY x (c, n) WHERE NOT ops.migration_misses(tenant_table || '.' || split_part(c, '=', 1)));
	list text := (SELECT string_agg(CASE
			WHEN strpos(c, '=') > 0 THEN format('(%s)::text', substr(c, strpos(c, '=') + 1))
			WHEN c ~ '_id$' THEN format('ops.migrated_from(t.%I)::text', c)
			WHEN c IN ('tags', 'contact_ids') THEN format('ARRAY(SELECT ops.migrated_from(i) FROM unnest(t.%I) '
				'WITH ORDINALITY y (i, n) ORDER BY y.n)::text', c)
			WHEN f.form = 'attachments' THEN format('CASE WHEN t.%1$I IS NOT NULL THEN ARRAY(SELECT ops.with_source_files(a::text)'
				'::jsonb FROM unnest(t.%1$I) WITH ORDINALITY y (a, n) ORDER BY y.n)::text END', c)
			WHEN f.form = 'picture' THEN format('ops.with_source_files(t.%I::text)', c)
			ELSE format('t.%I::text', c) END, ', ' ORDER BY n)
		FROM unnest(columns) WITH ORDINALITY x (c, n)
		LEFT JOIN LATERAL (SELECT DISTINCT d.description->>'form' AS form FROM ops.field d JOIN ops.resource r ON r.name = d.resource
			WHERE r.description->>'table' = 'crm.' || tenant_table AND d.name = c) f ON true
		WHERE NOT ops.migration_misses(tenant_table || '.' || split_part(c, '=', 1)));
BEGIN
	IF org IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY EXECUTE format($q$
		SELECT CASE WHEN t.id IS NULL THEN format('DELETE FROM %2$s WHERE id = %%s', a.source_id)
			WHEN a.imported THEN format('UPDATE %2$s SET (%3$s) = ROW(%%s) WHERE id = %%s', v.list, a.source_id)
			ELSE format('INSERT INTO %2$s (id, %3$s) VALUES (%%s, %%s) ON CONFLICT (id) DO NOTHING', a.source_id, v.list)
			END, format('%2$s %%s was %%s%%s', a.source_id, CASE WHEN t.id IS NULL THEN 'deleted'
				WHEN a.imported THEN 'changed' ELSE 'created' END,
				CASE WHEN v.list ~ '/uploads/[0-9a-f]{40}[.]' THEN '; files that it has got since stay here' ELSE '' END)
		  FROM (SELECT x.id, ops.migrated_from(x.id) AS source_id, EXISTS (SELECT FROM ops.migration_row r
				WHERE r.migration_id = current_setting('migration.id')::bigint
				  AND r.step = current_setting('migration.step')::integer
				  AND r.source_key = ops.migrated_from(x.id)::text) AS imported
			FROM (SELECT DISTINCT l.row_id::bigint AS id FROM ops.audit_log l
				WHERE l.org_id = $1 AND l.table_name = %1$L AND l.at > ops.migration_end()) x) a
		  LEFT JOIN crm.%1$I t ON t.org_id = $1 AND t.id = a.id
		  LEFT JOIN LATERAL (SELECT string_agg(quote_nullable(y.said), ', ' ORDER BY y.n) AS list
			FROM unnest(ARRAY[%4$s]) WITH ORDINALITY y (said, n)) v ON true
		 WHERE t.id IS NOT NULL OR a.imported
		 ORDER BY a.id$q$, tenant_table, source_table, names, list) USING org;
END $$;
