-- needs: ops/catalogue.sql

SELECT ops.describe_resource('activities', $${
	"also": "crm/activities",
	"table": "crm.activities",
	"trash": true,
	"feed": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "limits": true},
	"fields": {
		"id": {},
		"type": {"about": "What kind of interaction it was: call, email, meeting, and so on.",
			"write": "always"},
		"subject": {"about": "A one-line summary of the interaction.",
			"searched": "title", "write": "always", "limit": 2000},
		"body": {"about": "What was said and agreed.",
			"label": {"en": "Notes", "fr": "Notes"}, "kind": "longtext",
			"searched": "body", "write": "always", "limit": 262144},
		"occurred_at": {"about": "When the interaction took place.",
			"label": {"en": "When", "fr": "Quand"}, "write": "always"},
		"contact_id": {"write": "always", "refers": "contacts"},
		"deal_id": {"write": "always", "refers": "deals"},
		"sales_id": {"write": "always", "refers": "sales"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {},
		"updated_at": {}
	}
}$$);
