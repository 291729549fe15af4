-- needs: ops/catalogue.sql

SELECT ops.describe_resource('price_lists', $${
	"module": "b2b",
	"table": "crm.price_lists",
	"trash": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"principal_id": {"write": "always", "refers": "companies"},
		"name": {"about": "The name of the price list.", "write": "always", "collated": true},
		"currency": {"write": "always"},
		"valid_from": {"write": "always"},
		"valid_to": {"write": "always"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {"label": {"en": "Created", "fr": "Créé"}},
		"updated_at": {"label": {"en": "Updated", "fr": "Modifié"}}
	}
}$$);
