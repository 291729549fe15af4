-- needs: membership/ledger.sql membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('ledger_accounts', $${
	"module": "membership",
	"view": "membership.ledger_accounts_summary",
	"grants": {"actions": ["read", "export"], "own": ["read"], "of": "member_id"},
	"fields": {
		"id": {},
		"kind": {"about": "The kind of the account, such as asset or income."},
		"currency": {},
		"member_id": {"refers": "user_profiles"},
		"balance": {"about": "The sum of the entries, in minor units.",
			"label": {"en": "Balance", "fr": "Solde"}},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
