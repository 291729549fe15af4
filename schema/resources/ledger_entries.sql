-- The resource ledger_entries.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('ledger_entries', $${
	"module": "membership",
	"view": "membership.ledger_entries",
	"fields": {
		"id": {},
		"transaction_id": {"refers": "ledger_transactions"},
		"account_id": {"refers": "ledger_accounts"},
		"member_id": {"refers": "user_profiles"},
		"currency": {},
		"amount": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
