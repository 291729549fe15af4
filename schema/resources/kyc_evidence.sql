-- The resource kyc_evidence.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('kyc_evidence', $${
	"label": {"en": "Evidence of identity", "fr": "Justificatifs d’identité"},
	"module": "membership",
	"table": "membership.kyc_evidence",
	"actions": ["list", "get", "delete"],
	"grants": {"actions": ["read", "update", "delete", "export"], "own": ["read", "update", "delete"]},
	"fields": {
		"id": {},
		"verification_id": {"refers": "kyc_verification"},
		"member_id": {"refers": "user_profiles"},
		"kind": {},
		"title": {},
		"type": {},
		"size": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
