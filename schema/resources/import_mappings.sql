-- The resource import_mappings.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('import_mappings', $${
	"label": {"en": "Import mappings", "fr": "Correspondances d’import"},
	"table": "crm.import_mappings",
	"trash": true,
	"fields": {
		"id": {},
		"name": {"write": "always"},
		"resource": {"write": "always"},
		"columns": {"schema": "Texts", "write": "always"},
		"mapping": {"schema": "Mapping", "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
