-- The resource factory_audit_log.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('factory_audit_log', $${
	"module": "factory",
	"view": "factory_app.audit_log",
	"fields": {
		"id": {},
		"sales_id": {},
		"action": {},
		"resource": {},
		"row_id": {},
		"details": {},
		"request_id": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
