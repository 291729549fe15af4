-- needs: ops/catalogue.sql b2b/interaction.sql

SELECT ops.describe_resource('principal_advocacy_dashboard', $${
	"label": {"en": "Principal advocacy dashboard", "fr": "Tableau des mandants"},
	"module": "b2b",
	"view": "crm.principal_advocacy_dashboard",
	"grants": {"as": "company_profiles"},
	"fields": {
		"id": {"refers": "companies", "as": "company"},
		"name": {"about": "The name of the principal."},
		"sales_id": {"refers": "sales"},
		"nb_products": {"about": "The number of products of the principal."},
		"nb_distributors": {"about": "The number of distributors of the principal."},
		"nb_contacts": {"about": "The number of contacts of the principal.",
			"label": {"en": "Contacts", "fr": "Nombre de contacts"}},
		"nb_advocates": {"about": "The number of contacts who recommend the principal."},
		"engagement": {},
		"last_interaction_at": {},
		"nb_opportunities": {},
		"weighted_amount": {},
		"won_amount": {"about": "The amount of the won opportunities."}
	}
}$$);
