-- needs: ops/catalogue.sql

SELECT ops.describe_resource('price_list_items', $${
	"module": "b2b",
	"table": "crm.price_list_items",
	"trash": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {"label": {"en": "Price", "fr": "Prix"}},
		"price_list_id": {"label": {"en": "Price list", "fr": "Tarif"},
			"write": "always", "refers": "price_lists"},
		"product_id": {"write": "always", "refers": "products"},
		"principal_id": {"refers": "companies"},
		"min_quantity": {"write": "always"},
		"price": {"about": "The price of one unit, in minor units.",
			"label": {"en": "Price", "fr": "Prix"}, "write": "always"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {},
		"updated_at": {}
	}
}$$);
