-- The resource automation_rules.
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
		"name": {"write": "always"},
		"enabled": {"label": {"en": "Active", "fr": "Active"}, "write": "always"},
		"trigger_type": {"label": {"en": "Trigger", "fr": "Déclencheur"}, "write": "always"},
		"trigger_config": {"schema": "Object", "label": {"en": "Trigger settings", "fr": "Paramètres du déclencheur"},
			"write": "always"},
		"action_type": {"label": {"en": "Action", "fr": "Action"}, "write": "always"},
		"action_config": {"schema": "Object", "label": {"en": "Action settings", "fr": "Paramètres de l’action"},
			"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
