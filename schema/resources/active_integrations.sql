-- The resource active_integrations.
-- needs: ops/catalogue.sql factory/integration.sql

SELECT ops.describe_resource('active_integrations', $${
	"module": "factory",
	"view": "factory_app.active_integrations",
	"fields": {
		"id": {},
		"name": {},
		"type": {},
		"settings": {},
		"mappings": {},
		"last_finished_at": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
