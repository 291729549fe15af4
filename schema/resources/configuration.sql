-- needs: ops/catalogue.sql crm/configuration.sql

SELECT ops.describe_resource('configuration', $${
	"label": {"en": "Configuration", "fr": "Configuration"},
	"table": "crm.configuration",
	"view": "crm.configuration_summary",
	"feed": true,
	"actions": ["list", "get", "update", "history"],
	"administrators": ["update"],
	"fields": {
		"id": {},
		"config": {"about": "The settings of the CRM: titles, logos, choices and stages.",
			"schema": "Settings", "write": "always", "form": "pictures"},
		"time_zone": {"write": "always"},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
