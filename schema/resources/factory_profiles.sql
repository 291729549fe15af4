-- The resource factory_profiles.
-- needs: ops/catalogue.sql factory/profile.sql

SELECT ops.describe_resource('factory_profiles', $${
	"module": "factory",
	"table": "factory_app.user_profiles",
	"view": "factory_app.profile_rows",
	"actions": ["list", "get", "update"],
	"fields": {
		"id": {},
		"role": {"write": "always", "default": null},
		"job_title": {"write": "always"},
		"department": {"write": "always"},
		"phone": {"write": "always"},
		"first_name": {},
		"last_name": {},
		"email": {},
		"disabled": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
