-- The records resource: the rows of all custom objects. The path of a custom object, as in /api/custom_machines,
-- returns the rows of that object.
-- needs: crm/custom_object.sql ops/catalogue.sql

SELECT ops.describe_resource('records', $${
	"label": {"en": "Rows of custom objects", "fr": "Fiches d’objets personnalisés"},
	"table": "crm.records",
	"search": "crm.search_records",
	"trash": true,
	"feed": true,
	"custom": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export", "import"], "limits": true},
	"fields": {
		"id": {},
		"object": {"label": null, "write": "once", "about": "The resource of the object to which the row belongs, such as custom_machines."},
		"name": {"about": "The name of the row.",
			"searched": "title", "write": "always", "limit": 300, "collated": true, "rules": ["compare", "set", "quote"], "import": ["title", "titre", "nom", "nombre", "bezeichnung", "titel"]},
		"sales_id": {"write": "always", "rules": ["compare"], "refers": "sales", "import": []},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384, "import": []},
		"created_at": {"rules": ["compare"], "label": {"en": "Created", "fr": "Créé"}},
		"updated_at": {"label": {"en": "Updated", "fr": "Modifié"}},
		"custom": {"searched": "body", "label": null, "schema": "Object", "write": "always", "form": "custom", "about": "The values of the fields that the organization defines, by key."}
	}
}$$);
