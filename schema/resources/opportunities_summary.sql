-- The opportunities_summary resource: opportunities for reading, like contacts_summary for contacts.
-- needs: ops/catalogue.sql b2b/opportunity.sql resources/opportunities.sql

SELECT ops.describe_resource('opportunities_summary', $${
	"module": "b2b",
	"label": {"en": "Opportunities summary", "fr": "Résumé des opportunités"},
	"view": "crm.opportunities_summary",
	"search": "crm.search_deals",
	"total": "deals",
	"archives": true,
	"like": "opportunities",
	"grants": {"as": "deals"},
	"fields": {}
}$$);
