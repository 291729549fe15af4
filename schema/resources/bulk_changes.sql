-- needs: ops/catalogue.sql

SELECT ops.describe_resource('bulk_changes', $${
	"label": {"en": "Bulk changes", "fr": "Modifications groupées"},
	"table": "crm.bulk_changes",
	"actions": ["list", "get"],
	"fields": {
		"id": {},
		"resource": {},
		"action": {"about": "What was done to the rows."},
		"nb_rows": {"about": "The number of rows that were changed."},
		"created_at": {},
		"updated_at": {},
		"undone_at": {},
		"sales_id": {"names": "sales"}
	}
}$$);
