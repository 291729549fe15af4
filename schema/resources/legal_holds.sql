-- needs: ops/catalogue.sql

SELECT ops.describe_resource('legal_holds', $${
	"module": "membership",
	"table": "membership.legal_holds",
	"actions": ["list", "get", "create"],
	"administrators": ["list", "get", "create"],
	"grants": {"actions": ["read", "create", "update", "export"], "administrators": true},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "refers": "user_profiles"},
		"reason": {"about": "Why the person must not be erased.", "kind": "longtext", "write": "always"},
		"set_by": {},
		"released_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
