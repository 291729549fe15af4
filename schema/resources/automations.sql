-- needs: ops/catalogue.sql crm/automation.sql

SELECT ops.describe_resource('automations', $${
	"also": "crm/automations",
	"table": "crm.automations",
	"actions": ["list", "get", "create", "update", "delete", "bulk"],
	"administrators": ["create", "update", "delete"],
	"grants": {"as": "automation_rules"},
	"fields": {
		"id": {},
		"name": {"about": "The name of the automation.", "write": "always", "required": true},
		"enabled": {"write": "always", "default": "true"},
		"trigger_type": {"about": "The event that starts the automation.",
			"write": "always", "required": true},
		"trigger": {"about": "The conditions and other settings of the trigger.",
			"schema": "RuleTrigger", "write": "always", "default": "'{}'"},
		"action_type": {"about": "What the automation does.", "write": "always", "required": true},
		"action": {"about": "The values of the action.",
			"schema": "RuleAction", "write": "always", "default": "'{}'"},
		"metadata": {"schema": "Object", "write": "always", "default": "'{}'"},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
