-- needs: membership/audit.sql ops/catalogue.sql resources/system_audit_logs.sql

SELECT ops.describe_resource('user_audit_logs', $${
	"label": {"en": "User audit logs", "fr": "Journaux d’audit des utilisateurs"},
	"module": "membership",
	"view": "membership.user_audit_logs",
	"log": true,
	"administrators": ["list", "get"],
	"like": "system_audit_logs",
	"fields": {}
}$$);
