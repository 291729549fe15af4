-- The resource erasures.
-- needs: ops/catalogue.sql membership/erasure.sql

SELECT ops.describe_resource('erasures', $${
	"module": "membership",
	"view": "membership.erasures_summary",
	"fields": {
		"id": {},
		"member_id": {"refers": "user_profiles"},
		"hash": {},
		"erased": {},
		"copies": {},
		"copies_left": {},
		"reason": {},
		"user_id": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
