-- needs: ops/catalogue.sql

SELECT ops.describe_resource('contact_organizations', $${
	"module": "b2b",
	"table": "crm.contact_organizations",
	"hold": "crm.hold_contacts_of",
	"trash": true,
	"owner": {"table": "contacts", "field": "contact_id"},
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"contact_id": {"write": "always", "refers": "contacts"},
		"company_id": {"write": "always", "refers": "companies"},
		"role": {"about": "The role of the contact in the company.", "write": "always"},
		"influence": {"about": "The influence of the contact in the company, from 0 to 100.",
			"label": {"en": "Influence", "fr": "Influence"}, "write": "always"},
		"started_on": {"about": "The first day of the contact in the company.",
			"label": {"en": "Since", "fr": "Depuis"}, "write": "always"},
		"ended_on": {"about": "The last day of the contact in the company.",
			"label": {"en": "Ended", "fr": "Fin"}, "write": "always"},
		"is_primary": {"about": "Whether the company is the main company of the contact.",
			"label": {"en": "Primary", "fr": "Principale"}, "write": "always"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {},
		"updated_at": {}
	}
}$$);
