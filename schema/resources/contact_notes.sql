-- The resource contact_notes.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('contact_notes', $${
	"label": {"en": "Contact notes", "fr": "Notes de contact"},
	"table": "crm.contact_notes",
	"total": "contact_notes",
	"trash": true,
	"feed": true,
	"assistant": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export", "import"], "limits": true},
	"fields": {
		"id": {},
		"contact_id": {"write": "always", "import": [], "refers": "contacts"},
		"text": {"searched": "body", "write": "always", "limit": 262144, "import": ["note", "body", "content", "subject"]},
		"date": {"write": "always", "import": ["createdat", "created"]},
		"sales_id": {"write": "always", "import": [], "refers": "sales"},
		"status": {"write": "always", "import": []},
		"attachments": {"write": "always", "form": "attachments", "import": []},
		"created_at": {},
		"updated_at": {}
	}
}$$);
