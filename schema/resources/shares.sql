-- needs: ops/catalogue.sql

SELECT ops.describe_resource('shares', $${
	"label": {"en": "Shares", "fr": "Partages"},
	"table": "crm.shares",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"fields": {
		"id": {},
		"resource": {"write": "always", "limit": 100},
		"row_id": {"write": "always"},
		"user_id": {"about": "The ID of the user who receives access.", "write": "always", "limit": 100},
		"team_id": {"about": "The ID of the team that receives access.",
			"label": {"en": "Team", "fr": "Équipe"}, "write": "always", "limit": 100},
		"access": {"about": "Whether the share permits only reading, or also changing the row.",
			"label": {"en": "Access", "fr": "Accès"}, "write": "always"},
		"expires_at": {"about": "When the share ends; null if it does not end.",
			"label": {"en": "Expires at", "fr": "Expiration"}, "write": "always"},
		"sales_id": {"refers": "sales"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
