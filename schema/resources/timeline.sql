-- The resource timeline.
-- needs: ops/catalogue.sql crm/timeline.sql

SELECT ops.describe_resource('timeline', $${
	"label": {"en": "Timeline", "fr": "Chronologie"},
	"also": "crm/timeline",
	"view": "crm.timeline",
	"key": "text",
	"in_order": true,
	"narrow": {"view": "crm.own_timeline", "fields": ["contact_id", "deal_id"]},
	"fields": {
		"id": {},
		"resource": {},
		"row_id": {},
		"type": {},
		"date": {},
		"subject": {},
		"text": {},
		"contact_id": {"refers": "contacts"},
		"deal_id": {"refers": "deals"},
		"sales_id": {"refers": "sales"},
		"done_date": {}
	}
}$$);
