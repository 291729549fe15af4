-- The resource tax_forms. "update" is to add one, "reveal" to read the identifier.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('tax_forms', $${
	"module": "membership",
	"table": "membership.tax_forms",
	"actions": ["list", "get", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "reveal", "export"], "own": ["read", "create", "update", "delete"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"refers": "user_profiles"},
		"year": {},
		"kind": {},
		"country": {},
		"legal_name": {},
		"identifier_last": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
