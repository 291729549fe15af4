-- The resource factory_profiles. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql factory/profile.sql

SELECT ops.describe_resource('factory_profiles', $${
	"module": "factory",
	"table": "factory_app.user_profiles",
	"view": "factory_app.profile_rows",
	"actions": ["list", "get", "update"],
	"grants": {"actions": ["read", "update", "export"]},
	"fields": {
		"id": {},
		"role": {"write": "always", "default": null},
		"job_title": {"label": {"en": "Job title", "fr": "Fonction"}, "write": "always"},
		"department": {"label": {"en": "Department", "fr": "Service"}, "write": "always"},
		"phone": {"label": {"en": "Phone", "fr": "Téléphone"}, "write": "always"},
		"first_name": {},
		"last_name": {},
		"email": {},
		"disabled": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
