-- The resource payout_accounts.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('payout_accounts', $${
	"module": "membership",
	"table": "membership.payout_accounts",
	"actions": ["list", "get", "delete"],
	"grants": {"actions": ["read", "create", "delete", "export"], "own": ["read", "create", "delete"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"refers": "user_profiles"},
		"holder": {},
		"country": {},
		"last4": {},
		"bic": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
