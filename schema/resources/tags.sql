-- The resource tags.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('tags', $${
	"table": "crm.tags",
	"trash": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export", "import"]},
	"fields": {
		"id": {},
		"name": {"write": "always", "collated": true, "import": ["tag", "label"]},
		"color": {"write": "always", "import": ["colour"]},
		"created_at": {},
		"updated_at": {}
	}
}$$);
