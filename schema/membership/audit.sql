-- The audit log under the names that other membership systems use: all entries, and the entries about users.
-- needs: crm/history.sql membership/module.sql

CREATE OR REPLACE VIEW membership.system_audit_logs WITH (security_invoker) AS
SELECT e.id, e.user_id, e.action, e.resource AS entity_type, e.row_id AS entity_id, e.changes, e.address AS ip_address,
	e.request_id, e.at AS created_at, e.tenant, e.at AS updated_at
  FROM crm.audit_entries e;
GRANT SELECT ON membership.system_audit_logs TO tenantry_app;

CREATE OR REPLACE VIEW membership.user_audit_logs WITH (security_invoker) AS
SELECT e.id, e.user_id, e.action, e.resource AS entity_type, e.row_id AS entity_id, e.changes, e.address AS ip_address,
	e.request_id, e.at AS created_at, e.tenant, e.at AS updated_at
  FROM crm.audit_entries e
 WHERE e.user_id IS NOT NULL;
GRANT SELECT ON membership.user_audit_logs TO tenantry_app;
