-- needs: ops/catalogue.sql

SELECT ops.describe_resource('webhook_deliveries', $${
	"label": {"en": "Webhook deliveries", "fr": "Envois de webhooks"},
	"view": "crm.webhook_deliveries",
	"administrators": ["list", "get"],
	"fields": {
		"id": {},
		"webhook_id": {"about": "The ID of the webhook."},
		"event": {"about": "The event, such as contacts.update."},
		"row_id": {"about": "The ID of the row as a text, since some IDs are not numbers."},
		"seq": {"about": "The number of the change in the feed."},
		"changed_at": {"about": "When the row was changed."},
		"changed_by": {"about": "The ID of the user who changed the row."},
		"status": {},
		"attempts": {"about": "The attempts, each with its time and response.", "schema": "DeliveryAttempts"},
		"next_at": {"about": "When the next attempt is made."},
		"request_headers": {"schema": "TextsByName", "about": "The headers that the last attempt sent."},
		"request_body": {"about": "The body that the last attempt sent, up to 64 KiB."},
		"created_at": {},
		"updated_at": {}
	}
}$$);
