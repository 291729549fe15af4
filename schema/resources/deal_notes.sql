-- needs: ops/catalogue.sql

SELECT ops.describe_resource('deal_notes', $${
	"label": {"en": "Deal notes", "fr": "Notes d’affaire"},
	"table": "crm.deal_notes",
	"total": "deal_notes",
	"trash": true,
	"feed": true,
	"assistant": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export", "import"], "limits": true},
	"fields": {
		"id": {},
		"deal_id": {"write": "always", "import": [], "refers": "deals"},
		"type": {"about": "The kind of the note, one of noteTypes in the configuration.", "schema": "NoteTypes",
			"write": "always", "import": ["tasktype"]},
		"text": {"about": "The text of the note.",
			"searched": "body", "write": "always", "limit": 262144, "import": ["note", "body", "content", "subject"]},
		"date": {"about": "The time that the note is about.",
			"write": "always", "import": ["createdat", "created"]},
		"sales_id": {"write": "always", "import": [], "refers": "sales"},
		"attachments": {"about": "The files of the note.", "write": "always", "form": "attachments"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384, "import": []},
		"created_at": {},
		"updated_at": {}
	}
}$$);
