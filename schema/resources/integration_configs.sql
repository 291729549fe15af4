-- The integration_configs resource. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql factory/integration.sql

SELECT ops.describe_resource('integration_configs', $${
	"module": "factory",
	"table": "factory_app.integration_configs",
	"view": "factory_app.integration_config_rows",
	"actions": ["list", "get", "create", "update", "delete"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"name": {"about": "The name of the integration.", "write": "always"},
		"type": {"about": "The system that the integration connects, such as http_json or csv_https.",
			"write": "always"},
		"status": {"about": "Whether the jobs of the integration run.", "write": "always", "default": "'draft'"},
		"settings": {"about": "The settings of the integration, without secrets.",
			"schema": "IntegrationSettings", "label": {"en": "Settings", "fr": "Réglages"}, "write": "always"},
		"secrets": {"about": "The names of the secrets; their values cannot be read.",
			"schema": "TextsByName", "label": {"en": "Secrets", "fr": "Secrets"}},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
