-- The resource cost_calculations. Every member may ask for its rows, and the role of their profile decides, see factory/permission.sql.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('cost_calculations', $${
	"module": "factory",
	"table": "factory_app.cost_calculations",
	"actions": ["list", "get", "create"],
	"grants": {"actions": ["read", "create", "export"], "own": ["read", "create", "export"]},
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
