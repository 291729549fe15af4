-- needs: ops/catalogue.sql

SELECT ops.describe_resource('messages', $${
	"also": "crm/messages",
	"table": "crm.messages",
	"trash": true,
	"feed": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "limits": true},
	"fields": {
		"id": {},
		"channel": {"about": "How the message was sent, such as email or sms.",
			"label": {"en": "Channel", "fr": "Canal"}, "write": "always"},
		"direction": {"about": "Whether the message came in or went out.", "write": "always"},
		"thread_id": {"about": "The ID of the conversation in the other system.", "write": "always"},
		"contact_id": {"write": "always", "refers": "contacts"},
		"sales_id": {"write": "always", "refers": "sales"},
		"sender": {"about": "The address or number from which the message was sent.",
			"label": {"en": "From", "fr": "De"},
			"searched": "body", "write": "always", "ignore_case": true},
		"recipient": {"about": "The address or number to which the message was sent.",
			"label": {"en": "To", "fr": "À"},
			"searched": "body", "write": "always", "ignore_case": true},
		"subject": {"about": "The subject of an email.", "searched": "title", "write": "always"},
		"body": {"about": "The text of the message.", "searched": "body", "write": "always"},
		"status": {"about": "The state of the message, such as queued or sent.",
			"label": {"en": "Status", "fr": "État"}, "write": "always", "required": false},
		"external_id": {"about": "The ID of the message in the other system.", "write": "always"},
		"sent_at": {"about": "When the message was sent.", "write": "always"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {},
		"updated_at": {}
	}
}$$);
