-- The resource agreement_documents.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('agreement_documents', $${
	"module": "membership",
	"table": "membership.agreement_documents",
	"actions": ["list", "get", "create"],
	"grants": {"actions": ["read", "create", "export"], "own": ["read"]},
	"fields": {
		"id": {},
		"name": {"label": {"en": "Short name", "fr": "Nom court"}, "write": "always"},
		"version": {},
		"title": {"write": "always"},
		"text": {"kind": "longtext", "write": "always"},
		"hash": {},
		"required": {"label": {"en": "Required", "fr": "Obligatoire"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
