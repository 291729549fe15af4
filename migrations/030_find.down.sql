-- Backwards through 030_find.up.sql.
-- The functions of 021 as they were.

DROP FUNCTION crm.undo_merges(bigint, boolean), crm.preview_merge(bigint[], bigint, jsonb),
	crm.merge_contacts(bigint[], bigint, jsonb), crm.merge_one(bigint, bigint, jsonb, bigint),
	crm.check_merge(bigint[], bigint, jsonb),
	crm.chosen_contact(crm.contacts, crm.contacts, jsonb);
ALTER TABLE crm.merges DROP COLUMN batch_id;

CREATE FUNCTION crm.preview_merge(loser_id bigint, winner_id bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	winner crm.contacts;
	loser crm.contacts;
	reference record;
	n bigint;
	moves jsonb := '{}';
BEGIN
	PERFORM crm.refuse_merge(loser_id, winner_id);
	SELECT c.* INTO winner FROM crm.contacts c WHERE c.id = winner_id;
	SELECT c.* INTO loser FROM crm.contacts c WHERE c.id = loser_id;
	IF winner.id IS NULL OR loser.id IS NULL THEN
		RAISE EXCEPTION 'no such contact' USING ERRCODE = 'ZH404';
	END IF;
	FOR reference IN SELECT * FROM crm.contact_references() LOOP
		EXECUTE format('SELECT count(*) FROM crm.%I WHERE %I = $1', reference.child,
			reference.member) INTO n USING loser_id;
		moves := moves || jsonb_build_object(reference.child,
			n + coalesce((moves->>reference.child)::bigint, 0));
	END LOOP;
	RETURN json_build_object('winner', crm.contact_members(crm.merged_contact(winner, loser)),
		'moves', moves || jsonb_build_object('deals', (SELECT count(*) FROM crm.deals d
			WHERE loser_id = ANY (d.contact_ids))));
END $$;

CREATE FUNCTION crm.merge_contacts(loser_id bigint, winner_id bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	winner crm.contacts;
	loser crm.contacts;
	merged crm.contacts;
	reference record;
	ids bigint[];
	moved jsonb := '{}';
	deals jsonb;
	made bigint;
BEGIN
	PERFORM crm.refuse_merge(loser_id, winner_id);
	PERFORM FROM crm.contacts c WHERE c.id IN (loser_id, winner_id) ORDER BY c.id FOR UPDATE;
	SELECT c.* INTO winner FROM crm.contacts c WHERE c.id = winner_id;
	SELECT c.* INTO loser FROM crm.contacts c WHERE c.id = loser_id;
	IF winner.id IS NULL OR loser.id IS NULL THEN
		RAISE EXCEPTION 'no such contact' USING ERRCODE = 'ZH404';
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

	merged := crm.merged_contact(winner, loser);
	UPDATE crm.contacts c SET avatar = merged.avatar, gender = merged.gender,
		first_name = merged.first_name, last_name = merged.last_name, title = merged.title,
		company_id = merged.company_id, background = merged.background,
		has_newsletter = merged.has_newsletter, sales_id = merged.sales_id,
		linkedin_url = merged.linkedin_url, email_jsonb = merged.email_jsonb,
		phone_jsonb = merged.phone_jsonb, tags = merged.tags,
		first_seen = merged.first_seen, last_seen = merged.last_seen
	 WHERE c.id = winner_id RETURNING c.* INTO merged;

	INSERT INTO crm.merges AS m (winner_id, loser_id, loser, before, after, moved, deals)
	SELECT winner.id, loser.id, crm.contact_members(loser),
		coalesce(jsonb_object_agg(w.key, w.value), '{}'),
		coalesce(jsonb_object_agg(w.key, n.value), '{}'), moved, deals
	  FROM jsonb_each(crm.contact_members(winner)) w
	  JOIN jsonb_each(crm.contact_members(merged)) n ON n.key = w.key AND n.value <> w.value
	RETURNING m.id INTO made;

	-- A merge has its own way back, so the loser does not go to the trash.
	PERFORM set_config('app.merging', 'on', true);
	DELETE FROM crm.contacts c WHERE c.id = loser_id;
	PERFORM set_config('app.merging', '', true);
	RETURN json_build_object('success', true, 'winnerId', winner_id, 'mergeId', made);
END $$;

CREATE OR REPLACE FUNCTION crm.undo_merge(merge_id bigint, keep boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	m crm.merges;
	winner crm.contacts;
	changed text[];
	reference record;
BEGIN
	SELECT x.* INTO m FROM crm.merges x WHERE x.id = merge_id
	   AND x.merged_at > now() - interval '30 days' FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such merge' USING ERRCODE = 'ZH404';
	ELSIF m.undone_at IS NOT NULL THEN
		RAISE EXCEPTION 'this merge was undone already' USING ERRCODE = 'ZH409';
	END IF;
	SELECT c.* INTO winner FROM crm.contacts c WHERE c.id = m.winner_id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the contact that was kept is gone: undo that first'
			USING ERRCODE = 'ZH422';
	END IF;
	changed := ARRAY(SELECT a.key FROM jsonb_each(m.after) a
		WHERE a.value <> crm.contact_members(winner)->a.key ORDER BY a.key);
	IF NOT keep AND changed <> '{}' AND changed <> '{last_seen}' THEN
		RAISE EXCEPTION 'changed since the merge: %',
			array_to_string(array_remove(changed, 'last_seen'), ', ')
			USING ERRCODE = 'ZH409', HINT = 'changed_since';
	END IF;

	-- Nothing is completed of a row that comes back.
	PERFORM set_config('app.restoring', 'on', true);
	UPDATE crm.contacts c SET avatar = r.avatar, gender = r.gender, first_name = r.first_name,
		last_name = r.last_name, title = r.title, company_id = r.company_id,
		background = r.background, has_newsletter = r.has_newsletter, sales_id = r.sales_id,
		linkedin_url = r.linkedin_url, email_jsonb = r.email_jsonb,
		phone_jsonb = r.phone_jsonb, tags = r.tags, first_seen = r.first_seen,
		last_seen = r.last_seen
	  FROM jsonb_populate_record(winner, m.before - changed) r WHERE c.id = m.winner_id;
	EXECUTE (SELECT format('INSERT INTO crm.contacts (%1$s) SELECT %1$s '
			'FROM json_populate_record(NULL::crm.contacts, $1)',
			string_agg(quote_ident(a.attname), ', '))
		FROM pg_attribute a WHERE a.attrelid = 'crm.contacts'::regclass AND a.attnum > 0
		AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname <> 'org_id')
		USING m.loser;
	PERFORM set_config('app.restoring', '', true);

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
	UPDATE crm.merges x SET undone_at = now() WHERE x.id = m.id;
	RETURN json_build_object('success', true, 'loserId', m.loser_id, 'winnerId', m.winner_id);
END $$;

GRANT EXECUTE ON FUNCTION crm.preview_merge(bigint, bigint), crm.merge_contacts(bigint, bigint)
	TO tenantry_app;

DROP FUNCTION ops.scan_duplicates(integer), crm.check_duplicates(text, bigint, jsonb),
	crm.scan_row(text, bigint, jsonb), crm.alike(text, jsonb, bigint),
	crm.find_alike(text, crm.profile, bigint, integer),
	crm.compare_profiles(text, crm.profile, crm.profile), crm.profile_of(text, jsonb);
DROP TABLE ops.duplicate_scan;
DROP VIEW crm.duplicates_summary;
DROP TYPE crm.profile;
DROP TABLE crm.duplicates;

DO $$
DECLARE
	document record;
BEGIN
	FOR document IN SELECT t.tgrelid, t.tgfoid FROM pg_trigger t WHERE t.tgname = 'document' LOOP
		EXECUTE format('DROP TRIGGER document ON %s', document.tgrelid::regclass);
		EXECUTE format('DROP FUNCTION %s', document.tgfoid::regprocedure);
	END LOOP;
END $$;
DROP FUNCTION crm.search(text, text[], integer), crm.find_documents(text, text[], integer),
	crm.snippet(text, text[], text[]);
DROP TABLE crm.search_documents;
DROP FUNCTION crm.can_be_found(regclass, text[], text[]), crm.write_documents(regclass),
	crm.columns_text(regclass, text, text[], text), crm.list_text(jsonb),
	crm.likeness(text[], text[]), crm.trigrams(text[]), crm.any_lexeme(text[], text[]), crm.long_numbers(text),
	crm.lexemes(uuid, text, text, text), crm.lexeme_mark(uuid), crm.misspellings(text),
	crm.search_words(text), crm.folded(text);
