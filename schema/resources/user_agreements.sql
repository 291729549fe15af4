-- needs: membership/agreement.sql ops/catalogue.sql

SELECT ops.describe_resource('user_agreements', $${
	"module": "membership",
	"view": "membership.acceptances",
	"grants": {"actions": ["read", "export"], "own": ["read", "update"], "of": "member_id"},
	"fields": {
		"id": {"not_null": true},
		"member_id": {"not_null": true, "refers": "user_profiles"},
		"document_id": {"not_null": true, "label": {"en": "Agreement", "fr": "Accord"}, "refers": "agreement_documents"},
		"name": {"about": "The name of the agreement in all its versions.", "not_null": true},
		"title": {"about": "The title of the agreement.", "not_null": true},
		"version": {"about": "The number of the version that was accepted.", "not_null": true},
		"hash": {"not_null": true},
		"accepted_at": {"about": "When the member accepted the agreement.",
			"not_null": true, "label": {"en": "Accepted", "fr": "Date d’acceptation"}},
		"user_id": {"about": "The ID of the user who accepted the agreement."},
		"address": {"about": "The IP address of the request."},
		"agent": {"about": "The browser with which the member accepted the agreement.",
			"label": {"en": "Browser", "fr": "Navigateur"}},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
