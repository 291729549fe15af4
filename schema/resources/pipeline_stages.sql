-- needs: ops/catalogue.sql

SELECT ops.describe_resource('pipeline_stages', $${
	"label": {"en": "Pipeline stages", "fr": "Étapes des pipelines"},
	"module": "b2b",
	"table": "crm.pipeline_stages",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"administrators": ["create", "update", "delete"],
	"fields": {
		"id": {},
		"pipeline_id": {"write": "always", "refers": "pipelines"},
		"stage": {"about": "The value of the field stage in deals in this stage.",
			"label": {"en": "Stage", "fr": "Étape"}, "write": "once", "required": false},
		"label": {"about": "The name of the stage on the board.",
			"label": {"en": "Name", "fr": "Nom"}, "write": "always"},
		"position": {},
		"outcome": {"about": "What it means for an opportunity to be in the stage.",
			"write": "always", "required": false, "default": "'open'"},
		"probability": {"label": {"en": "Probability (%)", "fr": "Probabilité (%)"},
			"write": "always", "required": false},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384},
		"created_at": {},
		"updated_at": {}
	}
}$$);
