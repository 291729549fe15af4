-- Links: the contacts of a deal and the tags of a contact.
--
-- Clients read and write them as an array of ids, deals.contact_ids and contacts.tags, which keeps
-- their order. crm.deal_contacts and crm.contact_tags hold the same links as rows with foreign keys.
-- Triggers keep the two in step: an id without a row of this organization is refused, and deleting
-- a contact or tag removes its id from every array. The arguments of the triggers are the
-- link's table, its two columns, the array and the table that it names.

-- The IDs of an array that have a row; duplicates and the order are kept.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.living_ids(org uuid, target name, ids bigint[]) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	found bigint[];
BEGIN
	EXECUTE format('SELECT ARRAY(SELECT x.id FROM unnest($2) WITH ORDINALITY x (id, n) WHERE EXISTS ('
		'SELECT FROM crm.%I t WHERE t.org_id = $1 AND t.id = x.id) ORDER BY x.n)', target)
		INTO found USING org, ids;
	RETURN found;
END $$;

-- Adds a link to the trash entry of its deleted contact or tag, to be restored with it. place: in
-- the array at this moment, so the links of later moments are restored first.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.keep_link(org uuid, target name, gone bigint, owner name, owner_id bigint, place integer,
	moment timestamptz)
RETURNS void LANGUAGE sql AS $$
	UPDATE crm.trash t SET links = t.links || jsonb_build_object('table', owner, 'id', owner_id, 'place', place,
		'at', extract(epoch FROM moment))
	 WHERE t.org_id = org AND t.resource = target AND t.row_id = gone
$$;

-- A restored row does not refer to deleted rows. A reference to a row in the trash is restored with that row. For an
-- archive, crm.repair_links() does that.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.restore_array() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[];
	alive bigint[];
	moment timestamptz := clock_timestamp();
BEGIN
	IF NOT ops.mode('restoring') OR ops.archive() THEN
		RETURN NEW;
	ELSIF TG_ARGV[3] = 'tags' THEN
		ids := NEW.tags;
	ELSE
		ids := NEW.contact_ids;
	END IF;
	IF coalesce(ids, '{}') = '{}' THEN
		RETURN NEW;
	END IF;
	alive := crm.living_ids(NEW.org_id, TG_ARGV[4], ids);
	IF alive = ids THEN
		RETURN NEW;
	END IF;
	PERFORM crm.keep_link(NEW.org_id, TG_ARGV[4], x.id, TG_TABLE_NAME, NEW.id, x.n::integer,
		moment)
	   FROM unnest(ids) WITH ORDINALITY x (id, n) WHERE x.id <> ALL (alive);
	IF TG_ARGV[3] = 'tags' THEN
		NEW.tags := alive;
	ELSE
		NEW.contact_ids := alive;
	END IF;
	RETURN NEW;
END $$;

-- Writes the links of an array that has changed. An archive may be older than the links: crm.repair_links() follows.
-- Every write of a contact or deal calls this, so it has a statement for each table in place of
-- dynamic SQL, which is planned each time.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.write_links() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	archive boolean := ops.archive();
	ids bigint[];
BEGIN
	IF TG_ARGV[0] = 'contact_tags' THEN
		ids := NEW.tags;
		IF archive THEN
			ids := crm.living_ids(NEW.org_id, 'tags', ids);
		END IF;
		DELETE FROM crm.contact_tags l WHERE l.org_id = NEW.org_id AND l.contact_id = NEW.id AND l.tag_id <> ALL (ids);
		INSERT INTO crm.contact_tags (org_id, contact_id, tag_id)
		SELECT DISTINCT NEW.org_id, NEW.id, x FROM unnest(ids) x ORDER BY x ON CONFLICT DO NOTHING;
	ELSE
		ids := NEW.contact_ids;
		IF archive THEN
			ids := crm.living_ids(NEW.org_id, 'contacts', ids);
		END IF;
		DELETE FROM crm.deal_contacts l WHERE l.org_id = NEW.org_id AND l.deal_id = NEW.id AND l.contact_id <> ALL (ids);
		INSERT INTO crm.deal_contacts (org_id, deal_id, contact_id)
		SELECT DISTINCT NEW.org_id, NEW.id, x FROM unnest(ids) x ORDER BY x ON CONFLICT DO NOTHING;
	END IF;
	RETURN NULL;
END $$;

-- Writes the links of new rows; an import inserts many in one statement.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.write_new_links() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF TG_ARGV[0] = 'contact_tags' AND ops.archive() THEN
		INSERT INTO crm.contact_tags (org_id, contact_id, tag_id)
		SELECT w.org_id, w.id, x FROM written w, unnest(crm.living_ids(w.org_id, 'tags', w.tags)) x ON CONFLICT DO NOTHING;
	ELSIF TG_ARGV[0] = 'contact_tags' THEN
		INSERT INTO crm.contact_tags (org_id, contact_id, tag_id)
		SELECT w.org_id, w.id, x FROM written w, unnest(w.tags) x ON CONFLICT DO NOTHING;
	ELSIF ops.archive() THEN
		INSERT INTO crm.deal_contacts (org_id, deal_id, contact_id)
		SELECT w.org_id, w.id, x FROM written w, unnest(crm.living_ids(w.org_id, 'contacts', w.contact_ids)) x ON CONFLICT DO NOTHING;
	ELSE
		INSERT INTO crm.deal_contacts (org_id, deal_id, contact_id)
		SELECT w.org_id, w.id, x FROM written w, unnest(w.contact_ids) x ON CONFLICT DO NOTHING;
	END IF;
	RETURN NULL;
END $$;

-- Locks the rows whose arrays the deletion of a tag, contact or company changes, in the order of
-- their ids: foreign keys delete in any order, so two deletions would deadlock.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.hold_linked() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.purging(OLD.org_id) THEN
		RETURN OLD;
	END IF;
	IF TG_TABLE_NAME = 'tags' THEN
		PERFORM FROM crm.contacts c WHERE c.org_id = OLD.org_id AND c.id IN (SELECT l.contact_id
			FROM crm.contact_tags l WHERE l.org_id = OLD.org_id AND l.tag_id = OLD.id)
		  ORDER BY c.id FOR NO KEY UPDATE;
		RETURN OLD;
	ELSIF TG_TABLE_NAME = 'companies' THEN
		PERFORM FROM crm.contacts c WHERE c.org_id = OLD.org_id AND c.company_id = OLD.id
		  ORDER BY c.id FOR UPDATE;
	END IF;
	PERFORM FROM crm.deals d WHERE d.org_id = OLD.org_id AND d.id IN (
		SELECT l.deal_id FROM crm.deal_contacts l WHERE l.org_id = OLD.org_id
		   AND TG_TABLE_NAME = 'contacts' AND l.contact_id = OLD.id
		UNION ALL SELECT l.deal_id FROM crm.contacts c JOIN crm.deal_contacts l
			ON l.org_id = c.org_id AND l.contact_id = c.id
		 WHERE c.org_id = OLD.org_id AND TG_TABLE_NAME = 'companies' AND c.company_id = OLD.id
		UNION ALL SELECT x.id FROM crm.deals x WHERE x.org_id = OLD.org_id
		   AND TG_TABLE_NAME = 'companies' AND x.company_id = OLD.id)
	  ORDER BY d.id FOR UPDATE;
	RETURN OLD;
END $$;

-- Removes a deleted contact or tag from an array that still contains it. This is not an edit of the row. Each edit
-- of the array calls this, when it has already lost the ID, so the look-up is not dynamic.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.link_removed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	of_tag boolean := TG_ARGV[3] = 'tags';
	owner name := CASE WHEN of_tag THEN 'contacts' ELSE 'deals' END;
	owner_id bigint;
	gone bigint;
	was boolean;
	place integer;
	grants text;
BEGIN
	IF ops.purging(OLD.org_id) THEN
		RETURN NULL;
	END IF;
	grants := ops.begin_system();
	IF of_tag THEN
		owner_id := OLD.contact_id;
		gone := OLD.tag_id;
		SELECT array_position(t.tags, gone) INTO place FROM crm.contacts t
		 WHERE t.org_id = OLD.org_id AND t.id = owner_id;
	ELSE
		owner_id := OLD.deal_id;
		gone := OLD.contact_id;
		SELECT array_position(t.contact_ids, gone) INTO place FROM crm.deals t
		 WHERE t.org_id = OLD.org_id AND t.id = owner_id;
	END IF;
	IF place IS NOT NULL THEN
		was := ops.mode('restoring');
		PERFORM crm.keep_link(OLD.org_id, TG_ARGV[4], gone, owner, owner_id, place,
				clock_timestamp()),
			ops.set_mode('restoring', true);
		EXECUTE format('UPDATE crm.%1$I t SET %2$I = array_remove(t.%2$I, $3) WHERE t.org_id = $1 AND t.id = $2',
			owner, TG_ARGV[3]) USING OLD.org_id, owner_id, gone;
		PERFORM ops.set_mode('restoring', was);
	END IF;
	PERFORM ops.end_system(grants);
	RETURN NULL;
END $$;

-- Puts restored contacts and tags back into the arrays that had them, also of rows in the trash.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.restore_links(root bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	l record;
	member name;
	n bigint;
BEGIN
	FOR l IN SELECT r.row_id AS back, x.* FROM crm.trash r,
		jsonb_to_recordset(r.links) x ("table" name, id bigint, place integer, at numeric)
	    WHERE r.org_id = org AND r.root_id = root AND r.links <> '[]' ORDER BY x.at DESC, x.place LOOP
		member := CASE l."table" WHEN 'contacts' THEN 'tags' ELSE 'contact_ids' END;
		EXECUTE format('UPDATE crm.%1$I t SET %2$I = t.%2$I[:$3 - 1] || $4 || t.%2$I[$3:] '
			'WHERE t.org_id = $1 AND t.id = $2 AND $4 <> ALL (t.%2$I)', l."table", member)
			USING org, l.id, l.place, l.back;
		GET DIAGNOSTICS n = ROW_COUNT;
		IF n = 0 THEN
			UPDATE crm.trash t SET row = jsonb_insert(t.row::jsonb,
				ARRAY[member::text, (l.place - 1)::text], to_jsonb(l.back))
			 WHERE t.org_id = org AND t.resource = l."table" AND t.row_id = l.id
			   AND NOT t.row::jsonb->member @> to_jsonb(l.back);
		END IF;
	END LOOP;
END $$;

-- Removes ids without a row from the arrays of the organization, and writes the links of the
-- others. Warns of each table. Used for rows written before links were checked.
CREATE OR REPLACE FUNCTION crm.repair_links() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	was boolean := ops.mode('restoring');
	l record;
	n bigint;
BEGIN
	PERFORM ops.set_mode('restoring', true);
	FOR l IN SELECT * FROM (VALUES ('deals', 'contact_ids', 'contacts', 'deal_contacts', 'deal_id', 'contact_id'),
	    ('contacts', 'tags', 'tags', 'contact_tags', 'contact_id', 'tag_id'))
	    v (owner, member, target, link, own_key, other_key) LOOP
		EXECUTE format('UPDATE crm.%1$I t SET %2$I = crm.living_ids(t.org_id, %3$L, t.%2$I) '
			'WHERE t.org_id = $1 AND EXISTS (SELECT FROM unnest(t.%2$I) x WHERE NOT EXISTS ('
			'SELECT FROM crm.%3$I y WHERE y.org_id = $1 AND y.id = x))', l.owner, l.member, l.target) USING org;
		GET DIAGNOSTICS n = ROW_COUNT;
		IF n > 0 THEN
			RAISE WARNING 'organization %: % of % % had ids of no %, which are removed', org, l.member, n,
				l.owner, l.target;
		END IF;
		EXECUTE format('INSERT INTO crm.%I (org_id, %I, %I) SELECT DISTINCT t.org_id, t.id, x '
			'FROM crm.%I t, unnest(t.%I) x WHERE t.org_id = $1 ON CONFLICT DO NOTHING',
			l.link, l.own_key, l.other_key, l.owner, l.member) USING org;
	END LOOP;
	PERFORM ops.set_mode('restoring', was);
END $$;

CREATE OR REPLACE TRIGGER hold_linked BEFORE DELETE ON crm.tags FOR EACH ROW EXECUTE FUNCTION crm.hold_linked();
CREATE OR REPLACE TRIGGER hold_linked BEFORE DELETE ON crm.contacts FOR EACH ROW EXECUTE FUNCTION crm.hold_linked();
CREATE OR REPLACE TRIGGER hold_linked BEFORE DELETE ON crm.companies FOR EACH ROW EXECUTE FUNCTION crm.hold_linked();
