-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_addresses', $${
	"module": "membership",
	"table": "membership.user_addresses",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "create", "update", "delete"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"kind": {"about": "What the address is used for, such as home.", "write": "always"},
		"line1": {"about": "The first line of the address.",
			"label": {"en": "Address", "fr": "Adresse"}, "write": "always"},
		"line2": {"about": "The second line of the address.",
			"label": {"en": "Address, second line", "fr": "Complément d’adresse"}, "write": "always"},
		"postal_code": {"about": "The postal code of the address.",
			"label": {"en": "Postal code", "fr": "Code postal"}, "write": "always"},
		"city": {"write": "always"},
		"region": {"about": "The state or province of the address.",
			"label": {"en": "Region", "fr": "Région"}, "write": "always"},
		"country": {"write": "always"},
		"is_default": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
