-- needs: crm/sale.sql ops/catalogue.sql

SELECT ops.describe_resource('sales', $${
	"label": {"en": "Sales", "fr": "Utilisateurs"},
	"table": "crm.sales",
	"view": "crm.sales_rows",
	"feed": true,
	"search": "crm.search_sales",
	"actions": ["list", "get", "update", "history"],
	"fields": {
		"id": {},
		"first_name": {"write": "always", "default": null},
		"last_name": {"write": "always", "default": null},
		"email": {"about": "The email address of the user.",
			"write": "before_update", "required": false, "ignore_case": true},
		"administrator": {"about": "Whether the user administers the organization.",
			"label": {"en": "Administrator", "fr": "Administrateur"},
			"write": "before_update", "required": false},
		"user_id": {"about": "The ID of the account in Better Auth."},
		"avatar": {"about": "The picture of the user.",
			"label": {"en": "Avatar", "fr": "Photo"}, "write": "always", "form": "picture"},
		"disabled": {"about": "Whether the user is locked out of the organization.",
			"label": {"en": "Disabled", "fr": "Désactivé"}, "write": "before_update", "default": null},
		"basics_api_key": {"about": "Dots if the caller has set a key for the model of the assistant. In rows of other users, it is always null. Null or an empty text deletes the key; dots leave it unchanged.",
			"write": "before_update"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
