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
		"enabled": {"write": "always"},
		"amount": {"write": "always"},
		"currency": {"write": "always"},
		"payments": {"write": "always"},
		"hours": {"write": "always"},
		"countries": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
