-- needs: ops/catalogue.sql

SELECT ops.describe_resource('opportunity_participants', $${
	"module": "b2b",
	"table": "crm.opportunity_participants",
	"trash": true,
	"owner": {"table": "deals", "field": "opportunity_id"},
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {"label": {"en": "Participant", "fr": "Participant"}},
		"opportunity_id": {"write": "always", "refers": "opportunities"},
		"company_id": {"write": "always", "refers": "companies"},
		"contact_id": {"write": "always", "refers": "contacts"},
		"role": {"about": "The role in the opportunity.", "write": "always"},
		"is_lead": {"about": "Whether this is the main participant with the role.",
			"label": {"en": "Lead", "fr": "Chef de file"}, "write": "always"},
		"note": {"about": "A text about the participation.", "kind": "longtext", "write": "always"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {},
		"updated_at": {}
	}
}$$);
