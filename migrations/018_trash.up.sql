-- What was deleted, and what a row was before.
--
-- Deleting moves rows to the trash: they leave their tables for real, and a
-- trigger keeps them as they were.  What goes along by a cascade hangs on the
-- row it went with, so that a restore brings all of it back, and a purge takes
-- all of it away.

CREATE TABLE crm.trash (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	resource   text NOT NULL,	-- the table's name
	row_id     bigint NOT NULL,
	parent_id  bigint,		-- the row of the trash it went along with
	root_id    bigint NOT NULL,	-- the one that somebody deleted
	row        json NOT NULL,	-- json, not jsonb: it comes back byte by byte
	deleted_at timestamptz NOT NULL DEFAULT now(),
	sales_id   bigint,		-- who did it
	PRIMARY KEY (org_id, id)
);
CREATE INDEX trash_deleted_at ON crm.trash (org_id, deleted_at DESC NULLS LAST, id DESC)
	WHERE parent_id IS NULL;
CREATE INDEX trash_row_id ON crm.trash (org_id, row_id);
CREATE INDEX trash_root_id ON crm.trash (org_id, root_id);
CREATE INDEX trash_parent_id ON crm.trash (org_id, parent_id) WHERE parent_id IS NOT NULL;
SELECT ops.protect('crm.trash', false);
-- Who may delete rows may see them here and take them back; to be rid of them
-- for good is for administrators.
CREATE POLICY readers ON crm.trash FOR SELECT TO tenantry_app USING (true);
CREATE POLICY keepers ON crm.trash FOR INSERT TO tenantry_app WITH CHECK (true);
CREATE POLICY movers ON crm.trash FOR UPDATE TO tenantry_app USING (true);
CREATE POLICY administrators ON crm.trash FOR DELETE TO tenantry_app
	USING ((SELECT current_setting('app.role', true)) IN ('owner', 'admin')
		OR (SELECT current_setting('app.restoring', true)) = 'on');
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.trash TO tenantry_app;

-- A row that comes or goes by a delete or a restore is in the log already, as
-- the row it is.  What the log must tell besides is who had it purged.
DROP TRIGGER audit ON crm.trash;
CREATE TRIGGER audit AFTER DELETE ON crm.trash FOR EACH ROW
	WHEN (OLD.parent_id IS NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION ops.audit();

-- One statement may fill an empty trash with thousands of rows, or empty it.  The plan for
-- an empty table reads all of it, and would be kept for all those rows: what looks
-- into the trash once for each row does so without sequential scans.  A foreign
-- key of parent_id could not, so triggers stand in for it.

-- What went along is purged along, too; a restore takes all of it by itself.
CREATE FUNCTION crm.purge_followers() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
	IF current_setting('app.restoring', true) IS DISTINCT FROM 'on' THEN
		DELETE FROM crm.trash t WHERE t.org_id = OLD.org_id AND t.parent_id = OLD.id;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER followers AFTER DELETE ON crm.trash
	FOR EACH ROW EXECUTE FUNCTION crm.purge_followers();

-- The arguments of the trigger are the columns that name a parent, each with
-- the parent's table.  A parent's triggers run before those of the rows that
-- follow it: it is in the trash by then, since the same moment.
CREATE FUNCTION crm.keep_deleted() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	kept json := row_to_json(OLD);
	made bigint;
	parent bigint;
	root bigint;
BEGIN
	-- What a purge takes away is not kept; a merge has its own way back.
	IF current_setting('app.purging', true) = OLD.org_id::text
	    OR current_setting('app.merging', true) = 'on' THEN
		RETURN NULL;
	END IF;
	FOR n IN 0 .. TG_NARGS - 1 BY 2 LOOP
		SELECT t.id, t.root_id INTO parent, root FROM crm.trash t
		 WHERE t.org_id = OLD.org_id AND t.row_id = (kept->>TG_ARGV[n])::bigint
		   AND t.resource = TG_ARGV[n + 1] AND t.deleted_at = now() LIMIT 1;
		EXIT WHEN FOUND;
	END LOOP;
	made := ops.new_id();
	INSERT INTO crm.trash (org_id, id, resource, row_id, parent_id, root_id, row, sales_id)
	VALUES (OLD.org_id, made, TG_TABLE_NAME, OLD.id, parent, coalesce(root, made), kept,
		nullif(current_setting('app.sales_id', true), '')::bigint);
	RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION crm.purge_followers(), crm.keep_deleted() TO tenantry_app;

-- Has the deleted rows of a tenant table kept, after those of its parents.  Run by
-- migrations, behind ops.protect().
CREATE FUNCTION ops.keep_deleted(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER trash AFTER DELETE ON %s FOR EACH ROW '
		'EXECUTE FUNCTION crm.keep_deleted(%s)', tenant_table,
		(SELECT string_agg(format('%L, %L', a.attname, p.relname), ', ' ORDER BY a.attnum)
		  FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
		  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
		 WHERE k.conrelid = tenant_table AND k.contype = 'f' AND k.confdeltype = 'c'
		   AND EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = k.confrelid
			AND g.tgfoid = 'crm.keep_deleted'::regproc)));
END $$;
SELECT ops.keep_deleted('crm.companies');
SELECT ops.keep_deleted('crm.contacts');
SELECT ops.keep_deleted('crm.contact_notes');
SELECT ops.keep_deleted('crm.deals');
SELECT ops.keep_deleted('crm.deal_notes');
SELECT ops.keep_deleted('crm.tasks');
SELECT ops.keep_deleted('crm.tags');
SELECT ops.keep_deleted('crm.activities');
SELECT ops.keep_deleted('crm.appointments');
SELECT ops.keep_deleted('crm.automations');

-- What the clients read.  nb_rows: how many went along with a root.
CREATE VIEW crm.trash_summary WITH (security_invoker) AS
SELECT t.id, t.resource, t.row_id, left(coalesce(
		nullif(concat_ws(' ', t.row->>'first_name', t.row->>'last_name'), ''),
		t.row->>'name', t.row->>'title', t.row->>'subject', t.row->>'text',
		t.row->>'body'), 200) AS title,
	t.parent_id, t.root_id, t.deleted_at, t.sales_id,
	CASE WHEN t.parent_id IS NULL THEN (SELECT count(*) FROM crm.trash k
		WHERE k.org_id = t.org_id AND k.root_id = t.id) - 1 ELSE 0 END AS nb_rows
  FROM crm.trash t;
GRANT SELECT ON crm.trash_summary TO tenantry_app;

-- The columns of a table that refer to another, as foreign keys have it.
CREATE FUNCTION crm.parents_of(tenant_table regclass)
RETURNS TABLE (child name, parent regclass, resource name, needed boolean)
LANGUAGE sql STABLE AS $$
	SELECT a.attname, k.confrelid::regclass, c.relname, a.attnotnull
	  FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid
	  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
	 WHERE k.conrelid = tenant_table AND k.contype = 'f'
$$;

-- The root cannot come back before its parents do.
CREATE FUNCTION crm.check_parents(root crm.trash, tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	fk record;
	alive boolean;
	first crm.trash_summary;
BEGIN
	FOR fk IN SELECT p.*, (root.row->>p.child)::bigint AS id
	    FROM crm.parents_of(tenant_table) p WHERE root.row->>p.child IS NOT NULL LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s x WHERE x.org_id = $1 AND x.id = $2)',
			fk.parent) INTO alive USING root.org_id, fk.id;
		CONTINUE WHEN alive;
		SELECT r.* INTO first FROM crm.trash t JOIN crm.trash_summary r ON r.id = t.root_id
		 WHERE t.org_id = root.org_id AND t.row_id = fk.id
		   AND t.resource = fk.resource
		 ORDER BY t.deleted_at DESC LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION 'restore % of % first, "%": it is number % in the trash',
				first.row_id, first.resource, first.title, first.id
				USING ERRCODE = 'ZH409', COLUMN = fk.child;
		ELSIF fk.needed THEN
			RAISE EXCEPTION 'the row it belonged to is gone for good'
				USING ERRCODE = 'ZH422', COLUMN = fk.child;
		END IF;
	END LOOP;
END $$;

-- What went along, but has another parent in the trash still, goes over to that
-- one and comes back with it.  The lock keeps that one's root there meanwhile.
CREATE FUNCTION crm.hand_over(root bigint, of_resource text, tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	fk record;
BEGIN
	FOR fk IN SELECT * FROM crm.parents_of(tenant_table) p WHERE p.resource <> 'sales' LOOP
		-- No index is searched for a value that -> found, under row security.
		EXECUTE format('WITH child AS MATERIALIZED (SELECT t.id, (t.row->>%L)::bigint AS ref '
			'FROM crm.trash t '
			'WHERE t.org_id = $1 AND t.root_id = $2 AND t.resource = $3), '
			'waits AS (SELECT c.id, p.id AS parent_id, p.root_id FROM child c '
			'JOIN crm.trash p ON p.org_id = $1 AND p.row_id = c.ref AND p.resource = %L '
			'AND p.root_id <> $2 JOIN crm.trash r ON r.org_id = $1 AND r.id = p.root_id '
			'WHERE NOT EXISTS (SELECT FROM %s x WHERE x.org_id = $1 AND x.id = c.ref) '
			'FOR KEY SHARE OF r) UPDATE crm.trash t SET parent_id = w.parent_id, '
			'root_id = w.root_id FROM waits w WHERE t.org_id = $1 AND t.id = w.id',
			fk.child, fk.resource, fk.parent)
			USING nullif(current_setting('app.org_id', true), '')::uuid, root, of_resource;
	END LOOP;
END $$;

-- Puts the rows of one table back that were deleted at one moment, so that they
-- have the same columns.  A reference to what is gone for good is dropped where
-- it may be.
CREATE FUNCTION crm.put_back(root bigint, of_resource text, tenant_table regclass,
	moment timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	example json := (SELECT t.row FROM crm.trash t WHERE t.org_id = org AND t.root_id = root
		AND t.resource = of_resource AND t.deleted_at = moment LIMIT 1);
	names text;
	exprs text;
	n bigint;
BEGIN
	IF example IS NULL THEN
		RETURN 0;
	END IF;
	SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
		string_agg(CASE WHEN p.child IS NULL OR p.needed THEN format('n.%I', a.attname)
			ELSE format('CASE WHEN EXISTS (SELECT FROM %s x WHERE x.org_id = n.org_id '
				'AND x.id = n.%2$I) THEN n.%2$I END', p.parent, a.attname) END,
			', ' ORDER BY a.attnum)
	  INTO names, exprs
	  FROM pg_attribute a LEFT JOIN crm.parents_of(tenant_table) p ON p.child = a.attname
	 WHERE a.attrelid = tenant_table AND a.attnum > 0 AND NOT a.attisdropped
	   AND a.attgenerated = '' AND a.attname IN (SELECT json_object_keys(example));
	EXECUTE format('INSERT INTO %1$s (%2$s) SELECT %3$s FROM crm.trash t, '
		'json_populate_record(NULL::%1$s, t.row) n WHERE t.org_id = $1 AND t.root_id = $2 '
		'AND t.resource = $3 AND t.deleted_at = $4', tenant_table, names, exprs)
		USING org, root, of_resource, moment;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
EXCEPTION WHEN unique_violation THEN
	RAISE EXCEPTION 'a row of % has its place by now', of_resource USING ERRCODE = 'ZH409';
END $$;

-- A root that belonged to a row which has become another one since belongs to
-- that.  No row does so yet; 021 knows of some.
CREATE FUNCTION crm.follow_parent(root crm.trash) RETURNS crm.trash
LANGUAGE plpgsql AS $$
BEGIN
	RETURN root;
END $$;

-- Brings a root back with all that went along with it, every column as it was.
--
-- While it does, app.restoring is 'on': a trigger that completes rows, or acts on
-- new ones, leaves those alone.  The rows leave the trash when they are
-- back, not before: who counts a row's uses finds it in one place or the other.
CREATE FUNCTION crm.restore_trash(trash_id bigint) RETURNS text
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	root crm.trash;
	part record;
	n bigint := 0;
BEGIN
	SELECT * INTO root FROM crm.trash t WHERE t.org_id = org AND t.id = trash_id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such row' USING ERRCODE = 'ZH404';
	ELSIF root.parent_id IS NOT NULL THEN
		RAISE EXCEPTION 'it went along with number % of the trash: restore that',
			root.root_id USING ERRCODE = 'ZH409', COLUMN = 'root_id';
	END IF;
	root := crm.follow_parent(root);
	PERFORM set_config('app.restoring', 'on', true);
	-- Younger tables refer to older ones.
	FOR part IN SELECT DISTINCT c.oid, c.oid::regclass AS tenant_table, t.resource, t.deleted_at
	    FROM crm.trash t JOIN pg_class c ON c.relname = t.resource
		AND c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
	    WHERE t.org_id = org AND t.root_id = trash_id ORDER BY c.oid, t.deleted_at LOOP
		IF part.resource = root.resource THEN
			PERFORM crm.check_parents(root, part.tenant_table);
		ELSE
			PERFORM crm.hand_over(trash_id, part.resource, part.tenant_table);
		END IF;
		n := n + crm.put_back(trash_id, part.resource, part.tenant_table, part.deleted_at);
	END LOOP;
	DELETE FROM crm.trash t WHERE t.org_id = org AND t.root_id = trash_id;
	PERFORM set_config('app.restoring', '', true);
	RETURN json_build_object('resource', root.resource, 'id', root.row_id, 'rows', n);
END $$;
GRANT EXECUTE ON FUNCTION crm.parents_of(regclass), crm.check_parents(crm.trash, regclass),
	crm.hand_over(bigint, text, regclass), crm.follow_parent(crm.trash),
	crm.put_back(bigint, text, regclass, timestamptz), crm.restore_trash(bigint)
	TO tenantry_app;

-- Takes roots away whose time is over, with all that went along, until so many rows
-- are gone.  The guard binds the owner, so it asks one organization after
-- another.  Returns how many went; none when there is nothing to do.
CREATE FUNCTION ops.purge_trash(age interval, batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	root bigint;
	n integer := 0;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		WHILE n < batch LOOP
			SELECT t.id INTO root FROM crm.trash t
			 WHERE t.org_id = org AND t.parent_id IS NULL AND t.deleted_at <= now() - greatest(age, '0')
			 ORDER BY t.deleted_at LIMIT 1 FOR UPDATE SKIP LOCKED;
			EXIT WHEN NOT FOUND;
			n := n + (SELECT count(*) FROM crm.trash t
				WHERE t.org_id = org AND t.root_id = root);
			DELETE FROM crm.trash t WHERE t.org_id = org AND t.id = root;
		END LOOP;
		EXIT WHEN n >= batch;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN n;
END $$;
GRANT EXECUTE ON FUNCTION ops.purge_trash(interval, integer) TO tenantry_app;

-- What a row was before.  Rows that are purged have no history: to members they are
-- gone.  The log itself is for administrators.

CREATE INDEX audit_log_row ON ops.audit_log (org_id, row_id, id);

-- Of the columns that the caller's resource shows, those that the table itself has.
CREATE FUNCTION crm.own_columns(tenant_table regclass, columns text[]) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT array_agg(c ORDER BY n) FROM unnest(columns) WITH ORDINALITY u (c, n)
	  JOIN pg_attribute a ON a.attrelid = tenant_table AND a.attname = c AND a.attgenerated = ''
$$;

-- True for a row that is where it belongs, or in the trash.
CREATE FUNCTION crm.row_known(tenant_table regclass, row_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	known boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %s x WHERE x.org_id = $1 AND x.id = $2)'
		'OR EXISTS (SELECT FROM crm.trash t WHERE t.org_id = $1 AND t.row_id = $2 '
		'AND t.resource = $3)', tenant_table) INTO known
		USING org, row_id, (SELECT relname FROM pg_class WHERE oid = tenant_table);
	RETURN known;
END $$;

-- Who changed what of it, the newest first, from before an entry on; null for a row
-- that is not there.  An insert after a delete is a restore.
CREATE FUNCTION crm.row_history(tenant_table regclass, row_id bigint, columns text[],
	before bigint, room integer) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	resource name := (SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table
		AND c.relnamespace = 'crm'::regnamespace);
	shown text[] := crm.own_columns(tenant_table, columns);
BEGIN
	IF resource IS NULL OR NOT crm.row_known(tenant_table, row_id) THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT coalesce(json_agg(json_build_object('id', l.id, 'at', l.at,
		'action', CASE WHEN l.action = 'insert' AND EXISTS (SELECT FROM ops.audit_log d
			WHERE d.org_id = org AND d.row_id = l.row_id AND d.id < l.id
			  AND d.table_name = resource AND d.action = 'delete')
			THEN 'restore' ELSE l.action END,
		'sales_id', s.id, 'name', concat_ws(' ', s.first_name, s.last_name),
		'changes', (SELECT coalesce(json_object_agg(c, json_build_object(
				'old', l.old->c, 'new', l.new->c) ORDER BY n), '{}')
			FROM unnest(shown) WITH ORDINALITY u (c, n)
			WHERE nullif((l.old->c)::text, 'null')
				IS DISTINCT FROM nullif((l.new->c)::text, 'null')))
		ORDER BY l.id DESC), '[]')
	  FROM (SELECT a.* FROM ops.audit_log a
		WHERE a.org_id = org AND a.row_id = row_history.row_id::text
		  AND a.table_name = resource AND (before IS NULL OR a.id < before)
		ORDER BY a.id DESC LIMIT room) l
	  LEFT JOIN crm.sales s ON s.org_id = org AND s.user_id = l.user_id);
END $$;

-- The row as it was at a moment: what the first change after it found, or else what
-- the last change left.  The id of an entry begins with its time; see 001.
CREATE FUNCTION crm.row_as_of(tenant_table regclass, row_id bigint, columns text[],
	moment timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	resource name := (SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table
		AND c.relnamespace = 'crm'::regnamespace);
	later bigint := (floor((extract(epoch FROM moment) - 1735689600) * 1000)::bigint + 1) << 12;
	was json;
BEGIN
	IF resource IS NULL OR NOT crm.row_known(tenant_table, row_id) THEN
		RETURN NULL;
	END IF;
	SELECT a.old INTO was FROM ops.audit_log a
	 WHERE a.org_id = org AND a.row_id = row_as_of.row_id::text AND a.table_name = resource
	   AND a.id >= later ORDER BY a.id LIMIT 1;
	IF NOT FOUND THEN
		SELECT a.new INTO was FROM ops.audit_log a
		 WHERE a.org_id = org AND a.row_id = row_as_of.row_id::text
		   AND a.table_name = resource ORDER BY a.id DESC LIMIT 1;
	END IF;
	RETURN (SELECT json_object_agg(c, was->c ORDER BY n)
		FROM unnest(crm.own_columns(tenant_table, columns)) WITH ORDINALITY u (c, n)
		WHERE was->c IS NOT NULL);
END $$;

-- When a row that the caller sees was made and last changed, and by whom: the first
-- and the last entry about it, by their index.
CREATE FUNCTION crm.row_changed(resource text, row_id bigint) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	WITH here AS (SELECT nullif(current_setting('app.org_id', true), '')::uuid AS org),
	made AS (
		SELECT a.at, a.user_id FROM ops.audit_log a, here h
		 WHERE a.org_id = h.org AND a.row_id = row_changed.row_id::text
		   AND a.table_name = resource AND a.action = 'insert'
		 ORDER BY a.id LIMIT 1),
	changed AS (
		SELECT a.at, a.user_id FROM ops.audit_log a, here h
		 WHERE a.org_id = h.org AND a.row_id = row_changed.row_id::text
		   AND a.table_name = resource
		 ORDER BY a.id DESC LIMIT 1)
	SELECT json_build_object('created_at', m.at, 'created_by', (SELECT s.id FROM crm.sales s
			WHERE s.org_id = h.org AND s.user_id = m.user_id),
		'updated_at', c.at, 'updated_by', (SELECT s.id FROM crm.sales s
			WHERE s.org_id = h.org AND s.user_id = c.user_id))
	  FROM here h LEFT JOIN made m ON true LEFT JOIN changed c ON true
$$;
GRANT EXECUTE ON FUNCTION
	crm.row_changed(text, bigint),
	crm.row_history(regclass, bigint, text[], bigint, integer),
	crm.row_as_of(regclass, bigint, text[], timestamptz) TO tenantry_app;

-- As in 003, but for rows that come back: they are complete, and nobody met
-- anybody by it.  What completes companies and contacts is in 024.

CREATE OR REPLACE FUNCTION crm.default_sales_id() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.sales_id IS NULL
	    AND current_setting('app.restoring', true) IS DISTINCT FROM 'on' THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION crm.contact_seen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('app.restoring', true) = 'on' THEN
		RETURN NULL;
	END IF;
	UPDATE crm.contacts c SET last_seen = NEW.date
	 WHERE c.org_id = NEW.org_id AND c.id = NEW.contact_id AND c.last_seen < NEW.date;
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION crm.complete_deal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('app.restoring', true) = 'on' THEN
		RETURN NEW;
	END IF;
	IF NEW.amount IS NULL THEN
		NEW.amount := 0;
	END IF;
	IF NEW.contact_ids IS NULL THEN
		NEW.contact_ids := '{}';
	END IF;
	IF TG_OP = 'INSERT' THEN
		IF NEW.sales_id IS NULL THEN
			NEW.sales_id := crm.own_sales_id(NEW.org_id);
		END IF;
	ELSIF (NEW.name, NEW.company_id, NEW.contact_ids, NEW.category, NEW.stage,
		NEW.description, NEW.amount, NEW.archived_at, NEW.expected_closing_date,
		NEW.sales_id) IS DISTINCT FROM (OLD.name, OLD.company_id, OLD.contact_ids,
		OLD.category, OLD.stage, OLD.description, OLD.amount, OLD.archived_at,
		OLD.expected_closing_date, OLD.sales_id) THEN
		NEW.updated_at := now();
	END IF;
	RETURN NEW;
END $$;

-- As in 003, but what goes with an organization is not kept.
CREATE OR REPLACE FUNCTION crm.organization_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	was text := current_setting('app.purging', true);
	tenant_table regclass;
BEGIN
	PERFORM set_config('app.org_id', OLD.id::text, true),
		set_config('app.purging', OLD.id::text, true);
	FOR tenant_table IN SELECT c.oid FROM pg_class c
	    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
	    WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
	    ORDER BY c.oid DESC LOOP
		EXECUTE format('DELETE FROM %s WHERE org_id = $1', tenant_table) USING OLD.id;
	END LOOP;
	PERFORM set_config('app.org_id', other, true), set_config('app.purging', was, true);
	RETURN OLD;
END $$;
