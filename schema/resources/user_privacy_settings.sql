-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_privacy_settings', $${
	"label": {"en": "Privacy of members", "fr": "Confidentialité des membres"},
	"module": "membership",
	"table": "membership.user_privacy_settings",
	"actions": ["list", "get", "update", "history"],
	"grants": {"actions": ["read", "update", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {"refers": "user_profiles", "as": "member"},
		"listed": {"about": "Whether the directory shows the member.",
			"label": {"en": "Listed in the directory", "fr": "Présent dans l’annuaire"}, "write": "always"},
		"show_bio": {"about": "Whether the directory shows the introduction.",
			"label": {"en": "Show my “About” text", "fr": "Montrer ma présentation"}, "write": "always"},
		"show_birth_date": {"about": "Whether the directory shows the date of birth.",
			"label": {"en": "Show my birthday", "fr": "Montrer ma date de naissance"},
			"write": "always"},
		"show_city": {"about": "Whether the directory shows the city.",
			"label": {"en": "Show my city", "fr": "Montrer ma ville"}, "write": "always"},
		"show_email": {"about": "Whether the directory shows the email address.",
			"label": {"en": "Show my email", "fr": "Montrer mon e-mail"}, "write": "always"},
		"show_phone": {"about": "Whether the directory shows the telephone number.",
			"label": {"en": "Show my phone number", "fr": "Montrer mon téléphone"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
