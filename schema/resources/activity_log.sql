-- The resource activity_log.
-- needs: ops/catalogue.sql crm/timeline.sql

SELECT ops.describe_resource('activity_log', $${
	"view": "crm.activity_log",
	"total": "companies,contacts,contact_notes,deals,deal_notes",
	"key": "text",
	"in_order": true,
	"narrow": {"view": "crm.company_activity", "fields": ["company_id"]},
	"fields": {
		"id": {},
		"type": {},
		"date": {},
		"company_id": {},
		"sales_id": {"refers": "sales"},
		"company": {},
		"contact": {},
		"deal": {},
		"contact_note": {},
		"deal_note": {}
	}
}$$);
