-- The resource user_billing_schedules.
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
		"period_starts_on": {"label": {"en": "Period from", "fr": "Période du"}},
		"period_ends_on": {"label": {"en": "Period to", "fr": "Période au"}},
		"due_on": {"label": {"en": "Due on", "fr": "Date d’échéance"}, "write": "always"},
		"amount": {"write": "always"},
		"currency": {"write": "always"},
		"status": {},
		"waive_reason": {"label": {"en": "Reason", "fr": "Motif"}, "kind": "longtext"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
