-- needs: ops/catalogue.sql

SELECT ops.describe_resource('payout_batches', $${
	"module": "membership",
	"view": "membership.payout_batches",
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"account_id": {"label": {"en": "From", "fr": "Depuis"}, "refers": "payout_accounts"},
		"currency": {},
		"execute_on": {"about": "The day on which the bank executes the batch.",
			"label": {"en": "To be executed on", "fr": "À exécuter le"}},
		"payouts": {"about": "The number of payouts in the batch.",
			"label": {"en": "Payouts", "fr": "Versements"}},
		"total": {"about": "The sum of the payouts, in minor units.",
			"label": {"en": "Total", "fr": "Total"}},
		"created_by": {"about": "The ID of the user who created the batch."},
		"created_at": {},
		"updated_at": {}
	}
}$$);
