-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_subscriptions', $${
	"module": "membership",
	"table": "membership.user_subscriptions",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"plan": {"about": "The name of the plan.",
			"label": {"en": "Plan", "fr": "Formule"}, "write": "always"},
		"status": {"write": "always"},
		"amount": {"about": "The amount of each period, in minor units.", "write": "always"},
		"currency": {"write": "always"},
		"interval_months": {"about": "The length of a period, in months.",
			"label": {"en": "Months per period", "fr": "Mois par période"}, "write": "always"},
		"starts_on": {"write": "always"},
		"ends_on": {"write": "always"},
		"cancelled_on": {},
		"next_on": {"about": "The day on which the next amount is due.",
			"label": {"en": "Next due", "fr": "Prochaine échéance"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
