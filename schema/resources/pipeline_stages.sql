-- The resource pipeline_stages.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('pipeline_stages', $${
	"module": "b2b",
	"table": "crm.pipeline_stages",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"administrators": ["create", "update", "delete"],
	"fields": {
		"id": {},
		"pipeline_id": {"write": "always", "refers": "pipelines"},
		"stage": {"write": "once", "required": false},
		"label": {"write": "always"},
		"position": {},
		"outcome": {"write": "always", "required": false, "default": "'open'"},
		"probability": {"write": "always", "required": false},
		"created_at": {},
		"updated_at": {}
	}
}$$);
