-- needs: ops/catalogue.sql

SELECT ops.describe_resource('import_mappings', $${
	"label": {"en": "Import mappings", "fr": "Correspondances d’import"},
	"table": "crm.import_mappings",
	"trash": true,
	"fields": {
		"id": {},
		"name": {"about": "The name of the mapping.", "write": "always"},
		"resource": {"write": "always"},
		"columns": {"about": "The headers of the file for which the mapping was saved.",
			"schema": "Texts", "write": "always"},
		"mapping": {"about": "The field of each column; null if the column is not read.",
			"schema": "Mapping", "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
