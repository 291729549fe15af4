-- Export and import of one organization as an archive.
--
-- The commands run these functions as the owner. The functions find the tables in the catalogs of the database, so a
-- new table needs no change here.
-- needs: ops/audit_log.sql ops/organization.sql

-- An imported log is deleted only with its organization.
CREATE OR REPLACE FUNCTION ops.refuse_unless_purging() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM identity.organization o WHERE o.id = OLD.org_id AND o.purging) THEN
		RETURN OLD;
	END IF;
	RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
		USING ERRCODE = '42501';
END $$;

-- Returns the tables whose rows are computed from other rows, which archives omit. ops.derived_table lists these tables
-- for modules. Tables in different schemas may have the same name, so names include the schema, here and below.
CREATE OR REPLACE FUNCTION ops.archive_derived_tables() RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT '{crm.choices,crm.deal_contacts,crm.search_documents,crm.context_embeddings}'::text[]
		|| ARRAY(SELECT d.name FROM ops.derived_table d)
$$;

-- Returns the tables whose rows an import disables, so that the new installation sends nothing until a user enables it.
CREATE OR REPLACE FUNCTION ops.archive_disabled_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$ SELECT '{crm.webhooks,crm.webhook_deliveries}'::text[] $$;

-- Returns the tenant tables, referenced tables before referring tables. The audit log is a separate part.
CREATE OR REPLACE FUNCTION ops.archive_tables() RETURNS TABLE (tenant_table regclass, place bigint)
LANGUAGE sql STABLE AS $$
	SELECT c.oid::regclass, row_number() OVER (ORDER BY d.depth, c.relname)
	  FROM ops.reference_depths() d JOIN pg_class c ON c.oid = d.tenant_table
	  JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tenant'
	 WHERE c.oid <> 'ops.audit_log'::regclass AND c.relnamespace::regnamespace || '.' || c.relname <> ALL (ops.archive_derived_tables())
$$;

-- Returns the exported columns of a table, in order. During an import, returns only the columns in the archive, since
-- an archive may be older than some columns.
CREATE OR REPLACE FUNCTION ops.archive_columns(tenant_table regclass) RETURNS TABLE (name name, type text)
LANGUAGE sql STABLE AS $$
	SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
	 WHERE a.attrelid = tenant_table AND a.attnum > 0 AND NOT a.attisdropped
	   AND a.attgenerated = '' AND a.attname <> 'org_id'
	   AND a.attname = ANY (coalesce(nullif(current_setting('app.archive_columns_' || tenant_table::oid, true), '')::name[], ARRAY[a.attname]))
	 ORDER BY a.attnum
$$;

-- Returns a query that returns a table as JSON, one line per row, each value in the format of Postgres. Users are
-- identified by address, since their IDs may differ in another installation.
CREATE OR REPLACE FUNCTION ops.archive_query(tenant_table regclass, org uuid) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT format('SELECT row_to_json(x) FROM (SELECT %s FROM %s t WHERE t.org_id = %L ORDER BY %s) x',
		(SELECT string_agg(format(CASE WHEN c.name = 'user_id' AND tenant_table = to_regclass('membership.user_profiles')
				-- Only members have an account in the archive; former members are omitted.
				THEN '(SELECT u.email FROM identity.organization_member m JOIN identity."user" u ON u.id = m.user_id '
				'WHERE m.organization_id = t.org_id AND m.user_id = t.%1$I) AS %1$I'
				WHEN c.name = 'user_id' AND c.type = 'text'
				THEN 'coalesce((SELECT u.email FROM identity."user" u WHERE u.id = t.%1$I), t.%1$I) AS %1$I'
				ELSE 't.%1$I::text AS %1$I' END, c.name), ', ')
			FROM ops.archive_columns(tenant_table) c),
		tenant_table, org,
		(SELECT string_agg(format('t.%I', a.attname), ', ' ORDER BY k.n)
			FROM pg_index i, unnest(i.indkey::smallint[]) WITH ORDINALITY k (attnum, n)
			JOIN pg_attribute a ON a.attrelid = tenant_table AND a.attnum = k.attnum
			WHERE i.indrelid = tenant_table AND i.indisprimary AND a.attname <> 'org_id'))
$$;

-- Returns the parts of an archive, in the order in which they can be imported. summed is true if the checksum of the
-- part is the same in every installation.
CREATE OR REPLACE FUNCTION ops.archive_parts(org uuid)
RETURNS TABLE (part text, query text, summed boolean)
LANGUAGE sql STABLE AS $$
	SELECT * FROM (VALUES
	('organization', format('SELECT json_build_object(''name'', name, ''logo'', logo, '
		'''metadata'', metadata, ''member_limit'', member_limit::text, ''modules'', modules::text, ''created_at'', '
		'created_at::text) FROM identity.organization WHERE id = %L', org), true),
	('roles', format('SELECT json_build_object(''role'', role, ''permission'', permission::text, '
		'''created_at'', created_at::text) FROM identity.organization_role '
		'WHERE organization_id = %L ORDER BY role', org), true),
	('users', format('SELECT json_build_object(''id'', u.id, ''email'', u.email, ''name'', u.name, '
		'''image'', u.image, ''service'', (u.service_of = %1$L)::text) FROM identity."user" u WHERE u.id IN (SELECT m.user_id '
		'FROM identity.organization_member m WHERE m.organization_id = %1$L UNION SELECT a.user_id '
		'FROM membership.users a WHERE a.org_id = %1$L) ORDER BY u.email', org), false),
	('files', format('SELECT json_build_object(''name'', name, ''type'', type, ''title'', title, '
		'''size'', size::text, ''created_at'', created_at::text) FROM ops.file '
		'WHERE org_id = %L AND NOT removing ORDER BY name', org), true)) v
	UNION ALL
	SELECT * FROM (SELECT format('%s/%s', c.relnamespace::regnamespace, c.relname), ops.archive_query(t.tenant_table, org),
			c.relnamespace::regnamespace || '.' || c.relname <> ALL (ops.archive_disabled_tables())
				-- Imported teams may get different IDs.
				AND 'team_id' NOT IN (SELECT a.name FROM ops.archive_columns(t.tenant_table) a)
		FROM ops.archive_tables() t JOIN pg_class c ON c.oid = t.tenant_table
		ORDER BY t.place) x
	UNION ALL
	SELECT * FROM (VALUES
	('members', format('SELECT json_build_object(''email'', u.email, ''role'', m.role, ''disabled'', '
		'm.disabled::text, ''created_at'', m.created_at::text) FROM identity.organization_member m '
		'JOIN identity."user" u ON u.id = m.user_id WHERE m.organization_id = %L '
		'ORDER BY m.created_at, u.email', org), true),
	('teams', format('WITH RECURSIVE placed AS (SELECT id, 1 AS level FROM identity.team '
		'WHERE organization_id = %1$L AND parent_id IS NULL UNION SELECT t.id, p.level + 1 '
		'FROM placed p JOIN identity.team t ON t.organization_id = %1$L AND t.parent_id = p.id) '
		'SELECT json_build_object(''id'', t.id, ''parent_id'', t.parent_id, ''name'', t.name, '
		'''created_at'', t.created_at::text, ''updated_at'', t.updated_at::text) '
		'FROM placed p JOIN identity.team t USING (id) ORDER BY p.level, t.id', org), false),
	('team_members', format('SELECT json_build_object(''team_id'', m.team_id, ''email'', u.email, '
		'''created_at'', m.created_at::text) FROM identity.team_member m JOIN identity."user" u '
		'ON u.id = m.user_id WHERE m.organization_id = %L ORDER BY m.team_id, u.email', org), false),
	('file_use', format('SELECT json_build_object(''table_name'', table_name, ''row_id'', '
		'row_id::text, ''name'', name, ''in_trash'', in_trash::text) FROM ops.file_use '
		'WHERE org_id = %L ORDER BY table_name, row_id, name', org), true),
	('audit_log', format('SELECT line FROM (SELECT 1 AS kind, n, line::text FROM ops.imported_log '
		'WHERE org_id = %1$L AND part = ''audit_log'' UNION ALL SELECT 2, id, json_build_object('
		'''id'', id::text, ''at'', at::text, ''user_id'', user_id, ''request_id'', request_id, '
		'''address'', address, ''table_name'', table_name, ''row_id'', row_id, ''action'', action, '
		'''old'', old::text, ''new'', new::text)::text FROM ops.audit_log WHERE org_id = %1$L '
		'AND request_id IS DISTINCT FROM ''archive'') x ORDER BY kind, n', org), true),
	('audit_seal', format('SELECT json_build_object(''n'', n::text, ''at'', at::text, ''upto'', '
		'upto::text, ''ids'', ids::text, ''rows'', rows::text, ''hash'', hash::text) '
		'FROM ops.audit_seal WHERE org_id = %L ORDER BY n', org), false)) v
$$;

-- Creates the organization of an archive, with its old ID if it is free, and selects it as the organization of
-- this transaction.
CREATE OR REPLACE FUNCTION ops.archive_create_organization(line json, slug text, old_id uuid) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := old_id;
BEGIN
	-- Row security shows the log of one organization only.
	PERFORM ops.set_org(old_id);
	IF EXISTS (SELECT FROM identity.organization o WHERE o.id = old_id) OR EXISTS (SELECT FROM ops.audit_log l WHERE l.org_id = old_id) THEN
		org := gen_random_uuid();
	END IF;
	IF EXISTS (SELECT FROM identity.organization o
	    WHERE o.slug = archive_create_organization.slug) THEN
		PERFORM ops.refuse('slug_taken', NULL, slug);
	END IF;
	PERFORM set_config('app.request_id', 'archive', true),
		ops.set_mode('restoring', true);
	INSERT INTO identity.organization (id, name, slug, logo, metadata, member_limit, modules, created_at)
	VALUES (org, line->>'name', archive_create_organization.slug, line->>'logo', line->>'metadata',
		(line->>'member_limit')::integer,
		-- An archive of an older release has no modules.
		ARRAY(SELECT m.name FROM identity.module m WHERE m.name = ANY ((line->>'modules')::text[]) ORDER BY 1),
		(line->>'created_at')::timestamptz);
	PERFORM ops.set_org(org);
	DELETE FROM crm.configuration c WHERE c.org_id = org;	-- an archive may contain a configuration
	RETURN org;
END $$;

CREATE OR REPLACE FUNCTION ops.archive_import_rows(org uuid, tenant_table regclass, lines json) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	brought name[] := ARRAY(SELECT json_object_keys(lines->0));
	unknown name;
BEGIN
	SELECT b INTO unknown FROM unnest(brought) b
	 WHERE b NOT IN (SELECT c.name FROM ops.archive_columns(tenant_table) c);
	IF FOUND THEN
		PERFORM ops.refuse('archive_column_unknown', NULL, tenant_table::text, unknown);
	END IF;
	PERFORM set_config('app.archive_columns_' || tenant_table::oid, brought::text, true);
	EXECUTE (SELECT format('INSERT INTO %s (org_id, %s) SELECT %L, %s FROM json_array_elements($1) r',
			tenant_table, string_agg(quote_ident(c.name), ', '), org,
			string_agg(format(CASE WHEN c.name = 'user_id' AND c.type = 'text'
				THEN 'coalesce((SELECT u.id FROM identity."user" u WHERE u.email = r->>%1$L), r->>%1$L)'
				WHEN c.name = 'team_id' THEN format('ops.archive_team_id(%L, r->>%%1$L)', org)
				ELSE '(r->>%1$L)::%2$s' END, c.name, c.type), ', '))
		FROM ops.archive_columns(tenant_table) c) USING lines;
END $$;

-- Disables webhooks: the original server may still send to them, and knows their secrets.
CREATE OR REPLACE FUNCTION ops.archive_disable_webhooks(org uuid) RETURNS void
LANGUAGE sql AS $$
	UPDATE crm.webhooks w SET enabled = false, disabled_reason = 'it came with an archive'
	 WHERE w.org_id = org AND w.enabled;
	UPDATE crm.webhook_deliveries d SET status = 'failed', next_at = NULL
	 WHERE d.org_id = org AND d.status = 'waiting';
$$;

-- Returns the ID of an imported team: the old ID, unless a team of another organization has it.
CREATE OR REPLACE FUNCTION ops.archive_team_id(org uuid, old_id text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN EXISTS (SELECT FROM identity.team t
		WHERE t.id = old_id AND t.organization_id <> org)
		THEN md5(org::text || old_id) ELSE old_id END
$$;

-- Returns the table of a part such as crm/contacts, or NULL.
CREATE OR REPLACE FUNCTION ops.archive_table(part text) RETURNS regclass
LANGUAGE sql STABLE AS $$
	SELECT to_regclass(format('%I.%I', split_part(part, '/', 1), split_part(part, '/', 2)))
$$;

-- Imports lines of a part.
CREATE OR REPLACE FUNCTION ops.archive_import_part(org uuid, part text, lines json) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF part = 'roles' THEN
		INSERT INTO identity.organization_role (id, organization_id, role, permission, created_at)
		SELECT replace(gen_random_uuid()::text, '-', ''), org, r->>'role',
			(r->>'permission')::jsonb, (r->>'created_at')::timestamptz
		  FROM json_array_elements(lines) r;
	ELSIF part = 'users' THEN
		INSERT INTO identity."user" (id, email, name, image, service_of)
		SELECT CASE WHEN EXISTS (SELECT FROM identity."user" u WHERE u.id = r->>'id')
			THEN replace(gen_random_uuid()::text, '-', '') ELSE r->>'id' END,
			r->>'email', r->>'name', r->>'image', CASE WHEN (r->>'service')::boolean THEN org END
		  FROM json_array_elements(lines) r
		ON CONFLICT (email) DO NOTHING;
	ELSIF part = 'members' THEN
		INSERT INTO identity.organization_member (id, organization_id, user_id, role, disabled,
			created_at)
		SELECT replace(gen_random_uuid()::text, '-', ''), org, u.id, r->>'role',
			(r->>'disabled')::boolean, (r->>'created_at')::timestamptz
		  FROM json_array_elements(lines) r JOIN identity."user" u ON u.email = r->>'email';
	ELSIF part = 'teams' THEN
		INSERT INTO identity.team (id, organization_id, parent_id, name, created_at, updated_at)
		SELECT ops.archive_team_id(org, r->>'id'), org, ops.archive_team_id(org, r->>'parent_id'),
			r->>'name', (r->>'created_at')::timestamptz, (r->>'updated_at')::timestamptz
		  FROM json_array_elements(lines) r;
	ELSIF part = 'team_members' THEN
		INSERT INTO identity.team_member (id, organization_id, team_id, user_id, created_at)
		SELECT replace(gen_random_uuid()::text, '-', ''), org,
			ops.archive_team_id(org, r->>'team_id'), u.id, (r->>'created_at')::timestamptz
		  FROM json_array_elements(lines) r JOIN identity."user" u ON u.email = r->>'email';
	ELSIF part = 'files' THEN
		INSERT INTO ops.file (name, org_id, type, title, size, place, remove_at, created_at)
		SELECT r->>'name', org, r->>'type', r->>'title', (r->>'size')::bigint, 'local',
			now() + interval '1 day', (r->>'created_at')::timestamptz
		  FROM json_array_elements(lines) r;
	ELSIF part = 'file_use' THEN
		INSERT INTO ops.file_use AS u (org_id, table_name, row_id, name, in_trash)
		SELECT org, r->>'table_name', (r->>'row_id')::bigint, r->>'name',
			(r->>'in_trash')::boolean FROM json_array_elements(lines) r
		ON CONFLICT ON CONSTRAINT file_use_pkey DO UPDATE SET in_trash = excluded.in_trash;
		UPDATE ops.file f SET remove_at = NULL
		 WHERE f.org_id = org AND f.name IN (SELECT r->>'name' FROM json_array_elements(lines) r);
	ELSIF part IN ('audit_log', 'audit_seal') THEN
		INSERT INTO ops.imported_log (org_id, part, line)
		SELECT org, archive_import_part.part, r FROM json_array_elements(lines) r;
	ELSIF part = 'crm/import_keys' THEN	-- a part of earlier releases
		PERFORM ops.archive_import_rows(org, 'crm.external_ids', (SELECT json_agg(r::jsonb || jsonb_build_object('source',
			CASE r->>'source' WHEN '' THEN 'import' ELSE replace(r->>'source', ' ', '-') END)) FROM json_array_elements(lines) r));
	ELSIF part LIKE '%/%' AND EXISTS (SELECT FROM ops.archive_tables() t
	    WHERE t.tenant_table = ops.archive_table(part)) THEN
		PERFORM ops.archive_import_rows(org, ops.archive_table(part), lines);
		PERFORM ops.archive_disable_webhooks(org)
		  WHERE replace(part, '/', '.') = ANY (ops.archive_disabled_tables());
	ELSE
		PERFORM ops.refuse('archive_part_unknown', NULL, part);
	END IF;
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE TRUNCATE ON ops.imported_log
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();

CREATE OR REPLACE TRIGGER delete_with_organization BEFORE DELETE ON ops.imported_log
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_unless_purging();
