-- needs: ops/catalogue.sql

SELECT ops.describe_resource('automation_rules', $${
	"table": "crm.automation_rules",
	"trash": true,
	"feed": true,
	"administrators": ["create", "update", "delete", "bulk"],
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"sales_id": {"names": "sales", "write": "always"},
		"name": {"about": "The name of the rule.", "write": "always"},
		"enabled": {"label": {"en": "Active", "fr": "Active"}, "write": "always"},
		"trigger_type": {"about": "The event that starts the rule.",
			"label": {"en": "Trigger", "fr": "Déclencheur"}, "write": "always"},
		"trigger_config": {"about": "The conditions and other settings of the trigger.",
			"schema": "RuleTrigger", "label": {"en": "Trigger settings", "fr": "Paramètres du déclencheur"},
			"write": "always"},
		"action_type": {"about": "What the rule does.",
			"label": {"en": "Action", "fr": "Action"}, "write": "always"},
		"action_config": {"about": "The values of the action.",
			"schema": "RuleAction", "label": {"en": "Action settings", "fr": "Paramètres de l’action"},
			"write": "always"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {},
		"updated_at": {}
	}
}$$);
