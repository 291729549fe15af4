-- needs: ops/catalogue.sql membership/audit.sql

SELECT ops.describe_resource('system_audit_logs', $${
	"label": {"en": "System audit logs", "fr": "Journaux d’audit du système"},
	"module": "membership",
	"view": "membership.system_audit_logs",
	"log": true,
	"administrators": ["list", "get"],
	"fields": {
		"id": {},
		"user_id": {"about": "The ID of the user who made the change."},
		"action": {"about": "What was done: insert, update or delete."},
		"entity_type": {"label": {"en": "Entity type", "fr": "Type d’entité"}},
		"entity_id": {"label": {"en": "Entity", "fr": "Entité"}},
		"changes": {"schema": "Changes", "unindexed": true},
		"ip_address": {"about": "The IP address of the request.",
			"label": {"en": "IP address", "fr": "Adresse IP"}, "unindexed": true},
		"request_id": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
