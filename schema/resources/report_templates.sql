-- needs: ops/catalogue.sql

SELECT ops.describe_resource('report_templates', $${
	"module": "membership",
	"table": "membership.report_templates",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"name": {"about": "The name of the report.", "write": "always"},
		"resource": {"about": "The resource of the rows.",
			"label": {"en": "Records", "fr": "Données"}, "write": "always"},
		"columns": {"schema": "Texts", "label": {"en": "Columns", "fr": "Colonnes"}, "write": "always"},
		"filters": {"schema": "Object", "label": {"en": "Filters", "fr": "Filtres"}, "write": "always"},
		"sort": {"schema": "Texts", "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
