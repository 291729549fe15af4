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
		"title": {"about": "The name of the deleted row."},
		"parent_id": {"about": "The entry of the row with which it was deleted."},
		"root_id": {"about": "The entry of the row that a user deleted."},
		"deleted_at": {"about": "When the row was deleted.",
			"label": {"en": "Deleted", "fr": "Supprimé le"}, "not_null": true},
		"sales_id": {"names": "sales"},
		"nb_rows": {"about": "The number of rows that were deleted with it."},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
