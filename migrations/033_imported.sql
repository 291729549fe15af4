\warn 'tenantry schema up runs this step, once' \quit
-- Application users, and the audit logs of imported systems.
-- needs: ops/tenant.sql

CREATE SCHEMA membership;

-- The users of an application, beside their accounts. An account may have none, and a user may
-- have no account yet.
CREATE TABLE membership.users (
	org_id         uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	id             uuid NOT NULL DEFAULT gen_random_uuid(),
	user_id        text,	-- null again when the account is deleted
	email          text NOT NULL CONSTRAINT users_email_check CHECK (char_length(email) <= 320),
	email_verified boolean NOT NULL DEFAULT false,
	status         text NOT NULL DEFAULT 'Pending' CONSTRAINT users_status_check
		CHECK (status <> '' AND char_length(status) <= 100),
	created_at     timestamptz NOT NULL DEFAULT now(),
	updated_at     timestamptz NOT NULL DEFAULT now(),
	metadata       jsonb NOT NULL DEFAULT '{}' CONSTRAINT users_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object'),
	PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX users_user_id ON membership.users (org_id, user_id) WHERE user_id IS NOT NULL;
SELECT ops.protect('membership.users', false);

-- Entries of the audit logs of other systems, as their rows were: ops.audit_log has what
-- triggers of this installation wrote, and a seal states that no rows are added below it.
CREATE TABLE ops.imported_audit_log (
	org_id       uuid NOT NULL,
	source_table text NOT NULL,
	source_id    text NOT NULL,
	-- The time, and a hash of source_id, in the form of ops.new_id(): the order among the entries
	-- of ops.audit_log.
	id           bigint NOT NULL,
	at           timestamptz NOT NULL,
	user_id      text,	-- an account, or as the source had it
	address      text,
	object       text,
	object_id    text,
	action       text NOT NULL,
	data         json NOT NULL,	-- the whole row
	PRIMARY KEY (org_id, source_table, source_id)
);
CREATE INDEX imported_audit_log_id ON ops.imported_audit_log (org_id, id);
ALTER TABLE ops.imported_audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.imported_audit_log FORCE ROW LEVEL SECURITY;
GRANT SELECT ON ops.imported_audit_log TO tenantry_app;

-- The user of an imported system who is another user here, because of the address.
CREATE TABLE identity.imported_user (
	source_id text PRIMARY KEY,
	user_id   text NOT NULL UNIQUE REFERENCES identity."user" ON DELETE CASCADE
);
SELECT ops.protect_internal('identity.imported_user');
-- down
DROP TABLE identity.imported_user;
DROP VIEW IF EXISTS crm.audit_entries;
DROP TABLE ops.imported_audit_log;
DROP SCHEMA membership CASCADE;
