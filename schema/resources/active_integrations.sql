-- The active_integrations resource. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql factory/integration.sql

SELECT ops.describe_resource('active_integrations', $${
	"label": {"en": "Active integrations", "fr": "Intégrations actives"},
	"module": "factory",
	"view": "factory_app.active_integrations",
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"name": {"about": "The name of the integration."},
		"type": {"about": "The system that the integration connects, such as http_json or csv_https."},
		"settings": {"about": "The settings of the integration, without secrets.", "schema": "IntegrationSettings"},
		"mappings": {"about": "The number of mappings of the integration."},
		"last_finished_at": {"about": "When the last job of the integration ended."},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
