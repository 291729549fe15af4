-- The resource audit_log.
-- needs: ops/catalogue.sql crm/history.sql

SELECT ops.describe_resource('audit_log', $${
	"label": {"en": "Audit log", "fr": "Journal d’audit"},
	"view": "crm.audit_entries",
	"log": true,
	"administrators": ["list", "get"],
	"grants": {"actions": ["read", "export"], "reserved": true},
	"fields": {
		"id": {},
		"at": {"label": {"en": "At", "fr": "Heure"}},
		"user_id": {},
		"sales_id": {"names": "sales", "users": true},
		"name": {"unindexed": true},
		"impersonator": {"label": {"en": "Impersonator", "fr": "Au nom de"}},
		"resource": {"form": "table"},
		"row_id": {},
		"action": {},
		"changes": {"schema": "Changes", "unindexed": true},
		"address": {"unindexed": true},
		"request_id": {"unindexed": true},
		"api_key_id": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
