-- The resource disputes.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('disputes', $${
	"module": "membership",
	"table": "membership.disputes",
	"actions": ["list", "get", "create", "history"],
	"grants": {"actions": ["read", "create", "update", "decide", "export"], "own": ["read", "update"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"refers": "user_profiles"},
		"payment_id": {"label": {"en": "Payment", "fr": "Paiement"},
			"write": "always", "refers": "user_payments"},
		"payout_id": {"label": {"en": "Payout", "fr": "Versement"},
			"write": "always", "refers": "user_payouts"},
		"amount": {"write": "always", "required": false},
		"currency": {},
		"reason": {"kind": "longtext", "write": "always"},
		"status": {},
		"evidence": {"label": {"en": "Evidence", "fr": "Preuves"}, "kind": "longtext"},
		"evidence_due_at": {"label": {"en": "Evidence until", "fr": "Preuves jusqu’au"}, "write": "always"},
		"note": {"kind": "longtext"},
		"provider": {},
		"provider_dispute": {},
		"decided_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
