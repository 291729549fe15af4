-- The cost_rates resource. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('cost_rates', $${
	"module": "factory",
	"table": "factory_app.cost_rates",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"kind": {"about": "What the rate is for: a material, an operation, and so on.", "write": "always"},
		"code": {"about": "The code by which inputs refer to the rate.",
			"label": {"en": "Code", "fr": "Code"}, "write": "always"},
		"currency": {"write": "always"},
		"min_quantity": {"write": "always"},
		"rate": {"about": "The price of one unit.",
			"label": {"en": "Rate", "fr": "Tarif"}, "write": "always"},
		"valid_from": {"write": "always"},
		"valid_to": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
