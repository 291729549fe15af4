-- The resource active_integrations. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql factory/integration.sql

SELECT ops.describe_resource('active_integrations', $${
	"label": {"en": "Active integrations", "fr": "Intégrations actives"},
	"module": "factory",
	"view": "factory_app.active_integrations",
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"name": {},
		"type": {},
		"settings": {"schema": "Object"},
		"mappings": {},
		"last_finished_at": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
