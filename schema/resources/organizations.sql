-- needs: ops/catalogue.sql crm/organization.sql

SELECT ops.describe_resource('organizations', $${
	"label": {"en": "Organizations", "fr": "Organisations"},
	"also": "crm/organizations",
	"view": "crm.own_organizations",
	"key": "text",
	"personal": true,
	"fields": {
		"id": {},
		"name": {"about": "The name of the organization."},
		"slug": {"about": "The short name in addresses.", "label": {"en": "Slug", "fr": "Identifiant"}},
		"logo": {"about": "The address of the logo.", "label": {"en": "Logo", "fr": "Logo"}},
		"metadata": {},
		"role": {"about": "The role of the caller in the organization."},
		"suspended": {"about": "Whether the operator has suspended the organization.",
			"label": {"en": "Suspended", "fr": "Suspendue"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
