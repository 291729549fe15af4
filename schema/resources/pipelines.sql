-- The resource pipelines.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('pipelines', $${
	"module": "b2b",
	"table": "crm.pipelines",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"administrators": ["create", "update", "delete"],
	"fields": {
		"id": {},
		"name": {"write": "always"},
		"team_id": {"label": {"en": "Team", "fr": "Équipe"}, "write": "always"},
		"is_default": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
