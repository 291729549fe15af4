-- The context of a request: the caller, the organization and the mode.
--
-- identity.begin_request() sets the context for the transaction. Every file of schema/ implicitly needs this file:
-- functions read the context only through it. The guards of tables read the settings directly, so that no function is
-- involved between a row and its organization. Postgres inlines these functions into plans. In the WHEN clause of a
-- trigger, it would inline them for each statement, which costs more than a trigger that does nothing.

-- Returns the organization, or null.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit, tenantry_search
CREATE OR REPLACE FUNCTION ops.org() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('app.org_id', true), '')::uuid $$;

-- Returns the ID of the user, or null for a job, an operator or a visitor.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.caller() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('app.user_id', true), '') $$;

-- Returns the ID of the user's row of crm.sales, or null.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.sale() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('app.sales_id', true), '')::bigint $$;

-- Returns the strongest built-in role of the user, or null.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.caller_role() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('app.role', true), '') $$;

-- Returns whether the user is an owner or an administrator.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.administers() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(current_setting('app.role', true) IN ('owner', 'admin'), false) $$;

-- Returns whether the user is a portal user.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.portal() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(current_setting('app.role', true) = 'portal', false) $$;

-- Returns the modules of the organization.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit, tenantry_search
CREATE OR REPLACE FUNCTION ops.modules() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(nullif(current_setting('app.modules', true), ''), '{}')::text[] $$;

-- Returns the ID of the session, or null.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.session() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('app.session_id', true), '') $$;

-- Returns the user who acts as the caller, or null.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.impersonator() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('app.impersonator', true), '') $$;

-- Returns the ID of the request, or the name of the job that writes, or null.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.request() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('app.request_id', true), '') $$;

-- Returns the address of the client, or null.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.address() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('app.address', true), '') $$;

-- Returns whether rows are written in a mode. "restoring" writes them unchanged, "merging" as parts of another record,
-- "placing" without the rules about where they belong, "erasing" without copies, "importing" without notifying users,
-- "claiming" as the next entry of a queue, "submitting" without custom fields that a public form does not ask for.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.mode(mode text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(current_setting('app.' || mode, true) = 'on', false) $$;

-- Returns whether an archive of an organization is being imported.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.archive() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(current_setting('app.request_id', true) = 'archive', false) $$;

-- Returns whether rows of an organization are deleted permanently, without the trash.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.purging(org uuid) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce(current_setting('app.purging', true) = org::text, false) $$;

-- Selects an organization until the transaction ends.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.set_org(org uuid) RETURNS text
LANGUAGE sql AS $$ SELECT set_config('app.org_id', coalesce(org::text, ''), true) $$;

-- Enters or leaves a mode.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.set_mode(mode text, entered boolean) RETURNS text
LANGUAGE sql AS $$ SELECT set_config('app.' || mode, CASE WHEN entered THEN 'on' ELSE '' END, true) $$;

-- Sets the tag of the client, for the log of changes.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.set_client(client text) RETURNS text
LANGUAGE sql AS $$ SELECT set_config('app.client', client, true) $$;

-- Makes deletions of rows of this organization permanent; null ends this mode.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.set_purging(org uuid) RETURNS text
LANGUAGE sql AS $$ SELECT set_config('app.purging', coalesce(org::text, ''), true) $$;

GRANT USAGE ON SCHEMA ops TO tenantry_mcp, tenantry_search;
