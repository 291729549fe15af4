-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_payment_settings', $${
	"label": {"en": "Payment settings of members", "fr": "Réglages de paiement des membres"},
	"module": "membership",
	"table": "membership.user_payment_settings",
	"actions": ["list", "get", "update", "history"],
	"grants": {"actions": ["read", "update", "export"], "own": ["read", "update"], "of": "id"},
	"fields": {
		"id": {"refers": "user_profiles", "as": "member"},
		"renews": {"about": "Whether new memberships renew automatically.",
			"label": {"en": "New memberships renew automatically", "fr": "Les nouvelles adhésions se renouvellent"}, "write": "always"},
		"currency": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
