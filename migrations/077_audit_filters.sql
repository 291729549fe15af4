\warn 'tenantry schema up runs this step, once' \quit
-- An index for each filter of the audit log.

CREATE INDEX audit_log_table_name ON ops.audit_log (org_id, table_name, at, id);
CREATE INDEX audit_log_action ON ops.audit_log (org_id, action, at, id);
CREATE INDEX audit_log_impersonator ON ops.audit_log (org_id, impersonator, at, id) WHERE impersonator IS NOT NULL;
CREATE INDEX audit_log_api_key_id ON ops.audit_log (org_id, api_key_id, at, id) WHERE api_key_id IS NOT NULL;
CREATE INDEX imported_audit_log_resource ON ops.imported_audit_log (org_id, (coalesce(object, source_table)), at, id);
CREATE INDEX imported_audit_log_row_id ON ops.imported_audit_log (org_id, (coalesce(object_id, source_id)), at, id);
CREATE INDEX imported_audit_log_action ON ops.imported_audit_log (org_id, action, at, id);
-- down
DROP INDEX ops.imported_audit_log_action, ops.imported_audit_log_row_id, ops.imported_audit_log_resource,
	ops.audit_log_api_key_id, ops.audit_log_impersonator, ops.audit_log_action, ops.audit_log_table_name;
