-- The products resource. Products are archived, not deleted.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('products', $${
	"module": "b2b",
	"table": "crm.products",
	"search": "crm.search_products",
	"trash": true,
	"actions": ["list", "get", "create", "update", "history", "bulk"],
	"custom": true,
	"grants": {"actions": ["read", "create", "update", "export"]},
	"fields": {
		"id": {},
		"principal_id": {"write": "always", "refers": "companies"},
		"sku": {"about": "The article number, unique in the organization.",
			"label": {"en": "SKU", "fr": "Référence"}, "searched": "subtitle", "write": "always"},
		"name": {"about": "The name of the product.",
			"searched": "title", "write": "always", "collated": true},
		"category": {"about": "The category of the product.", "searched": "body", "write": "always"},
		"unit": {"about": "The unit of quantities, such as piece or kg.",
			"label": {"en": "Unit", "fr": "Unité"}, "write": "always"},
		"description": {"kind": "longtext", "searched": "body", "write": "always"},
		"archived_at": {"about": "When the product was archived; null if it can be sold.",
			"label": {"en": "Archived", "fr": "Archivé"}, "write": "always"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {"label": {"en": "Created", "fr": "Créé"}},
		"updated_at": {"label": {"en": "Updated", "fr": "Modifié"}},
		"custom": {"label": null, "schema": "Object", "write": "always", "form": "custom", "about": "The values of the fields that the organization defines, by key."}
	}
}$$);
