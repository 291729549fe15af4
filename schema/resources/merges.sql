-- The resource merges.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('merges', $${
	"table": "crm.merges",
	"actions": ["list", "get"],
	"grants": {"as": "contacts:merge"},
	"fields": {
		"id": {},
		"winner_id": {},
		"loser_id": {},
		"sales_id": {"names": "sales"},
		"merged_at": {},
		"undone_at": {},
		"batch_id": {},
		"loser": {"schema": "Object"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
