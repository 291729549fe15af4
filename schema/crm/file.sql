-- The files that rows refer to.

-- Removes the references of a row to files or, if for_now is true, marks them while the row is in the trash.
CREATE OR REPLACE FUNCTION crm.drop_file_uses(org uuid, table_name text, row_id bigint, for_now boolean)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF for_now THEN
		UPDATE ops.file_use u SET in_trash = true WHERE u.org_id = org
			AND u.table_name = drop_file_uses.table_name AND u.row_id = drop_file_uses.row_id;
		RETURN;
	END IF;
	WITH released AS (DELETE FROM ops.file_use u WHERE u.org_id = org
		AND u.table_name = drop_file_uses.table_name AND u.row_id = drop_file_uses.row_id
		RETURNING u.name)
	UPDATE ops.file f SET remove_at = now() FROM released r WHERE f.name = r.name;
	IF FOUND THEN
		PERFORM pg_notify('tenantry_periodic_tasks', '');
	END IF;
END $$;

-- Records the files to which a row refers, after a write. Any text that looks like a file name counts. Names of another
-- organization's files are ignored. The files that a bulk change or an import replaces remain until its undo expires.
CREATE OR REPLACE FUNCTION crm.use_files(org uuid, of_table text, row_id bigint, said text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	names text[] := ARRAY(SELECT DISTINCT m[1] FROM regexp_matches(said, '\m([0-9a-f]{40}\.[a-z0-9]{1,5})\M', 'g') m ORDER BY 1);
BEGIN
	WITH released AS (DELETE FROM ops.file_use u WHERE u.org_id = org
		AND u.table_name = of_table AND u.row_id = use_files.row_id AND u.name <> ALL (names)
		RETURNING u.name)
	UPDATE ops.file f SET remove_at = now() + CASE WHEN ops.mode('importing') OR coalesce(current_setting('app.bulk', true), '') <> ''
		THEN interval '31 days' ELSE interval '0' END FROM released r WHERE f.name = r.name;
	IF FOUND THEN
		PERFORM pg_notify('tenantry_periodic_tasks', '');
	END IF;
	IF names = '{}' THEN
		RETURN;
	END IF;
	-- Waits for a periodic task that may be removing one of these files.
	UPDATE ops.file f SET remove_at = NULL WHERE f.org_id = org AND f.name = ANY (names)
		AND NOT f.removing AND f.remove_at IS NOT NULL;
	INSERT INTO ops.file_use (org_id, table_name, row_id, name)
	SELECT f.org_id, of_table, use_files.row_id, f.name FROM ops.file f
	 WHERE f.org_id = org AND f.name = ANY (names) AND NOT f.removing
	   FOR KEY SHARE
	ON CONFLICT ON CONSTRAINT file_use_pkey DO UPDATE SET in_trash = false;
END $$;

-- Returns the addresses of an organization's files in a JSON text as paths, so that they remain valid when
-- BETTER_AUTH_URL changes. Workers add its current value. File names are random, so an address with a known name refers
-- to the stored file, regardless of its host.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.paths_of_files(said jsonb, org uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	found record;
	repaired text := said::text;
BEGIN
	IF repaired !~ '"https?://[^"\\]*/uploads/[0-9a-f]{40}[.]' OR ops.mcp_hides(org) THEN
		RETURN said;
	END IF;
	FOR found IN SELECT DISTINCT m[1] AS address, f.name
		FROM regexp_matches(repaired,
			'("https?://[^"\\]*/uploads/([0-9a-f]{40}[.][a-z0-9]{1,5})")', 'g') m
		JOIN ops.file f ON f.name = m[2] WHERE f.org_id = org
	LOOP
		repaired := replace(repaired, found.address, '"/uploads/' || found.name || '"');
	END LOOP;
	RETURN repaired::jsonb;
END $$;

-- Creates the trigger that records the files to which a column and the custom fields refer. Most rows refer to none. If
-- in_trash is true, the references of a deleted row are marked as those of a row in the trash, except in a purge.
-- Searching the trash for the row would be too slow for many rows.
CREATE OR REPLACE FUNCTION crm.follow_files(tenant_table regclass, member name, in_trash boolean) RETURNS void
LANGUAGE plpgsql AS $make$
DECLARE
	kind name := (SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table);
	columns text := (SELECT string_agg(format('ROW.%I', a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a
		WHERE a.attrelid = tenant_table AND a.attname IN (member, 'custom') AND NOT a.attisdropped);
	body text;
	definition text;
BEGIN
	body := format($$
BEGIN
	IF TG_OP = 'DELETE' THEN
		IF concat_ws(' ', %4$s) ~ '[0-9a-f]{40}[.]' THEN
			PERFORM crm.drop_file_uses(OLD.org_id, %1$L, OLD.id, %2$s);
		END IF;
	ELSIF (%3$s) IS DISTINCT FROM (%4$s) AND concat_ws(' ', %3$s, %4$s) ~ '[0-9a-f]{40}[.]' THEN
		PERFORM crm.use_files(NEW.org_id, %1$L, NEW.id, concat_ws(' ', %3$s));
	END IF;
	RETURN NULL;
END $$, kind, CASE WHEN in_trash THEN 'NOT ops.purging(OLD.org_id)' ELSE 'false' END, replace(columns, 'ROW.', 'NEW.'), replace(columns, 'ROW.', 'OLD.'));
	IF body IS DISTINCT FROM (SELECT f.prosrc FROM pg_proc f WHERE f.oid = to_regprocedure(format('crm.use_files_of_%s()', kind))) THEN
		EXECUTE format('CREATE OR REPLACE FUNCTION crm.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS %L',
			'use_files_of_' || kind, body);
	END IF;
	definition := format('CREATE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE ON %I.%I FOR EACH ROW EXECUTE FUNCTION crm.%I()',
		(SELECT c.relnamespace::regnamespace FROM pg_class c WHERE c.oid = tenant_table), kind, 'use_files_of_' || kind);
	IF to_regprocedure('ops.make_trigger(text)') IS NULL THEN	-- in the first steps
		EXECUTE replace(definition, 'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER');
	ELSE
		PERFORM ops.make_trigger(definition);
	END IF;
END $make$;

-- Creates the triggers for a column that contains names of files, as addresses or as paths.
CREATE OR REPLACE FUNCTION crm.keep_files(tenant_table regclass, member name, in_trash boolean) RETURNS void
LANGUAGE plpgsql AS $make$
DECLARE
	keeper text := 'keep_file_paths_of_' || (SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table);
BEGIN
	EXECUTE format($$CREATE OR REPLACE FUNCTION crm.%1$I() RETURNS trigger
LANGUAGE plpgsql AS $f$
BEGIN
	IF NEW.%2$I::text ~ 'https?://[^"\\]*/uploads/[0-9a-f]{40}[.]' THEN
		NEW.%2$I := %3$s;
	END IF;
	RETURN NEW;
END $f$ $$, keeper, member, format(CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = tenant_table AND a.attname = member
		AND a.atttypid = 'jsonb'::regtype) THEN 'crm.paths_of_files(NEW.%I, NEW.org_id)'
		ELSE 'ARRAY(SELECT crm.paths_of_files(a, NEW.org_id) FROM unnest(NEW.%I) WITH ORDINALITY u (a, n) ORDER BY n)' END, member));
	EXECUTE format('CREATE OR REPLACE TRIGGER keep_file_paths BEFORE INSERT OR UPDATE ON %s '
		'FOR EACH ROW EXECUTE FUNCTION crm.%I()', tenant_table, keeper);
	PERFORM crm.follow_files(tenant_table, member, in_trash);
END $make$;

-- Returns the columns that refer to files. crm.follow_custom_fields() adds the custom fields of tables.
CREATE OR REPLACE FUNCTION crm.file_columns() RETURNS TABLE (tenant_table text, member name, in_trash boolean)
LANGUAGE sql IMMUTABLE AS $$
	VALUES ('crm.contacts', 'avatar'::name, true), ('crm.sales', 'avatar', false), ('crm.companies', 'logo', true), ('crm.configuration', 'config', false),
		('crm.contact_notes', 'attachments', true), ('crm.deal_notes', 'attachments', true)
$$;

SELECT crm.keep_files(c.tenant_table::regclass, c.member, c.in_trash) FROM crm.file_columns() c;

-- Returns a stored file of the organization and up to 100 rows that refer to it, or null. The file is not removed before the
-- transaction ends. Runs as the owner, because callers cannot read the list of files.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.stored_file(file text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	found ops.file;
BEGIN
	IF ops.mcp_hides(org) THEN
		RETURN NULL;
	ELSIF current_setting('transaction_read_only') = 'on' THEN
		SELECT * INTO found FROM ops.file f WHERE f.org_id = org AND f.name = file AND NOT f.removing;
	ELSE
		SELECT * INTO found FROM ops.file f WHERE f.org_id = org AND f.name = file AND NOT f.removing FOR KEY SHARE;
	END IF;
	RETURN CASE WHEN found.name IS NOT NULL THEN jsonb_build_object('title', coalesce(found.title, found.name), 'type', found.type, 'size', found.size,
		'uses', (SELECT coalesce(jsonb_agg(jsonb_build_array(u.table_name, u.row_id)), '[]')
			FROM (SELECT * FROM ops.file_use u WHERE u.name = file LIMIT 100) u)) END;
END $$;

-- Returns a file that the caller may store in a row: no row refers to it yet, or the caller can read one of these rows.
-- Otherwise returns null.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.readable_file(file text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	stored jsonb := crm.stored_file(file);
	used record;
	found boolean := stored->'uses' = '[]';
BEGIN
	FOR used IN SELECT to_regclass('crm.' || quote_ident(u->>0)) AS name, (u->>1)::bigint AS id FROM jsonb_array_elements(stored->'uses') u LOOP
		EXIT WHEN found;
		IF has_table_privilege(used.name, 'SELECT') THEN	-- null for a table of another schema
			EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE t.org_id = $1 AND t.id = $2)', used.name) INTO found USING ops.org(), used.id;
		END IF;
	END LOOP;
	RETURN CASE WHEN found THEN stored - 'uses' END;
END $$;
