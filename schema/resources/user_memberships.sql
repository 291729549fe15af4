-- needs: membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('user_memberships', $${
	"module": "membership",
	"table": "membership.user_memberships",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "own": ["read"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"write": "always", "required": false, "refers": "user_profiles"},
		"tier": {"about": "The tier of the membership.",
			"label": {"en": "Tier", "fr": "Niveau"}, "write": "always"},
		"status": {"write": "always"},
		"starts_on": {"write": "always"},
		"ends_on": {"write": "always"},
		"renews": {"about": "Whether a new period follows automatically.",
			"label": {"en": "Renews", "fr": "Renouvellement"}, "write": "always", "required": false},
		"fee": {"about": "The fee for the period, in minor units.",
			"label": {"en": "Fee", "fr": "Cotisation"}, "write": "always"},
		"currency": {"write": "always"},
		"cancelled_on": {},
		"cancel_reason": {"about": "Why the membership was cancelled.",
			"label": {"en": "Reason", "fr": "Motif"}, "kind": "longtext"},
		"renewed_from_id": {"about": "The ID of the membership in the previous period."},
		"billed_on": {"about": "The day on which the fee was billed.",
			"label": {"en": "Billed on", "fr": "Facturation"}},
		"created_at": {},
		"updated_at": {}
	}
}$$);
