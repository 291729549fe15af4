-- The tax_forms resource. The "update" action permits adding a form, and "reveal" permits reading the identifier.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('tax_forms', $${
	"module": "membership",
	"table": "membership.tax_forms",
	"actions": ["list", "get", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "reveal", "export"], "own": ["read", "create", "update", "delete"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"refers": "user_profiles"},
		"year": {"about": "The year for which the form is valid.", "label": {"en": "Year", "fr": "Année"}},
		"kind": {"about": "The kind of the form, such as w9.", "label": {"en": "Form", "fr": "Formulaire"}},
		"country": {},
		"legal_name": {"about": "The name of the taxpayer.",
			"label": {"en": "Legal name", "fr": "Nom légal"}},
		"identifier_last": {"about": "The last four digits of the tax number.",
			"label": {"en": "Identifier ends with", "fr": "Fin de l’identifiant"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
