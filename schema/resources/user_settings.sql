-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_settings', $${
	"label": {"en": "Settings of members", "fr": "Réglages des membres"},
	"module": "membership",
	"table": "membership.user_settings",
	"actions": ["list", "get", "update", "history"],
	"grants": {"actions": ["read", "update", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {"refers": "user_profiles", "as": "member"},
		"language": {"about": "The language of pages and emails.",
			"label": {"en": "Mail language", "fr": "Langue des e-mails"}, "write": "always"},
		"time_zone": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
