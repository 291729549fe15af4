\warn 'tenantry schema up runs this step, once' \quit
-- Reads the audit log by time and by actor: lists of crm.audit_entries sort by the organization first, so that an index has
-- the order of its rows and of those of ops.imported_audit_log.
-- needs: ops/tenant.sql

CREATE INDEX audit_log_at ON ops.audit_log (org_id, at, id);
CREATE INDEX audit_log_user_id ON ops.audit_log (org_id, user_id, at, id);
CREATE INDEX imported_audit_log_at ON ops.imported_audit_log (org_id, at, id);
CREATE INDEX imported_audit_log_user_id ON ops.imported_audit_log (org_id, user_id, at, id);
-- down
DROP VIEW IF EXISTS membership.system_audit_logs, membership.user_audit_logs, crm.audit_entries;
DROP INDEX ops.audit_log_at, ops.audit_log_user_id, ops.imported_audit_log_at, ops.imported_audit_log_user_id;
