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

-- Records the files to which a row refers, after each write. Any text in any field that looks like a file name counts.
-- Names of another organization's files are ignored. The argument is the column with the names, for tables without a
-- trash.
CREATE OR REPLACE FUNCTION crm.use_files() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	said text := '';
	was text;
	names text[] := '{}';
BEGIN
	IF TG_OP = 'DELETE' THEN
		-- Marks the references as those of a row in the trash, except in a purge. Searching the trash for
		-- the row would be too slow for many rows.
		PERFORM crm.drop_file_uses(OLD.org_id, TG_TABLE_NAME, OLD.id,
			TG_NARGS = 0 AND TG_TABLE_NAME NOT IN ('sales', 'configuration')
			AND NOT ops.purging(OLD.org_id));
		RETURN NULL;
	END IF;
	IF TG_NARGS > 0 THEN
		said := to_jsonb(NEW)->>TG_ARGV[0];
		was := to_jsonb(OLD)->>TG_ARGV[0];
	ELSIF TG_TABLE_NAME IN ('contacts', 'sales') THEN
		said := NEW.avatar::text;
		was := OLD.avatar::text;
	ELSIF TG_TABLE_NAME = 'companies' THEN
		said := NEW.logo::text;
		was := OLD.logo::text;
	ELSIF TG_TABLE_NAME = 'configuration' THEN
		said := NEW.config::text;
		was := OLD.config::text;
	ELSE
		said := NEW.attachments::text;
		was := OLD.attachments::text;
	END IF;
	IF said ~ '[0-9a-f]{40}\.' THEN
		names := ARRAY(SELECT DISTINCT m[1] FROM regexp_matches(said,
			'\m([0-9a-f]{40}\.[a-z0-9]{1,5})\M', 'g') m ORDER BY 1);
	ELSIF was IS NULL OR was !~ '[0-9a-f]{40}\.' THEN	-- the row had no files either
		RETURN NULL;
	END IF;
	WITH released AS (DELETE FROM ops.file_use u WHERE u.org_id = NEW.org_id
		AND u.table_name = TG_TABLE_NAME::text AND u.row_id = NEW.id AND u.name <> ALL (names)
		RETURNING u.name)
	UPDATE ops.file f SET remove_at = now() FROM released r WHERE f.name = r.name;
	IF FOUND THEN
		PERFORM pg_notify('tenantry_periodic_tasks', '');
	END IF;
	IF names = '{}' THEN
		RETURN NULL;
	END IF;
	-- Waits for a periodic task that may be removing one of these files.
	UPDATE ops.file f SET remove_at = NULL WHERE f.org_id = NEW.org_id AND f.name = ANY (names)
		AND NOT f.removing AND f.remove_at IS NOT NULL;
	INSERT INTO ops.file_use (org_id, table_name, row_id, name)
	SELECT f.org_id, TG_TABLE_NAME, NEW.id, f.name FROM ops.file f
	 WHERE f.org_id = NEW.org_id AND f.name = ANY (names) AND NOT f.removing
	   FOR KEY SHARE
	ON CONFLICT ON CONSTRAINT file_use_pkey DO UPDATE SET in_trash = false;
	RETURN NULL;
END $$;

-- Returns the addresses of an organization's files in a JSON text as paths, so that they remain valid when
-- BETTER_AUTH_URL changes. Workers add its current value. File names are random, so an address with a known name refers
-- to the stored file, regardless of its host.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.file_paths(said jsonb, org uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	found record;
	repaired text := said::text;
BEGIN
	IF repaired !~ '"https?://[^"\\]*/uploads/[0-9a-f]{40}[.]' THEN
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

-- Creates the triggers for a column that contains names of files. Most rows contain none, so the triggers have
-- conditions, which avoid most calls.
CREATE OR REPLACE FUNCTION crm.keep_files(tenant_table regclass, member name) RETURNS void
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
		AND a.atttypid = 'jsonb'::regtype) THEN 'crm.file_paths(NEW.%I, NEW.org_id)'
		ELSE 'ARRAY(SELECT crm.file_paths(a, NEW.org_id) FROM unnest(NEW.%I) WITH ORDINALITY u (a, n) ORDER BY n)' END, member));
	EXECUTE format('CREATE OR REPLACE TRIGGER keep_file_paths BEFORE INSERT OR UPDATE ON %s '
		'FOR EACH ROW EXECUTE FUNCTION crm.%I()', tenant_table, keeper);
	EXECUTE format($$CREATE OR REPLACE TRIGGER use_files_of_new AFTER INSERT ON %2$s
		FOR EACH ROW WHEN (NEW.%1$I::text ~ '[0-9a-f]{40}[.]')
		EXECUTE FUNCTION crm.use_files()$$, member, tenant_table);
	EXECUTE format($$CREATE OR REPLACE TRIGGER use_files AFTER UPDATE OF %1$I ON %2$s
		FOR EACH ROW WHEN (NEW.%1$I IS DISTINCT FROM OLD.%1$I)
		EXECUTE FUNCTION crm.use_files()$$, member, tenant_table);
	EXECUTE format('CREATE OR REPLACE TRIGGER use_files_of_deleted AFTER DELETE ON %s '
		'FOR EACH ROW EXECUTE FUNCTION crm.use_files()', tenant_table);
END $make$;

SELECT crm.keep_files(t, m) FROM (VALUES ('crm.contacts'::regclass, 'avatar'), ('crm.sales', 'avatar'),
	('crm.companies', 'logo'), ('crm.configuration', 'config'), ('crm.contact_notes', 'attachments'),
	('crm.deal_notes', 'attachments')) x (t, m);
