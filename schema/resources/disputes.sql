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
		"amount": {"about": "The disputed amount, in minor units.", "write": "always", "required": false},
		"currency": {},
		"reason": {"about": "Why the payment or the payout is disputed.",
			"kind": "longtext", "write": "always"},
		"status": {},
		"evidence": {"about": "The evidence that was sent.",
			"label": {"en": "Evidence", "fr": "Preuves"}, "kind": "longtext"},
		"evidence_due_at": {"about": "When the evidence is due.",
			"label": {"en": "Evidence until", "fr": "Preuves jusqu’au"}, "write": "always"},
		"note": {"about": "A note from the staff about the decision.", "kind": "longtext"},
		"provider": {},
		"provider_dispute": {"about": "The ID of the dispute at the provider."},
		"decided_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
