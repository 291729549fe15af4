\warn 'tenantry schema up runs this step, once' \quit
-- Quotas of organizations, and how many requests each makes in a day. An index for two filters of the audit log.
-- needs: ops/tenant.sql

CREATE TABLE ops.quota (
	org_id     uuid NOT NULL CONSTRAINT quota_org_id_fkey REFERENCES identity.organization ON DELETE CASCADE,
	kind       text NOT NULL CONSTRAINT quota_kind_check CHECK (kind IN ('rows', 'file_bytes', 'mails', 'requests')),
	most       bigint NOT NULL CONSTRAINT quota_most_check CHECK (most >= 0),
	checked_at timestamptz NOT NULL DEFAULT '-infinity',
	warned_at  timestamptz,	-- while the usage is near the limit
	PRIMARY KEY (org_id, kind)
);
CREATE INDEX quota_checked_at ON ops.quota (checked_at);
SELECT ops.protect_internal('ops.quota');

CREATE TABLE ops.request_count (
	org_id   uuid NOT NULL CONSTRAINT request_count_org_id_fkey REFERENCES identity.organization ON DELETE CASCADE,
	day      date NOT NULL,	-- in UTC
	requests bigint NOT NULL,
	PRIMARY KEY (org_id, day)
);
CREATE INDEX request_count_day ON ops.request_count (day);
SELECT ops.protect_internal('ops.request_count');

-- The quotas that are used up, which each request that writes looks at.
ALTER TABLE identity.organization ADD COLUMN over_quota text[] NOT NULL DEFAULT '{}';
CREATE INDEX mail_created_at ON ops.mail (org_id, created_at) WHERE org_id IS NOT NULL;

-- The list of the log is filtered by user, resource and action. Few or no rows may match two of them, so that an index of one reads all.
CREATE INDEX audit_log_table_action ON ops.audit_log (org_id, table_name, action, at, id);
CREATE INDEX audit_log_user_table ON ops.audit_log (org_id, user_id, table_name, at, id);
CREATE INDEX audit_log_user_action ON ops.audit_log (org_id, user_id, action, at, id);
-- down
DROP INDEX ops.audit_log_user_action, ops.audit_log_user_table, ops.audit_log_table_action;
DROP INDEX ops.mail_created_at;
ALTER TABLE identity.organization DROP COLUMN over_quota;
DROP TABLE ops.request_count, ops.quota CASCADE;
