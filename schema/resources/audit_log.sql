-- needs: ops/catalogue.sql crm/history.sql

SELECT ops.describe_resource('audit_log', $${
	"label": {"en": "Audit log", "fr": "Journal d’audit"},
	"view": "crm.audit_entries",
	"log": true,
	"administrators": ["list", "get"],
	"grants": {"actions": ["read", "export"], "reserved": true},
	"fields": {
		"id": {},
		"at": {"about": "When the change was made.", "label": {"en": "At", "fr": "Heure"}},
		"user_id": {"about": "The ID of the user who made the change."},
		"sales_id": {"names": "sales", "users": true},
		"name": {"about": "The name of that user.", "unindexed": true},
		"impersonator": {"about": "The ID of the administrator who acted as that user.",
			"label": {"en": "Impersonator", "fr": "Au nom de"}},
		"resource": {"form": "table"},
		"row_id": {},
		"action": {"about": "What was done: insert, update, delete, and so on."},
		"changes": {"schema": "Changes", "unindexed": true},
		"address": {"about": "The IP address of the request.", "unindexed": true},
		"request_id": {},
		"api_key_id": {"about": "The ID of the API key of the request."},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
