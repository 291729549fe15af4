-- The resource erasures.
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
		"erased": {"schema": "Counts"},
		"copies": {"schema": "Object"},
		"copies_left": {},
		"reason": {},
		"user_id": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
