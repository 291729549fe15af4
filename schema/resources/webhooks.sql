-- The resource webhooks.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('webhooks', $${
	"table": "crm.webhooks",
	"actions": ["list", "get", "update", "delete"],
	"administrators": ["list", "get", "update", "delete"],
	"fields": {
		"id": {},
		"url": {"write": "always"},
		"events": {"schema": "Texts", "write": "always"},
		"description": {"write": "always"},
		"enabled": {"write": "always"},
		"payload_version": {"write": "always", "default": "1"},
		"failing_since": {},
		"disabled_reason": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
