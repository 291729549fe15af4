-- The resource activity_log.
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
		"type": {},
		"date": {},
		"company_id": {"names": "companies"},
		"sales_id": {"refers": "sales"},
		"company": {"schema": "Object", "label": {"en": "Company", "fr": "Entreprise"}},
		"contact": {"schema": "Object"},
		"deal": {"schema": "Object", "label": {"en": "Deal", "fr": "Affaire"}},
		"contact_note": {"schema": "Object"},
		"deal_note": {"schema": "Object"}
	}
}$$);
