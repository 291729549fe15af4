-- The resource tasks.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('tasks', $${
	"table": "crm.tasks",
	"total": "tasks",
	"trash": true,
	"feed": true,
	"custom": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export", "import"], "limits": true},
	"fields": {
		"id": {},
		"contact_id": {"write": "always", "import": [], "refers": "contacts"},
		"type": {"searched": "body", "write": "always", "import": ["tasktype"]},
		"text": {"label": {"en": "Task", "fr": "Tâche"}, "kind": "longtext",
			"searched": "body", "write": "always", "limit": 65536, "import": ["note", "body", "content", "subject"]},
		"due_date": {"label": {"en": "Due", "fr": "Échéance"},
			"write": "always", "import": ["due", "deadline"]},
		"done_date": {"label": {"en": "Done", "fr": "Terminée le"},
			"write": "always", "import": ["done", "completed"]},
		"sales_id": {"write": "always", "import": [], "refers": "sales"},
		"remind_at": {"label": {"en": "Reminder", "fr": "Rappel"}, "write": "always"},
		"rrule": {"label": {"en": "Repeat", "fr": "Répétition"}, "write": "always"},
		"time_zone": {"write": "always"},
		"created_at": {},
		"updated_at": {},
		"custom": {"label": null, "schema": "Object", "write": "always", "form": "custom", "about": "The values of the fields that the organization defines, by their keys."}
	}
}$$);
