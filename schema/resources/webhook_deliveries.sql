-- The resource webhook_deliveries.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('webhook_deliveries', $${
	"label": {"en": "Webhook deliveries", "fr": "Envois de webhooks"},
	"view": "crm.webhook_deliveries",
	"administrators": ["list", "get"],
	"fields": {
		"id": {},
		"webhook_id": {},
		"event": {},
		"row_id": {"about": "The id of the row as a text, as some rows have no number."},
		"seq": {},
		"changed_at": {},
		"changed_by": {},
		"status": {},
		"attempts": {"schema": "Objects"},
		"next_at": {},
		"request_headers": {"schema": "Object", "about": "The headers that the last attempt sent."},
		"request_body": {"about": "The body that the last attempt sent, up to 64 KiB."},
		"created_at": {},
		"updated_at": {}
	}
}$$);
