-- The member_messages resource. For a member, marking a message as read is an update.
-- needs: membership/member_message.sql membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('member_messages', $${
	"module": "membership",
	"table": "membership.member_messages",
	"view": "membership.shown_messages",
	"actions": ["list", "get", "create"],
	"grants": {"actions": ["read", "create", "update", "export"], "own": ["read", "create", "update"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"body": {"about": "The text of the message.", "kind": "longtext", "write": "always"},
		"from_member": {"about": "Whether the member, and not the staff, wrote the message.",
			"label": {"en": "From the member", "fr": "Du membre"}},
		"author_id": {"label": {"en": "Written by", "fr": "Auteur"}, "refers": "sales"},
		"read_at": {"about": "When the other side read the message; null if unread.",
			"label": {"en": "Read", "fr": "Lu"}},
		"created_at": {"label": {"en": "Sent", "fr": "Envoi"}, "not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
