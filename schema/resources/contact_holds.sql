-- needs: ops/catalogue.sql

SELECT ops.describe_resource('contact_holds', $${
	"label": {"en": "Contact holds", "fr": "Conservations de contacts"},
	"table": "crm.contact_holds",
	"actions": ["list", "get", "create", "history"],
	"administrators": ["list", "get", "create", "history"],
	"grants": {"actions": ["read", "create", "update", "export"], "administrators": true},
	"fields": {
		"id": {},
		"contact_id": {"write": "always", "refers": "contacts"},
		"reason": {"about": "Why the contact must not be erased.", "kind": "longtext", "write": "always"},
		"set_by": {},
		"released_at": {},
		"created_at": {},
		"updated_at": {}
	}
}$$);
