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
		"payment_id": {"write": "always", "refers": "user_payments"},
		"payout_id": {"write": "always", "refers": "user_payouts"},
		"amount": {"write": "always", "required": false},
		"currency": {},
		"reason": {"write": "always"},
		"status": {},
		"evidence": {},
		"evidence_due_at": {"write": "always"},
		"note": {},
		"provider": {},
		"provider_dispute": {},
		"decided_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
