-- The resource user_payment_methods.
-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_payment_methods', $${
	"module": "membership",
	"table": "membership.user_payment_methods",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read", "create", "update", "delete"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"kind": {"write": "always"},
		"provider": {"label": {"en": "Provider", "fr": "Prestataire"}, "write": "always"},
		"token": {"label": {"en": "Token of the provider", "fr": "Jeton du prestataire"}, "write": "always"},
		"brand": {"label": {"en": "Brand", "fr": "Marque"}, "write": "always"},
		"last4": {"label": {"en": "Last four digits", "fr": "Quatre derniers chiffres"}, "write": "always"},
		"expires_on": {"label": {"en": "Expires", "fr": "Expiration"}, "write": "always"},
		"customer": {"write": "always"},
		"label": {"write": "always"},
		"is_default": {"write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
