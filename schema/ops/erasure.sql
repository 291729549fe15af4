-- Erasure of copies of erased rows in the audit log.
--
-- A seal depends on the hash of each row of the log, so a row whose data is erased no longer matches its seal. An
-- "erase" entry of the log contains the new hash of the row, and is also sealed. "tenantry audit verify" accepts a row
-- that matches its seal or an "erase" entry.
-- needs: ops/audit_log.sql ops/aside.sql

-- Returns the data of a row without these columns. If columns is null, only IDs remain.
CREATE OR REPLACE FUNCTION ops.redacted(data json, columns text[]) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN data IS NOT NULL THEN coalesce((SELECT json_object_agg(e.key, e.value) FROM json_each(data) e
		WHERE CASE WHEN columns IS NULL THEN (e.key = 'id' OR e.key LIKE '%\_id') AND json_typeof(e.value) = 'number'
			ELSE e.key <> ALL (columns || '{external_ids}'::text[]) END), '{}') END
$$;

-- Returns the hash of a row. ops.seal_audit() uses the same expression.
CREATE OR REPLACE FUNCTION ops.audit_hash(a ops.audit_log) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT encode(sha256(convert_to(array_to_json(ARRAY[a.org_id::text, a.id::text,
		to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
		a.user_id, a.request_id, a.address, a.table_name, a.row_id, a.action,
		a.old::text, a.new::text])::text, 'UTF8')), 'hex')
$$;

-- Erases the data of a row's entries. Returns the hashes of the changed entries.
CREATE OR REPLACE FUNCTION ops.redact_row(r ops.redaction) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	hashes jsonb;
BEGIN
	WITH w AS (
		UPDATE ops.audit_log a SET old = ops.redacted(a.old, r.columns), new = ops.redacted(a.new, r.columns), address = NULL
		 WHERE a.org_id = r.org_id AND a.row_id = r.row_id AND a.table_name = r.table_name
		   AND (a.address IS NOT NULL OR ops.redacted(a.old, r.columns)::text IS DISTINCT FROM a.old::text
			OR ops.redacted(a.new, r.columns)::text IS DISTINCT FROM a.new::text)
		RETURNING a.*)
	SELECT jsonb_object_agg(w.id::text, ops.audit_hash(w::ops.audit_log)) INTO hashes FROM w;
	-- The imported log of an archive is changed directly, since its seals are only a record.
	UPDATE ops.imported_log l SET line = (l.line::jsonb || jsonb_build_object('address', NULL,
			'old', ops.redacted((l.line->>'old')::json, r.columns)::text, 'new', ops.redacted((l.line->>'new')::json, r.columns)::text))::json
	 WHERE l.org_id = r.org_id AND l.part = 'audit_log' AND l.line->>'table_name' = r.table_name AND l.line->>'row_id' = r.row_id;
	-- If the row was deleted before the erasure, the feed contains its external IDs or would contain them later.
	IF r.columns IS NULL THEN
		UPDATE ops.change c SET external_ids = NULL WHERE c.org_id = r.org_id AND c.row_id = r.row_id AND c.external_ids IS NOT NULL;
		DELETE FROM crm.external_ids x WHERE x.org_id = r.org_id AND x.resource = r.table_name
		   AND x.row_id = CASE WHEN r.row_id ~ '^[0-9]{1,18}$' THEN r.row_id::bigint END;
	END IF;
	RETURN coalesce(hashes, '{}');
END $$;

-- Searches the next part of the log for rows of a person that are no longer in their tables.
CREATE OR REPLACE FUNCTION ops.find_redactions(r ops.redaction, most integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	last bigint;
BEGIN
	WITH part AS MATERIALIZED (
		SELECT a.id, a.table_name, a.row_id, a.old, a.new FROM ops.audit_log a
		 WHERE a.org_id = r.org_id AND a.id > r.place ORDER BY a.id LIMIT most),
	found AS (
		INSERT INTO ops.redaction (org_id, table_name, row_id, columns, proof)
		SELECT DISTINCT r.org_id, p.table_name, p.row_id, CASE jsonb_typeof(r.tables->p.table_name) WHEN 'array'
			THEN ARRAY(SELECT jsonb_array_elements_text(r.tables->p.table_name)) END, r.proof
		  FROM part p WHERE r.tables ? p.table_name AND r.row_id IN (p.old->>r.member, p.new->>r.member))
	SELECT max(p.id) INTO last FROM part p;
	IF last IS NULL THEN
		DELETE FROM ops.redaction q WHERE q.org_id = r.org_id AND q.id = r.id;
	ELSE
		UPDATE ops.redaction q SET place = last WHERE q.org_id = r.org_id AND q.id = r.id;
	END IF;
END $$;

-- Erases the mentions in the next part of the log of an imported system.
CREATE OR REPLACE FUNCTION ops.redact_mentions(r ops.redaction, most integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	last bigint := (SELECT max(p.id) FROM (SELECT l.id FROM ops.imported_audit_log l
		WHERE l.org_id = r.org_id AND l.id > r.place ORDER BY l.id LIMIT most) p);
BEGIN
	IF last IS NULL THEN
		DELETE FROM ops.redaction q WHERE q.org_id = r.org_id AND q.id = r.id;
		RETURN;
	END IF;
	UPDATE ops.imported_audit_log l SET data = '{}', address = NULL
	 WHERE l.org_id = r.org_id AND l.id > r.place AND l.id <= last AND l.data::text ~* r.mentions;
	UPDATE ops.redaction q SET place = last WHERE q.org_id = r.org_id AND q.id = r.id;
END $$;

-- Erases copies in one organization, up to "batch" rows. Returns the number of examined rows.
CREATE OR REPLACE FUNCTION ops.redact_organization(org uuid, batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	r ops.redaction;
	hashes jsonb := '{}';
	n integer := 0;
BEGIN
	PERFORM set_config('app.redacting', org::text, true);
	FOR r IN SELECT q.* FROM ops.redaction q WHERE q.org_id = org ORDER BY q.id LIMIT batch FOR UPDATE SKIP LOCKED LOOP
		n := n + 1;
		-- Searching a part of a log takes as long as a whole batch of rows.
		IF r.member IS NOT NULL THEN
			PERFORM ops.find_redactions(r, 10000);
			EXIT;
		ELSIF r.mentions IS NOT NULL THEN
			PERFORM ops.redact_mentions(r, 10000);
			EXIT;
		END IF;
		hashes := hashes || ops.redact_row(r);
		DELETE FROM ops.redaction q WHERE q.org_id = org AND q.id = r.id;
	END LOOP;
	-- To verify a row, the whole "erase" entry that contains its hash is read, so entries are kept small.
	WITH entry AS (
		INSERT INTO ops.audit_log (org_id, id, table_name, row_id, action, new)
		SELECT org, ops.audit_id(), 'organization', org::text, 'erase', json_build_object('rows', json_object_agg(h.key, h.value ORDER BY h.key::bigint))
		  FROM (SELECT e.key, e.value, (row_number() OVER (ORDER BY e.key::bigint) - 1) / 20 AS part FROM jsonb_each(hashes) e) h GROUP BY h.part
		RETURNING id, new)
	INSERT INTO ops.audit_erased (org_id, id, entry)
	SELECT org, k::bigint, e.id FROM entry e, json_object_keys(e.new->'rows') k;
	PERFORM set_config('app.redacting', '', true);
	RETURN n;
END $$;

-- Erases copies, up to "batch" rows of each organization with queued erasures, for at most two seconds. Returns the
-- number of examined rows, or 0 if there is nothing to do. Begins with a random organization, so that each organization
-- has its turn.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.redact_audit(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	known text[] := ARRAY(SELECT a.entry FROM ops.aside a WHERE a.queue = 'redactions');
	org uuid;
	n integer := 0;
BEGIN
	FOR org IN SELECT x.org_id FROM (SELECT DISTINCT q.org_id FROM ops.redaction q) x
	    WHERE x.org_id::text <> ALL (ops.aside_entries('redactions')) AND NOT ops.read_only(x.org_id) ORDER BY random() LOOP
		PERFORM ops.set_org(org);
		BEGIN
			n := n + ops.redact_organization(org, batch);
			IF org::text = ANY (known) THEN
				PERFORM ops.end_aside('redactions', org, org::text);
			END IF;
		EXCEPTION WHEN query_canceled THEN	-- the time limit was reached
			PERFORM ops.set_aside('redactions', org, org::text, SQLSTATE, SQLERRM);
			EXIT;
		WHEN OTHERS THEN
			PERFORM ops.set_aside('redactions', org, org::text, SQLSTATE, SQLERRM);
		END;
		EXIT WHEN clock_timestamp() > statement_timestamp() + interval '2 s';
	END LOOP;
	PERFORM set_config('app.redacting', '', true), ops.set_org(other);
	RETURN n;
END $$;

-- Returns the number of steps until all copies are erased, or 0 if the erasure is complete.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.copies_left(proof bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT count(*) FROM ops.redaction r
	 WHERE r.org_id = ops.org() AND r.proof = copies_left.proof
$$;

-- Returns a pattern that matches these addresses and telephone numbers as a whole: lee@one.test does not match in
-- ashlee@one.test. A text with fewer than seven digits, or with a date, is not a telephone number. Returns null if no
-- text remains.
CREATE OR REPLACE FUNCTION ops.mention_pattern(texts text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT '(?<![[:alnum:]._%+-])(' || string_agg(regexp_replace(t, '([^[:alnum:]_])', '\\\1', 'g'), '|') || ')(?![[:alnum:]_-]|\.[[:alnum:]])'
	  FROM unnest(texts) t
	 WHERE CASE WHEN t ~ '@' THEN char_length(t) >= 5
		ELSE char_length(regexp_replace(t, '[^0-9]', '', 'g')) BETWEEN 7 AND 15 AND t !~ '^\d{4}-\d\d-\d\d' END
$$;

-- Erases mentions of these addresses and telephone numbers from the mail queue, imports, stored responses and job logs,
-- and queues the same erasure for the logs of imported systems. Returns the number of erased mentions for each
-- location. The file of an import that has ended may name anyone, so it is deleted. Emails from other organizations to
-- the same person are kept.
CREATE OR REPLACE FUNCTION ops.erase_mentions(org uuid, texts text[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	counts jsonb := '{}';
	n bigint;
	mails text[];
	pattern text := ops.mention_pattern(texts);
BEGIN
	WITH gone AS (DELETE FROM ops.mail m WHERE m.org_id = org AND lower(m.recipient) = ANY (texts) AND m.status <> 'sending' RETURNING m.id)
	SELECT coalesce(array_agg(g.id::text), '{}') INTO mails FROM gone g;
	counts := counts || jsonb_build_object('mails', cardinality(mails));
	WITH gone AS (DELETE FROM ops.import_file f USING crm.imports i WHERE f.org_id = org AND i.org_id = org AND i.id = f.import_id
			AND i.state NOT IN ('uploaded', 'checking', 'running', 'undoing') RETURNING f.name),
	     used AS (DELETE FROM ops.file_use u USING gone g WHERE u.name = g.name),
	     left_over AS (UPDATE ops.file f SET remove_at = now() FROM gone g WHERE f.name = g.name)
	SELECT count(*) INTO n FROM gone;
	counts := counts || jsonb_build_object('import_files', n);
	IF pattern IS NULL THEN
		RETURN counts;
	END IF;
	DELETE FROM crm.import_errors e WHERE e.org_id = org AND (e.raw::text ~* pattern OR e.reason ~* pattern);
	GET DIAGNOSTICS n = ROW_COUNT;
	counts := counts || jsonb_build_object('import_errors', n);
	DELETE FROM crm.assistant_proposals p WHERE p.org_id = org AND p.arguments::text ~* pattern;
	GET DIAGNOSTICS n = ROW_COUNT;
	counts := counts || jsonb_build_object('assistant_proposals', n);
	DELETE FROM ops.job_log j WHERE j.queue = 'mail' AND j.entry = ANY (mails) OR j.org_id = org AND (j.subject ~* pattern OR j.error ~* pattern);
	GET DIAGNOSTICS n = ROW_COUNT;
	counts := counts || jsonb_build_object('job_log', n);
	-- The key is kept, so that a repeated request still has no second effect.
	UPDATE ops.idempotency_key k SET body = 'null' WHERE k.scope LIKE '%/' || org AND k.body ~* pattern;
	GET DIAGNOSTICS n = ROW_COUNT;
	counts := counts || jsonb_build_object('idempotency_keys', n);
	IF EXISTS (SELECT FROM ops.imported_audit_log l WHERE l.org_id = org) THEN
		INSERT INTO ops.redaction (org_id, row_id, mentions, proof)
		VALUES (org, '', pattern, nullif(current_setting('app.proof', true), '')::bigint);
	END IF;
	RETURN counts;
END $$;

CREATE OR REPLACE FUNCTION ops.refuse_log_update() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	-- An erasure of copies may only remove contents: it keeps the record of who did what, and when.
	-- ops.complete_entry() adds external IDs to an entry of its transaction.
	IF (current_setting('app.redacting', true) = OLD.org_id::text
	    OR current_setting('app.external_ids', true) <> '' AND to_jsonb(OLD)->>'xid' = pg_current_xact_id()::text) AND (to_jsonb(OLD) - '{old,new,data,line,address}'::text[])
	    = (to_jsonb(NEW) - '{old,new,data,line,address}'::text[]) THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
		USING ERRCODE = '42501';
END $$;

CREATE OR REPLACE TRIGGER redacted_only BEFORE UPDATE ON ops.audit_log
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_log_update();
CREATE OR REPLACE TRIGGER redacted_only BEFORE UPDATE ON ops.imported_audit_log
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_log_update();
CREATE OR REPLACE TRIGGER redacted_only BEFORE UPDATE ON ops.imported_log
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_log_update();
