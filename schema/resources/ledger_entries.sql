-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('ledger_entries', $${
	"module": "membership",
	"view": "membership.ledger_entries",
	"grants": {"actions": ["read", "export"], "own": ["read"], "of": "member_id"},
	"fields": {
		"id": {},
		"transaction_id": {"label": {"en": "Transaction", "fr": "Opération"}, "refers": "ledger_transactions"},
		"account_id": {"refers": "ledger_accounts"},
		"member_id": {"refers": "user_profiles"},
		"currency": {},
		"amount": {"about": "The amount in minor units: debits are positive, and credits are negative."},
		"created_at": {},
		"updated_at": {}
	}
}$$);
