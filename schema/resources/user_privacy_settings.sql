-- The resource user_privacy_settings.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_privacy_settings', $${
	"module": "membership",
	"table": "membership.user_privacy_settings",
	"actions": ["list", "get", "update", "history"],
	"grants": {"actions": ["read", "update", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {"refers": "user_profiles", "as": "member"},
		"listed": {"write": "always"},
		"show_bio": {"write": "always"},
		"show_birth_date": {"write": "always"},
		"show_city": {"write": "always"},
		"show_email": {"write": "always"},
		"show_phone": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
