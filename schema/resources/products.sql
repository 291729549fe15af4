-- The resource products. Products are archived, not deleted.
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
		"sku": {"label": {"en": "SKU", "fr": "Référence"}, "searched": "subtitle", "write": "always"},
		"name": {"searched": "title", "write": "always", "collated": true},
		"category": {"searched": "body", "write": "always"},
		"unit": {"label": {"en": "Unit", "fr": "Unité"}, "write": "always"},
		"description": {"kind": "longtext", "searched": "body", "write": "always"},
		"archived_at": {"label": {"en": "Archived", "fr": "Archivé"}, "write": "always"},
		"created_at": {"label": {"en": "Created", "fr": "Créé"}},
		"updated_at": {"label": {"en": "Updated", "fr": "Modifié"}},
		"custom": {"label": null, "schema": "Object", "write": "always", "form": "custom", "about": "The values of the fields that the organization defines, by their keys."}
	}
}$$);
