-- needs: ops/catalogue.sql crm/company.sql resources/companies.sql

SELECT ops.describe_resource('companies_summary', $${
	"label": {"en": "Companies summary", "fr": "Résumé des entreprises"},
	"view": "crm.companies_summary",
	"search": "crm.search_companies",
	"total": "companies",
	"like": "companies",
	"grants": {"as": "companies"},
	"fields": {}
}$$);
