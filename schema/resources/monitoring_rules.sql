-- The resource monitoring_rules.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('monitoring_rules', $${
	"module": "membership",
	"table": "membership.monitoring_rules",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"name": {"write": "always"},
		"kind": {"write": "always"},
		"severity": {"write": "always"},
		"enabled": {"label": {"en": "Enabled", "fr": "Activée"}, "write": "always"},
		"amount": {"write": "always"},
		"currency": {"write": "always"},
		"payments": {"label": {"en": "Payments", "fr": "Paiements"}, "write": "always"},
		"hours": {"label": {"en": "Within hours", "fr": "En heures"}, "write": "always"},
		"countries": {"label": {"en": "Countries", "fr": "Pays"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
