-- The resource principal_advocacy_dashboard.
-- needs: ops/catalogue.sql b2b/interaction.sql

SELECT ops.describe_resource('principal_advocacy_dashboard', $${
	"label": {"en": "Principal advocacy dashboard", "fr": "Tableau des mandants"},
	"module": "b2b",
	"view": "crm.principal_advocacy_dashboard",
	"grants": {"as": "company_profiles"},
	"fields": {
		"id": {"refers": "companies", "as": "company"},
		"name": {},
		"sales_id": {"refers": "sales"},
		"nb_products": {},
		"nb_distributors": {},
		"nb_contacts": {"label": {"en": "Contacts", "fr": "Nombre de contacts"}},
		"nb_advocates": {},
		"engagement": {},
		"last_interaction_at": {},
		"nb_opportunities": {},
		"weighted_amount": {},
		"won_amount": {}
	}
}$$);
