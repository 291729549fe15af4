-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('payout_accounts', $${
	"module": "membership",
	"table": "membership.payout_accounts",
	"actions": ["list", "get", "delete"],
	"grants": {"actions": ["read", "create", "delete", "export"], "own": ["read", "create", "delete"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"refers": "user_profiles"},
		"holder": {"about": "The name of the account holder.", "label": {"en": "Holder", "fr": "Titulaire"}},
		"country": {},
		"last4": {"about": "The last four characters of the IBAN.",
			"label": {"en": "Last four characters", "fr": "Quatre derniers caractères"}},
		"bic": {"about": "The BIC of the bank.", "label": {"en": "BIC", "fr": "BIC"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
