-- The resource opportunity_items.
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
		"name": {"write": "always"},
		"quantity": {"write": "always"},
		"currency": {},
		"unit_price": {"label": {"en": "Unit price", "fr": "Prix unitaire"},
			"write": "always", "required": false},
		"discount_percent": {"label": {"en": "Discount (%)", "fr": "Remise (%)"}, "write": "always"},
		"tax_percent": {"label": {"en": "Tax (%)", "fr": "Taxe (%)"}, "write": "always"},
		"position": {"label": {"en": "Position", "fr": "Position"}, "write": "always", "required": false},
		"net_amount": {"label": {"en": "Net", "fr": "Net"}},
		"tax_amount": {"label": {"en": "Tax amount", "fr": "Montant de la taxe"}},
		"total_amount": {"label": {"en": "Total", "fr": "Total"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
