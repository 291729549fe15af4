-- The resource shares.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('shares', $${
	"label": {"en": "Shares", "fr": "Partages"},
	"table": "crm.shares",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"fields": {
		"id": {},
		"resource": {"write": "always"},
		"row_id": {"write": "always"},
		"user_id": {"write": "always"},
		"team_id": {"label": {"en": "Team", "fr": "Équipe"}, "write": "always"},
		"access": {"label": {"en": "Access", "fr": "Accès"}, "write": "always"},
		"expires_at": {"label": {"en": "Expires at", "fr": "Expiration"}, "write": "always"},
		"sales_id": {"refers": "sales"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
