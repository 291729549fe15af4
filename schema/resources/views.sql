-- needs: ops/catalogue.sql

SELECT ops.describe_resource('views', $${
	"label": {"en": "Views", "fr": "Vues"},
	"table": "crm.views",
	"actions": ["list", "get", "create", "update", "delete"],
	"fields": {
		"id": {},
		"resource": {"write": "always"},
		"name": {"about": "The name of the view.", "write": "always", "collated": true},
		"columns": {"schema": "Columns", "write": "always"},
		"filters": {"schema": "Object", "write": "always"},
		"sort": {"schema": "Texts", "write": "always"},
		"group_by": {"about": "The field whose values are the columns of a board or the days of a calendar.",
			"label": {"en": "Group by", "fr": "Regroupement"}, "write": "always"},
		"sharing": {"about": "Who can use the view.",
			"label": {"en": "Sharing", "fr": "Partage"}, "write": "always"},
		"role": {"about": "The role whose users can use the view.", "write": "always"},
		"sales_id": {"refers": "sales"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
