-- The resource user_profiles.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_profiles', $${
	"module": "membership",
	"table": "membership.user_profiles",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {},
		"user_id": {},
		"first_name": {"write": "always"},
		"last_name": {"write": "always", "collated": true},
		"headline": {"write": "always"},
		"bio": {"write": "always"},
		"birth_date": {"write": "always"},
		"erased_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
