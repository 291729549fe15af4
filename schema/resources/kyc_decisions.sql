-- The resource kyc_decisions.
-- needs: ops/catalogue.sql membership/kyc.sql

SELECT ops.describe_resource('kyc_decisions', $${
	"module": "membership",
	"view": "membership.kyc_decision_log",
	"fields": {
		"id": {},
		"verification_id": {"refers": "kyc_verification"},
		"member_id": {"refers": "user_profiles"},
		"action": {},
		"from_status": {},
		"to_status": {},
		"reason": {},
		"user_id": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
