-- The factory_profiles resource. factory/permission.sql defines the permissions of each role.
-- needs: ops/catalogue.sql factory/profile.sql

SELECT ops.describe_resource('factory_profiles', $${
	"module": "factory",
	"table": "factory_app.user_profiles",
	"view": "factory_app.profile_rows",
	"actions": ["list", "get", "update"],
	"grants": {"actions": ["read", "update", "export"]},
	"fields": {
		"id": {},
		"role": {"about": "The role of the user in the factory.", "write": "always", "default": null},
		"job_title": {"about": "The position of the user in the factory.",
			"label": {"en": "Job title", "fr": "Fonction"}, "write": "always"},
		"department": {"about": "The department of the user.",
			"label": {"en": "Department", "fr": "Service"}, "write": "always"},
		"phone": {"about": "The telephone number of the user.",
			"label": {"en": "Phone", "fr": "Téléphone"}, "write": "always"},
		"first_name": {},
		"last_name": {},
		"email": {"about": "The email address of the user."},
		"disabled": {"about": "Whether the user is locked out of the organization."},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
