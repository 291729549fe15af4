-- The resource admin_alerts.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('admin_alerts', $${
	"module": "membership",
	"table": "membership.admin_alerts",
	"actions": ["list", "get", "history"],
	"grants": {"actions": ["read", "update", "export"], "of": "member_id"},
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
