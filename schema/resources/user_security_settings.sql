-- The resource user_security_settings.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_security_settings', $${
	"module": "membership",
	"table": "membership.user_security_settings",
	"actions": ["list", "get", "update", "history"],
	"grants": {"actions": ["read", "update", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {"refers": "user_profiles", "as": "member"},
		"sign_in_alerts": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
