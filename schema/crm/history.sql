-- History of a row, and the audit log as owners and admins read it.

-- Returns the given columns that the table stores, without generated columns.
CREATE OR REPLACE FUNCTION crm.own_columns(tenant_table regclass, columns text[]) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT array_agg(c ORDER BY n) FROM unnest(columns) WITH ORDINALITY u (c, n)
	  JOIN pg_attribute a ON a.attrelid = tenant_table AND a.attname = c AND a.attgenerated = ''
$$;

-- Returns whether the caller may see earlier versions of a row. Portal users who see the row through a module see
-- only its current version, unless the row is also shared with them: earlier, the row may have belonged to a different
-- user.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.sees_past(resource text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF ops.portal_reads(resource, NULL) THEN
		RETURN row_id = ANY (ops.shared_ids(resource, 'read'));
	END IF;
	RETURN true;
END $$;

-- Returns whether the caller may read a row, including a row in the trash. object is the custom object of the row, if
-- any.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.row_known(tenant_table regclass, row_id bigint, object text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := ops.org();
	resource name := (SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table);
	known boolean;
BEGIN
	IF NOT crm.sees_past(resource, row_id) THEN
		RETURN false;
	END IF;
	EXECUTE format('SELECT EXISTS (SELECT FROM %s x WHERE x.org_id = $1 AND x.id = $2%s)'
		'OR EXISTS (SELECT FROM crm.trash t WHERE t.org_id = $1 AND t.row_id = $2 AND t.resource = $3 '
		'AND (t.resource <> ''records'' OR t.row->>''object'' = coalesce($4, t.row->>''object'') AND ops.is_shaped(t.row->>''object'', ''read'')))',
		tenant_table, CASE WHEN object IS NOT NULL THEN ' AND x.object = $4' ELSE '' END) INTO known
		USING org, row_id, resource, object;
	RETURN known;
END $$;

-- Returns the changes of a row before an entry, newest first. An insert after a delete is a restore.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.audited_history(tenant_table regclass, row_id bigint, columns text[],
	before bigint, room integer, object text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	resource name := (SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table
		AND c.relnamespace <> 'ops'::regnamespace
		AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant'));
	shown text[] := array_remove(crm.own_columns(tenant_table, columns), 'custom');
	custom text[] := CASE WHEN 'custom' = ANY (columns) THEN ARRAY(SELECT f.key FROM crm.custom_fields_read(coalesce(object, resource)) f) ELSE '{}' END;
BEGIN
	RETURN (SELECT coalesce(json_agg(json_build_object('id', l.id, 'at', l.at,
		'action', CASE WHEN l.action = 'insert' AND EXISTS (SELECT FROM ops.audit_log d
			WHERE d.org_id = org AND d.row_id = l.row_id AND d.id < l.id
			  AND d.table_name = resource AND d.action = 'delete')
			THEN 'restore' ELSE l.action END,
		'sales_id', s.id, 'name', concat_ws(' ', s.first_name, s.last_name),
		'changes', (SELECT coalesce(json_object_agg(c, json_build_object('old', x.old, 'new', x.new) ORDER BY n), '{}')
			FROM (SELECT c, n, l.old->c, l.new->c FROM unnest(shown) WITH ORDINALITY u (c, n)
				UNION ALL SELECT 'custom.' || k, 10000 + n, l.old->'custom'->k, l.new->'custom'->k
				  FROM unnest(custom) WITH ORDINALITY u (k, n)
				UNION ALL SELECT 'external_ids', 20000, l.old->'external_ids', l.new->'external_ids'
				 WHERE 'external_ids' = ANY (columns)) x (c, n, old, new)
			-- Every change sets updated_at.
			WHERE (l.action <> 'update' OR c <> 'updated_at') AND nullif(x.old::text, 'null') IS DISTINCT FROM nullif(x.new::text, 'null')))
		ORDER BY l.id DESC), '[]')
	  FROM (SELECT a.* FROM ops.audit_log a
		WHERE a.org_id = org AND a.row_id = audited_history.row_id::text
		  AND a.table_name = resource AND (before IS NULL OR a.id < before)
		ORDER BY a.id DESC LIMIT room) l
	  -- Portal users do not see the names of the staff.
	  LEFT JOIN crm.sales s ON s.org_id = org AND s.user_id = l.user_id
		AND NOT ops.portal());
END $$;

-- Returns the history of a row that the caller may read, or null for other rows.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.row_history(tenant_table regclass, row_id bigint, columns text[],
	before bigint, room integer, object text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF crm.row_known(tenant_table, row_id, object) THEN
		RETURN crm.audited_history(tenant_table, row_id, columns, before, room, object);
	END IF;
	RETURN NULL;
END $$;

-- Returns the row at a point in time: the old row of the first later change, otherwise the new row of the last
-- change. The ID of an entry begins with its time, see ops.new_id().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.audited_row(tenant_table regclass, row_id bigint, columns text[],
	moment timestamptz, object text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	resource name := (SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table
		AND c.relnamespace <> 'ops'::regnamespace
		AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant'));
	later bigint := (floor((extract(epoch FROM moment) - 1735689600) * 1000)::bigint + 1) << 12;
	was json;
BEGIN
	IF later < ops.detached_below(org) THEN
		PERFORM ops.refuse('history_detached', NULL,
			to_char(crm.id_made(ops.detached_below(org)) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'));
	END IF;
	SELECT a.old INTO was FROM ops.audit_log a
	 WHERE a.org_id = org AND a.row_id = audited_row.row_id::text AND a.table_name = resource
	   AND a.id >= later ORDER BY a.id LIMIT 1;
	IF NOT FOUND THEN
		SELECT a.new INTO was FROM ops.audit_log a
		 WHERE a.org_id = org AND a.row_id = audited_row.row_id::text
		   AND a.table_name = resource ORDER BY a.id DESC LIMIT 1;
	END IF;
	RETURN (SELECT json_object_agg(c, CASE c WHEN 'custom' THEN to_json(CASE coalesce(was->>c, '') WHEN '' THEN '{}'
			ELSE crm.custom_of(coalesce(object, resource), (was->c)::jsonb) END) ELSE was->c END ORDER BY n)
		FROM unnest(crm.own_columns(tenant_table, columns)) WITH ORDINALITY u (c, n)
		WHERE was->c IS NOT NULL);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.row_as_of(tenant_table regclass, row_id bigint, columns text[],
	moment timestamptz, object text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF crm.row_known(tenant_table, row_id, object) THEN
		RETURN crm.audited_row(tenant_table, row_id, columns, moment, object);
	END IF;
	RETURN NULL;
END $$;

-- Returns when and by whom a visible row was created and last changed, from its first and its last entry in the audit
-- log.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.row_changed(resource text, row_id bigint) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	WITH here AS (SELECT ops.org() AS org),
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

-- Returns the lowest ID that ops.new_id() can return at a time: IDs begin with the time of their creation.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.id_since(at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT greatest(((extract(epoch FROM at) - 1735689600) * 1000)::bigint, 0) << 12
$$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.id_made(id bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$ SELECT to_timestamp((id >> 12) / 1000.0 + 1735689600) $$;

-- The audit log of the caller's organization. Its policies let only owners and admins
-- read it.

-- Returns the old and new value of each changed field, without the secrets of webhooks.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.audit_changes(old json, new json) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(json_object_agg(coalesce(o.key, n.key),
			json_build_object('old', o.value, 'new', n.value)), '{}')
	  FROM json_each(coalesce(old, '{}')) o FULL JOIN json_each(coalesce(new, '{}')) n
		ON n.key = o.key
	 WHERE nullif(o.value::text, 'null') IS DISTINCT FROM nullif(n.value::text, 'null')
	   AND coalesce(o.key, n.key) NOT IN ('org_id', 'secret', 'old_secret')
$$;

-- Lists of a log are ordered first by the tenant column. See the log member of struct resource.
CREATE OR REPLACE VIEW crm.audit_entries WITH (security_invoker) AS
SELECT a.id, a.at, a.user_id, s.id AS sales_id,
	nullif(concat_ws(' ', s.first_name, s.last_name), '') AS name, a.impersonator,
	a.table_name AS resource, a.row_id, a.action, crm.audit_changes(a.old, a.new) AS changes,
	a.address, a.request_id, a.org_id AS tenant, a.api_key_id, a.at AS created_at, a.at AS updated_at
  FROM (SELECT l.org_id, l.id, l.at, l.user_id, l.impersonator, l.table_name, l.row_id, l.action, l.old, l.new,
		l.address, l.request_id, l.api_key_id
	  FROM ops.audit_log l
	UNION ALL
	SELECT i.org_id, i.id, i.at, i.user_id, NULL::text AS impersonator,
		coalesce(i.object, i.source_table), coalesce(i.object_id, i.source_id), i.action,
		NULL::json AS old, i.data, i.address, NULL::text AS request_id, NULL::text AS api_key_id
	  FROM ops.imported_audit_log i) a
  LEFT JOIN crm.sales s ON s.org_id = a.org_id AND s.user_id = a.user_id;
GRANT SELECT ON crm.audit_entries TO tenantry_app;
