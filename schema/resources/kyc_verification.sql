-- The resource kyc_verification. Withdrawing an own verification and adding evidence are updates. "review" permits
-- reading the evidence and deciding.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('kyc_verification', $${
	"module": "membership",
	"table": "membership.kyc_verification",
	"actions": ["list", "get", "create", "update", "history"],
	"grants": {"actions": ["read", "create", "update", "review", "export"], "own": ["read", "create", "update"]},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"status": {},
		"document_type": {"label": {"en": "Document", "fr": "Document"}, "write": "always"},
		"country": {"write": "always"},
		"note": {"kind": "longtext", "write": "always"},
		"reviewer_id": {"label": {"en": "Reviewer", "fr": "Examinateur"}},
		"reason": {"kind": "longtext"},
		"expires_on": {"label": {"en": "Valid until", "fr": "Valable jusqu’au"}},
		"reminded_on": {},
		"submitted_at": {"label": {"en": "Submitted", "fr": "Soumission"}},
		"decided_at": {},
		"renewed_from_id": {"refers": "kyc_verification"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
