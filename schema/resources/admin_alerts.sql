-- The resource admin_alerts.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('admin_alerts', $${
	"module": "membership",
	"table": "membership.admin_alerts",
	"actions": ["list", "get", "history"],
	"fields": {
		"id": {},
		"key": {},
		"title": {},
		"severity": {},
		"status": {},
		"member_id": {"refers": "user_profiles"},
		"resource": {},
		"row_id": {},
		"assigned_to": {},
		"reason": {},
		"acknowledged_at": {},
		"closed_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
