-- Deals on their board, contacts made one, stages renamed.
--
-- These functions run as their caller, so row security holds inside them.

-- The name of a stage is a key of an index, so it may not be of any length.
ALTER TABLE crm.deals DROP CONSTRAINT deals_stage_check,
	ADD CONSTRAINT deals_stage_check CHECK (stage <> '' AND char_length(stage) <= 500);
-- Without index, which would make every card that moves an entry in all indexes.
CREATE INDEX deals_stage ON crm.deals (org_id, stage);

-- What lists read.  An index costs every write of its table, so each has
-- its reason.
--
-- The dashboard asks for one's own hot contacts at every load, and "mine" is a
-- button of the list: without this both walk all contacts.
CREATE INDEX contacts_sales_id ON crm.contacts
	(org_id, sales_id, last_seen DESC NULLS LAST, id DESC);
-- The board shows what is not archived and, below, what is; moving a card
-- leaves this index alone.
CREATE INDEX deals_archived_at ON crm.deals (org_id, archived_at DESC NULLS LAST, id DESC);

-- The log of one company, from its own children rather than through everybody's.
CREATE VIEW crm.company_activity WITH (security_invoker) AS
SELECT a.kind || '.' || a.row_id || '.created' AS id, a.kind || '.created' AS type, a.date,
	a.company_id, a.sales_id,
	CASE a.kind WHEN 'company' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.companies r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS company,
	CASE a.kind WHEN 'contact' THEN (SELECT
		(to_jsonb(r) - '{org_id,email_fts,phone_fts}'::text[])::json
		FROM crm.contacts r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS contact,
	CASE a.kind WHEN 'deal' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.deals r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS deal,
	CASE a.kind WHEN 'contactNote' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.contact_notes r
		WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS contact_note,
	CASE a.kind WHEN 'dealNote' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.deal_notes r
		WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS deal_note
  FROM (
	SELECT 'company' AS kind, c.org_id, c.id AS row_id, c.created_at AS date,
		c.id AS company_id, c.sales_id
	  FROM crm.companies c
	UNION ALL
	SELECT 'contact', c.org_id, c.id, c.first_seen, c.company_id, c.sales_id
	  FROM crm.contacts c
	UNION ALL
	SELECT 'contactNote', n.org_id, n.id, n.date, c.company_id, n.sales_id
	  FROM crm.contacts c JOIN crm.contact_notes n
		ON n.org_id = c.org_id AND n.contact_id = c.id
	UNION ALL
	SELECT 'deal', d.org_id, d.id, d.created_at, d.company_id, d.sales_id
	  FROM crm.deals d
	UNION ALL
	SELECT 'dealNote', n.org_id, n.id, n.date, d.company_id, n.sales_id
	  FROM crm.deals d JOIN crm.deal_notes n
		ON n.org_id = d.org_id AND n.deal_id = d.id) a;
GRANT SELECT ON crm.company_activity TO tenantry_app;

-- The board.  Who moves cards of an organization waits for who does so
-- already: without that, cards that enter a column meanwhile would be numbered
-- by both.  Deals are locked in the order of their ids, as elsewhere.
CREATE FUNCTION crm.hold_board() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(
		hashtextextended('board ' || current_setting('app.org_id'), 0));
END $$;

-- Numbers deals from 0 in the order given; those whose number changed.  Where
-- a column has more cards than numbers the rest shares the last one.
CREATE FUNCTION crm.number_deals(ids bigint[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	changed bigint[];
BEGIN
	WITH u AS (
		UPDATE crm.deals d SET index = p.place
		  FROM (SELECT id, least(n - 1, 32767) AS place
			  FROM unnest(ids) WITH ORDINALITY x (id, n)) p
		 WHERE d.id = p.id AND d.index IS DISTINCT FROM p.place
		RETURNING d.id)
	SELECT coalesce(array_agg(u.id), '{}') INTO changed FROM u;
	RETURN changed;
END $$;

-- Puts a deal into a column (null: its own), at a place counted from 0 among
-- the deals that the board shows there, or beside one of them.  Both columns are
-- numbered anew, but for what is archived: of that there are more each year.  The
-- ids of what changed, the deal first.
CREATE FUNCTION crm.place_deal(deal bigint, stage text, place bigint, before bigint, after bigint)
RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	origin text;
	target text;
	others bigint[];
	changed bigint[];
BEGIN
	PERFORM crm.hold_board();
	SELECT d.stage INTO origin FROM crm.deals d WHERE d.id = deal;
	PERFORM FROM crm.deals d
	  WHERE (d.stage IN (origin, place_deal.stage) AND d.archived_at IS NULL) OR d.id = deal
	  ORDER BY d.id FOR UPDATE;
	SELECT d.stage INTO origin FROM crm.deals d WHERE d.id = deal;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such deal' USING ERRCODE = 'ZH404';
	END IF;
	target := coalesce(place_deal.stage, origin);
	others := ARRAY(SELECT d.id FROM crm.deals d WHERE d.stage = target AND d.id <> deal
		AND d.archived_at IS NULL ORDER BY d.index, d.id);
	place := CASE
		WHEN before IS NOT NULL THEN array_position(others, before) - 1
		WHEN after IS NOT NULL THEN array_position(others, after)
		ELSE least(greatest(place, 0), cardinality(others)) END;
	IF place IS NULL THEN
		RAISE EXCEPTION 'no such deal in that stage' USING ERRCODE = 'ZH422',
			COLUMN = CASE WHEN before IS NOT NULL THEN 'before_id' ELSE 'after_id' END;
	END IF;
	UPDATE crm.deals d SET stage = target, index = least(place, 32767)
	 WHERE d.id = deal AND (d.stage, d.index) IS DISTINCT FROM (target, least(place, 32767));
	changed := crm.number_deals(others[:place] || deal || others[place + 1:]);
	IF target <> origin THEN
		changed := changed || crm.number_deals(ARRAY(SELECT d.id FROM crm.deals d
			WHERE d.stage = origin AND d.archived_at IS NULL ORDER BY d.index, d.id));
	END IF;
	RETURN deal || changed;
END $$;

CREATE FUNCTION crm.deals_json(ids bigint[]) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_agg(to_jsonb(d) - 'org_id' ORDER BY d.id <> ids[1], d.id), '[]')
		FROM crm.deals d WHERE d.id = ANY (ids));
END $$;

-- Back on the board, at the top of its column.
CREATE FUNCTION crm.unarchive_deal(deal bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	changed bigint[] := crm.place_deal(deal, NULL, 0, NULL, NULL);
BEGIN
	UPDATE crm.deals d SET archived_at = NULL WHERE d.id = deal;
	RETURN crm.deals_json(changed);
END $$;

GRANT EXECUTE ON FUNCTION crm.hold_board(), crm.number_deals(bigint[]),
	crm.place_deal(bigint, text, bigint, bigint, bigint), crm.deals_json(bigint[]),
	crm.unarchive_deal(bigint) TO tenantry_app;

-- Contacts made one.  What a merge did is kept, so that it can be undone.
CREATE TABLE crm.merges (
	org_id    uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id        bigint NOT NULL DEFAULT ops.new_id(),
	winner_id bigint NOT NULL,	-- no foreign keys: of the two one is gone,
	loser_id  bigint NOT NULL,	-- and the other may go
	sales_id  bigint,
	merged_at timestamptz NOT NULL DEFAULT now(),
	undone_at timestamptz,
	loser     json NOT NULL,	-- the row as it was
	before    jsonb NOT NULL,	-- members of the winner that changed, and
	after     jsonb NOT NULL,	-- what they became
	moved     jsonb NOT NULL,	-- {"tasks.contact_id": [1, 2]}
	deals     jsonb NOT NULL,	-- [{"id", "before", "after"}]: their contact_ids
	PRIMARY KEY (org_id, id),
	CONSTRAINT merges_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX merges_merged_at ON crm.merges (org_id, merged_at DESC NULLS LAST, id DESC);
SELECT ops.protect('crm.merges');
CREATE TRIGGER default_sales_id BEFORE INSERT ON crm.merges
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

-- What refers to a contact by a foreign key.  Asked of the catalogue: a table
-- that is added later is not forgotten.
CREATE FUNCTION crm.contact_references() RETURNS TABLE (child name, member name)
LANGUAGE sql STABLE AS $$
	SELECT c.relname, a.attname
	  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
	  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
	 WHERE k.contype = 'f' AND k.confrelid = 'crm.contacts'::regclass
	   AND c.relnamespace = 'crm'::regnamespace
	 ORDER BY c.relname, a.attname
$$;

-- Two lists of e-mail addresses or phone numbers as one, the first one's
-- entries first.  Of entries with one key the first place and the last value
-- count; the case of a key does not, and an entry without one is dropped.
CREATE FUNCTION crm.merged_entries(one jsonb, other jsonb, key text) RETURNS jsonb
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

-- The winner as the merge leaves it: what it has it keeps, the loser fills the
-- gaps.  Its status is its own.
CREATE FUNCTION crm.merged_contact(winner crm.contacts, loser crm.contacts) RETURNS crm.contacts
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF coalesce(winner.avatar->>'src', '') = '' THEN
		winner.avatar := coalesce(loser.avatar, winner.avatar);
	END IF;
	winner.gender := coalesce(winner.gender, loser.gender);
	winner.first_name := coalesce(winner.first_name, loser.first_name);
	winner.last_name := coalesce(winner.last_name, loser.last_name);
	winner.title := coalesce(winner.title, loser.title);
	winner.company_id := coalesce(winner.company_id, loser.company_id);
	winner.background := coalesce(winner.background, loser.background);
	winner.has_newsletter := coalesce(winner.has_newsletter, loser.has_newsletter);
	winner.sales_id := coalesce(winner.sales_id, loser.sales_id);
	winner.linkedin_url := coalesce(nullif(winner.linkedin_url, ''), loser.linkedin_url,
		winner.linkedin_url);
	winner.email_jsonb := crm.merged_entries(winner.email_jsonb, loser.email_jsonb, 'email');
	winner.phone_jsonb := crm.merged_entries(winner.phone_jsonb, loser.phone_jsonb, 'number');
	winner.tags := winner.tags || ARRAY(SELECT t.tag
		FROM unnest(loser.tags) WITH ORDINALITY t (tag, place)
		WHERE t.tag <> ALL (winner.tags) GROUP BY t.tag ORDER BY min(t.place));
	winner.first_seen := least(winner.first_seen, loser.first_seen);
	winner.last_seen := greatest(winner.last_seen, loser.last_seen);
	RETURN winner;
END $$;

-- A contact's row as text of JSON is what the API tells of it.
CREATE FUNCTION crm.contact_members(contact crm.contacts) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT to_jsonb(contact) - '{org_id,email_fts,phone_fts}'::text[]
$$;

-- What a merge would come to.
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

CREATE FUNCTION crm.refuse_merge(loser_id bigint, winner_id bigint) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF loser_id = winner_id THEN
		RAISE EXCEPTION 'a contact cannot be merged with itself' USING ERRCODE = 'ZH422',
			COLUMN = 'loserId';
	END IF;
END $$;

-- All that is the loser's becomes the winner's, and the loser goes.  Both rows
-- are locked, so nobody can refer to the loser meanwhile.
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

-- Puts the loser back as it was, with what was its own, and the winner's
-- members.  Those that were changed since are told (kept: stay as they are);
-- "last seen" moves on by itself and stays.
CREATE FUNCTION crm.undo_merge(merge_id bigint, keep boolean) RETURNS text
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

GRANT EXECUTE ON FUNCTION crm.contact_references(), crm.merged_entries(jsonb, jsonb, text),
	crm.merged_contact(crm.contacts, crm.contacts), crm.contact_members(crm.contacts),
	crm.refuse_merge(bigint, bigint), crm.preview_merge(bigint, bigint),
	crm.merge_contacts(bigint, bigint), crm.undo_merge(bigint, boolean) TO tenantry_app;

-- As in 018, but what belonged to a contact that was merged belongs to the one
-- that was kept.
CREATE OR REPLACE FUNCTION crm.follow_parent(root crm.trash) RETURNS crm.trash
LANGUAGE plpgsql AS $$
DECLARE
	heir bigint;
BEGIN
	LOOP
		SELECT m.winner_id INTO heir FROM crm.merges m
		 WHERE m.org_id = root.org_id AND m.undone_at IS NULL
		   AND m.loser_id = (root.row->>'contact_id')::bigint
		   AND NOT EXISTS (SELECT FROM crm.contacts c
			WHERE c.org_id = m.org_id AND c.id = m.loser_id)
		 ORDER BY m.id DESC LIMIT 1;
		IF NOT FOUND THEN
			RETURN root;
		END IF;
		UPDATE crm.trash t SET row = jsonb_set(t.row::jsonb, '{contact_id}', to_jsonb(heir))
		 WHERE t.org_id = root.org_id AND t.id = root.id RETURNING t.* INTO root;
	END LOOP;
END $$;

-- Forgets merges that cannot be undone any more, so many at once; how many.
CREATE FUNCTION ops.purge_merges(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	n integer;
	done integer := 0;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.merges m WHERE m.org_id = org AND m.id IN (
			SELECT x.id FROM crm.merges x
			 WHERE x.org_id = org AND x.merged_at <= now() - interval '30 days'
			 LIMIT batch - done);
		GET DIAGNOSTICS n = ROW_COUNT;
		done := done + n;
		EXIT WHEN done >= batch;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN done;
END $$;
GRANT EXECUTE ON FUNCTION ops.purge_merges(integer) TO tenantry_app;

-- The configuration.  Its document is the front end's: what is known of it is
-- looked at, anything else is kept.

CREATE FUNCTION crm.refuse_configuration(member text, reason text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', reason USING ERRCODE = 'ZH422', COLUMN = member;
END $$;

-- The list of choices under a key, or what the front end shows without one.
CREATE FUNCTION crm.configured_list(config jsonb, key text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN jsonb_typeof(config->key) = 'array' THEN config->key ELSE CASE key
		WHEN 'dealStages' THEN '[{"value": "opportunity", "label": "Opportunity"},
			{"value": "proposal-sent", "label": "Proposal Sent"},
			{"value": "in-negociation", "label": "In Negotiation"},
			{"value": "won", "label": "Won"}, {"value": "lost", "label": "Lost"},
			{"value": "delayed", "label": "Delayed"}]'::jsonb
		WHEN 'dealCategories' THEN '[{"value": "other", "label": "Other"},
			{"value": "copywriting", "label": "Copywriting"},
			{"value": "print-project", "label": "Print project"},
			{"value": "ui-design", "label": "UI Design"},
			{"value": "website-design", "label": "Website design"}]'::jsonb END END
$$;

CREATE FUNCTION crm.list_values(list jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT ARRAY(SELECT e.entry->>'value'
		FROM jsonb_array_elements(list) WITH ORDINALITY e (entry, place) ORDER BY e.place)
$$;

CREATE FUNCTION crm.check_choices(key text, list jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	entry jsonb;
	known text[] := '{}';
BEGIN
	IF jsonb_typeof(list) <> 'array' OR jsonb_array_length(list) > 100 THEN
		PERFORM crm.refuse_configuration(key, 'must be a list of at most 100 entries');
	ELSIF key = 'dealStages' AND list = '[]' THEN
		PERFORM crm.refuse_configuration(key, 'a board needs a stage');
	END IF;
	FOR entry IN SELECT e FROM jsonb_array_elements(list) e LOOP
		IF jsonb_typeof(entry->'value') IS DISTINCT FROM 'string'
		    OR jsonb_typeof(entry->'label') IS DISTINCT FROM 'string'
		    OR coalesce(jsonb_typeof(entry->'color'), 'string') <> 'string'
		    OR key = 'noteStatuses' AND NOT entry ? 'color'
		    OR btrim(entry->>'value') = '' OR btrim(entry->>'label') = ''
		    OR char_length(entry->>'value') > 100 OR char_length(entry->>'label') > 100
		    OR char_length(entry->>'color') > 50 THEN
			PERFORM crm.refuse_configuration(key, format('an entry holds texts: value and '
				'label, of 1 to 100 characters%s', CASE key
				WHEN 'noteStatuses' THEN ', and color' ELSE '' END));
		ELSIF entry->>'value' = ANY (known) THEN
			PERFORM crm.refuse_configuration(key,
				format('"%s" is there twice', entry->>'value'));
		END IF;
		known := known || (entry->>'value');
	END LOOP;
END $$;

CREATE FUNCTION crm.check_document(config jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	member record;
BEGIN
	IF octet_length(config::text) > 262144 THEN
		PERFORM crm.refuse_configuration('config', 'must have at most 256 KiB');
	END IF;
	FOR member IN SELECT * FROM jsonb_each(config) LOOP
		CASE member.key
		WHEN 'companySectors', 'dealStages', 'dealCategories', 'noteStatuses', 'taskTypes' THEN
			PERFORM crm.check_choices(member.key, member.value);
		WHEN 'title', 'lightModeLogo', 'darkModeLogo', 'googleWorkplaceDomain' THEN
			IF jsonb_typeof(member.value) <> 'string'
			    OR char_length(config->>member.key) > 2000 THEN
				PERFORM crm.refuse_configuration(member.key,
					'must be a text of at most 2000 characters');
			END IF;
		WHEN 'dealPipelineStatuses' THEN
			IF jsonb_typeof(member.value) <> 'array'
			    OR jsonb_array_length(member.value) > 100
			    OR jsonb_path_exists(member.value, 'strict $[*] ? (@.type() <> "string")') THEN
				PERFORM crm.refuse_configuration(member.key, 'must be a list of texts');
			END IF;
		WHEN 'currency' THEN
			IF jsonb_typeof(member.value) <> 'string'
			    OR config->>'currency' <> ALL (crm.currencies()) THEN
				PERFORM crm.refuse_configuration(member.key,
					'must be a currency''s code of ISO 4217');
			END IF;
		WHEN 'disableEmailPasswordAuthentication' THEN
			IF jsonb_typeof(member.value) <> 'boolean' THEN
				PERFORM crm.refuse_configuration(member.key, 'must be true or false');
			END IF;
		ELSE
			NULL;
		END CASE;
	END LOOP;
END $$;

CREATE FUNCTION crm.currencies() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT string_to_array('AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD '
		'BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC '
		'CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ '
		'GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW '
		'KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK '
		'MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON '
		'RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS '
		'TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST '
		'XAF XCD XCG XOF XPF XSU XUA YER ZAR ZMW ZWG', ' ')
$$;

-- What becomes of the deals when a list of choices changes.  A new value in the
-- place of one that is gone is its new name, and the deals go along; a value
-- that is gone and that deals carry is refused.  A list that is taken away
-- (not told) renames nothing.  Answers with the new names, {"old": "new"}.
CREATE FUNCTION crm.carry_deals(key text, member name, old text[], new text[], told boolean)
RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	renamed jsonb := coalesce((SELECT jsonb_object_agg(old[n], new[n])
		FROM generate_subscripts(old, 1) n
		WHERE told AND n <= cardinality(new) AND old[n] <> ALL (new) AND new[n] <> ALL (old)), '{}');
	gone text[] := ARRAY(SELECT o FROM unnest(old) o WHERE o <> ALL (new) AND NOT renamed ? o);
	value text;
	n bigint;
BEGIN
	IF gone <> '{}' THEN
		EXECUTE format('SELECT d.%1$I, count(*) FROM crm.deals d WHERE d.%1$I = ANY ($1) '
			'GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1', member) INTO value, n USING gone;
		IF n > 0 THEN
			PERFORM crm.refuse_configuration(key,
				format('"%s" cannot be removed: %s deals have it', value, n));
		END IF;
	END IF;
	IF renamed = '{}' THEN
		RETURN renamed;
	END IF;
	-- No edit of the deals: nothing is dated, no rule runs.
	PERFORM crm.hold_board(), set_config('app.restoring', 'on', true);
	EXECUTE format('WITH o AS (SELECT d.id FROM crm.deals d WHERE d.%1$I = ANY ($1) '
		'ORDER BY d.id FOR UPDATE) UPDATE crm.deals d SET %1$I = $2->>d.%1$I FROM o '
		'WHERE d.id = o.id AND $2 ? d.%1$I', member)
		USING ARRAY(SELECT jsonb_object_keys(renamed)), renamed;
	PERFORM set_config('app.restoring', '', true);
	RETURN renamed;
END $$;

CREATE FUNCTION crm.check_configuration() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	list record;
	renamed jsonb;
BEGIN
	IF jsonb_typeof(NEW.config) <> 'object' THEN
		RETURN NEW;	-- which a constraint refuses
	END IF;
	PERFORM crm.check_document(NEW.config);
	IF TG_OP = 'INSERT' THEN
		RETURN NEW;
	END IF;
	FOR list IN SELECT * FROM (VALUES ('dealStages', 'stage'), ('dealCategories', 'category'))
	    v (key, member) LOOP
		renamed := crm.carry_deals(list.key, list.member::name,
			crm.list_values(crm.configured_list(OLD.config, list.key)),
			crm.list_values(crm.configured_list(NEW.config, list.key)),
			NEW.config ? list.key);
		IF list.key = 'dealStages' AND renamed <> '{}'
		    AND NEW.config ? 'dealPipelineStatuses' THEN
			NEW.config := jsonb_set(NEW.config, '{dealPipelineStatuses}',
				(SELECT coalesce(jsonb_agg(coalesce(renamed->>s.stage, s.stage)
					ORDER BY s.place), '[]')
				FROM jsonb_array_elements_text(NEW.config->'dealPipelineStatuses')
					WITH ORDINALITY s (stage, place)));
		END IF;
	END LOOP;
	RETURN NEW;
END $$;
CREATE TRIGGER check_configuration BEFORE INSERT OR UPDATE OF config ON crm.configuration
	FOR EACH ROW EXECUTE FUNCTION crm.check_configuration();

-- Gives a stage another name, and a label unless that is null; the document as
-- it is then.
CREATE FUNCTION crm.rename_stage(old text, new text, label text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	document jsonb;
	stages jsonb;
	place integer;
BEGIN
	SELECT c.config INTO document FROM crm.configuration c FOR UPDATE;
	stages := crm.configured_list(coalesce(document, '{}'), 'dealStages');
	place := array_position(crm.list_values(stages), old) - 1;
	IF document IS NULL OR place IS NULL THEN
		PERFORM crm.refuse_configuration('from', 'there is no such stage');
	END IF;
	UPDATE crm.configuration c SET config = jsonb_set(document, '{dealStages}',
		jsonb_set(stages, ARRAY[place::text], (stages->place) || jsonb_build_object(
			'value', new, 'label', coalesce(label, stages->place->>'label'))));
	RETURN (SELECT row_to_json(c)::text FROM crm.configuration_summary c);
END $$;

GRANT EXECUTE ON FUNCTION crm.refuse_configuration(text, text),
	crm.configured_list(jsonb, text), crm.list_values(jsonb), crm.check_choices(text, jsonb),
	crm.check_document(jsonb), crm.currencies(), crm.carry_deals(text, name, text[], text[], boolean),
	crm.check_configuration(), crm.rename_stage(text, text, text) TO tenantry_app;
