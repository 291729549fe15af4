-- The cost_calculations resource. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('cost_calculations', $${
	"module": "factory",
	"table": "factory_app.cost_calculations",
	"actions": ["list", "get", "create"],
	"grants": {"actions": ["read", "create", "export"]},
	"fields": {
		"id": {},
		"sales_id": {"label": {"en": "Calculated by", "fr": "Calculé par"}, "refers": "sales", "as": "sale"},
		"name": {"about": "The name of the calculation.", "write": "always"},
		"inputs": {"about": "The quantity, the materials and the operations.",
			"schema": "CostInputs", "write": "always"},
		"priced_on": {"about": "The day whose rates apply.",
			"label": {"en": "Rates as of", "fr": "Tarifs du"}, "write": "always", "default": null},
		"currency": {},
		"quantity": {"about": "The number of pieces, from the inputs."},
		"total_cost": {"about": "The cost of all pieces, rounded to minor units.",
			"label": {"en": "Total", "fr": "Total"}},
		"unit_cost": {"about": "The cost of one piece.", "label": {"en": "Each", "fr": "Par pièce"}},
		"formula_version": {"about": "The version of the formula that computed the result.",
			"label": {"en": "Formula", "fr": "Formule"}},
		"rates": {"about": "The rates that were used.", "schema": "Object"},
		"result": {"about": "The lines of the calculation, with their costs.",
			"schema": "CostResult", "label": {"en": "Result", "fr": "Résultat"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
