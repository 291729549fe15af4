-- The resource organizations.
-- needs: ops/catalogue.sql crm/organization.sql

SELECT ops.describe_resource('organizations', $${
	"also": "crm/organizations",
	"view": "crm.own_organizations",
	"key": "text",
	"personal": true,
	"fields": {
		"id": {},
		"name": {},
		"slug": {},
		"logo": {},
		"metadata": {},
		"role": {},
		"suspended": {},
		"created_at": {}
	}
}$$);
