-- The factory_audit_log resource. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('factory_audit_log', $${
	"label": {"en": "Factory audit log", "fr": "Journal d’audit de l’usine"},
	"module": "factory",
	"view": "factory_app.audit_log",
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"sales_id": {"names": "sales"},
		"action": {"about": "What was done, such as calculation.created."},
		"resource": {},
		"row_id": {},
		"details": {"about": "Details of what was done.", "schema": "Object"},
		"request_id": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
