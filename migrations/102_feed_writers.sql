\warn 'tenantry schema up runs this step, once' \quit
-- The feed names the API key and the client of a change, and can be limited to resources.

-- The tag of the client that made the change, filled in by its default as the key is.
ALTER TABLE ops.audit_log ADD COLUMN client text;
ALTER TABLE ops.audit_log ALTER COLUMN client SET DEFAULT nullif(current_setting('app.client', true), '');
ALTER TABLE ops.change ADD COLUMN api_key_id text, ADD COLUMN client text;

-- They take the resources as well.
DROP FUNCTION IF EXISTS ops.changes_after(bigint, integer), ops.follow_changes(bytea, boolean, bigint, boolean, text);
-- down
DROP FUNCTION IF EXISTS ops.changes_after(bigint, integer, jsonb), ops.follow_changes(bytea, boolean, bigint, boolean, text, jsonb);
ALTER TABLE ops.change DROP COLUMN api_key_id, DROP COLUMN client;
ALTER TABLE ops.audit_log DROP COLUMN client;
