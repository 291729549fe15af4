-- needs: ops/catalogue.sql

SELECT ops.describe_resource('merges', $${
	"table": "crm.merges",
	"actions": ["list", "get"],
	"grants": {"as": "contacts:merge"},
	"fields": {
		"id": {},
		"winner_id": {"about": "The ID of the row that remains."},
		"loser_id": {"about": "The ID of the row that was merged into the remaining row."},
		"sales_id": {"names": "sales"},
		"merged_at": {"about": "When the rows were merged."},
		"undone_at": {},
		"batch_id": {"about": "The ID of the batch of merges; null for a single merge."},
		"loser": {"about": "The merged row, as it was before the merge.", "schema": "Object"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
