DROP FUNCTION ops.audit_head();
DROP FUNCTION ops.seal_audit(integer, interval, boolean);
DROP TABLE ops.audit_seal;
DROP TABLE ops.audit_tick;
DROP INDEX ops.audit_log_id;
DROP POLICY sealer ON ops.audit_log;
REVOKE ALL ON ops.audit_log FROM tenantry_audit;
REVOKE USAGE ON SCHEMA ops FROM tenantry_audit;
