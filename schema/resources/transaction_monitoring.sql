-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('transaction_monitoring', $${
	"label": {"en": "Transaction monitoring", "fr": "Surveillance des opérations"},
	"module": "membership",
	"view": "membership.transaction_monitoring",
	"grants": {"actions": ["read", "export"], "of": "member_id"},
	"fields": {
		"id": {},
		"payment_id": {"refers": "user_payments"},
		"rule_id": {"refers": "monitoring_rules"},
		"member_id": {"refers": "user_profiles"},
		"found": {"about": "What the rule has found."},
		"created_at": {},
		"updated_at": {}
	}
}$$);
