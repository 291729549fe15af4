-- The resource contact_erasures.
-- needs: ops/catalogue.sql crm/erasure.sql

SELECT ops.describe_resource('contact_erasures', $${
	"view": "crm.contact_erasures_summary",
	"administrators": ["list", "get"],
	"grants": {"actions": ["read", "export"], "administrators": true},
	"fields": {
		"id": {},
		"contact_id": {},
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
