-- The resource views.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('views', $${
	"label": {"en": "Views", "fr": "Vues"},
	"table": "crm.views",
	"actions": ["list", "get", "create", "update", "delete"],
	"fields": {
		"id": {},
		"resource": {"write": "always"},
		"name": {"write": "always", "collated": true},
		"columns": {"schema": "Texts", "write": "always"},
		"filters": {"schema": "Object", "write": "always"},
		"sort": {"schema": "Texts", "write": "always"},
		"group_by": {"label": {"en": "Group by", "fr": "Regroupement"}, "write": "always"},
		"sharing": {"label": {"en": "Sharing", "fr": "Partage"}, "write": "always"},
		"role": {"write": "always"},
		"sales_id": {"refers": "sales"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
