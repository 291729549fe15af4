-- needs: ops/catalogue.sql b2b/company.sql

SELECT ops.describe_resource('company_profiles', $${
	"module": "b2b",
	"table": "crm.company_profiles",
	"view": "crm.named_company_profiles",
	"trash": true,
	"owner": {"table": "companies", "field": "id"},
	"actions": ["list", "get", "update", "history", "bulk"],
	"grants": {"actions": ["read", "update", "export"]},
	"fields": {
		"id": {"refers": "companies", "as": "company"},
		"name": {"about": "The name of the company."},
		"type": {"about": "What the company is to the organization, such as manufacturer.",
			"write": "always"},
		"is_principal": {"about": "Whether the company has products that others sell.",
			"label": {"en": "Principal", "fr": "Mandant"}, "write": "always"},
		"is_distributor": {"about": "Whether the company sells products of principals.",
			"label": {"en": "Distributor", "fr": "Distributeur"}, "write": "always"},
		"parent_id": {"label": {"en": "Parent", "fr": "Société mère"},
			"write": "always", "refers": "companies"},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
