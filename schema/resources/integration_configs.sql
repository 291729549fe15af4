-- The resource integration_configs. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql factory/integration.sql

SELECT ops.describe_resource('integration_configs', $${
	"module": "factory",
	"table": "factory_app.integration_configs",
	"view": "factory_app.integration_config_rows",
	"actions": ["list", "get", "create", "update", "delete"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"name": {"write": "always"},
		"type": {"write": "always"},
		"status": {"write": "always", "default": "'draft'"},
		"settings": {"schema": "Object", "label": {"en": "Settings", "fr": "Réglages"}, "write": "always"},
		"secrets": {"schema": "Object", "label": {"en": "Secrets", "fr": "Secrets"}},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
