-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_billing_schedules', $${
	"module": "membership",
	"table": "membership.user_billing_schedules",
	"actions": ["list", "get", "create", "history"],
	"grants": {"actions": ["read", "create", "update", "export"], "own": ["read"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"subscription_id": {"refers": "user_subscriptions"},
		"membership_id": {"refers": "user_memberships"},
		"description": {"write": "always"},
		"period_starts_on": {"about": "The first day of the period that is billed.",
			"label": {"en": "Period from", "fr": "Période du"}},
		"period_ends_on": {"about": "The last day of the period that is billed.",
			"label": {"en": "Period to", "fr": "Période au"}},
		"due_on": {"about": "The day on which the amount is due.",
			"label": {"en": "Due on", "fr": "Date d’échéance"}, "write": "always"},
		"amount": {"about": "The amount due, in minor units.", "write": "always"},
		"currency": {"write": "always"},
		"status": {"about": "Whether the amount is open, paid or waived."},
		"waive_reason": {"about": "Why the amount was waived.",
			"label": {"en": "Reason", "fr": "Motif"}, "kind": "longtext"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
