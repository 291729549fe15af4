-- needs: ops/catalogue.sql

SELECT ops.describe_resource('opportunity_items', $${
	"module": "b2b",
	"table": "crm.opportunity_items",
	"trash": true,
	"owner": {"table": "deals", "field": "opportunity_id"},
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"opportunity_id": {"write": "once", "refers": "opportunities"},
		"product_id": {"write": "always", "refers": "products"},
		"name": {"about": "The name of the product or service.", "write": "always"},
		"quantity": {"about": "The number of units.", "write": "always"},
		"currency": {},
		"unit_price": {"about": "The price of one unit, in minor units.",
			"label": {"en": "Unit price", "fr": "Prix unitaire"},
			"write": "always", "required": false},
		"discount_percent": {"about": "The discount, in percent of the price.",
			"label": {"en": "Discount (%)", "fr": "Remise (%)"}, "write": "always"},
		"tax_percent": {"about": "The tax, in percent of the net amount.",
			"label": {"en": "Tax (%)", "fr": "Taxe (%)"}, "write": "always"},
		"position": {"label": {"en": "Position", "fr": "Position"}, "write": "always", "required": false},
		"net_amount": {"about": "The amount without tax, in minor units.",
			"label": {"en": "Net", "fr": "Net"}},
		"tax_amount": {"about": "The tax, in minor units.",
			"label": {"en": "Tax amount", "fr": "Montant de la taxe"}},
		"total_amount": {"about": "The amount with tax, in minor units.",
			"label": {"en": "Total", "fr": "Total"}},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {},
		"updated_at": {}
	}
}$$);
