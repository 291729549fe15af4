-- needs: membership/erasure.sql membership/module.sql ops/catalogue.sql

SELECT ops.describe_resource('erasures', $${
	"label": {"en": "Proofs of erasure", "fr": "Preuves d’effacement"},
	"module": "membership",
	"view": "membership.erasures_summary",
	"grants": {"actions": ["read", "export"], "of": "member_id"},
	"fields": {
		"id": {},
		"member_id": {"refers": "user_profiles"},
		"hash": {},
		"erased": {"about": "The number of erased rows by table.", "schema": "Counts"},
		"copies": {"about": "The number of erased copies by location.", "schema": "Counts"},
		"copies_left": {"about": "The number of steps until all copies in the audit log are erased."},
		"reason": {"about": "Why the person was erased."},
		"user_id": {"about": "The ID of the user who erased the person."},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
