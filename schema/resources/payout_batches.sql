-- The resource payout_batches.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('payout_batches', $${
	"module": "membership",
	"view": "membership.payout_batches",
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"account_id": {"label": {"en": "From", "fr": "Depuis"}, "refers": "payout_accounts"},
		"currency": {},
		"execute_on": {"label": {"en": "To be executed on", "fr": "À exécuter le"}},
		"payouts": {"label": {"en": "Payouts", "fr": "Versements"}},
		"total": {"label": {"en": "Total", "fr": "Total"}},
		"created_by": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
