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
		"title": {"label": {"en": "Alert", "fr": "Alerte"}},
		"severity": {},
		"status": {},
		"member_id": {"refers": "user_profiles"},
		"resource": {},
		"row_id": {},
		"assigned_to": {"label": {"en": "Assigned to", "fr": "Attribuée à"}},
		"reason": {"kind": "longtext"},
		"acknowledged_at": {"label": {"en": "Acknowledged", "fr": "Prise en charge"}},
		"closed_at": {"label": {"en": "Closed", "fr": "Clôture"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
