-- The resource sales.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('sales', $${
	"table": "crm.sales",
	"search": "crm.search_sales",
	"actions": ["list", "get", "update", "history"],
	"fields": {
		"id": {},
		"first_name": {"write": "always", "default": null},
		"last_name": {"write": "always", "default": null},
		"email": {"write": "before_update", "required": false, "ignore_case": true},
		"administrator": {"write": "before_update", "required": false},
		"user_id": {},
		"avatar": {"write": "always", "form": "picture"},
		"disabled": {"write": "before_update", "default": null},
		"created_at": {},
		"updated_at": {}
	}
}$$);
