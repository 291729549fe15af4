-- Search documents: their expected contents, and their repair while clients write.
-- needs: crm/lexeme.sql

-- Returns the kinds of documents that an organization has or should have, each with the query that returns the
-- expected IDs and texts; $1 is the organization.
CREATE OR REPLACE FUNCTION crm.document_kinds(org uuid) RETURNS TABLE (kind text, wanted text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	known text[] := '{}';
BEGIN
	FOR kind, wanted IN SELECT c.relname, format('SELECT x.id, %s AS title, %s AS body FROM %s x WHERE x.org_id = $1',
			crm.columns_text(t.tgrelid, 'x', a.args[1]::text[], ' '),
			crm.columns_text(t.tgrelid, 'x', a.args[2]::text[], E'\n'), t.tgrelid::regclass)
	    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid,
		LATERAL (SELECT string_to_array(encode(t.tgargs, 'escape'), '\000') AS args) a
	    WHERE t.tgname = 'document' ORDER BY 1 LOOP
		known := known || kind;
		RETURN NEXT;
	END LOOP;
	-- The next kind is always looked up by the primary key, since an organization may have many documents.
	wanted := 'SELECT x.id, '''' AS title, '''' AS body FROM (SELECT 0::bigint AS id) x WHERE $1 IS NULL';
	kind := '';
	LOOP
		kind := (SELECT min(d.kind) FROM crm.search_documents d WHERE d.org_id = org AND d.kind > document_kinds.kind);
		EXIT WHEN kind IS NULL;
		IF kind <> ALL (known) THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;

-- Returns the missing, orphaned and stale documents of a kind in an organization, with IDs from first to last.
CREATE OR REPLACE FUNCTION crm.differing_documents(org uuid, of_kind text, wanted text, first bigint, last bigint)
RETURNS TABLE (id bigint, fault text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT coalesce(x.id, d.id), CASE WHEN d.id IS NULL THEN ''missing'' '
		'WHEN x.id IS NULL THEN ''orphaned'' ELSE ''stale'' END '
		'FROM (%s AND x.id BETWEEN $3 AND $4) x FULL JOIN (SELECT d.* FROM crm.search_documents d '
		'WHERE d.org_id = $1 AND d.kind = $2 AND d.id BETWEEN $3 AND $4) d ON d.id = x.id '
		'WHERE (x.title, x.body) IS DISTINCT FROM (d.title, d.body)', wanted) USING org, of_kind, first, last;
END $$;

-- Returns the missing, orphaned and stale documents of the given organizations.
CREATE OR REPLACE FUNCTION crm.document_faults(orgs uuid[])
RETURNS TABLE (organization_id uuid, kind text, id bigint, fault text)
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
BEGIN
	FOREACH organization_id IN ARRAY orgs LOOP
		PERFORM ops.set_org(organization_id);
		RETURN QUERY SELECT organization_id, k.kind, d.id, d.fault FROM crm.document_kinds(organization_id) k,
			LATERAL crm.differing_documents(organization_id, k.kind, k.wanted,
				-9223372036854775808, 9223372036854775807) d ORDER BY k.kind, d.id;
	END LOOP;
	PERFORM ops.set_org(other);
END $$;

-- Returns the number of documents of an organization, and the numbers of missing, orphaned and stale documents.
CREATE OR REPLACE FUNCTION crm.count_document_faults(org uuid, OUT documents bigint, OUT missing bigint, OUT stale bigint,
	OUT orphaned bigint)
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
BEGIN
	SELECT count(*) FILTER (WHERE f.fault = 'missing'), count(*) FILTER (WHERE f.fault = 'stale'),
		count(*) FILTER (WHERE f.fault = 'orphaned') INTO missing, stale, orphaned FROM crm.document_faults(ARRAY[org]) f;
	PERFORM ops.set_org(org);
	documents := (SELECT count(*) FROM crm.search_documents d WHERE d.org_id = org);
	PERFORM ops.set_org(other);
END $$;

-- Returns the documents of these organizations (default: all) that differ from their rows, as texts for "tenantry
-- doctor --deep".
CREATE OR REPLACE FUNCTION crm.wrong_documents(orgs uuid[] DEFAULT NULL) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT format('%s %s of %s', f.kind, f.id, f.organization_id)
	  FROM crm.document_faults(coalesce(orgs, ARRAY(SELECT o.id FROM identity.organization o))) f
$$;

-- Updates documents of a kind in an organization to match their rows: the documents with the next IDs, at most
-- "batch" documents with texts of about 200 kB, so that locks are short. Indexes the written documents and, if "renew"
-- is true, also removes the other documents from the index and adds them again. Documents that another transaction has
-- locked are waited for, or skipped and returned in "busy". A transaction that waits must repair only one document, or
-- it may deadlock with a writer. "next" is the ID to continue with, or null after the last document.
CREATE OR REPLACE FUNCTION crm.rebuild_documents(org uuid, of_kind text, first bigint, batch integer,
	renew boolean, wait boolean, OUT next bigint, OUT documents bigint, OUT missing bigint,
	OUT stale bigint, OUT orphaned bigint, OUT busy bigint[])
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	skip text := CASE WHEN wait THEN '' ELSE ' SKIP LOCKED' END;
	wanted text;
	ids bigint[];
	absent bigint[];
	differing bigint[];
	superfluous bigint[];
	locked bigint[];
BEGIN
	-- If documents are lost in a crash, the next call repairs them.
	PERFORM ops.set_org(org), set_config('synchronous_commit', 'off', true);
	SELECT k.wanted INTO wanted FROM crm.document_kinds(org) k WHERE k.kind = of_kind;
	IF wanted IS NOT NULL THEN
		EXECUTE format('WITH ids AS (SELECT i.id FROM ((SELECT x.id FROM (%1$s AND x.id >= $3) x ORDER BY 1 LIMIT $4) UNION '
			'(SELECT d.id FROM crm.search_documents d WHERE d.org_id = $1 AND d.kind = $2 AND d.id >= $3 '
			'ORDER BY 1 LIMIT $4)) i ORDER BY 1 LIMIT $4) '
			'SELECT array_agg(s.id ORDER BY s.id) FROM (SELECT i.id, sum(coalesce(octet_length(x.body), 0)) '
			'OVER (ORDER BY i.id) - coalesce(octet_length(x.body), 0) AS before FROM ids i LEFT JOIN (%1$s AND x.id = ANY (ARRAY(SELECT ids.id FROM ids))) x '
			'ON x.id = i.id) s WHERE s.before < 200000', wanted) INTO ids USING org, of_kind, first, batch;
	END IF;
	documents := coalesce(cardinality(ids), 0);
	missing := 0;
	stale := 0;
	orphaned := 0;
	busy := '{}';
	IF documents = 0 THEN
		PERFORM ops.set_org(other);
		RETURN;
	END IF;
	next := ids[documents] + 1;
	SELECT array_agg(w.id) FILTER (WHERE w.fault = 'missing'), array_agg(w.id) FILTER (WHERE w.fault <> 'orphaned'),
		array_agg(w.id) FILTER (WHERE w.fault = 'orphaned') INTO absent, differing, superfluous
	  FROM crm.differing_documents(org, of_kind, wanted, ids[1], ids[documents]) w WHERE w.id = ANY (ids);
	IF differing IS NOT NULL THEN
		EXECUTE format('SELECT ARRAY(SELECT l.id FROM (%s AND x.id = ANY ($2) ORDER BY x.id FOR SHARE OF x%s) l)',
			wanted, skip) INTO locked USING org, differing;
		-- A new statement sees all writes that were committed before the rows were locked.
		EXECUTE format('INSERT INTO crm.search_documents AS d (org_id, kind, id, title, body, indexed) '
			'SELECT $1, $2, w.id, w.title, w.body, true FROM (%s AND x.id = ANY ($3)) w ORDER BY w.id '
			'ON CONFLICT (org_id, kind, id) DO UPDATE SET title = excluded.title, body = excluded.body, '
			'changed_at = now(), indexed = true', wanted) USING org, of_kind, locked;
		missing := (SELECT count(*) FROM unnest(locked) l WHERE l = ANY (absent));
		stale := cardinality(locked) - missing;
		busy := ARRAY(SELECT d FROM unnest(differing) d WHERE d <> ALL (locked));
	END IF;
	IF superfluous IS NOT NULL THEN
		EXECUTE format('SELECT ARRAY(SELECT d.id FROM crm.search_documents d WHERE d.org_id = $1 AND d.kind = $2 '
			'AND d.id = ANY ($3) ORDER BY d.id FOR UPDATE%s)', skip) INTO locked USING org, of_kind, superfluous;
		-- The row may exist again. If its writer waits for the lock, the writer creates a new document.
		EXECUTE format('DELETE FROM crm.search_documents d WHERE d.org_id = $1 AND d.kind = $2 AND d.id = ANY ($3) '
			'AND NOT EXISTS (%s AND x.id = d.id)', wanted) USING org, of_kind, locked;
		GET DIAGNOSTICS orphaned = ROW_COUNT;
		busy := busy || ARRAY(SELECT s FROM unnest(superfluous) s WHERE s <> ALL (locked));
	END IF;
	IF renew THEN
		ids := ARRAY(SELECT i FROM unnest(ids) i WHERE i <> ALL (differing || superfluous) IS NOT FALSE);
		EXECUTE format('SELECT ARRAY(SELECT d.id FROM crm.search_documents d WHERE d.org_id = $1 AND d.kind = $2 '
			'AND d.id = ANY ($3) ORDER BY d.id FOR UPDATE%s)', skip) INTO locked USING org, of_kind, ids;
		-- Postgres adds an index entry only if an update changes a column of the index.
		UPDATE crm.search_documents d SET indexed = false
		 WHERE d.org_id = org AND d.kind = of_kind AND d.id = ANY (locked) AND d.indexed;
		UPDATE crm.search_documents d SET indexed = true
		 WHERE d.org_id = org AND d.kind = of_kind AND d.id = ANY (locked);
		busy := busy || ARRAY(SELECT d.id FROM crm.search_documents d WHERE d.org_id = org AND d.kind = of_kind
			AND d.id = ANY (ids) AND d.id <> ALL (locked));
	END IF;
	PERFORM ops.set_org(other);
END $$;

-- Updates the documents of a table to match its rows immediately. This is for rows that were written while triggers
-- were disabled, and for a table whose rows become searchable.
CREATE OR REPLACE FUNCTION crm.write_documents(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	of_kind text := (SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table);
	org uuid;
	place bigint;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		place := -9223372036854775808;
		WHILE place IS NOT NULL LOOP
			SELECT r.next INTO place FROM crm.rebuild_documents(org, of_kind, place, 1000, false, true) r;
		END LOOP;
	END LOOP;
END $$;
