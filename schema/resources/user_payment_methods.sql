-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_payment_methods', $${
	"module": "membership",
	"table": "membership.user_payment_methods",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "create", "update", "delete"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"kind": {"about": "The kind of the method, such as card.", "write": "always"},
		"provider": {"about": "The payment provider that stores the details.",
			"label": {"en": "Provider", "fr": "Prestataire"}, "write": "always"},
		"token": {"about": "The ID of the details at the payment provider.",
			"label": {"en": "Token of the provider", "fr": "Jeton du prestataire"}, "write": "always"},
		"brand": {"about": "The brand of the card.",
			"label": {"en": "Brand", "fr": "Marque"}, "write": "always"},
		"last4": {"about": "The last four digits of the card or account.",
			"label": {"en": "Last four digits", "fr": "Quatre derniers chiffres"}, "write": "always"},
		"expires_on": {"about": "The last day on which the card is valid.",
			"label": {"en": "Expires", "fr": "Expiration"}, "write": "always"},
		"customer": {"about": "The ID of the customer at the provider.", "write": "always"},
		"label": {"about": "The member's name for the method.", "write": "always"},
		"is_default": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
