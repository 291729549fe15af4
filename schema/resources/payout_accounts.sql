-- The resource payout_accounts.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('payout_accounts', $${
	"module": "membership",
	"table": "membership.payout_accounts",
	"actions": ["list", "get", "delete"],
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
