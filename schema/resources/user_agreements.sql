-- The resource user_agreements.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_agreements', $${
	"module": "membership",
	"view": "membership.user_agreements",
	"grants": {"actions": ["read", "export"], "own": ["read", "update"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"refers": "user_profiles"},
		"document_id": {"refers": "agreement_documents"},
		"name": {},
		"version": {},
		"hash": {},
		"accepted_at": {},
		"user_id": {},
		"address": {},
		"agent": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
