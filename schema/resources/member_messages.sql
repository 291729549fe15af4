-- The resource member_messages.
-- needs: ops/catalogue.sql membership/member_message.sql

SELECT ops.describe_resource('member_messages', $${
	"module": "membership",
	"table": "membership.member_messages",
	"view": "membership.shown_messages",
	"actions": ["list", "get", "create"],
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"body": {"write": "always"},
		"from_member": {},
		"author_id": {"refers": "sales"},
		"read_at": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
