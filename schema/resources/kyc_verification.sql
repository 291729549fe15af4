-- The kyc_verification resource. Withdrawing one's verification and adding evidence are updates. "review" permits
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
		"document_type": {"about": "The kind of the document.",
			"label": {"en": "Document", "fr": "Document"}, "write": "always"},
		"country": {"write": "always"},
		"note": {"about": "A note from the member.", "kind": "longtext", "write": "always"},
		"reviewer_id": {"about": "The ID of the user who reviews the verification.",
			"label": {"en": "Reviewer", "fr": "Examinateur"}},
		"reason": {"about": "The reason for the decision.", "kind": "longtext"},
		"expires_on": {"about": "The last day on which the verification is valid.",
			"label": {"en": "Valid until", "fr": "Valable jusqu’au"}},
		"reminded_on": {"about": "The day on which the member was reminded to renew it."},
		"submitted_at": {"about": "When the member submitted the verification.",
			"label": {"en": "Submitted", "fr": "Soumission"}},
		"decided_at": {},
		"renewed_from_id": {"refers": "kyc_verification"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
