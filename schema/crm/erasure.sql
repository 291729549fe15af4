-- The data about a contact: the report, the erasure, and legal holds, which forbid an erasure. People at companies and
-- leads are contacts.
-- needs: crm/permission.sql crm/trash.sql ops/erasure.sql

-- Only owners and admins may access holds. The only allowed change of a hold is its release.
SELECT ops.restrict('crm.contact_holds', 'contact_holds');
DROP POLICY IF EXISTS administrators ON crm.contact_holds;
CREATE POLICY administrators ON crm.contact_holds TO tenantry_app
	USING ((SELECT ops.administers()));
SELECT ops.restrict('crm.contact_erasures', 'contact_erasures');
DROP POLICY IF EXISTS administrators ON crm.contact_erasures;
CREATE POLICY administrators ON crm.contact_erasures FOR SELECT TO tenantry_app
	USING ((SELECT ops.administers()));

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON crm.contact_erasures
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE OR REPLACE TRIGGER delete_in_purges BEFORE DELETE ON crm.contact_erasures
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_delete();

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.release_contact_hold(hold bigint) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM crm.contact_holds h WHERE h.id = hold AND h.released_at IS NOT NULL) THEN
		PERFORM ops.refuse('hold_released');
	END IF;
	RETURN QUERY UPDATE crm.contact_holds h SET released_at = now() WHERE h.id = hold AND h.released_at IS NULL
		RETURNING (to_jsonb(h) - 'org_id')::text;
END $$;

-- Returns the reason of a hold on one of these contacts, or null.
CREATE OR REPLACE FUNCTION crm.held_by(org uuid, contacts bigint[]) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT h.reason FROM crm.contact_holds h
	 WHERE h.org_id = org AND h.contact_id = ANY (contacts) AND h.released_at IS NULL ORDER BY h.id LIMIT 1
$$;

CREATE OR REPLACE FUNCTION crm.refuse_held(org uuid, contacts bigint[]) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	hold text := crm.held_by(org, contacts);
BEGIN
	IF hold IS NOT NULL THEN
		-- Only callers who may read holds get the reason.
		PERFORM ops.refuse('held_contact', NULL, CASE WHEN ops.administers() THEN ': ' || hold ELSE '' END);
	END IF;
END $$;

-- Refuses to delete a contact with a hold.
CREATE OR REPLACE FUNCTION crm.keep_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM crm.refuse_held(OLD.org_id, ARRAY[OLD.id]);
	RETURN OLD;
END $$;

-- A merge can delete a contact, since it has already moved the holds to the remaining contact.
CREATE OR REPLACE TRIGGER keep_held BEFORE DELETE ON crm.contacts
	FOR EACH ROW WHEN (current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION crm.keep_held();

-- Returns the tables with rows about contacts, each with the column that refers to the contact. The table of holds is
-- omitted.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.contact_tables() RETURNS TABLE (tenant_table regclass, name text, member_column name)
LANGUAGE sql STABLE AS $$
	SELECT 'crm.contacts'::regclass, 'contacts', 'id'
	UNION ALL
	(SELECT k.conrelid::regclass, c.relname::text, a.attname
	  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
	  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
	 WHERE k.contype = 'f' AND k.confrelid = 'crm.contacts'::regclass
	   AND c.relname NOT IN ('deal_contacts', 'contact_holds')	-- the first follows its array
	 ORDER BY c.relname, a.attname)
$$;

-- Refuses to delete rows of a contact with a hold, even if they are deleted together with another row.
CREATE OR REPLACE FUNCTION crm.keep_held_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM crm.refuse_held(OLD.org_id, ARRAY[OLD.contact_id]);
	RETURN OLD;
END $$;

DO $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT x.tenant_table, x.member_column FROM crm.contact_tables() x WHERE x.name <> 'contacts' LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER keep_held BEFORE DELETE ON %s FOR EACH ROW WHEN (OLD.%I IS NOT NULL '
			'AND current_setting(''app.purging'', true) IS DISTINCT FROM OLD.org_id::text '
			'AND current_setting(''app.merging'', true) IS DISTINCT FROM ''on'') EXECUTE FUNCTION crm.keep_held_row()',
			t.tenant_table, t.member_column);
	END LOOP;
END $$;

-- Returns whether there is a legal hold on a contact. The undo of an import uses this function.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.is_held(contact bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT crm.held_by(ops.org(), ARRAY[contact]) IS NOT NULL
$$;

-- Returns the contact of a row in the trash, and the contacts into which that contact was merged.
CREATE OR REPLACE FUNCTION crm.trash_contacts(t crm.trash) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
	WITH RECURSIVE heir (id) AS (
		SELECT (t.row->>'contact_id')::bigint UNION SELECT m.winner_id FROM heir h JOIN crm.merges m
			ON m.org_id = t.org_id AND m.loser_id = h.id AND m.undone_at IS NULL)
	SELECT array_agg(h.id) FROM heir h
$$;

CREATE OR REPLACE FUNCTION crm.keep_held_trash() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM crm.refuse_held(OLD.org_id, crm.trash_contacts(OLD));
	RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER keep_held BEFORE DELETE ON crm.trash
	FOR EACH ROW WHEN (OLD.row->>'contact_id' IS NOT NULL AND current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text
		AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION crm.keep_held_trash();

-- Returns the contact and the contacts that were merged into it.
CREATE OR REPLACE FUNCTION crm.same_contacts(org uuid, contact bigint) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
	WITH RECURSIVE same (id) AS (
		SELECT contact UNION SELECT m.loser_id FROM same s JOIN crm.merges m
			ON m.org_id = org AND m.winner_id = s.id AND m.undone_at IS NULL)
	SELECT array_agg(s.id) FROM same s
$$;

-- Returns the addresses and telephone numbers of contacts in lower case: the current values, the values before
-- merges, and the values in the trash.
CREATE OR REPLACE FUNCTION crm.contact_texts(org uuid, contacts bigint[]) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT coalesce(array_agg(DISTINCT lower(x #>> '{}')), '{}')
	  FROM (SELECT to_jsonb(c) FROM crm.contacts c WHERE c.org_id = org AND c.id = ANY (contacts)
		UNION ALL SELECT m.loser::jsonb FROM crm.merges m WHERE m.org_id = org AND m.loser_id = ANY (contacts)
		UNION ALL SELECT t.row::jsonb FROM crm.trash t WHERE t.org_id = org AND t.resource = 'contacts' AND t.row_id = ANY (contacts)) r (c),
		LATERAL (SELECT jsonb_path_query(r.c, 'lax $.email_jsonb[*].email') UNION ALL SELECT jsonb_path_query(r.c, 'lax $.phone_jsonb[*].number')) p (x)
	 WHERE jsonb_typeof(x) IN ('string', 'number')
$$;

-- Returns the messages without a contact that were sent from or to one of these addresses. The search role owns this
-- function, since an index on lower() cannot be used under row security.
CREATE OR REPLACE FUNCTION crm.find_messages(addresses text[]) RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT coalesce(array_agg(m.id), '{}') FROM crm.messages m
	 WHERE m.org_id = ops.org() AND m.contact_id IS NULL
	   AND (lower(m.sender) = ANY (addresses) OR lower(m.recipient) = ANY (addresses))
$$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.find_messages(text[]) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;

DROP POLICY IF EXISTS search ON crm.messages;
CREATE POLICY search ON crm.messages FOR SELECT TO tenantry_search USING (true);

-- Returns rows of a table as JSON, one row per line, in the order of their IDs.
CREATE OR REPLACE FUNCTION crm.rows_text(org uuid, tenant_table regclass, ids bigint[]) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	lines text;
BEGIN
	EXECUTE format('SELECT string_agg((to_jsonb(t) - ''org_id'')::text || chr(10), '''' ORDER BY t.id) FROM %s t WHERE t.org_id = $1 AND t.id = ANY ($2)',
		tenant_table) INTO lines USING org, ids;
	RETURN lines;
END $$;

-- Returns whether the caller may read the report about a contact, or null if there is no such contact.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.may_report(contact bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	END IF;
	RETURN EXISTS (SELECT FROM crm.contacts c WHERE c.id = contact)
		OR EXISTS (SELECT FROM crm.trash t WHERE t.resource = 'contacts' AND t.row_id = contact);
END $$;

-- Returns the data that an erasure of a contact covers: its rows, the rows of contacts that were merged into it,
-- messages and guests with its addresses, the merges, and rows in the trash.
CREATE OR REPLACE FUNCTION crm.rows_about(org uuid, contact bigint) RETURNS TABLE (name text, id bigint, line jsonb)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	same bigint[] := crm.same_contacts(org, contact);
	texts text[] := crm.contact_texts(org, same);
	t record;
BEGIN
	FOR t IN SELECT * FROM crm.contact_tables() LOOP
		RETURN QUERY EXECUTE format('SELECT $3, x.id, to_jsonb(x) FROM %s x WHERE x.org_id = $1 AND x.%I = ANY ($2)',
			t.tenant_table, t.member_column) USING org, same, t.name;
	END LOOP;
	RETURN QUERY SELECT 'messages', m.id, to_jsonb(m) FROM crm.messages m WHERE m.org_id = org AND m.id = ANY (crm.find_messages(texts));
	RETURN QUERY SELECT 'appointment_attendees', a.id, to_jsonb(a) FROM crm.appointment_attendees a
		WHERE a.org_id = org AND a.contact_id IS NULL AND lower(a.email) = ANY (texts);
	RETURN QUERY SELECT 'external_ids', x.id, to_jsonb(x) FROM crm.external_ids x
		WHERE x.org_id = org AND x.row_id = ANY (same) AND x.resource = 'contacts';
	RETURN QUERY SELECT 'merges', m.id, to_jsonb(m) #- '{loser,org_id}' FROM crm.merges m
		WHERE m.org_id = org AND (m.loser_id = ANY (same) OR m.winner_id = ANY (same));
	RETURN QUERY SELECT 'trash', d.id, to_jsonb(d) #- '{row,org_id}' FROM crm.trash d WHERE d.org_id = org
		AND (d.resource = 'contacts' AND d.row_id = ANY (same) OR d.row->>'contact_id' = ANY (same::text[]));
END $$;

-- Returns the parts of the report about a contact, including those of modules, for owners and admins.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.contact_report(contact bigint) RETURNS TABLE (name text, lines text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF NOT ops.administers() THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT 'rows/' || r.name || '.ndjson', string_agg((r.line - 'org_id')::text || chr(10), '' ORDER BY r.id)
	  FROM crm.rows_about(org, contact) r GROUP BY r.name ORDER BY r.name;
END $$;

-- Returns the files of a contact and its notes, including those in the trash.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.contact_files(contact bigint) RETURNS TABLE (name text, size text, file text, place text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF NOT ops.administers() THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT 'files/' || f.name, f.size::text, f.name, f.place FROM ops.file f
	 WHERE f.org_id = org AND NOT f.removing AND f.name IN (
		SELECT u.name FROM crm.rows_about(org, contact) r JOIN ops.file_use u ON u.org_id = org
		   AND u.table_name = CASE r.name WHEN 'trash' THEN r.line->>'resource' WHEN 'merges' THEN 'contacts' ELSE r.name END
		   AND u.row_id = CASE r.name WHEN 'trash' THEN (r.line->>'row_id')::bigint WHEN 'merges' THEN (r.line->>'loser_id')::bigint ELSE r.id END)
	 ORDER BY f.name;
END $$;

-- Adds the numbers of two JSON objects, member by member.
CREATE OR REPLACE FUNCTION crm.added(one jsonb, other jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(jsonb_object_agg(x.key, x.n), '{}') FROM (SELECT e.key, sum(e.value::bigint) AS n
		FROM (SELECT * FROM jsonb_each_text(one) UNION ALL SELECT * FROM jsonb_each_text(other)) e GROUP BY e.key) x
$$;

-- Erases the copies of rows that the CRM stores for an undo, a retry or a record. Returns the number of copies for
-- each location.
CREATE OR REPLACE FUNCTION crm.erase_copies(org uuid, tenant_table regclass, ids bigint[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	resource text;
	qualified text;	-- qualified with the schema, regardless of the search path
	counts jsonb := '{}';
	n bigint;
	place record;
BEGIN
	SELECT c.relname, format('%s.%s', c.relnamespace::regnamespace, c.relname) INTO resource, qualified FROM pg_class c WHERE c.oid = tenant_table;
	FOR place IN SELECT * FROM (VALUES
		('bulk_rows', 'change_id IN (SELECT c.id FROM crm.bulk_changes c WHERE c.org_id = $1 AND c.tenant_table = $4) AND row_id = ANY ($2)'),
		('trash', 'resource = $3 AND row_id = ANY ($2)'),
		('webhook_deliveries', 'row_id = ANY ($2::text[]) AND (starts_with(event, $3 || ''.'') OR starts_with(event, rtrim($3, ''s'') || ''.''))'),
		('automation_runs', 'resource = $3 AND row_id = ANY ($2)'),
		('context_embeddings', 'resource = $3 AND row_id = ANY ($2)'),
		('external_ids', 'resource = $3 AND row_id = ANY ($2)'),
		('shares', 'resource = $3 AND row_id = ANY ($2)'),
		('duplicates', 'resource = $3 AND (one_id = ANY ($2) OR other_id = ANY ($2))'),
		('merges', '$3 = ''contacts'' AND (loser_id = ANY ($2) OR winner_id = ANY ($2))')) p (name, condition) LOOP
		IF place.name = 'merges' THEN
			INSERT INTO ops.redaction (org_id, table_name, row_id, proof) SELECT org, 'merges', m.id::text,
				nullif(current_setting('app.proof', true), '')::bigint
			  FROM crm.merges m WHERE resource = 'contacts' AND m.org_id = org AND (m.loser_id = ANY (ids) OR m.winner_id = ANY (ids));
		END IF;
		EXECUTE format('DELETE FROM crm.%I WHERE org_id = $1 AND ($3 IS NOT NULL AND $4 IS NOT NULL AND $2 IS NOT NULL) AND %s',
			place.name, place.condition) USING org, ids, resource, qualified;
		GET DIAGNOSTICS n = ROW_COUNT;
		counts := counts || CASE WHEN n > 0 THEN jsonb_build_object(place.name, n) ELSE '{}' END;
	END LOOP;
	UPDATE ops.change c SET external_ids = NULL WHERE c.org_id = org AND c.row_id = ANY (ids::text[]) AND c.external_ids IS NOT NULL;
	RETURN counts;
END $$;

-- Queues the erasure of the rows' entries in the audit log.
CREATE OR REPLACE FUNCTION crm.queue_redactions(org uuid, table_name text, ids bigint[], columns text[]) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO ops.redaction (org_id, table_name, row_id, columns, proof)
	SELECT org, queue_redactions.table_name, i::text, queue_redactions.columns, nullif(current_setting('app.proof', true), '')::bigint FROM unnest(ids) i
$$;

-- Erases a contact with all related rows and copies. Returns the proof, or no row if the contact exists neither in its
-- table nor in the trash.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.erase_contact(contact bigint, reason text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	proof_id bigint := ops.new_id();
	same bigint[];
	texts text[];
	messages bigint[];	-- without a contact
	ids bigint[];
	said text := '';
	erased jsonb := '{}';
	copies jsonb := '{}';
	t record;
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	END IF;
	PERFORM FROM crm.contacts c WHERE c.org_id = org AND c.id = contact FOR UPDATE;
	IF NOT FOUND AND NOT EXISTS (SELECT FROM crm.trash x WHERE x.org_id = org AND x.resource = 'contacts' AND x.row_id = contact) THEN
		RETURN;
	END IF;
	same := crm.same_contacts(org, contact);
	PERFORM crm.refuse_held(org, same);
	texts := crm.contact_texts(org, same);
	PERFORM ops.set_mode('erasing', true), set_config('app.proof', proof_id::text, true);
	messages := crm.find_messages(texts);
	WITH gone AS (DELETE FROM crm.appointment_attendees a WHERE a.org_id = org AND lower(a.email) = ANY (texts) RETURNING a.id)
	SELECT array_agg(g.id) INTO ids FROM gone g;
	PERFORM crm.queue_redactions(org, 'appointment_attendees', ids, NULL);
	FOR t IN SELECT * FROM crm.contact_tables() LOOP
		EXECUTE format('SELECT coalesce(array_agg(x.id), ''{}'') FROM %s x WHERE x.org_id = $1 AND x.%I = ANY ($2)', t.tenant_table, t.member_column)
			INTO ids USING org, same;
		ids := ids || CASE WHEN t.name = 'messages' THEN messages ELSE '{}' END;
		said := said || CASE WHEN ids <> '{}' THEN t.name || chr(10) || crm.rows_text(org, t.tenant_table, ids) ELSE '' END;
		erased := crm.added(erased, CASE WHEN ids <> '{}' THEN jsonb_build_object(t.name, cardinality(ids)) ELSE '{}' END);
		copies := crm.added(copies, crm.erase_copies(org, t.tenant_table, ids || CASE WHEN t.name = 'contacts' THEN same ELSE '{}' END));
		PERFORM crm.queue_redactions(org, t.name, ids || CASE WHEN t.name = 'contacts' THEN same ELSE '{}' END, NULL);
	END LOOP;
	DELETE FROM crm.messages m WHERE m.org_id = org AND m.id = ANY (messages);
	DELETE FROM crm.contacts c WHERE c.org_id = org AND c.id = contact;
	PERFORM crm.release_files(org, r.table_name, r.row_id::bigint) FROM ops.redaction r WHERE r.org_id = org AND r.proof = proof_id;
	copies := crm.added(copies, crm.erase_trash(org, same));
	copies := crm.added(copies, ops.erase_mentions(org, texts));
	-- Rows that were deleted earlier exist only in the log.
	INSERT INTO ops.redaction (org_id, row_id, member, tables, proof)
	SELECT org, s::text, 'contact_id', (SELECT jsonb_object_agg(x.name, NULL) FROM crm.contact_tables() x), proof_id FROM unnest(same) s;
	PERFORM ops.set_mode('erasing', false), set_config('app.proof', '', true);
	INSERT INTO crm.contact_erasures (org_id, id, contact_id, hash, erased, copies, reason, user_id)
	VALUES (org, proof_id, contact, encode(sha256(convert_to(said, 'UTF8')), 'hex'), erased, copies, erase_contact.reason, ops.caller());
	RETURN NEXT (SELECT to_jsonb(s) - 'org_id' FROM crm.contact_erasures_summary s WHERE s.org_id = org AND s.id = proof_id)::text;
END $$;

-- Erases those rows of contacts that are in the trash.
CREATE OR REPLACE FUNCTION crm.erase_trash(org uuid, contacts bigint[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	DELETE FROM crm.trash t WHERE t.org_id = org AND t.row->>'contact_id' = ANY (contacts::text[]);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN CASE WHEN n > 0 THEN jsonb_build_object('trash', n) ELSE '{}' END;
END $$;

-- Erases the log entries of a row about a person when the row is purged from the trash.
CREATE OR REPLACE FUNCTION crm.redact_purged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF NOT ops.purges(OLD.org_id) THEN
		PERFORM crm.queue_redactions(OLD.org_id, OLD.resource, ARRAY[OLD.row_id], NULL),
			crm.queue_redactions(OLD.org_id, 'trash', ARRAY[OLD.id], NULL);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER redact AFTER DELETE ON crm.trash FOR EACH ROW
	WHEN ((OLD.resource = 'contacts' OR OLD.row->>'contact_id' IS NOT NULL) AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION crm.redact_purged();

-- copies_left is the number of steps until all copies in the audit log are erased.
CREATE OR REPLACE VIEW crm.contact_erasures_summary WITH (security_invoker) AS
SELECT e.org_id, e.id, e.contact_id, e.hash, e.erased, e.copies, ops.copies_left(e.id) AS copies_left, e.reason, e.user_id, e.created_at, e.updated_at
  FROM crm.contact_erasures e;
GRANT SELECT ON crm.contact_erasures_summary TO tenantry_app;
