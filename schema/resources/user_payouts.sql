-- needs: membership/module.sql membership/payout.sql ops/catalogue.sql

SELECT ops.describe_resource('user_payouts', $${
	"module": "membership",
	"table": "membership.user_payouts",
	"view": "membership.user_payouts_summary",
	"actions": ["list", "get", "create", "history"],
	"grants": {"actions": ["read", "create", "update", "approve", "send", "export"], "own": ["read"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"account_id": {"label": {"en": "Account", "fr": "Compte"},
			"write": "always", "required": true, "refers": "payout_accounts"},
		"payment_id": {"label": {"en": "Passed-on payment", "fr": "Paiement transmis"},
			"write": "always", "refers": "user_payments"},
		"amount": {"about": "The amount of the payout, in minor units.", "write": "always"},
		"currency": {"write": "always"},
		"status": {},
		"holds": {"about": "The reasons why the payout cannot be sent.",
			"schema": "Texts", "label": {"en": "Reasons for the hold", "fr": "Motifs du blocage"}},
		"description": {"write": "always"},
		"reason": {"about": "Why the payout was refused or failed.", "kind": "longtext"},
		"reference": {"about": "The reference in the transfer to the bank.",
			"label": {"en": "Reference", "fr": "Référence"}},
		"requested_by": {"about": "The ID of the user who requested the payout."},
		"approved_by": {"about": "The ID of the user who approved the payout."},
		"batch_id": {"label": {"en": "Batch", "fr": "Lot"}, "refers": "payout_batches"},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
