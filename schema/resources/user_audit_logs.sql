-- The resource user_audit_logs.
-- needs: ops/catalogue.sql membership/audit.sql

SELECT ops.describe_resource('user_audit_logs', $${
	"module": "membership",
	"view": "membership.user_audit_logs",
	"log": true,
	"administrators": ["list", "get"],
	"fields": {
		"id": {},
		"user_id": {},
		"action": {},
		"entity_type": {},
		"entity_id": {},
		"changes": {"unindexed": true},
		"ip_address": {"unindexed": true},
		"request_id": {"unindexed": true},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
