-- The resource cost_calculations.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('cost_calculations', $${
	"module": "factory",
	"table": "factory_app.cost_calculations",
	"actions": ["list", "get", "create"],
	"fields": {
		"id": {},
		"sales_id": {"refers": "sales", "as": "sale"},
		"name": {"write": "always"},
		"inputs": {"write": "always"},
		"priced_on": {"write": "always", "default": null},
		"currency": {},
		"quantity": {},
		"total_cost": {},
		"unit_cost": {},
		"formula_version": {},
		"rates": {},
		"result": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
