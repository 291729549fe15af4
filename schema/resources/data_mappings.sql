-- The resource data_mappings. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('data_mappings', $${
	"module": "factory",
	"table": "factory_app.data_mappings",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"integration_id": {"write": "always", "refers": "integration_configs"},
		"name": {"write": "always"},
		"version": {"write": "always", "required": false},
		"resource": {"label": {"en": "Makes", "fr": "Crée des"}, "write": "always"},
		"mode": {"label": {"en": "Rows", "fr": "Lignes"}, "write": "always"},
		"match_by": {"label": {"en": "Found by", "fr": "Trouvées par"}, "write": "always"},
		"fields": {"schema": "Objects", "write": "always"},
		"lookups": {"schema": "Object", "label": {"en": "Lookup tables", "fr": "Tables de valeurs"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
