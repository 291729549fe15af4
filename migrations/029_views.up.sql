-- Lists taken along, kept and worked on as a whole.

-- A contact with names in place of ids, for files that people read: what
-- Atomic CRM puts into its own, and what a card holds.
CREATE VIEW crm.contacts_sheet WITH (security_invoker) AS
SELECT s.*,
	(SELECT string_agg(t.name, ', ' ORDER BY x.place)
	  FROM unnest(s.tags) WITH ORDINALITY x (id, place)
	  JOIN crm.tags t ON t.id = x.id) AS tag_names,
	(SELECT json_agg(t.name ORDER BY t.name) FROM crm.tags t
	  WHERE t.id = ANY (s.tags)) AS tag_list,
	s.company_name AS company,
	(SELECT concat_ws(' ', p.first_name, p.last_name)
	  FROM crm.sales p WHERE p.id = s.sales_id) AS sales,
	jsonb_path_query_first(s.email_jsonb, '$[*] ? (@.type == "Work").email') #>> '{}'
		AS email_work,
	jsonb_path_query_first(s.email_jsonb, '$[*] ? (@.type == "Home").email') #>> '{}'
		AS email_home,
	jsonb_path_query_first(s.email_jsonb, '$[*] ? (@.type == "Other").email') #>> '{}'
		AS email_other,
	jsonb_path_query_first(s.phone_jsonb, '$[*] ? (@.type == "Work").number') #>> '{}'
		AS phone_work,
	jsonb_path_query_first(s.phone_jsonb, '$[*] ? (@.type == "Home").number') #>> '{}'
		AS phone_home,
	jsonb_path_query_first(s.phone_jsonb, '$[*] ? (@.type == "Other").number') #>> '{}'
		AS phone_other,
	md5(concat_ws(' ', 'contact', current_setting('app.org_id', true), s.id::text))::uuid::text
		AS card_uid,
	-- Where it is one of our files, and not too large to be taken along.
	(SELECT json_build_object('name', x.name, 'type', f.type, 'place', f.place,
		'bytes', translate(encode(decode(f.bytes, 'hex'), 'base64'), E'\n', ''))
	  FROM (SELECT substring(s.avatar->>'src' FROM '/uploads/([0-9a-f]{40}[.][a-z0-9]+)$')) x (name),
		ops.find_file(x.name) f
	 WHERE f.type LIKE 'image/%' AND f.size <= 1048576) AS photo
  FROM crm.contacts_summary s;
GRANT SELECT ON crm.contacts_sheet TO tenantry_app;

-- Changes of many rows at once: which rows, chosen by a filter, and what
-- they were, so that all of it can be undone for 30 days.  What is deleted so is
-- in the trash.  These functions run as their caller, so row security holds
-- inside them.

CREATE TABLE crm.bulk_changes (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	resource     text NOT NULL,
	tenant_table text NOT NULL,
	action       text NOT NULL CONSTRAINT bulk_changes_action_check CHECK (action IN ('update', 'delete')),
	nb_rows      integer NOT NULL DEFAULT 0,
	created_at   timestamptz NOT NULL DEFAULT now(),
	undone_at    timestamptz,
	sales_id     bigint,
	PRIMARY KEY (org_id, id),
	CONSTRAINT bulk_changes_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX bulk_changes_created_at ON crm.bulk_changes (org_id, created_at DESC NULLS LAST, id DESC);
SELECT ops.protect('crm.bulk_changes');
CREATE TRIGGER default_sales_id BEFORE INSERT ON crm.bulk_changes
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

-- Of each row the members that changed.
CREATE TABLE crm.bulk_rows (
	org_id    uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id        bigint NOT NULL DEFAULT ops.new_id(),
	change_id bigint NOT NULL,
	row_id    bigint NOT NULL,
	before    jsonb,
	after     jsonb,
	PRIMARY KEY (org_id, id),
	CONSTRAINT bulk_rows_row_id_key UNIQUE (org_id, change_id, row_id),
	CONSTRAINT bulk_rows_change_id_fkey FOREIGN KEY (org_id, change_id)
		REFERENCES crm.bulk_changes ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT ops.protect('crm.bulk_rows');
-- They say again what the log knows of the rows.
DROP TRIGGER audit ON crm.bulk_rows;

-- Takes hold of the rows and keeps them as they are; their ids are left in
-- app.chosen for the change.  ids has one more than may be changed where
-- there are more.
CREATE FUNCTION crm.begin_bulk(tenant_table regclass, resource text, action text, most bigint,
	ids bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	n integer := cardinality(ids);
	-- To bring rows back out of the trash takes longer than all else.
	bound integer := CASE action WHEN 'delete' THEN 1000 ELSE 10000 END;
	chosen bigint[];
	made bigint;
BEGIN
	IF n > bound THEN
		RAISE EXCEPTION 'more than % rows match', bound USING ERRCODE = 'ZH422', COLUMN = 'max';
	ELSIF n > most THEN
		RAISE EXCEPTION '% rows match, and at most % were to be changed', n, most
			USING ERRCODE = 'ZH422', COLUMN = 'max';
	ELSIF action = 'delete' AND NOT EXISTS (SELECT FROM pg_trigger g
	    WHERE g.tgrelid = tenant_table AND g.tgfoid = 'crm.keep_deleted'::regproc) THEN
		RAISE EXCEPTION 'what is deleted of % cannot come back: delete them by their ids', resource
			USING ERRCODE = 'ZH422', COLUMN = 'delete';
	END IF;
	-- As the lock of a change does it, row security leaves out what may not be changed.
	EXECUTE format('SELECT coalesce(array_agg(x.id), ''{}'') FROM (SELECT t.id FROM %s t '
		'WHERE t.id = ANY ($1) ORDER BY t.id FOR UPDATE) x', tenant_table) INTO chosen USING ids;
	INSERT INTO crm.bulk_changes (resource, tenant_table, action)
	VALUES (resource, tenant_table::text, action) RETURNING id INTO made;
	EXECUTE format('INSERT INTO crm.bulk_rows (change_id, row_id, before) '
		'SELECT $1, t.id, CASE WHEN $3 THEN to_jsonb(t) END FROM %s t WHERE t.id = ANY ($2)',
		tenant_table) USING made, chosen, action = 'update';
	PERFORM set_config('app.chosen', chosen::text, true), set_config('app.bulk', made::text, true);
	RETURN made;
END $$;

-- What may be put back into such a row: not what moves on by itself.
CREATE FUNCTION crm.bulk_columns(tenant_table regclass) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT array_agg(a.attname::text) FROM pg_attribute a
	 WHERE a.attrelid = tenant_table AND a.attnum > 0 AND NOT a.attisdropped
	   AND a.attgenerated = '' AND a.attname NOT IN ('org_id', 'id', 'updated_at', 'last_seen')
$$;

-- Ends what crm.begin_bulk() began: keeps of each row what is another now.
-- The planner takes rows of this very transaction for few, and would look
-- at each with each.
CREATE FUNCTION crm.end_bulk() RETURNS text
LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
	c crm.bulk_changes;
	chosen bigint[] := current_setting('app.chosen')::bigint[];
	n integer;
BEGIN
	SELECT x.* INTO c FROM crm.bulk_changes x WHERE x.id = current_setting('app.bulk')::bigint;
	IF c.action = 'update' THEN
		EXECUTE format('WITH d AS (SELECT x.id, jsonb_object_agg(o.key, o.value) AS before, '
			'jsonb_object_agg(o.key, x.now->o.key) AS after '
			'FROM (SELECT b.id, b.before, to_jsonb(t) AS now FROM crm.bulk_rows b '
			'JOIN %s t ON t.id = b.row_id WHERE b.change_id = $1 '
			'AND t.id = ANY ($3) OFFSET 0) x, '
			'jsonb_each(x.before) o WHERE o.key = ANY ($2) '
			'AND x.now->o.key IS DISTINCT FROM o.value GROUP BY x.id) '
			'UPDATE crm.bulk_rows b SET before = d.before, after = d.after '
			'FROM d WHERE b.id = d.id', c.tenant_table)
			USING c.id, crm.bulk_columns(c.tenant_table::regclass), chosen;
		DELETE FROM crm.bulk_rows b WHERE b.change_id = c.id AND b.after IS NULL;
	ELSE
		EXECUTE format('DELETE FROM crm.bulk_rows b WHERE b.change_id = $1 '
			'AND b.row_id IN (SELECT t.id FROM %s t WHERE t.id = ANY ($2))', c.tenant_table)
			USING c.id, chosen;
	END IF;
	SELECT count(*) INTO n FROM crm.bulk_rows b WHERE b.change_id = c.id;
	UPDATE crm.bulk_changes x SET nb_rows = n WHERE x.id = c.id;
	RETURN json_build_object('id', c.id, 'count', n);
END $$;

-- Rows of a change that are not as it left them: they were changed since, or
-- are gone.
CREATE FUNCTION crm.changed_since(c crm.bulk_changes) RETURNS bigint[]
LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
	ids bigint[] := ARRAY(SELECT b.row_id FROM crm.bulk_rows b WHERE b.change_id = c.id);
BEGIN
	IF c.action = 'delete' THEN
		RETURN ARRAY(SELECT b.row_id FROM crm.bulk_rows b WHERE b.change_id = c.id
			AND NOT EXISTS (SELECT FROM crm.trash t WHERE t.row_id = b.row_id
				AND t.row_id = ANY (ids) AND t.resource = split_part(c.tenant_table, '.', 2)
				AND t.deleted_at = c.created_at AND t.parent_id IS NULL) ORDER BY 1);
	END IF;
	EXECUTE format('SELECT count(*) FROM (SELECT FROM %s t WHERE t.id = ANY ($1) '
		'ORDER BY t.id FOR UPDATE) x', c.tenant_table) USING ids;
	EXECUTE format('SELECT coalesce(array_agg(b.row_id ORDER BY b.row_id), ''{}'') '
		'FROM crm.bulk_rows b LEFT JOIN (SELECT t.id, to_jsonb(t) AS now FROM %s t '
		'WHERE t.id = ANY ($2)) t ON t.id = b.row_id WHERE b.change_id = $1 '
		'AND (t.id IS NULL OR EXISTS (SELECT FROM jsonb_each(b.after) o '
		'WHERE t.now->o.key IS DISTINCT FROM o.value))', c.tenant_table)
		INTO ids USING c.id, ids;
	RETURN ids;
END $$;

-- Puts rows back as they were.  Those that were changed since are told, and
-- nothing is undone; keep: they stay as they are, and the others are.
CREATE FUNCTION crm.undo_bulk(change_id bigint, keep boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	c crm.bulk_changes;
	kept bigint[];
	n bigint := 0;
	root bigint;
BEGIN
	SELECT x.* INTO c FROM crm.bulk_changes x WHERE x.id = undo_bulk.change_id
	   AND x.created_at > now() - interval '30 days' FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such change' USING ERRCODE = 'ZH404';
	ELSIF c.undone_at IS NOT NULL THEN
		RAISE EXCEPTION 'this change was undone already' USING ERRCODE = 'ZH409';
	END IF;
	kept := crm.changed_since(c);
	IF NOT keep AND kept <> '{}' THEN
		RAISE EXCEPTION '% rows were changed since: %', cardinality(kept),
			array_to_string(kept[:20], ', ') || CASE WHEN cardinality(kept) > 20 THEN ' ...' ELSE '' END
			USING ERRCODE = 'ZH409', HINT = 'changed_since';
	END IF;
	IF c.action = 'delete' THEN
		FOR root IN SELECT t.id FROM crm.bulk_rows b JOIN crm.trash t ON t.row_id = b.row_id
			AND t.resource = split_part(c.tenant_table, '.', 2)
			AND t.deleted_at = c.created_at AND t.parent_id IS NULL
		    WHERE b.change_id = c.id ORDER BY t.id LOOP
			PERFORM crm.restore_trash(root);
			n := n + 1;
		END LOOP;
	ELSE
		-- Nothing is completed of a row that comes back.
		PERFORM set_config('app.restoring', 'on', true),
			set_config('enable_nestloop', 'off', true);
		EXECUTE coalesce((SELECT format('UPDATE %s t SET %s FROM crm.bulk_rows b '
			'WHERE b.change_id = $1 AND t.id = b.row_id AND t.id = ANY ($2)',
			c.tenant_table, string_agg(format(
				'%1$I = (jsonb_populate_record(t, b.before)).%1$I', k.key), ', '))
			FROM (SELECT DISTINCT jsonb_object_keys(b.before) AS key
				FROM crm.bulk_rows b WHERE b.change_id = c.id) k HAVING count(*) > 0),
			'SELECT $1, $2 LIMIT 0') USING c.id,
			ARRAY(SELECT b.row_id FROM crm.bulk_rows b WHERE b.change_id = c.id
				EXCEPT SELECT unnest(kept));
		GET DIAGNOSTICS n = ROW_COUNT;
		PERFORM set_config('app.restoring', '', true),
			set_config('enable_nestloop', 'on', true);
	END IF;
	UPDATE crm.bulk_changes x SET undone_at = now() WHERE x.id = c.id;
	RETURN json_build_object('id', c.id, 'undone', n, 'kept', kept);
END $$;

GRANT EXECUTE ON FUNCTION crm.begin_bulk(regclass, text, text, bigint, bigint[]),
	crm.bulk_columns(regclass), crm.end_bulk(), crm.changed_since(crm.bulk_changes),
	crm.undo_bulk(bigint, boolean) TO tenantry_app;

-- Forgets changes that cannot be undone any more, so many at once; how many.
CREATE FUNCTION ops.purge_bulk_changes(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	n integer;
	done integer := 0;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.bulk_changes c WHERE c.org_id = org AND c.id IN (
			SELECT x.id FROM crm.bulk_changes x
			 WHERE x.org_id = org AND x.created_at <= now() - interval '30 days'
			 LIMIT batch - done);
		GET DIAGNOSTICS n = ROW_COUNT;
		done := done + n;
		EXIT WHEN done >= batch;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN done;
END $$;
GRANT EXECUTE ON FUNCTION ops.purge_bulk_changes(integer) TO tenantry_app;

-- Lists that are worth keeping: what is shown of a resource, how it is filtered,
-- sorted and grouped, for its author alone, for a role, or for all.

-- The roles of the caller in the organization they act in; those of one's own
-- making as well, which app.role leaves out.
CREATE FUNCTION identity.own_roles() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT string_to_array(m.role, ',') FROM identity.organization_member m
	 WHERE m.user_id = current_setting('app.user_id', true)
	   AND m.organization_id = nullif(current_setting('app.org_id', true), '')::uuid
$$;
GRANT EXECUTE ON FUNCTION identity.own_roles() TO tenantry_app;

CREATE TABLE crm.views (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	resource   text NOT NULL CONSTRAINT views_resource_check CHECK (resource ~ '^[a-z_]{1,50}$'),
	name       text NOT NULL CONSTRAINT views_name_check
		CHECK (name <> '' AND char_length(name) <= 200),
	columns    jsonb CONSTRAINT views_columns_check CHECK (jsonb_typeof(columns) = 'array'),
	filters    jsonb NOT NULL DEFAULT '{}' CONSTRAINT views_filters_check
		CHECK (jsonb_typeof(filters) = 'object' AND octet_length(filters::text) <= 16384),
	sort       jsonb CONSTRAINT views_sort_check CHECK (jsonb_typeof(sort) = 'array'
		AND jsonb_array_length(sort) = 2 AND sort->>1 IN ('ASC', 'DESC')),
	group_by   text CONSTRAINT views_group_by_check CHECK (char_length(group_by) <= 100),
	sharing    text NOT NULL DEFAULT 'private' CONSTRAINT views_sharing_check
		CHECK (sharing IN ('private', 'role', 'organization')),
	role       text CONSTRAINT views_role_check
		CHECK ((sharing = 'role') = (role IS NOT NULL) AND role <> ''),
	user_id    text NOT NULL DEFAULT current_setting('app.user_id', true),
	sales_id   bigint,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT views_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX views_resource ON crm.views (org_id, resource, name, id);
SELECT ops.protect('crm.views', false);
-- What is private is not for the administrators who read the log either.
DROP TRIGGER audit ON crm.views;
CREATE POLICY readers ON crm.views FOR SELECT TO tenantry_app
	USING (user_id = (SELECT current_setting('app.user_id', true)) OR sharing = 'organization'
		OR role = ANY ((SELECT identity.own_roles())::text[])
		OR sharing <> 'private' AND (SELECT current_setting('app.role', true)) IN ('owner', 'admin'));
CREATE POLICY authors ON crm.views FOR INSERT TO tenantry_app
	WITH CHECK (user_id = (SELECT current_setting('app.user_id', true)));
CREATE POLICY own ON crm.views FOR UPDATE TO tenantry_app
	USING (user_id = (SELECT current_setting('app.user_id', true)));
CREATE POLICY administrators ON crm.views FOR DELETE TO tenantry_app
	USING (user_id = (SELECT current_setting('app.user_id', true))
		OR sharing <> 'private' AND (SELECT current_setting('app.role', true)) IN ('owner', 'admin'));
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.views TO tenantry_app;
CREATE TRIGGER default_sales_id BEFORE INSERT ON crm.views
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

-- Filter and sort of a view of that resource, for a list that goes by it.
CREATE FUNCTION crm.open_view(view_id bigint, resource text) RETURNS TABLE (filters text, sort text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT v.filters::text, v.sort::text FROM crm.views v
		WHERE v.id = view_id AND v.resource = open_view.resource;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such view' USING ERRCODE = 'ZH404';
	END IF;
END $$;
GRANT EXECUTE ON FUNCTION crm.open_view(bigint, text) TO tenantry_app;
