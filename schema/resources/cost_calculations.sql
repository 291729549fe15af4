-- The resource cost_calculations. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('cost_calculations', $${
	"module": "factory",
	"table": "factory_app.cost_calculations",
	"actions": ["list", "get", "create"],
	"grants": {"actions": ["read", "create", "export"]},
	"fields": {
		"id": {},
		"sales_id": {"label": {"en": "Calculated by", "fr": "Calculé par"}, "refers": "sales", "as": "sale"},
		"name": {"write": "always"},
		"inputs": {"schema": "Object", "write": "always"},
		"priced_on": {"label": {"en": "Rates as of", "fr": "Tarifs du"}, "write": "always", "default": null},
		"currency": {},
		"quantity": {},
		"total_cost": {"label": {"en": "Total", "fr": "Total"}},
		"unit_cost": {"label": {"en": "Each", "fr": "Par pièce"}},
		"formula_version": {"label": {"en": "Formula", "fr": "Formule"}},
		"rates": {"schema": "Object"},
		"result": {"schema": "Object", "label": {"en": "Result", "fr": "Résultat"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
