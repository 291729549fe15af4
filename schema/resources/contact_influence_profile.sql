-- needs: ops/catalogue.sql b2b/interaction.sql

SELECT ops.describe_resource('contact_influence_profile', $${
	"label": {"en": "Contact influence profile", "fr": "Influence des contacts"},
	"module": "b2b",
	"view": "crm.contact_influence_profile",
	"total": "contacts",
	"grants": {"as": "contacts"},
	"fields": {
		"id": {},
		"first_name": {},
		"last_name": {},
		"company_id": {"refers": "companies"},
		"sales_id": {"refers": "sales"},
		"nb_organizations": {"about": "The number of companies of the contact.",
			"label": {"en": "Organizations", "fr": "Nombre d’organisations"}},
		"influence": {"about": "The highest influence of the contact in a company, from 0 to 100.",
			"label": {"en": "Influence", "fr": "Influence"}},
		"nb_interactions": {"about": "The number of interactions with the contact.",
			"label": {"en": "Interactions", "fr": "Nombre d’interactions"}},
		"engagement": {},
		"last_interaction_at": {},
		"nb_opportunities": {},
		"weighted_amount": {}
	}
}$$);
