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
		"text": {"about": "The text of the note.",
			"searched": "body", "write": "always", "limit": 262144, "import": ["note", "body", "content", "subject"]},
		"date": {"about": "The time that the note is about.",
			"write": "always", "import": ["createdat", "created"]},
		"sales_id": {"write": "always", "import": [], "refers": "sales"},
		"status": {"about": "The status that the note gives to the contact.", "schema": "NoteStatuses", "write": "always", "import": []},
		"attachments": {"about": "The files of the note.",
			"write": "always", "form": "attachments", "import": []},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384, "import": []},
		"created_at": {},
		"updated_at": {}
	}
}$$);
