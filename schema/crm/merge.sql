-- Merge of contacts, and its undo.
-- needs: crm/custom_reference.sql

-- Returns the foreign keys that refer to a contact, from the system catalogs, so that new tables are included.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.contact_references() RETURNS TABLE (child name, member name)
LANGUAGE sql STABLE AS $$
	SELECT c.relname, a.attname
	  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
	  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
	 WHERE k.contype = 'f' AND k.confrelid = 'crm.contacts'::regclass
	   AND c.relnamespace = 'crm'::regnamespace
	   AND c.relname <> 'deal_contacts'	-- this table follows its array
	   -- Triggers on crm.merges move legal holds and the rows of modules, which the caller cannot see.
	   AND c.relname <> 'contact_holds'
	   AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND starts_with(p.polname::text, 'module_'))
	 ORDER BY c.relname, a.attname
$$;

-- Merges two lists of email addresses or telephone numbers, the first list first. Entries with the same key, ignoring
-- case, become one entry with the first position and the last value. Entries without a key are dropped.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.merged_entries(one jsonb, other jsonb, key text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(jsonb_agg(y.entry ORDER BY y.list, y.place),
		CASE WHEN coalesce(one, other) IS NOT NULL THEN '[]'::jsonb END)
	  FROM (SELECT DISTINCT ON (x.key) x.list, x.entry,
			min(x.place) OVER (PARTITION BY x.list, x.key) AS place
		  FROM (SELECT 1 AS list, e.entry, e.place, lower(e.entry->>merged_entries.key) AS key
			  FROM jsonb_array_elements(one) WITH ORDINALITY e (entry, place)
			UNION ALL
			SELECT 2, e.entry, e.place, lower(e.entry->>merged_entries.key)
			  FROM jsonb_array_elements(other) WITH ORDINALITY e (entry, place)) x
		 WHERE x.key <> ''
		 ORDER BY x.key, x.list, x.place DESC) y
$$;

-- Returns the columns that a merge, its choices and its undo write: all except the key, the timestamps of the row,
-- and generated columns.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.merged_columns() RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
	 WHERE a.attrelid = 'crm.contacts'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
	   AND a.attname <> ALL ('{org_id,id,created_at,updated_at}')
$$;

-- Updates the columns of a contact that crm.merged_columns() lists. Returns the row, completed by the triggers.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.write_contact(contact crm.contacts) RETURNS crm.contacts
LANGUAGE plpgsql AS $$
DECLARE
	written crm.contacts;
BEGIN
	EXECUTE (SELECT format('UPDATE crm.contacts c SET (%s) = ROW (%s) WHERE c.id = ($1).id RETURNING c.*',
			string_agg(quote_ident(m), ', '), string_agg(format('($1).%I', m), ', '))
		FROM unnest(crm.merged_columns()) m) INTO written USING contact;
	RETURN written;
END $$;

-- Returns the winner after a merge. The values of the loser fill in its empty fields, except the status. Lists, metadata
-- and custom fields are combined.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.merged_contact(winner crm.contacts, loser crm.contacts) RETURNS crm.contacts
LANGUAGE plpgsql STABLE AS $$
DECLARE
	merged crm.contacts := jsonb_populate_record(loser, (SELECT jsonb_object_agg(w.key, w.value) FROM jsonb_each(to_jsonb(winner)) w
		WHERE w.value <> 'null' OR w.key = 'status'));
BEGIN
	IF coalesce(winner.avatar->>'src', '') = '' THEN
		merged.avatar := coalesce(loser.avatar, winner.avatar);
	END IF;
	merged.linkedin_url := coalesce(nullif(winner.linkedin_url, ''), loser.linkedin_url,
		winner.linkedin_url);
	merged.email_jsonb := crm.merged_entries(winner.email_jsonb, loser.email_jsonb, 'email');
	merged.phone_jsonb := crm.merged_entries(winner.phone_jsonb, loser.phone_jsonb, 'number');
	merged.tags := winner.tags || ARRAY(SELECT t.tag
		FROM unnest(loser.tags) WITH ORDINALITY t (tag, place)
		WHERE t.tag <> ALL (winner.tags) GROUP BY t.tag ORDER BY min(t.place));
	merged.metadata := winner.metadata || (SELECT coalesce(jsonb_object_agg(l.key, l.value), '{}') FROM jsonb_each(loser.metadata) l
		WHERE coalesce(winner.metadata->l.key, 'null') = 'null');
	-- Omits the previous value that a field change has kept in the loser, if the winner has a value of that field.
	merged.custom := nullif((SELECT coalesce(jsonb_object_agg(l.key, l.value), '{}') FROM jsonb_each(loser.custom) l
		WHERE winner.custom ? regexp_replace(l.key, '^#(.*)\.\d+$', '\1') IS NOT TRUE) || coalesce(winner.custom, '{}'), '{}');
	merged.first_seen := least(winner.first_seen, loser.first_seen);
	merged.last_seen := greatest(winner.last_seen, loser.last_seen);
	RETURN merged;
END $$;

-- Returns a contact in the form of the API.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.contact_members(contact crm.contacts) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT to_jsonb(contact) - '{org_id,email_fts,phone_fts}'::text[]
$$;

-- Previews a merge.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.preview_merge(losers bigint[], winner_id bigint, choices jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	merged crm.contacts;
	loser_id bigint;
	loser crm.contacts;
	reference record;
	n bigint;
	moves jsonb := '{}';
BEGIN
	PERFORM crm.check_merge(losers, winner_id, choices);
	SELECT c.* INTO merged FROM crm.contacts c WHERE c.id = winner_id;
	FOREACH loser_id IN ARRAY losers LOOP
		SELECT c.* INTO loser FROM crm.contacts c WHERE c.id = loser_id;
		merged := crm.chosen_contact(merged, loser, choices);
		merged.custom := crm.without_merged('contacts', merged.custom, loser_id, winner_id);
	END LOOP;
	FOR reference IN SELECT * FROM crm.contact_references() LOOP
		EXECUTE format('SELECT count(*) FROM crm.%I WHERE %I = ANY ($1)', reference.child,
			reference.member) INTO n USING losers;
		moves := moves || jsonb_build_object(reference.child,
			n + coalesce((moves->>reference.child)::bigint, 0));
	END LOOP;
	FOR reference IN SELECT f.resource AS child, sum(cardinality(crm.referring_rows(f, l))) AS n
	    FROM crm.field_definitions f CROSS JOIN unnest(losers) l WHERE f.org_id = ops.org() AND f.refers = 'contacts'
	    AND ops.scope(f.resource, 'read') IS NOT NULL GROUP BY 1 LOOP
		moves := moves || jsonb_build_object(reference.child, reference.n + coalesce((moves->>reference.child)::bigint, 0));
	END LOOP;
	RETURN json_build_object('winner', crm.contact_members(merged),
		'moves', moves || jsonb_build_object('deals', (SELECT count(*) FROM crm.deals d
			WHERE d.contact_ids && losers)));
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_merge(loser_id bigint, winner_id bigint) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF loser_id = winner_id THEN
		PERFORM ops.refuse('merge_with_itself', 'loserId');
	END IF;
END $$;

-- Merges the losers into the winner one after another, so that each merge can be undone, in
-- one transaction.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.merge_contacts(losers bigint[], winner_id bigint, choices jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	loser bigint;
	made bigint[] := '{}';
	grants text;
BEGIN
	-- A user who may change all of these contacts may merge them with all related rows.
	PERFORM FROM crm.contacts c WHERE c.id = ANY (losers || winner_id) ORDER BY c.id FOR UPDATE;
	PERFORM crm.check_merge(losers, winner_id, choices);
	IF current_setting('app.grants', true) IS DISTINCT FROM '*' AND EXISTS (SELECT FROM unnest(losers || winner_id) x (id)
	    WHERE ops.permits('contacts', 'update', (SELECT c.sales_id FROM crm.contacts c WHERE c.id = x.id))
		IS NOT TRUE) THEN
		PERFORM ops.refuse('role');
	END IF;
	grants := ops.begin_system();
	FOREACH loser IN ARRAY losers LOOP
		made := made || crm.merge_one(loser, winner_id, choices, made[1]);
	END LOOP;
	PERFORM ops.end_system(grants);
	RETURN CASE WHEN cardinality(made) = 1
		THEN json_build_object('success', true, 'winnerId', winner_id, 'mergeId', made[1])
		ELSE json_build_object('success', true, 'winnerId', winner_id, 'mergeId', made[1],
			'mergeIds', made) END;
END $$;

-- Undoes a merge: restores the loser with its rows, and the winner's fields including the status. If fields have been
-- changed since, the function fails and names them. If "keep" is true, it leaves these fields unchanged instead. A
-- change of last_seen alone is ignored.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.undo_merge(merge_id bigint, keep boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	m crm.merges;
	winner crm.contacts;
	changed text[];
	reference record;
	grants text;
BEGIN
	SELECT x.* INTO m FROM crm.merges x WHERE x.id = merge_id
	   AND x.merged_at > now() - interval '30 days' FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_merge');
	ELSIF m.undone_at IS NOT NULL THEN
		PERFORM ops.refuse('merge_undone');
	END IF;
	SELECT c.* INTO winner FROM crm.contacts c WHERE c.id = m.winner_id FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM ops.refuse('merge_winner_gone');
	END IF;
	changed := ARRAY(SELECT a.key FROM jsonb_each(m.after) a
		WHERE a.key <> 'updated_at' AND a.value <> crm.contact_members(winner)->a.key ORDER BY a.key);
	IF NOT keep AND changed <> '{}' AND changed <> '{last_seen}' THEN
		PERFORM ops.refuse('merged_changed_since', NULL, array_to_string(array_remove(changed, 'last_seen'), ', '));
	END IF;

	grants := ops.begin_system();
	-- Triggers do not complete restored rows.
	PERFORM ops.set_mode('restoring', true);
	PERFORM crm.write_contact(jsonb_populate_record(winner, m.before - changed));
	-- updated_at of the restored row is the current time. Merges by older releases did not store created_at.
	EXECUTE (SELECT format('INSERT INTO crm.contacts (%s) SELECT %s '
			'FROM json_populate_record(NULL::crm.contacts, $1)',
			string_agg(quote_ident(a.attname), ', '), string_agg(CASE a.attname WHEN 'updated_at' THEN 'now()'
				WHEN 'custom' THEN 'crm.restored_custom(''contacts'', custom, $2)'
				WHEN 'created_at' THEN 'coalesce(created_at, now())' ELSE quote_ident(a.attname) END, ', '))
		FROM pg_attribute a WHERE a.attrelid = 'crm.contacts'::regclass AND a.attnum > 0
		AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname <> 'org_id')
		USING m.loser, m.merged_at;
	PERFORM ops.set_mode('restoring', false);

	FOR reference IN SELECT * FROM crm.contact_references() LOOP
		EXECUTE format('UPDATE crm.%1$I SET %2$I = $1 WHERE id IN (SELECT t.id FROM crm.%1$I t '
			'JOIN jsonb_array_elements_text($2) x (id) ON t.id = x.id::bigint '
			'WHERE t.%2$I = $3 ORDER BY t.id FOR UPDATE OF t)',
			reference.child, reference.member)
			USING m.loser_id, m.moved->(reference.child || '.' || reference.member),
				m.winner_id;
	END LOOP;
	WITH o AS (
		SELECT d.id, d.contact_ids, x.before, x.after
		  FROM jsonb_to_recordset(m.deals) x (id bigint, before bigint[], after bigint[])
		  JOIN crm.deals d ON d.id = x.id AND m.winner_id = ANY (d.contact_ids)
		 ORDER BY d.id FOR UPDATE OF d)
	UPDATE crm.deals d SET contact_ids = CASE
		WHEN o.contact_ids = o.after THEN o.before
		WHEN m.winner_id = ANY (o.before) THEN o.contact_ids || m.loser_id
		ELSE array_replace(o.contact_ids, m.winner_id, m.loser_id) END
	  FROM o WHERE d.id = o.id;
	PERFORM crm.unmerge_references(m.moved, m.loser_id, m.winner_id);
	UPDATE crm.merges x SET undone_at = now() WHERE x.id = m.id;
	PERFORM ops.end_system(grants);
	RETURN json_build_object('success', true, 'loserId', m.loser_id, 'winnerId', m.winner_id);
END $$;

CREATE OR REPLACE FUNCTION crm.release_merge_files() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM crm.release_files(OLD.org_id, 'contacts', OLD.loser_id);
	RETURN NULL;
END $$;

-- Returns the winner after a merge with choices: a chosen field comes from the chosen row, and the others come from
-- crm.merged_contact().
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.chosen_contact(winner crm.contacts, loser crm.contacts, choices jsonb)
RETURNS crm.contacts
LANGUAGE plpgsql STABLE AS $$
DECLARE
	merged crm.contacts := crm.merged_contact(winner, loser);
BEGIN
	RETURN jsonb_populate_record(merged, (SELECT coalesce(jsonb_object_agg(c.key,
		CASE c.value::bigint WHEN loser.id THEN to_jsonb(loser) ELSE to_jsonb(winner) END->c.key),
		'{}') FROM jsonb_each_text(choices) c));
END $$;

-- Checks the losers, the winner, and the row from which each field is chosen.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_merge(losers bigint[], winner_id bigint, choices jsonb) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	choice record;
BEGIN
	IF coalesce(cardinality(losers), 0) NOT BETWEEN 1 AND 20
	    OR cardinality(losers) <> (SELECT count(DISTINCT l) FROM unnest(losers) l) THEN
		PERFORM ops.refuse('merge_count', 'loserIds');
	END IF;
	PERFORM crm.refuse_merge(l, winner_id) FROM unnest(losers) l;
	FOR choice IN SELECT * FROM jsonb_each_text(choices) LOOP
		IF choice.key <> ALL (crm.merged_columns()) THEN
			PERFORM ops.fault('merge_choice_unknown', 'choices.' || left(choice.key, 100));
		ELSIF choice.value ~ '^[0-9]{1,18}$' IS NOT TRUE
		    OR choice.value::bigint <> ALL (losers || winner_id) THEN
			PERFORM ops.fault('merge_choice_of', 'choices.' || choice.key);
		END IF;
	END LOOP;
	PERFORM ops.refuse_faults();
	IF (SELECT count(*) FROM crm.contacts c WHERE c.id = ANY (losers || winner_id))
	    <= cardinality(losers) THEN
		PERFORM ops.refuse('no_such_contact');
	END IF;
END $$;

-- Merges one contact into another: rows of the loser become the winner's, and the loser is deleted. Both rows are
-- locked, so that no new references to the loser can be created. choices names the source row of some fields.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.merge_one(loser_id bigint, winner_id bigint, choices jsonb, batch bigint)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	winner crm.contacts;
	loser crm.contacts;
	merged crm.contacts;
	reference record;
	ids bigint[];
	moved jsonb := '{}';
	deals jsonb;
	made bigint := ops.new_id();
BEGIN
	PERFORM FROM crm.contacts c WHERE c.id IN (loser_id, winner_id) ORDER BY c.id FOR UPDATE;
	SELECT c.* INTO winner FROM crm.contacts c WHERE c.id = winner_id;
	SELECT c.* INTO loser FROM crm.contacts c WHERE c.id = loser_id;
	IF winner.id IS NULL OR loser.id IS NULL THEN
		PERFORM ops.refuse('no_such_contact');
	END IF;

	FOR reference IN SELECT * FROM crm.contact_references() LOOP
		EXECUTE format('SELECT ARRAY(SELECT id FROM crm.%I WHERE %I = $1 ORDER BY id FOR UPDATE)',
			reference.child, reference.member) INTO ids USING loser_id;
		EXECUTE format('UPDATE crm.%I SET %I = $1 WHERE id = ANY ($2)',
			reference.child, reference.member) USING winner_id, ids;
		moved := moved || jsonb_build_object(
			reference.child || '.' || reference.member, ids);
	END LOOP;
	WITH o AS (
		SELECT d.id, d.contact_ids FROM crm.deals d
		 WHERE loser_id = ANY (d.contact_ids) ORDER BY d.id FOR UPDATE),
	u AS (
		UPDATE crm.deals d SET contact_ids = array_remove(o.contact_ids, loser_id)
			|| CASE WHEN winner_id = ANY (o.contact_ids) THEN '{}' ELSE ARRAY[winner_id] END
		  FROM o WHERE d.id = o.id
		RETURNING d.id, o.contact_ids AS before, d.contact_ids AS after)
	SELECT coalesce(jsonb_agg(to_jsonb(u)), '[]') INTO deals FROM u;
	moved := moved || crm.merge_references('contacts', loser_id, winner_id);

	merged := crm.chosen_contact(winner, loser, choices);
	merged.custom := crm.without_merged('contacts', merged.custom, loser_id, winner_id);
	-- In this mode, the winner gets existing values even if they would be refused today, and the loser does not go to
	-- the trash, because an undo of the merge restores it.
	PERFORM ops.set_mode('merging', true);
	merged := crm.write_contact(merged);

	INSERT INTO crm.merges (id, batch_id, winner_id, loser_id, loser, before, after, moved, deals)
	SELECT made, coalesce(batch, made), winner.id, loser.id, crm.contact_members(loser),
		coalesce(jsonb_object_agg(w.key, w.value), '{}'),
		coalesce(jsonb_object_agg(w.key, n.value), '{}'), moved, deals
	  FROM jsonb_each(crm.contact_members(winner)) w
	  JOIN jsonb_each(crm.contact_members(merged)) n ON n.key = w.key AND n.value <> w.value;

	DELETE FROM crm.contacts c WHERE c.id = loser_id;
	PERFORM ops.set_mode('merging', false);
	RETURN made;
END $$;

-- Undoes the merges of one call, the last merge first.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.undo_merges(merge_id bigint, keep boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	one bigint;
	n integer := 0;
	winner bigint;
BEGIN
	FOR one, winner IN SELECT m.id, m.winner_id FROM crm.merges m
	    WHERE m.batch_id = (SELECT x.batch_id FROM crm.merges x WHERE x.id = merge_id)
	      AND m.undone_at IS NULL ORDER BY m.id DESC LOOP
		PERFORM crm.undo_merge(one, keep);
		n := n + 1;
	END LOOP;
	IF n = 0 THEN	-- refuses the request, with the reason
		RETURN crm.undo_merge(merge_id, keep);
	END IF;
	RETURN json_build_object('success', true, 'winnerId', winner, 'undone', n);
END $$;

CREATE OR REPLACE TRIGGER release_files AFTER DELETE ON crm.merges
	FOR EACH ROW EXECUTE FUNCTION crm.release_merge_files();

-- Moves rows without a foreign key and rows that the caller cannot see to the remaining contact, until the merge is
-- undone. These are external IDs, favourites (private views of any user) and legal holds (visible to administrators
-- only).
CREATE OR REPLACE FUNCTION crm.move_unseen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		WITH v AS (
			UPDATE crm.views v SET filters = v.filters || jsonb_build_object('id', NEW.winner_id::text)
			 WHERE v.org_id = NEW.org_id AND v.resource = 'favourites'
			   AND v.filters @> jsonb_build_object('resource', 'contacts', 'id', NEW.loser_id::text)
			RETURNING v.id),
		h AS (
			UPDATE crm.contact_holds h SET contact_id = NEW.winner_id
			 WHERE h.org_id = NEW.org_id AND h.contact_id = NEW.loser_id
			RETURNING h.id),
		x AS (
			UPDATE crm.external_ids x SET row_id = NEW.winner_id
			 WHERE x.org_id = NEW.org_id AND x.row_id = NEW.loser_id AND x.resource = 'contacts'
			RETURNING x.id)
		SELECT NEW.moved || jsonb_build_object('favourites', coalesce((SELECT jsonb_agg(v.id) FROM v), '[]'),
			'contact_holds', coalesce((SELECT jsonb_agg(h.id) FROM h), '[]'),
			'external_ids', coalesce((SELECT jsonb_agg(x.id) FROM x), '[]')) INTO NEW.moved;
	ELSE
		UPDATE crm.views v SET filters = v.filters || jsonb_build_object('id', NEW.loser_id::text)
		 WHERE v.org_id = NEW.org_id
		   AND v.id IN (SELECT f::bigint FROM jsonb_array_elements_text(NEW.moved->'favourites') f);
		UPDATE crm.contact_holds h SET contact_id = NEW.loser_id
		 WHERE h.org_id = NEW.org_id AND h.contact_id = NEW.winner_id
		   AND h.id IN (SELECT i::bigint FROM jsonb_array_elements_text(NEW.moved->'contact_holds') i);
		UPDATE crm.external_ids x SET row_id = NEW.loser_id
		 WHERE x.org_id = NEW.org_id AND x.row_id = NEW.winner_id
		   AND x.id IN (SELECT i::bigint FROM jsonb_array_elements_text(NEW.moved->'external_ids') i);
	END IF;
	RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER move_unseen BEFORE INSERT OR UPDATE OF undone_at ON crm.merges
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on'
		OR current_setting('app.request_id', true) IS DISTINCT FROM 'archive')
	EXECUTE FUNCTION crm.move_unseen();
