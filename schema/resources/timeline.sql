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
		"type": {"about": "The kind of the entry, such as note or task."},
		"date": {"about": "When the entry took place."},
		"subject": {"about": "A one-line summary of the entry."},
		"text": {"about": "The text of the entry."},
		"contact_id": {"refers": "contacts"},
		"deal_id": {"refers": "deals"},
		"sales_id": {"refers": "sales"},
		"done_date": {"about": "When the task was done."}
	}
}$$);
