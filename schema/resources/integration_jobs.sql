-- The integration_jobs resource. factory/permission.sql defines the permissions of each role.
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
		"kind": {"about": "What the job does.", "label": {"en": "Kind", "fr": "Genre"}, "write": "once"},
		"status": {"write": "always", "default": "'queued'"},
		"schedule": {"about": "When the job repeats; null if it runs once.",
			"label": {"en": "Schedule", "fr": "Horaire"}, "write": "always"},
		"attempts": {"about": "The number of attempts so far.", "label": {"en": "Attempts", "fr": "Essais"}},
		"run_after": {"about": "When the job is due.",
			"label": {"en": "Due", "fr": "Échéance"}, "write": "always"},
		"started_at": {"label": {"en": "Started", "fr": "Début"}},
		"finished_at": {"about": "When the job ended.", "label": {"en": "Finished", "fr": "Fin"}},
		"progress": {"about": "How much is done, in percent.",
			"label": {"en": "Progress (%)", "fr": "Avancement (%)"}},
		"error": {"about": "Why the job failed.",
			"label": {"en": "Error", "fr": "Erreur"}, "kind": "longtext"},
		"payload": {"about": "The input of the job.", "schema": "Object", "write": "once"},
		"counts": {"about": "The numbers of read, created, changed and refused rows.", "schema": "Counts"},
		"log": {"about": "What the job reported, in order.",
			"schema": "JobLog", "label": {"en": "Log", "fr": "Journal"}},
		"sample": {"about": "Some of the rows that the job has read: any JSON value, which depends on the other system.",
			"schema": {}, "label": {"en": "Sample rows", "fr": "Lignes d’exemple"}},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
