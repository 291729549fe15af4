-- The resource integration_jobs. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql factory/job.sql

SELECT ops.describe_resource('integration_jobs', $${
	"module": "factory",
	"table": "factory_app.integration_jobs",
	"view": "factory_app.integration_job_rows",
	"actions": ["list", "get", "create", "update", "delete"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"]},
	"fields": {
		"id": {},
		"integration_id": {"write": "always", "refers": "integration_configs"},
		"mapping_id": {"label": {"en": "Mapping", "fr": "Correspondance"},
			"write": "always", "refers": "data_mappings"},
		"kind": {"label": {"en": "Kind", "fr": "Genre"}, "write": "once"},
		"status": {"write": "always", "default": "'queued'"},
		"schedule": {"label": {"en": "Schedule", "fr": "Horaire"}, "write": "always"},
		"attempts": {"label": {"en": "Attempts", "fr": "Essais"}},
		"run_after": {"label": {"en": "Due", "fr": "Échéance"}, "write": "always"},
		"started_at": {"label": {"en": "Started", "fr": "Début"}},
		"finished_at": {"label": {"en": "Finished", "fr": "Fin"}},
		"progress": {"label": {"en": "Progress (%)", "fr": "Avancement (%)"}},
		"error": {"label": {"en": "Error", "fr": "Erreur"}, "kind": "longtext"},
		"payload": {"schema": "Object", "write": "once"},
		"counts": {"schema": "Counts"},
		"log": {"schema": "Objects", "label": {"en": "Log", "fr": "Journal"}},
		"sample": {"schema": {}, "label": {"en": "Sample rows", "fr": "Lignes d’exemple"}},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
