-- needs: ops/catalogue.sql

SELECT ops.describe_resource('agreement_documents', $${
	"module": "membership",
	"table": "membership.agreement_documents",
	"actions": ["list", "get", "create"],
	"grants": {"actions": ["read", "create", "export"], "own": ["read"]},
	"fields": {
		"id": {},
		"name": {"about": "The name of the agreement in all its versions.",
			"label": {"en": "Short name", "fr": "Nom court"}, "write": "always"},
		"version": {"about": "The number of the version of the text, from 1."},
		"title": {"about": "The title that members see.", "write": "always"},
		"text": {"about": "The text that members accept.", "kind": "longtext", "write": "always"},
		"hash": {},
		"required": {"about": "Whether members must accept the agreement.",
			"label": {"en": "Required", "fr": "Obligatoire"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
