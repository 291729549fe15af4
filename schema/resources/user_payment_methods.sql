-- The resource user_payment_methods.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('user_payment_methods', $${
	"module": "membership",
	"table": "membership.user_payment_methods",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"kind": {"write": "always"},
		"provider": {"write": "always"},
		"token": {"write": "always"},
		"brand": {"write": "always"},
		"last4": {"write": "always"},
		"expires_on": {"write": "always"},
		"customer": {"write": "always"},
		"label": {"write": "always"},
		"is_default": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
