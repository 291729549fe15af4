-- needs: ops/catalogue.sql crm/duplicate.sql

SELECT ops.describe_resource('duplicates', $${
	"table": "crm.duplicates",
	"view": "crm.duplicates_summary",
	"actions": ["list", "get", "update"],
	"grants": {"actions": ["read", "update", "export"]},
	"fields": {
		"id": {},
		"resource": {},
		"one_id": {"about": "The ID of the first row of the pair."},
		"other_id": {"about": "The ID of the second row of the pair."},
		"score": {"about": "How alike the rows are, up to 100."},
		"reasons": {"about": "What the rows have in common, such as email.", "schema": "Texts"},
		"found_at": {"about": "When the pair was found."},
		"dismissed": {"about": "Whether a user said that the rows differ.", "write": "always"},
		"one_name": {"about": "The name of the first row."},
		"other_name": {"about": "The name of the second row."},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
