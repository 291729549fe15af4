-- The resource products. Products are archived, not deleted.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('products', $${
	"module": "b2b",
	"table": "crm.products",
	"search": "crm.search_products",
	"trash": true,
	"actions": ["list", "get", "create", "update", "history", "bulk"],
	"grants": {"actions": ["read", "create", "update", "export"]},
	"fields": {
		"id": {},
		"principal_id": {"write": "always", "refers": "companies"},
		"sku": {"searched": "subtitle", "write": "always"},
		"name": {"searched": "title", "write": "always", "collated": true},
		"category": {"searched": "body", "write": "always"},
		"unit": {"write": "always"},
		"description": {"searched": "body", "write": "always"},
		"archived_at": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
