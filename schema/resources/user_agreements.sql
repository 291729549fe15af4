-- The resource user_agreements.
-- needs: membership/agreement.sql ops/catalogue.sql

SELECT ops.describe_resource('user_agreements', $${
	"module": "membership",
	"view": "membership.acceptances",
	"grants": {"actions": ["read", "export"], "own": ["read", "update"], "of": "member_id"},
	"fields": {
		"id": {"not_null": true},
		"member_id": {"not_null": true, "refers": "user_profiles"},
		"document_id": {"not_null": true, "label": {"en": "Agreement", "fr": "Accord"}, "refers": "agreement_documents"},
		"name": {"not_null": true},
		"title": {"not_null": true},
		"version": {"not_null": true},
		"hash": {"not_null": true},
		"accepted_at": {"not_null": true, "label": {"en": "Accepted", "fr": "Date d’acceptation"}},
		"user_id": {},
		"address": {},
		"agent": {"label": {"en": "Browser", "fr": "Navigateur"}},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
