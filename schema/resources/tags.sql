-- needs: ops/catalogue.sql

SELECT ops.describe_resource('tags', $${
	"label": {"en": "Tags", "fr": "Étiquettes"},
	"table": "crm.tags",
	"trash": true,
	"feed": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export", "import"]},
	"fields": {
		"id": {},
		"name": {"about": "The name of the tag.",
			"write": "always", "collated": true, "import": ["tag", "label"]},
		"color": {"about": "The background color, such as #e88b7d.",
			"label": {"en": "Color", "fr": "Couleur"}, "write": "always", "import": ["colour"]},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384, "import": []},
		"created_at": {},
		"updated_at": {}
	}
}$$);
