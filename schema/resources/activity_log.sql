-- needs: ops/catalogue.sql crm/timeline.sql

SELECT ops.describe_resource('activity_log', $${
	"label": {"en": "Activity log", "fr": "Journal d’activité"},
	"view": "crm.activity_log",
	"total": "companies,contacts,contact_notes,deals,deal_notes",
	"key": "text",
	"in_order": true,
	"narrow": {"view": "crm.company_activity", "fields": ["company_id"]},
	"fields": {
		"id": {},
		"type": {"about": "The event, such as contactNote.created."},
		"date": {"about": "When the event took place."},
		"company_id": {"names": "companies"},
		"sales_id": {"refers": "sales"},
		"company": {"about": "The company of the event, if it is about one.",
			"schema": "Object", "label": {"en": "Company", "fr": "Entreprise"}},
		"contact": {"about": "The contact of the event, if it is about one.", "schema": "Object"},
		"deal": {"about": "The deal of the event, if it is about one.",
			"schema": "Object", "label": {"en": "Deal", "fr": "Affaire"}},
		"contact_note": {"about": "The note about a contact, if the event is about one.", "schema": "Object"},
		"deal_note": {"about": "The note about a deal, if the event is about one.", "schema": "Object"}
	}
}$$);
