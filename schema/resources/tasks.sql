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
		"type": {"about": "The kind of the task, one of taskTypes in the configuration.", "schema": "TaskTypes",
			"searched": "body", "write": "always", "import": ["tasktype"]},
		"text": {"about": "What must be done.", "label": {"en": "Task", "fr": "Tâche"}, "kind": "longtext",
			"searched": "body", "write": "always", "limit": 65536, "import": ["note", "body", "content", "subject"]},
		"due_date": {"about": "When the task is due.", "label": {"en": "Due", "fr": "Échéance"},
			"write": "always", "import": ["due", "deadline"]},
		"done_date": {"about": "When the task was done; null if it is open.",
			"label": {"en": "Done", "fr": "Terminée le"},
			"write": "always", "import": ["done", "completed"]},
		"sales_id": {"write": "always", "import": [], "refers": "sales"},
		"remind_at": {"about": "When the user is reminded by email.",
			"label": {"en": "Reminder", "fr": "Rappel"}, "write": "always"},
		"rrule": {"about": "How the task repeats, as an RFC 5545 rule.",
			"label": {"en": "Repeat", "fr": "Répétition"}, "write": "always"},
		"time_zone": {"write": "always"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384, "import": []},
		"created_at": {},
		"updated_at": {},
		"custom": {"label": null, "schema": "Object", "write": "always", "form": "custom", "about": "The values of the fields that the organization defines, by key."}
	}
}$$);
