-- needs: ops/catalogue.sql

SELECT ops.describe_resource('pipelines', $${
	"module": "b2b",
	"table": "crm.pipelines",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"administrators": ["create", "update", "delete"],
	"fields": {
		"id": {},
		"name": {"about": "The name of the pipeline.", "write": "always"},
		"team_id": {"about": "The ID of the team that uses the pipeline; null if all members use it.",
			"label": {"en": "Team", "fr": "Équipe"}, "write": "always"},
		"is_default": {"write": "always"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {},
		"updated_at": {}
	}
}$$);
