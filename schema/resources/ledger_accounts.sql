-- The resource ledger_accounts.
-- needs: ops/catalogue.sql membership/ledger.sql

SELECT ops.describe_resource('ledger_accounts', $${
	"module": "membership",
	"view": "membership.ledger_accounts_summary",
	"fields": {
		"id": {},
		"kind": {},
		"currency": {},
		"member_id": {"refers": "user_profiles"},
		"balance": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
