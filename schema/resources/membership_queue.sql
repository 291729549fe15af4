-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('membership_queue', $${
	"module": "membership",
	"table": "membership.membership_queue",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "create", "update"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"priority": {"about": "The priority: members with higher numbers are called first.",
			"label": {"en": "Priority", "fr": "Priorité"}, "write": "always"},
		"status": {"write": "always"},
		"note": {"about": "What the member wants.", "kind": "longtext", "write": "always"},
		"called_by": {"about": "The ID of the user who called the member."},
		"called_at": {"about": "When the member was called.", "label": {"en": "Called", "fr": "Appel"}},
		"ended_at": {"about": "When the conversation ended.", "label": {"en": "Ended", "fr": "Fin"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
