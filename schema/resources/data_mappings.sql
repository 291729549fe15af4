-- The data_mappings resource. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('data_mappings', $${
	"module": "factory",
	"table": "factory_app.data_mappings",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"integration_id": {"write": "always", "refers": "integration_configs"},
		"name": {"about": "The name of the mapping in all its versions.", "write": "always"},
		"version": {"about": "The number of the version, from 1.", "write": "always", "required": false},
		"resource": {"about": "The resource whose rows the mapping writes.",
			"label": {"en": "Makes", "fr": "Crée des"}, "write": "always"},
		"mode": {"about": "Whether jobs create rows, update rows, or do both.",
			"label": {"en": "Rows", "fr": "Lignes"}, "write": "always"},
		"match_by": {"about": "The field by which a job finds an existing row.",
			"label": {"en": "Found by", "fr": "Trouvées par"}, "write": "always"},
		"fields": {"about": "The source, the transformation and the target of each field.",
			"schema": "MappingFields", "write": "always"},
		"lookups": {"about": "Tables that replace values with other values.",
			"schema": "LookupTables", "label": {"en": "Lookup tables", "fr": "Tables de valeurs"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
