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
		"kind": {"about": "What the file shows, such as the front of a document."},
		"title": {"about": "The name of the file."},
		"type": {"about": "The media type of the file."},
		"size": {"about": "The size of the file, in bytes."},
		"created_at": {},
		"updated_at": {}
	}
}$$);
