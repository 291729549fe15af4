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
		"row_id": {},
		"seq": {},
		"changed_at": {},
		"changed_by": {},
		"status": {},
		"attempts": {"schema": "Objects"},
		"next_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
