-- The resource shares.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('shares', $${
	"table": "crm.shares",
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"fields": {
		"id": {},
		"resource": {"write": "always"},
		"row_id": {"write": "always"},
		"user_id": {"write": "always"},
		"team_id": {"write": "always"},
		"access": {"write": "always"},
		"expires_at": {"write": "always"},
		"sales_id": {"refers": "sales"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
