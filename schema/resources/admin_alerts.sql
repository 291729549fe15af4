-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('admin_alerts', $${
	"module": "membership",
	"table": "membership.admin_alerts",
	"actions": ["list", "get", "history"],
	"grants": {"actions": ["read", "update", "export"], "of": "member_id"},
	"fields": {
		"id": {},
		"key": {"about": "The key that prevents a second alert about the same finding."},
		"title": {"about": "What the alert is about.", "label": {"en": "Alert", "fr": "Alerte"}},
		"severity": {},
		"status": {"about": "Whether someone still has to work on the alert."},
		"member_id": {"refers": "user_profiles"},
		"resource": {},
		"row_id": {},
		"assigned_to": {"about": "The ID of the user who works on the alert.",
			"label": {"en": "Assigned to", "fr": "Attribuée à"}},
		"reason": {"about": "The reason for closing the alert.", "kind": "longtext"},
		"acknowledged_at": {"about": "When a user took the alert.",
			"label": {"en": "Acknowledged", "fr": "Prise en charge"}},
		"closed_at": {"about": "When the alert was resolved or dismissed.",
			"label": {"en": "Closed", "fr": "Clôture"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
