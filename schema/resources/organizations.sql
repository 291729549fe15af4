-- The resource organizations.
-- needs: ops/catalogue.sql crm/organization.sql

SELECT ops.describe_resource('organizations', $${
	"label": {"en": "Organizations", "fr": "Organisations"},
	"also": "crm/organizations",
	"view": "crm.own_organizations",
	"key": "text",
	"personal": true,
	"fields": {
		"id": {},
		"name": {},
		"slug": {"label": {"en": "Slug", "fr": "Identifiant"}},
		"logo": {"label": {"en": "Logo", "fr": "Logo"}},
		"metadata": {},
		"role": {},
		"suspended": {"label": {"en": "Suspended", "fr": "Suspendue"}},
		"created_at": {}
	}
}$$);
