-- The resource duplicates.
-- needs: ops/catalogue.sql crm/duplicate.sql

SELECT ops.describe_resource('duplicates', $${
	"table": "crm.duplicates",
	"view": "crm.duplicates_summary",
	"actions": ["list", "get", "update"],
	"grants": {"actions": ["read", "update", "export"]},
	"fields": {
		"id": {},
		"resource": {},
		"one_id": {},
		"other_id": {},
		"score": {},
		"reasons": {"schema": "Texts"},
		"found_at": {},
		"dismissed": {"write": "always"},
		"one_name": {},
		"other_name": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
