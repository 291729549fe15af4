-- The resource user_payments. Cancelling an own payment is an update.
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
		"amount": {"write": "always", "required": false},
		"currency": {"write": "always", "required": false},
		"status": {},
		"description": {"write": "always"},
		"reason": {"kind": "longtext"},
		"provider": {},
		"provider_payment": {},
		"asked": {},
		"succeeded_at": {"label": {"en": "Received", "fr": "Reçu"}},
		"refunded_at": {"label": {"en": "Last refund", "fr": "Dernier remboursement"}},
		"refunded_amount": {"label": {"en": "Refunded amount", "fr": "Montant remboursé"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
