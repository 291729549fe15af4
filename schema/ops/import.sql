-- The queue of file imports.
-- needs: ops/queue.sql

-- Queues an import with work to do, for the user who started it.
CREATE OR REPLACE FUNCTION ops.queue_import() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' OR NEW.state NOT IN ('checking', 'running', 'undoing') THEN
		PERFORM ops.dequeue('imports', OLD.org_id, 'imports/' || OLD.id);
	ELSE
		PERFORM ops.enqueue('imports', NEW.org_id, 'imports/' || NEW.id, NEW.id, ops.caller());
		PERFORM pg_notify('tenantry_imports', '');
	END IF;
	IF TG_OP = 'UPDATE' AND NEW.state = 'failed' AND OLD.state <> 'failed' THEN
		INSERT INTO ops.job_log (queue, entry, org_id, subject, outcome, error)
		VALUES ('imports', NEW.id, NEW.org_id, 'imports/' || NEW.id, 'failed', left(NEW.error, 1000));
	ELSIF TG_OP = 'UPDATE' AND OLD.state = 'failed' AND NEW.state <> 'failed' THEN
		INSERT INTO ops.job_log (queue, entry, org_id, subject, outcome)
		VALUES ('imports', NEW.id, NEW.org_id, 'imports/' || NEW.id, 'retried');
	END IF;
	IF TG_OP = 'DELETE' THEN
		DELETE FROM ops.file_use u WHERE u.org_id = OLD.org_id AND u.table_name = 'imports'
			AND u.row_id = OLD.id;
		UPDATE ops.file f SET remove_at = now() FROM ops.import_file i
		 WHERE i.org_id = OLD.org_id AND i.import_id = OLD.id AND f.name = i.name;
		DELETE FROM ops.import_file i WHERE i.org_id = OLD.org_id AND i.import_id = OLD.id;
	END IF;
	RETURN NULL;
END $$;

-- Stores the file of an import and its first bytes, after ops.begin_file().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.keep_import_file(import bigint, file text, head bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	PERFORM ops.keep_row_file('imports', import, file);
	INSERT INTO ops.import_file VALUES (org, import, file, head);
END $$;

-- Returns the first bytes of an import's file.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.import_head(import bigint) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN (SELECT f.head FROM ops.import_file f
		WHERE f.org_id = ops.org()
		  AND f.import_id = import);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.pictures_fetched() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT EXISTS (SELECT FROM ops.pictures_on)
$$;

-- Returns the audit log entries of an import, newest first, each with whether its row has been written since. Writes by
-- tenantry-jobs when it downloads pictures do not count.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.import_entries(import bigint, before bigint, most integer)
RETURNS TABLE (id bigint, table_name text, row_id bigint, action text, old json, touched boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	mine text := 'import ' || import;
	i crm.imports;
BEGIN
	SELECT * INTO i FROM crm.imports x WHERE x.org_id = org AND x.id = import AND x.state = 'undoing';
	IF NOT FOUND THEN
		RETURN;
	END IF;
	-- IDs of the log increase with time, and are ahead of the current time if the clock was once ahead.
	RETURN QUERY SELECT a.id, a.table_name, a.row_id::bigint, a.action, a.old, EXISTS (
		SELECT FROM ops.audit_log b WHERE b.org_id = org AND b.row_id = a.row_id AND b.id > a.id
		   AND b.table_name = a.table_name AND b.request_id IS DISTINCT FROM mine
		   AND b.request_id IS DISTINCT FROM 'undo ' || import AND b.user_id <> ''
		   -- Ignores writes of a later import that was undone.
		   AND NOT EXISTS (SELECT FROM crm.imports u WHERE u.org_id = org AND u.state = 'undone'
			AND b.request_id IN ('import ' || u.id, 'undo ' || u.id)))
	  FROM ops.audit_log a
	 WHERE a.org_id = org AND a.request_id = mine AND a.table_name <> 'imports'
	   AND a.id >= ((extract(epoch FROM i.started_at) - 1735689600) * 1000 - 1000)::bigint << 12
	   AND a.id < coalesce(before, 9223372036854775807)
	 ORDER BY a.id DESC LIMIT most;
END $$;

-- Deletes users that an import created and that were never invited.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.drop_imported_sales(ids bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF NOT ops.administers() THEN
		RETURN;
	END IF;
	RETURN QUERY DELETE FROM crm.sales s WHERE s.org_id = org AND s.id = ANY (ids) AND s.disabled
		AND s.user_id = 'invited-' || s.id RETURNING s.id;
END $$;

-- Claims the next import.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.next_import(lease interval)
RETURNS TABLE (ticket bigint, import bigint, tries integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	j ops.job;
BEGIN
	FOR n IN 1 .. 100 LOOP
		SELECT * INTO j FROM ops.claim_jobs('imports', 1, lease);
		EXIT WHEN NOT FOUND;
		IF identity.may_import(j.org_id, j.user_id) THEN
			ticket := j.id;
			import := j.entry;
			tries := j.attempts - 1;
			RETURN NEXT;
			EXIT;
		END IF;
		PERFORM ops.set_org(j.org_id);
		BEGIN
			PERFORM crm.fail_import(j.entry, 'the user who began it is no longer a member of the organization');
			PERFORM ops.end_job(j.id, j.attempts), ops.end_aside('imports', j.org_id, j.entry::text);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			PERFORM ops.set_job_aside(j, SQLSTATE, SQLERRM);
		END;
		PERFORM ops.set_org(other);
	END LOOP;
END $$;

-- Records progress in the same transaction as the work.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.advance_import(ticket bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.advance_job(ticket, interval '20 seconds')
$$;

-- Puts the import back into the queue. The delay increases with each attempt without progress.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.rest_import(ticket bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.rest_job(ticket, interval '1 second')
$$;

-- Returns the location of an import's file.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.import_source(import bigint) RETURNS TABLE (name text, place text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT f.name, f.place FROM ops.import_file i JOIN ops.file f ON f.name = i.name
	 WHERE i.org_id = ops.org() AND i.import_id = import;
END $$;

-- Deletes files, errors and keys of imports that are too old to be undone.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.purge_imports(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	aside text[] := ops.aside_entries('import_files');
	f ops.import_file;
	n integer := 0;
BEGIN
	FOR f IN SELECT * FROM ops.import_file x WHERE x.kept_at < now() - interval '31 days' AND x.name <> ALL (aside)
	    AND NOT EXISTS (SELECT FROM ops.job j WHERE j.queue = 'imports' AND j.org_id = x.org_id AND j.entry = x.import_id)
	    ORDER BY x.kept_at LIMIT batch FOR UPDATE SKIP LOCKED LOOP
		PERFORM ops.set_org(f.org_id);
		BEGIN
			DELETE FROM crm.import_errors e WHERE e.org_id = f.org_id AND e.import_id = f.import_id;
			DELETE FROM crm.external_ids k WHERE k.org_id = f.org_id AND k.source = 'import-' || f.import_id;
			DELETE FROM ops.file_use u WHERE u.name = f.name;
			UPDATE ops.file x SET remove_at = now() WHERE x.name = f.name;
			DELETE FROM ops.import_file x WHERE x.org_id = f.org_id AND x.import_id = f.import_id;
			PERFORM ops.end_aside('import_files', f.org_id, f.name);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			PERFORM ops.set_aside('import_files', f.org_id, f.name, SQLSTATE, SQLERRM);
		END;
		n := n + 1;
	END LOOP;
	PERFORM ops.set_org(other);
	RETURN n;
END $$;

CREATE OR REPLACE TRIGGER queue AFTER DELETE OR UPDATE OF state ON crm.imports
	FOR EACH ROW EXECUTE FUNCTION ops.queue_import();
