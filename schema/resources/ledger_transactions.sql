-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('ledger_transactions', $${
	"label": {"en": "Ledger transactions", "fr": "Opérations du grand livre"},
	"module": "membership",
	"view": "membership.ledger_transactions",
	"grants": {"actions": ["read", "export"], "own": ["read"], "of": "member_id"},
	"fields": {
		"id": {},
		"key": {"about": "The key that prevents an event from being posted twice.",
			"label": {"en": "Key", "fr": "Clé"}},
		"kind": {"about": "What was posted, such as payment or refund."},
		"member_id": {"refers": "user_profiles"},
		"resource": {},
		"row_id": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
