-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_appearance_settings', $${
	"label": {"en": "Appearance of members", "fr": "Apparence des membres"},
	"module": "membership",
	"table": "membership.user_appearance_settings",
	"actions": ["list", "get", "update", "history"],
	"grants": {"actions": ["read", "update", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {"refers": "user_profiles", "as": "member"},
		"theme": {"about": "Whether pages are light, dark, or follow the device.",
			"label": {"en": "Theme", "fr": "Thème"}, "write": "always"},
		"density": {"about": "How much space the rows of lists take.",
			"label": {"en": "Density", "fr": "Densité"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
