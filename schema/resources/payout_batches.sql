-- The resource payout_batches.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('payout_batches', $${
	"module": "membership",
	"view": "membership.payout_batches",
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"account_id": {"refers": "payout_accounts"},
		"currency": {},
		"execute_on": {},
		"payouts": {},
		"total": {},
		"created_by": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
