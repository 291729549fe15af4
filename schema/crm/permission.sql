-- Row security of the tables of the CRM by the caller's grants, see ops/permission.sql.
-- needs: ops/permission.sql crm/share.sql

-- The names other than resources that a role can contain: "crm" stands for all resources, and the other names are
-- first segments of paths.
INSERT INTO identity.resource (name, actions, same_as) VALUES
	('crm', '{administer,read,create,update,delete,export,import,merge}', NULL),
	('merge_contacts', '{}', 'contacts:merge'),
	('automation_dry_run', '{}', 'automation_rules:read')
ON CONFLICT (name) DO UPDATE SET actions = excluded.actions, same_as = excluded.same_as;

-- Returns whether the caller may read a row. Policies of dependent tables call these functions. There is one function
-- for each table, so that PL/pgSQL caches the plan.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.sees_contact(contact bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM crm.contacts c WHERE c.id = contact);
END $$;

-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.sees_deal(deal bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM crm.deals d WHERE d.id = deal);
END $$;

-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.sees_row(resource text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	seen boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM crm.%I x WHERE x.id = $1)', ops.described_as(resource))
		INTO seen USING row_id;
	RETURN seen;
END $$;

-- Returns the table with this name, in any schema that contains rows of organizations, or null if there is none.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.tenant_table(name text) RETURNS regclass
LANGUAGE sql STABLE AS $$
	SELECT coalesce(to_regclass(format('crm.%I', ops.described_as(name))), to_regclass(format('membership.%I', name)),
		to_regclass(format('factory_app.%I', name)))
$$;

-- Returns whether the API key of the request, if any, may read rows of a resource. A refusal names another row only if the
-- key may read it. SQL of MCP clients reads rows without this permission.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.key_reads(resource text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN current_user = 'tenantry_mcp_writer'
		OR identity.key_allows(nullif(current_setting('app.key_permissions', true), '')::jsonb, resource, 'mcp', 'organization', '{read}');
END $$;

-- Returns whether the caller may read a row of the table that crm.tenant_table() returns.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.sees_named_row(resource text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	seen boolean;
BEGIN
	IF crm.tenant_table(resource) IS NULL THEN
		RETURN false;
	END IF;
	EXECUTE format('SELECT EXISTS (SELECT FROM %s x WHERE x.id = $1)', crm.tenant_table(resource)) INTO seen USING row_id;
	RETURN seen;
END $$;

-- Returns whether the new version of a row has the same values in these columns. The query sees the old version,
-- since row security is evaluated before the write. The function is volatile, so that it sees the changes for which
-- the write waited.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.unmoved(tenant_table text, row_id bigint, columns text[], new bigint[])
RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	old bigint[];
BEGIN
	EXECUTE format('SELECT ARRAY[%s] FROM crm.%I x WHERE x.id = $1',
			(SELECT string_agg(quote_ident(c), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY u (c, n)),
			tenant_table)
		INTO old USING row_id;
	RETURN old = new;
END $$;

-- Returns the user of a visible row. In an update, this is the previous user.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.owner_of(tenant_table text, row_id bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	owner bigint;
BEGIN
	EXECUTE format('SELECT x.sales_id FROM crm.%I x WHERE x.id = $1', tenant_table) INTO owner USING row_id;
	RETURN owner;
END $$;

-- Returns the fields of a row that the caller may read.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.shown(resource text, fields jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	readable jsonb := ops.fields_granted(resource)->'read';
BEGIN
	IF readable IS NOT NULL THEN
		fields := (SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(fields) f WHERE f.key IN ('id', 'sales_id', 'custom') OR readable ? f.key);
	END IF;
	RETURN crm.with_custom(resource, fields);
END $$;

-- Returns the IDs of the rows of a table that a caller with limited grants may read. The rows are found by the indexes
-- on their user and on shares.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.reachable(tenant_table text) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	ids bigint[];
BEGIN
	EXECUTE format('SELECT ARRAY(SELECT x.id FROM crm.%I x WHERE x.sales_id = ANY ($1))', tenant_table)
		INTO ids USING ops.owners(tenant_table, 'read');
	RETURN ids || ops.shared_ids(tenant_table, 'read') || ops.portal_ids(tenant_table);
END $$;

-- The tables, each with its resource, the column with the row's user, and the condition on rows that must also be
-- visible. Rows with a user can be shared. Without a resource, only the condition applies. Tables that are not listed
-- are open to all members, or have separate policies.
SELECT ops.restrict(('crm.' || t.name)::regclass, t.resource, t.owner, t.parent)
  FROM (VALUES
	('contacts', 'contacts', 'sales_id', NULL),
	('companies', 'companies', 'sales_id', NULL),
	('deals', 'deals', 'sales_id', NULL),
	('contact_notes', 'contact_notes', 'sales_id', 'crm.sees_contact(contact_id)'),
	('deal_notes', 'deal_notes', 'sales_id', 'crm.sees_deal(deal_id)'),
	('tasks', 'tasks', 'sales_id', 'crm.sees_contact(contact_id)'),
	('activities', 'activities', 'sales_id', '(contact_id IS NULL OR crm.sees_contact(contact_id)) '
		'AND (deal_id IS NULL OR crm.sees_deal(deal_id))'),
	('appointments', 'appointments', 'sales_id', 'contact_id IS NULL OR crm.sees_contact(contact_id)'),
	('messages', 'messages', 'sales_id', 'contact_id IS NULL OR crm.sees_contact(contact_id)'),
	('tags', 'tags', NULL, NULL),
	('daily_metrics', 'daily_metrics', NULL, 'ops.is_shaped(''deals'', ''read'') '
		'AND ops.limits_of(current_setting(''app.grants'', true), ''rows'') IS NULL'),
	('duplicates', 'duplicates', NULL, 'crm.sees_row(resource, one_id) AND crm.sees_row(resource, other_id)'),
	('automation_rules', 'automation_rules', NULL, NULL),
	('automation_runs', 'automation_rules', NULL, 'ops.limits_of(current_setting(''app.grants'', true), ''fields'') IS NULL'),
	('appointment_attendees', NULL, NULL, 'crm.sees_row(''appointments'', appointment_id)'),
	('deal_contacts', NULL, NULL, 'crm.sees_deal(deal_id)'),
	('search_documents', NULL, NULL, 'crm.sees_row(kind, id)'),
	('context_embeddings', NULL, NULL, 'crm.sees_row(resource, row_id)'),
	('shares', NULL, NULL, 'crm.reaches_share($action, shares)'),
	('bulk_changes', NULL, NULL, 'sales_id = (SELECT ops.sale())'),
	('bulk_rows', NULL, NULL, 'crm.sees_row(''bulk_changes'', change_id)'),
	('imports', NULL, NULL, 'sales_id = (SELECT ops.sale())'),
	('import_errors', NULL, NULL, 'crm.sees_row(''imports'', import_id)'),
	('external_ids', NULL, NULL, 'NOT ops.portal() AND (crm.sees_row(''imports'', import_id) OR crm.sees_named_row(resource, row_id))'),
	('merges', NULL, NULL, 'sales_id = (SELECT ops.sale())'),
	('trash', NULL, NULL, 'sales_id = (SELECT ops.sale()) '
		'AND (parent_id IS NULL OR ops.permits(resource, ''read'', (row->>''sales_id'')::bigint))')
  ) t (name, resource, owner, parent);

-- Names of tags are part of the rows with these tags, and every write reads the automation rules.
DROP POLICY may_read ON crm.tags;
DROP POLICY may_read ON crm.automation_rules;

-- Only triggers write these rows, on each change of a row that the caller may write.
DROP POLICY may_create ON crm.search_documents;
DROP POLICY may_update ON crm.search_documents;
DROP POLICY may_delete ON crm.search_documents;
DROP POLICY may_create ON crm.deal_contacts;
DROP POLICY may_delete ON crm.deal_contacts;
