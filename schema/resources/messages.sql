-- The resource messages.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('messages', $${
	"also": "crm/messages",
	"table": "crm.messages",
	"trash": true,
	"feed": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "limits": true},
	"fields": {
		"id": {},
		"channel": {"label": {"en": "Channel", "fr": "Canal"}, "write": "always"},
		"direction": {"write": "always"},
		"thread_id": {"write": "always"},
		"contact_id": {"write": "always", "refers": "contacts"},
		"sales_id": {"write": "always", "refers": "sales"},
		"sender": {"label": {"en": "From", "fr": "De"},
			"searched": "body", "write": "always", "ignore_case": true},
		"recipient": {"label": {"en": "To", "fr": "À"},
			"searched": "body", "write": "always", "ignore_case": true},
		"subject": {"searched": "title", "write": "always"},
		"body": {"searched": "body", "write": "always"},
		"status": {"label": {"en": "Status", "fr": "État"}, "write": "always", "required": false},
		"external_id": {"write": "always"},
		"sent_at": {"write": "always"},
		"metadata": {"schema": "Object", "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
