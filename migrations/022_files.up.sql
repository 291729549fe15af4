-- Files, and which rows show them.
--
-- The application is granted none of these tables: functions add a file to the
-- caller's organization and find one by its name, which cannot be guessed.
-- Bytes are on a disk or in S3; those that came inside a JSON body are here
-- until a chore has taken them there.

CREATE TABLE ops.file (
	name       text PRIMARY KEY CONSTRAINT file_name_check
		CHECK (name ~ '^[0-9a-f]{40}\.[a-z0-9]{1,5}$'),
	org_id     uuid NOT NULL,
	type       text NOT NULL,
	title      text CONSTRAINT file_title_check CHECK (char_length(title) <= 255),
	size       bigint NOT NULL,
	place      text NOT NULL CONSTRAINT file_place_check
		CHECK (place IN ('database', 'local', 's3')),
	-- Its bytes may be gone, or not be there yet: nobody may see it any more.
	removing   boolean NOT NULL DEFAULT false,
	-- When to look whether anything still shows it; null while something does.
	remove_at  timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX file_space ON ops.file (org_id) INCLUDE (size);
CREATE INDEX file_remove_at ON ops.file (remove_at) WHERE remove_at IS NOT NULL;
CREATE INDEX file_to_move ON ops.file (created_at) WHERE place = 'database';

-- Compressed already, most of them.
CREATE TABLE ops.file_bytes (
	name  text PRIMARY KEY REFERENCES ops.file ON DELETE CASCADE,
	bytes bytea NOT NULL
);
ALTER TABLE ops.file_bytes ALTER bytes SET STORAGE EXTERNAL;

-- A row shows a file of its own organization.  in_trash: the row was deleted
-- and may come back, so the file is kept and not served.
CREATE TABLE ops.file_use (
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	row_id     bigint NOT NULL,
	name       text NOT NULL REFERENCES ops.file ON DELETE CASCADE,
	in_trash   boolean NOT NULL DEFAULT false,
	PRIMARY KEY (org_id, table_name, row_id, name)
);
CREATE INDEX file_use_name ON ops.file_use (name);

-- Whether the organization has room for so many bytes more; uploads of one
-- organization wait for each other here, so that no two take the same room.
CREATE FUNCTION ops.take_room(org uuid, size bigint, quota bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF org IS NULL THEN
		RAISE EXCEPTION 'no active organization' USING ERRCODE = 'ZH409';
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('ops.file ' || org, 0));
	IF (SELECT coalesce(sum(f.size), 0) FROM ops.file f WHERE f.org_id = org) + size > quota THEN
		RAISE EXCEPTION 'the files of this organization may have % bytes in all', quota
			USING ERRCODE = 'ZH422';
	END IF;
END $$;

-- A file whose bytes are about to be put somewhere.  It counts at once, and is
-- removed when nobody has said within the hour that they are there.
CREATE FUNCTION ops.begin_file(name text, type text, title text, size bigint, place text,
	quota bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
BEGIN
	PERFORM ops.take_room(org, size, quota);
	INSERT INTO ops.file (name, org_id, type, title, size, place, removing, remove_at)
	VALUES (name, org, type, title, size, place, true, now() + interval '1 hour');
END $$;

-- Its bytes are there.  What no row shows within a day goes again.
CREATE FUNCTION ops.end_file(name text, url text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	answer json;
BEGIN
	UPDATE ops.file f SET removing = false, remove_at = now() + interval '1 day'
	 WHERE f.name = end_file.name AND f.org_id = org AND f.removing AND f.remove_at > now()
	RETURNING json_build_object('src', end_file.url || f.name, 'path', f.name, 'type', f.type,
		'title', f.title, 'size', f.size) INTO answer;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'this took too long' USING ERRCODE = '57014';
	END IF;
	RETURN answer;
END $$;

-- Its bytes could not be put there: a chore looks after what there is.
CREATE FUNCTION ops.drop_file(name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
BEGIN
	DELETE FROM ops.file f WHERE f.name = drop_file.name AND f.org_id = org AND f.removing;
END $$;

-- A file that came inside a JSON body, as base64.
CREATE FUNCTION ops.keep_file(name text, type text, title text, bytes text, quota bigint)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	content bytea := decode(bytes, 'base64');
BEGIN
	PERFORM ops.take_room(org, length(content), quota);
	INSERT INTO ops.file (name, org_id, type, title, size, place, remove_at)
	VALUES (name, org, type, title, length(content), 'database', now() + interval '1 day');
	INSERT INTO ops.file_bytes VALUES (name, content);
	PERFORM pg_notify('tenantry_chores', '');
END $$;

-- The file of that name, for whoever knows the name; no row for what is gone,
-- in the trash, or of an organization that is.
CREATE FUNCTION ops.find_file(name text)
RETURNS TABLE (type text, title text, size bigint, place text, bytes text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT f.type, f.title, f.size, f.place, (SELECT encode(b.bytes, 'hex')
		FROM ops.file_bytes b WHERE b.name = f.name AND f.place = 'database')
	  FROM ops.file f
	  JOIN identity.organization o ON o.id = f.org_id AND o.deleted_at IS NULL
	 WHERE f.name = find_file.name AND NOT f.removing
	   AND (EXISTS (SELECT FROM ops.file_use u WHERE u.name = f.name AND NOT u.in_trash)
		OR f.remove_at > now()
			AND NOT EXISTS (SELECT FROM ops.file_use u WHERE u.name = f.name));
END $$;

-- A row shows its files no more, for good or for as long as it is in the trash.
CREATE FUNCTION crm.leave_files(org uuid, table_name text, row_id bigint, for_now boolean)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF for_now THEN
		UPDATE ops.file_use u SET in_trash = true WHERE u.org_id = org
			AND u.table_name = leave_files.table_name AND u.row_id = leave_files.row_id;
		RETURN;
	END IF;
	WITH released AS (DELETE FROM ops.file_use u WHERE u.org_id = org
		AND u.table_name = leave_files.table_name AND u.row_id = leave_files.row_id
		RETURNING u.name)
	UPDATE ops.file f SET remove_at = now() FROM released r WHERE f.name = r.name;
	IF FOUND THEN
		PERFORM pg_notify('tenantry_chores', '');
	END IF;
END $$;

-- Which files a row shows, after it was written.  Whatever looks like a name
-- is one, in any member: a name of somebody else's file is no use of it.
CREATE FUNCTION crm.use_files() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	said text := '';
	names text[] := '{}';
BEGIN
	IF TG_OP = 'DELETE' THEN
		-- For now, unless it is a purge: to look into the trash costs too much for
		-- each of many.
		PERFORM crm.leave_files(OLD.org_id, TG_TABLE_NAME, OLD.id,
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
		PERFORM pg_notify('tenantry_chores', '');
	END IF;
	IF names = '{}' THEN
		RETURN NULL;
	END IF;
	-- Waits for the chore that may be removing one.
	UPDATE ops.file f SET remove_at = NULL WHERE f.org_id = NEW.org_id AND f.name = ANY (names)
		AND NOT f.removing AND f.remove_at IS NOT NULL;
	INSERT INTO ops.file_use (org_id, table_name, row_id, name)
	SELECT f.org_id, TG_TABLE_NAME, NEW.id, f.name FROM ops.file f
	 WHERE f.org_id = NEW.org_id AND f.name = ANY (names) AND NOT f.removing
	   FOR KEY SHARE
	ON CONFLICT ON CONSTRAINT file_use_pkey DO UPDATE SET in_trash = false;
	RETURN NULL;
END $$;
CREATE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF avatar ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();
CREATE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF avatar ON crm.sales
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();
CREATE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF logo ON crm.companies
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();
CREATE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF config ON crm.configuration
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();
CREATE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF attachments ON crm.contact_notes
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();
CREATE TRIGGER use_files AFTER INSERT OR DELETE OR UPDATE OF attachments ON crm.deal_notes
	FOR EACH ROW EXECUTE FUNCTION crm.use_files();

-- A row that is purged from the trash lets go of its files, and so does a
-- contact that was merged too long ago to come back; one that came back has them
-- again.
CREATE FUNCTION crm.leave_for_good(org uuid, table_name text, row_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM ops.file_use u WHERE u.org_id = org
	    AND u.table_name = leave_for_good.table_name
	    AND u.row_id = leave_for_good.row_id AND u.in_trash) THEN
		PERFORM crm.leave_files(org, table_name, row_id, false);
	END IF;
END $$;

CREATE FUNCTION crm.leave_trash() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM crm.leave_for_good(OLD.org_id, OLD.resource, OLD.row_id);
	RETURN NULL;
END $$;
CREATE TRIGGER leave_files AFTER DELETE ON crm.trash
	FOR EACH ROW EXECUTE FUNCTION crm.leave_trash();

CREATE FUNCTION crm.leave_merge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM crm.leave_for_good(OLD.org_id, 'contacts', OLD.loser_id);
	RETURN NULL;
END $$;
CREATE TRIGGER leave_files AFTER DELETE ON crm.merges
	FOR EACH ROW EXECUTE FUNCTION crm.leave_merge();

-- With an organization go its files, wherever they are.
CREATE FUNCTION ops.organization_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	DELETE FROM ops.file_use u WHERE u.org_id = OLD.id;
	UPDATE ops.file f SET removing = true, remove_at = now() WHERE f.org_id = OLD.id;
	PERFORM pg_notify('tenantry_chores', '');
	RETURN NULL;
END $$;
CREATE TRIGGER files_gone AFTER DELETE ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION ops.organization_gone();

-- For the chores.  Files that nothing shows any more, claimed for some
-- minutes: whoever is killed before the end leaves them to the next.
CREATE FUNCTION ops.claim_removals(batch integer) RETURNS TABLE (name text, place text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	due text[];
BEGIN
	-- A lock that a new use waits for; what is used is seen only after it.
	due := ARRAY(SELECT f.name FROM ops.file f WHERE f.remove_at <= now()
		ORDER BY f.remove_at LIMIT batch FOR UPDATE SKIP LOCKED);
	UPDATE ops.file f SET remove_at = NULL WHERE f.name = ANY (due) AND NOT f.removing
		AND EXISTS (SELECT FROM ops.file_use u WHERE u.name = f.name);
	RETURN QUERY UPDATE ops.file f SET removing = true, remove_at = now() + interval '5 minutes'
		WHERE f.name = ANY (due) AND f.remove_at IS NOT NULL
		RETURNING f.name, f.place;
END $$;

-- Their bytes are gone.
CREATE FUNCTION ops.forget_files(names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	DELETE FROM ops.file f WHERE f.name = ANY (names) AND f.removing;
END $$;

-- One whose bytes are to go where they belong.
CREATE FUNCTION ops.next_to_move() RETURNS TABLE (name text, type text, bytes text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT f.name, f.type, encode(b.bytes, 'hex')
	  FROM ops.file f JOIN ops.file_bytes b USING (name)
	 WHERE f.place = 'database' AND NOT f.removing ORDER BY f.created_at LIMIT 1;
END $$;

CREATE FUNCTION ops.moved(name text, place text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	UPDATE ops.file f SET place = moved.place
	 WHERE f.name = moved.name AND f.place = 'database';
	DELETE FROM ops.file_bytes b WHERE b.name = moved.name;
END $$;

-- Of these names, those that no file has.
CREATE FUNCTION ops.unknown_files(names text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT n FROM unnest(names) n
	 WHERE NOT EXISTS (SELECT FROM ops.file f WHERE f.name = n);
END $$;

GRANT EXECUTE ON FUNCTION
	ops.begin_file(text, text, text, bigint, text, bigint),
	ops.end_file(text, text),
	ops.drop_file(text),
	ops.keep_file(text, text, text, text, bigint),
	ops.find_file(text),
	ops.claim_removals(integer),
	ops.forget_files(text[]),
	ops.next_to_move(),
	ops.moved(text, text),
	ops.unknown_files(text[])
	TO tenantry_app;
