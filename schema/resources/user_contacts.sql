-- The resource user_contacts.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_contacts', $${
	"module": "membership",
	"table": "membership.user_contacts",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "create", "update", "delete"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"kind": {"write": "always"},
		"value": {"label": {"en": "Value", "fr": "Valeur"}, "write": "always"},
		"label": {"write": "always"},
		"is_default": {"write": "always"},
		"verified_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
