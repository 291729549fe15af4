-- The resource integration_jobs. Every member may ask for its rows, and the role of their profile decides, see factory/permission.sql.
-- needs: ops/catalogue.sql factory/job.sql

SELECT ops.describe_resource('integration_jobs', $${
	"module": "factory",
	"table": "factory_app.integration_jobs",
	"view": "factory_app.integration_job_rows",
	"actions": ["list", "get", "create", "update", "delete"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"integration_id": {"write": "always", "refers": "integration_configs"},
		"mapping_id": {"write": "always", "refers": "data_mappings"},
		"kind": {"write": "once"},
		"status": {"write": "always", "default": "'queued'"},
		"schedule": {"write": "always"},
		"attempts": {},
		"run_after": {"write": "always"},
		"started_at": {},
		"finished_at": {},
		"progress": {},
		"error": {},
		"payload": {"write": "once"},
		"counts": {},
		"log": {},
		"sample": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
