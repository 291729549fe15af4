-- The resource contact_influence_profile.
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
		"nb_organizations": {"label": {"en": "Organizations", "fr": "Nombre d’organisations"}},
		"influence": {"label": {"en": "Influence", "fr": "Influence"}},
		"nb_interactions": {"label": {"en": "Interactions", "fr": "Nombre d’interactions"}},
		"engagement": {},
		"last_interaction_at": {},
		"nb_opportunities": {},
		"weighted_amount": {}
	}
}$$);
