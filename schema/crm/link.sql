-- Links: the contacts of a deal and the tags of a contact.
--
-- Clients read and write them as arrays of IDs, deals.contact_ids and contacts.tags, which keep the order. An ID
-- without a row in this organization is refused, and deleting a contact or tag removes its ID from every array.
-- crm.deal_contacts also stores the contacts of deals as rows with foreign keys, to find the deals of a contact. Only
-- the deletion of a tag searches for all contacts with the tag, so tags need no such rows: a lock replaces them.

-- Returns the IDs of an array whose rows exist. Keeps duplicates and the order.
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

-- Adds the links of an array to rows in the trash to the trash entries of these contacts or tags, to be restored with
-- them. Each link is stored with its current position in the array, so links that were stored later are restored
-- first.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.keep_links(org uuid, target name, owner name, owner_id bigint, ids bigint[], alive bigint[])
RETURNS void LANGUAGE sql AS $$
	UPDATE crm.trash t SET links = t.links || jsonb_build_object('table', owner, 'id', owner_id, 'place', x.n,
		'at', extract(epoch FROM clock_timestamp()))
	  FROM unnest(ids) WITH ORDINALITY x (id, n)
	 WHERE x.id <> ALL (alive) AND t.org_id = org AND t.resource = target AND t.row_id = x.id
$$;

-- A restored deal does not refer to deleted contacts. A reference to a contact in the trash is restored with that
-- contact. For an archive, crm.repair_links() restores the links.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.restore_contact_ids() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	alive bigint[];
BEGIN
	IF ops.mode('restoring') AND NOT ops.archive() AND NEW.contact_ids <> '{}' THEN
		alive := crm.living_ids(NEW.org_id, 'contacts', NEW.contact_ids);
		PERFORM crm.keep_links(NEW.org_id, 'contacts', 'deals', NEW.id, NEW.contact_ids, alive);
		NEW.contact_ids := alive;
	END IF;
	RETURN NEW;
END $$;

-- Returns the key of the lock on the tags of an organization.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.tags_key(org uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT hashtextextended('tags ' || org::text, 0)	-- with uuid, the operator is not immutable, so the planner would not inline this function
$$;

-- Returns the tags of a contact that is written. Each tag must exist. A restored contact loses missing tags until
-- they are restored as well. The lock makes the deletion of a tag wait for this transaction.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.checked_tags(org uuid, contact_id bigint, ids bigint[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	alive bigint[];
	ignored text;	-- an assignment is faster than PERFORM, which runs a query
BEGIN
	ignored := pg_advisory_xact_lock_shared(crm.tags_key(org));
	IF (SELECT count(*) FROM crm.tags t WHERE t.org_id = org AND t.id = ANY (ids)) = cardinality(ids) THEN
		RETURN ids;
	END IF;
	alive := crm.living_ids(org, 'tags', ids);
	IF ops.mode('restoring') THEN
		PERFORM crm.keep_links(org, 'tags', 'contacts', contact_id, ids, alive);
	ELSIF alive <> ids THEN
		PERFORM ops.fault('no_such_reference', 'tags.' || x.n - 1) FROM unnest(ids) WITH ORDINALITY x (id, n)
		  WHERE x.id <> ALL (alive) OR x.id IS NULL ORDER BY x.n;
		PERFORM ops.refuse_faults();
	END IF;
	RETURN alive;
END $$;

-- Refuses the IDs of a deal's contacts that do not exist, each with its position.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_missing_contacts(org uuid, ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	alive bigint[] := crm.living_ids(org, 'contacts', ids);
BEGIN
	PERFORM ops.fault('no_such_reference', 'contact_ids.' || x.n - 1) FROM unnest(ids) WITH ORDINALITY x (id, n)
	  WHERE x.id <> ALL (alive) OR x.id IS NULL ORDER BY x.n;
	PERFORM ops.refuse_faults();
END $$;

-- Writes the links of a deal whose array has changed. An archive may be older than the table of links, so
-- crm.repair_links() writes them after its import.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.write_deal_contacts() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[] := NEW.contact_ids;
BEGIN
	IF ids = OLD.contact_ids THEN
		RETURN NULL;
	ELSIF ops.archive() THEN
		ids := crm.living_ids(NEW.org_id, 'contacts', ids);
	END IF;
	DELETE FROM crm.deal_contacts l WHERE l.org_id = NEW.org_id AND l.deal_id = NEW.id AND l.contact_id <> ALL (ids);
	-- The subtransaction of the block is begun only for a changed array.
	BEGIN
		INSERT INTO crm.deal_contacts (org_id, deal_id, contact_id)
		SELECT DISTINCT NEW.org_id, NEW.id, x FROM unnest(ids) x ORDER BY x ON CONFLICT DO NOTHING;
	EXCEPTION WHEN foreign_key_violation OR not_null_violation THEN
		PERFORM crm.refuse_missing_contacts(NEW.org_id, ids);
		RAISE;
	END;
	RETURN NULL;
END $$;

-- Writes the links of new deals per statement, because an import inserts many deals in one statement.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.write_new_deal_contacts() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO crm.deal_contacts (org_id, deal_id, contact_id)
	SELECT w.org_id, w.id, x FROM written w, unnest(CASE WHEN ops.archive()
		THEN crm.living_ids(w.org_id, 'contacts', w.contact_ids) ELSE w.contact_ids END) x ON CONFLICT DO NOTHING;
	RETURN NULL;
EXCEPTION WHEN foreign_key_violation OR not_null_violation THEN
	-- With several deals, a position would not identify the deal that is at fault.
	PERFORM crm.refuse_missing_contacts(w.org_id, w.contact_ids) FROM written w WHERE (SELECT count(*) FROM written) = 1;
	RAISE;
END $$;

-- Locks the rows whose arrays the deletion of a contact or company changes, in the order of their IDs. Foreign keys
-- delete rows in any order, so two deletions could deadlock.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.hold_linked() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.purging(OLD.org_id) THEN
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

-- Removes a deleted contact from the array of a deal that still contains it. This is not an edit of the row. Each
-- edit of the array also calls this function, after the ID has already been removed.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.deal_contact_removed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	had bigint[];
	was boolean;
	grants text;
BEGIN
	IF ops.purging(OLD.org_id) THEN
		RETURN NULL;
	END IF;
	grants := ops.begin_system();
	SELECT d.contact_ids INTO had FROM crm.deals d WHERE d.org_id = OLD.org_id AND d.id = OLD.deal_id;
	IF OLD.contact_id = ANY (had) THEN
		was := ops.mode('restoring');
		PERFORM crm.keep_links(OLD.org_id, 'contacts', 'deals', OLD.deal_id, had, array_remove(had, OLD.contact_id)),
			ops.set_mode('restoring', true);
		UPDATE crm.deals d SET contact_ids = array_remove(had, OLD.contact_id)
		 WHERE d.org_id = OLD.org_id AND d.id = OLD.deal_id;
		PERFORM ops.set_mode('restoring', was);
	END IF;
	PERFORM ops.end_system(grants);
	RETURN NULL;
END $$;

-- Waits for transactions that write contacts with tags, and blocks new ones, see crm.checked_tags().
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.hold_tags() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT ops.purging(OLD.org_id) THEN
		PERFORM pg_advisory_xact_lock(crm.tags_key(OLD.org_id));
	END IF;
	RETURN OLD;
END $$;

-- Removes deleted tags from the contacts that have them. This is not an edit of the contacts.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.tags_removed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := (SELECT g.org_id FROM gone g LIMIT 1);
	ids bigint[] := ARRAY(SELECT g.id FROM gone g);
	was boolean := ops.mode('restoring');
	grants text;
BEGIN
	IF org IS NULL OR ops.purging(org) THEN
		RETURN NULL;
	END IF;
	grants := ops.begin_system();
	PERFORM ops.set_mode('restoring', true);
	WITH had AS MATERIALIZED (SELECT c.id, c.tags FROM crm.contacts c WHERE c.org_id = org AND c.tags && ids
		ORDER BY c.id FOR NO KEY UPDATE),
	    kept AS MATERIALIZED (SELECT h.id, h.tags, ARRAY(SELECT x.id FROM unnest(h.tags) WITH ORDINALITY x (id, n)
		WHERE x.id <> ALL (ids) ORDER BY x.n) AS rest FROM had h),
	    links AS (SELECT g.id, jsonb_agg(jsonb_build_object('table', 'contacts', 'id', k.id, 'at', extract(epoch FROM clock_timestamp()),
			'place', array_position(k.tags, g.id)) ORDER BY k.id) AS links
		  FROM unnest(ids) g (id) JOIN kept k ON g.id = ANY (k.tags) GROUP BY g.id),
	    noted AS (UPDATE crm.trash t SET links = t.links || l.links FROM links l
		 WHERE t.org_id = org AND t.resource = 'tags' AND t.row_id = l.id)
	UPDATE crm.contacts c SET tags = k.rest FROM kept k WHERE c.org_id = org AND c.id = k.id;
	PERFORM ops.set_mode('restoring', was), ops.end_system(grants);
	RETURN NULL;
END $$;

-- Adds restored contacts and tags to the arrays that contained them, including arrays of rows in the trash.
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

-- Removes IDs without a row from the arrays of the organization, and writes the links of deals. Raises a warning for
-- each affected table. This is for rows that were written before links were checked.
CREATE OR REPLACE FUNCTION crm.repair_links() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	was boolean := ops.mode('restoring');
	l record;
	n bigint;
BEGIN
	PERFORM ops.set_mode('restoring', true);
	FOR l IN VALUES ('deals', 'contact_ids', 'contacts'), ('contacts', 'tags', 'tags') LOOP
		EXECUTE format('UPDATE crm.%1$I t SET %2$I = crm.living_ids(t.org_id, %3$L, t.%2$I) '
			'WHERE t.org_id = $1 AND EXISTS (SELECT FROM unnest(t.%2$I) x WHERE NOT EXISTS ('
			'SELECT FROM crm.%3$I y WHERE y.org_id = $1 AND y.id = x))', l.column1, l.column2, l.column3) USING org;
		GET DIAGNOSTICS n = ROW_COUNT;
		IF n > 0 THEN
			RAISE WARNING 'organization %: % of % % had ids of no %, which are removed', org, l.column2, n,
				l.column1, l.column3;
		END IF;
	END LOOP;
	INSERT INTO crm.deal_contacts (org_id, deal_id, contact_id)
	SELECT DISTINCT t.org_id, t.id, x FROM crm.deals t, unnest(t.contact_ids) x WHERE t.org_id = org ON CONFLICT DO NOTHING;
	PERFORM ops.set_mode('restoring', was);
END $$;

CREATE OR REPLACE TRIGGER hold_linked BEFORE DELETE ON crm.contacts FOR EACH ROW EXECUTE FUNCTION crm.hold_linked();
CREATE OR REPLACE TRIGGER hold_linked BEFORE DELETE ON crm.companies FOR EACH ROW EXECUTE FUNCTION crm.hold_linked();
CREATE OR REPLACE TRIGGER hold_tags BEFORE DELETE ON crm.tags FOR EACH ROW EXECUTE FUNCTION crm.hold_tags();

-- Since its name sorts later, this trigger runs after the trigger that moves the tags to the trash.
CREATE OR REPLACE TRIGGER untag AFTER DELETE ON crm.tags REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
	EXECUTE FUNCTION crm.tags_removed();
