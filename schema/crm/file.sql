-- The files that rows refer to.

-- Removes the references of a row to files, or marks them while the row is in the trash.
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

-- Stores the files that a row refers to, after each write. Any text in any member that looks
-- like a file name counts; names of another organization's files are ignored.
CREATE OR REPLACE FUNCTION crm.use_files() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	said text := '';
	names text[] := '{}';
BEGIN
	IF TG_OP = 'DELETE' THEN
		-- Marks the references as those of a row in the trash, except in a purge. Looking the
		-- row up in the trash would be too slow for many rows.
		PERFORM crm.drop_file_uses(OLD.org_id, TG_TABLE_NAME, OLD.id,
			TG_TABLE_NAME NOT IN ('sales', 'configuration')
			AND current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text);
		RETURN NULL;
	END IF;
	IF TG_TABLE_NAME IN ('contacts', 'sales') THEN
		said := NEW.avatar::text;
	ELSIF TG_TABLE_NAME = 'companies' THEN
		said := NEW.logo::text;
	ELSIF TG_TABLE_NAME = 'configuration' THEN
		said := NEW.config::text;
	ELSE
		said := NEW.attachments::text;
	END IF;
	IF said ~ '[0-9a-f]{40}\.' THEN
		names := ARRAY(SELECT DISTINCT m[1] FROM regexp_matches(said,
			'\m([0-9a-f]{40}\.[a-z0-9]{1,5})\M', 'g') m ORDER BY 1);
	ELSIF TG_OP = 'INSERT' THEN
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
	-- Waits for a periodic task that may be removing one.
	UPDATE ops.file f SET remove_at = NULL WHERE f.org_id = NEW.org_id AND f.name = ANY (names)
		AND NOT f.removing AND f.remove_at IS NOT NULL;
	INSERT INTO ops.file_use (org_id, table_name, row_id, name)
	SELECT f.org_id, TG_TABLE_NAME, NEW.id, f.name FROM ops.file f
	 WHERE f.org_id = NEW.org_id AND f.name = ANY (names) AND NOT f.removing
	   FOR KEY SHARE
	ON CONFLICT ON CONSTRAINT file_use_pkey DO UPDATE SET in_trash = false;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF avatar ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();

CREATE OR REPLACE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF avatar ON crm.sales
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();

CREATE OR REPLACE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF logo ON crm.companies
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();

CREATE OR REPLACE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF config ON crm.configuration
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();

CREATE OR REPLACE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF attachments ON crm.contact_notes
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();

CREATE OR REPLACE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF attachments ON crm.deal_notes
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();
