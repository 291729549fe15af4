-- The resource user_agreements.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_agreements', $${
	"module": "membership",
	"view": "membership.user_agreements",
	"grants": {"actions": ["read", "export"], "own": ["read", "update"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"refers": "user_profiles"},
		"document_id": {"label": {"en": "Agreement", "fr": "Accord"}, "refers": "agreement_documents"},
		"name": {},
		"version": {},
		"hash": {},
		"accepted_at": {"label": {"en": "Accepted", "fr": "Date d’acceptation"}},
		"user_id": {},
		"address": {},
		"agent": {"label": {"en": "Browser", "fr": "Navigateur"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
