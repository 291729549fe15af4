-- The resource contact_holds.
-- needs: ops/catalogue.sql

SELECT ops.describe_resource('contact_holds', $${
	"table": "crm.contact_holds",
	"actions": ["list", "get", "create", "history"],
	"administrators": ["list", "get", "create", "history"],
	"grants": {"actions": ["read", "create", "update", "export"], "administrators": true},
	"fields": {
		"id": {},
		"contact_id": {"write": "always", "refers": "contacts"},
		"reason": {"write": "always"},
		"set_by": {},
		"released_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
