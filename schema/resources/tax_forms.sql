-- The resource tax_forms.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('tax_forms', $${
	"module": "membership",
	"table": "membership.tax_forms",
	"actions": ["list", "get", "delete", "history"],
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
