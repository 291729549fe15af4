-- The resource user_notification_preferences.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_notification_preferences', $${
	"module": "membership",
	"table": "membership.user_notification_preferences",
	"actions": ["list", "get", "update", "history"],
	"grants": {"actions": ["read", "update", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {"refers": "user_profiles", "as": "member"},
		"email": {"write": "always"},
		"memberships": {"write": "always"},
		"queue": {"write": "always"},
		"verifications": {"write": "always"},
		"messages": {"write": "always"},
		"member_messages": {"write": "always"},
		"muted_until": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
