-- The resource bulk_changes.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('bulk_changes', $${
	"label": {"en": "Bulk changes", "fr": "Modifications groupées"},
	"table": "crm.bulk_changes",
	"actions": ["list", "get"],
	"fields": {
		"id": {},
		"resource": {},
		"action": {},
		"nb_rows": {},
		"created_at": {},
		"updated_at": {},
		"undone_at": {},
		"sales_id": {"names": "sales"}
	}
}$$);
