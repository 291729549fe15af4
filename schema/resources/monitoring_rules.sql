-- needs: ops/catalogue.sql

SELECT ops.describe_resource('monitoring_rules', $${
	"module": "membership",
	"table": "membership.monitoring_rules",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"name": {"about": "The name of the rule.", "write": "always"},
		"kind": {"about": "What the rule compares.", "write": "always"},
		"severity": {"write": "always"},
		"enabled": {"label": {"en": "Enabled", "fr": "Activée"}, "write": "always"},
		"amount": {"about": "The amount from which the rule reports, in minor units.", "write": "always"},
		"currency": {"write": "always"},
		"payments": {"about": "The number of payments from which the rule reports.",
			"label": {"en": "Payments", "fr": "Paiements"}, "write": "always"},
		"hours": {"about": "The period in which payments are counted, in hours.",
			"label": {"en": "Within hours", "fr": "En heures"}, "write": "always"},
		"countries": {"about": "The countries that the rule reports.",
			"label": {"en": "Countries", "fr": "Pays"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
