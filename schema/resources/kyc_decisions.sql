-- needs: membership/kyc.sql membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('kyc_decisions', $${
	"module": "membership",
	"view": "membership.kyc_decision_log",
	"grants": {"actions": ["read", "export"], "own": ["read"], "of": "member_id"},
	"fields": {
		"id": {},
		"verification_id": {"refers": "kyc_verification"},
		"member_id": {"refers": "user_profiles"},
		"action": {"about": "What was decided or done."},
		"from_status": {"about": "The status before the decision."},
		"to_status": {"about": "The status after the decision.", "label": {"en": "Status", "fr": "Statut"}},
		"reason": {"about": "The reason for the decision.", "kind": "longtext"},
		"user_id": {"about": "The ID of the user who made the decision."},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
