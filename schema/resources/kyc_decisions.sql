-- The resource kyc_decisions.
-- needs: membership/kyc.sql membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('kyc_decisions', $${
	"module": "membership",
	"view": "membership.kyc_decision_log",
	"grants": {"actions": ["read", "export"], "own": ["read"], "of": "member_id"},
	"fields": {
		"id": {},
		"verification_id": {"refers": "kyc_verification"},
		"member_id": {"refers": "user_profiles"},
		"action": {},
		"from_status": {},
		"to_status": {"label": {"en": "Status", "fr": "Statut"}},
		"reason": {"kind": "longtext"},
		"user_id": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
