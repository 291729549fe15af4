-- The resource trash.
-- needs: ops/catalogue.sql crm/trash.sql

SELECT ops.describe_resource('trash', $${
	"table": "crm.trash",
	"view": "crm.trash_summary",
	"actions": ["get", "delete"],
	"administrators": ["delete"],
	"fields": {
		"id": {},
		"resource": {"label": {"en": "Type", "fr": "Type"}, "form": "table"},
		"row_id": {},
		"title": {},
		"parent_id": {},
		"root_id": {},
		"deleted_at": {"label": {"en": "Deleted", "fr": "Supprimé le"}, "not_null": true},
		"sales_id": {"names": "sales"},
		"nb_rows": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
