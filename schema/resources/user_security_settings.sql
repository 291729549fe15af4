-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_security_settings', $${
	"label": {"en": "Security of members", "fr": "Sécurité des membres"},
	"module": "membership",
	"table": "membership.user_security_settings",
	"actions": ["list", "get", "update", "history"],
	"grants": {"actions": ["read", "update", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {"refers": "user_profiles", "as": "member"},
		"sign_in_alerts": {"about": "Whether a sign-in from a new device causes an email.",
			"label": {"en": "Email me about new sign-ins", "fr": "Envoyer un e-mail quand je me connecte"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
