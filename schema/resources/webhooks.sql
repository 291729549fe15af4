-- needs: ops/catalogue.sql

SELECT ops.describe_resource('webhooks', $${
	"table": "crm.webhooks",
	"actions": ["list", "get", "update", "delete"],
	"administrators": ["list", "get", "update", "delete"],
	"fields": {
		"id": {},
		"url": {"about": "The address that receives the payloads.", "write": "always"},
		"events": {"about": "The events that are sent, such as contacts.create.",
			"schema": "Texts", "write": "always"},
		"description": {"write": "always"},
		"enabled": {"write": "always"},
		"payload_version": {"about": "The version of the payload format.",
			"write": "always", "default": "1"},
		"failing_since": {"about": "The time since which all deliveries have failed."},
		"disabled_reason": {"about": "Why the webhook was disabled."},
		"created_at": {},
		"updated_at": {}
	}
}$$);
