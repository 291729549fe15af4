-- The resource contact_influence_profile.
-- needs: ops/catalogue.sql b2b/interaction.sql

SELECT ops.describe_resource('contact_influence_profile', $${
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
		"nb_organizations": {},
		"influence": {},
		"nb_interactions": {},
		"engagement": {},
		"last_interaction_at": {},
		"nb_opportunities": {},
		"weighted_amount": {}
	}
}$$);
