-- needs: ops/catalogue.sql membership/agreement.sql

SELECT ops.describe_resource('pending_agreements', $${
	"label": {"en": "Agreements to accept", "fr": "Contrats à accepter"},
	"module": "membership",
	"view": "membership.pending_agreements",
	"grants": {"actions": ["read", "export"], "own": ["read"]},
	"fields": {
		"id": {},
		"name": {"about": "The name of the agreement in all its versions."},
		"version": {"about": "The number of the version of the text, from 1."},
		"title": {"about": "The title that members see."},
		"text": {"about": "The text to accept."},
		"hash": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
