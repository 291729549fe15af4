-- The resource pending_agreements.
-- needs: ops/catalogue.sql membership/agreement.sql

SELECT ops.describe_resource('pending_agreements', $${
	"label": {"en": "Agreements to accept", "fr": "Contrats à accepter"},
	"module": "membership",
	"view": "membership.pending_agreements",
	"grants": {"actions": ["read", "export"], "own": ["read"]},
	"fields": {
		"id": {},
		"name": {},
		"version": {},
		"title": {},
		"text": {},
		"hash": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
