-- The resource tags.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('tags', $${
	"label": {"en": "Tags", "fr": "Étiquettes"},
	"table": "crm.tags",
	"trash": true,
	"feed": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export", "import"]},
	"fields": {
		"id": {},
		"name": {"write": "always", "collated": true, "import": ["tag", "label"]},
		"color": {"label": {"en": "Color", "fr": "Couleur"}, "write": "always", "import": ["colour"]},
		"created_at": {},
		"updated_at": {}
	}
}$$);
