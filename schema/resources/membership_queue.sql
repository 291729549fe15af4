-- The resource membership_queue.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('membership_queue', $${
	"module": "membership",
	"table": "membership.membership_queue",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "create", "update"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"priority": {"write": "always"},
		"status": {"write": "always"},
		"note": {"write": "always"},
		"called_by": {},
		"called_at": {},
		"ended_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
