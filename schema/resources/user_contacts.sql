-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_contacts', $${
	"module": "membership",
	"table": "membership.user_contacts",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "create", "update", "delete"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"kind": {"about": "Whether the contact is an email address or a telephone number.", "write": "always"},
		"value": {"about": "The address or the number.",
			"label": {"en": "Value", "fr": "Valeur"}, "write": "always"},
		"label": {"about": "The member's name for the contact.", "write": "always"},
		"is_default": {"write": "always"},
		"verified_at": {"about": "When the member confirmed the contact."},
		"created_at": {},
		"updated_at": {}
	}
}$$);
