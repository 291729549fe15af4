-- The user_payments resource. For a member, canceling a payment is an update.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_payments', $${
	"module": "membership",
	"table": "membership.user_payments",
	"actions": ["list", "get", "create", "history"],
	"grants": {"actions": ["read", "create", "update", "refund", "export"], "own": ["read", "create", "update"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"billing_schedule_id": {"label": {"en": "For the amount due", "fr": "Échéance"},
			"write": "always", "refers": "user_billing_schedules"},
		"payment_method_id": {"label": {"en": "Payment method", "fr": "Moyen de paiement"},
			"write": "always", "refers": "user_payment_methods"},
		"amount": {"about": "The amount of the payment, in minor units.",
			"write": "always", "required": false},
		"currency": {"write": "always", "required": false},
		"status": {},
		"description": {"write": "always"},
		"reason": {"about": "Why the payment failed.", "kind": "longtext"},
		"provider": {},
		"provider_payment": {"about": "The ID of the payment at the provider."},
		"asked": {"about": "What the provider was asked to do."},
		"succeeded_at": {"about": "When the payment was received.",
			"label": {"en": "Received", "fr": "Reçu"}},
		"refunded_at": {"about": "When the payment was last refunded.",
			"label": {"en": "Last refund", "fr": "Dernier remboursement"}},
		"refunded_amount": {"about": "The refunded part, in minor units.",
			"label": {"en": "Refunded amount", "fr": "Montant remboursé"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
