-- The resource automations.
-- needs: ops/catalogue.sql crm/automation.sql

SELECT ops.describe_resource('automations', $${
	"also": "crm/automations",
	"table": "crm.automations",
	"actions": ["list", "get", "create", "update", "delete", "bulk"],
	"administrators": ["create", "update", "delete"],
	"grants": {"as": "automation_rules"},
	"fields": {
		"id": {},
		"name": {"write": "always", "required": true},
		"enabled": {"write": "always", "default": "true"},
		"trigger_type": {"write": "always", "required": true},
		"trigger": {"schema": "Object", "write": "always", "default": "'{}'"},
		"action_type": {"write": "always", "required": true},
		"action": {"schema": "Object", "write": "always", "default": "'{}'"},
		"metadata": {"schema": "Object", "write": "always", "default": "'{}'"},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
