-- The resource automation_rules.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('automation_rules', $${
	"table": "crm.automation_rules",
	"trash": true,
	"administrators": ["create", "update", "delete", "bulk"],
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"sales_id": {"write": "always"},
		"name": {"write": "always"},
		"enabled": {"write": "always"},
		"trigger_type": {"write": "always"},
		"trigger_config": {"write": "always"},
		"action_type": {"write": "always"},
		"action_config": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
