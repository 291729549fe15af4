-- Uploaded files: quota, life cycle, and the move from the database to storage.
-- needs: ops/aside.sql

-- Refuses a file of this size if it would exceed the organization's quota. Uploads of one organization are serialized,
-- so that concurrent uploads cannot exceed the quota.
CREATE OR REPLACE FUNCTION ops.reserve_quota(org uuid, size bigint, quota bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF org IS NULL THEN
		PERFORM ops.refuse('no_active_organization');
	END IF;
	quota := least(quota, (SELECT q.most FROM ops.quota q WHERE q.org_id = org AND q.kind = 'file_bytes'));
	PERFORM pg_advisory_xact_lock(hashtextextended('ops.file ' || org, 0));
	IF (SELECT coalesce(sum(f.size), 0) FROM ops.file f WHERE f.org_id = org) + size > quota THEN
		PERFORM ops.refuse('storage_quota', NULL, quota::text);
	END IF;
END $$;

-- Registers a file before its bytes are stored. It counts towards the quota immediately, and is removed if
-- ops.end_file() is not called within an hour.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.begin_file(name text, type text, title text, size bigint, place text,
	quota bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	PERFORM ops.reserve_quota(org, size, quota);
	INSERT INTO ops.file (name, org_id, type, title, size, place, removing, remove_at)
	VALUES (name, org, type, title, size, place, true, now() + interval '1 hour');
END $$;

-- Records that the bytes of a file are stored. A file to which no row refers within a day is removed.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.end_file(name text, url text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
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

-- Keeps a new file of the organization for a row. No other row refers to the file. Functions that run as the owner call
-- this function.
CREATE OR REPLACE FUNCTION ops.keep_row_file(table_name text, row_id bigint, file text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	UPDATE ops.file f SET remove_at = NULL WHERE f.name = file AND f.org_id = org AND NOT f.removing;
	IF NOT FOUND OR EXISTS (SELECT FROM ops.file_use u WHERE u.name = file) THEN
		PERFORM ops.refuse('no_such_file');
	END IF;
	INSERT INTO ops.file_use (org_id, table_name, row_id, name) VALUES (org, keep_row_file.table_name, keep_row_file.row_id, file);
END $$;

-- Records that the bytes of a file could not be stored, so that a job removes the partial file.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.drop_file(name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	DELETE FROM ops.file f WHERE f.name = drop_file.name AND f.org_id = org AND f.removing;
END $$;

-- Stores a file from a JSON body, as base64.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.keep_file(name text, type text, title text, bytes text, quota bigint)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	content bytea := decode(bytes, 'base64');
BEGIN
	PERFORM ops.reserve_quota(org, length(content), quota);
	INSERT INTO ops.file (name, org_id, type, title, size, place, remove_at)
	VALUES (name, org, type, title, length(content), 'database', now() + interval '1 day');
	INSERT INTO ops.file_bytes VALUES (name, content);
	PERFORM pg_notify('tenantry_periodic_tasks', '');
END $$;

-- Returns a file by its secret name. Returns no row for a file that is being removed, is in the trash, or belongs to
-- a deleted organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.find_file(name text)
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

-- Claims unreferenced files to remove, with a lease, so that another process can claim the files of a killed process.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.claim_removals(batch integer) RETURNS TABLE (name text, place text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	due text[];
BEGIN
	-- New references wait for this lock, so references are checked after it is taken.
	due := ARRAY(SELECT f.name FROM ops.file f WHERE f.remove_at <= now()
		ORDER BY f.remove_at LIMIT batch FOR UPDATE SKIP LOCKED);
	UPDATE ops.file f SET remove_at = NULL WHERE f.name = ANY (due) AND NOT f.removing
		AND EXISTS (SELECT FROM ops.file_use u WHERE u.name = f.name);
	RETURN QUERY UPDATE ops.file f SET removing = true, remove_at = now() + interval '5 minutes'
		WHERE f.name = ANY (due) AND f.remove_at IS NOT NULL
		RETURNING f.name, f.place;
END $$;

-- Deletes the rows of files whose bytes have been removed.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.forget_files(names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	DELETE FROM ops.file f WHERE f.name = ANY (names) AND f.removing;
END $$;

-- Returns a file whose bytes must be moved to storage.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.next_file_to_move() RETURNS TABLE (name text, type text, bytes text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT f.name, f.type, encode(b.bytes, 'hex')
	  FROM ops.file f JOIN ops.file_bytes b USING (name)
	 WHERE f.place = 'database' AND NOT f.removing AND f.name <> ALL (ops.aside_entries('files_move'))
	 ORDER BY f.created_at LIMIT 1;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.file_moved(name text, place text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	UPDATE ops.file f SET place = file_moved.place
	 WHERE f.name = file_moved.name AND f.place = 'database';
	DELETE FROM ops.file_bytes b WHERE b.name = file_moved.name;
	PERFORM ops.end_aside('files_move', f.org_id, f.name) FROM ops.file f WHERE f.name = file_moved.name;
END $$;

-- Sets aside a file that cannot be moved, so that it does not block other files.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.file_not_moved(name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.set_aside('files_move', f.org_id, f.name, 'P0001', 'the log of tenantry-jobs has the reason')
	  FROM ops.file f WHERE f.name = file_not_moved.name
$$;

-- Returns the names for which there is no file.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.unknown_files(names text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT n FROM unnest(names) n
	 WHERE NOT EXISTS (SELECT FROM ops.file f WHERE f.name = n);
END $$;
