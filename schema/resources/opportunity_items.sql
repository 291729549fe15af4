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
		"unit_price": {"write": "always", "required": false},
		"discount_percent": {"write": "always"},
		"tax_percent": {"write": "always"},
		"position": {"write": "always", "required": false},
		"net_amount": {},
		"tax_amount": {},
		"total_amount": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
