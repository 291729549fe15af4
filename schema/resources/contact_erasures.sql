-- The resource contact_erasures.
-- needs: ops/catalogue.sql crm/erasure.sql

SELECT ops.describe_resource('contact_erasures', $${
	"view": "crm.contact_erasures_summary",
	"administrators": ["list", "get"],
	"grants": {"actions": ["read", "export"], "administrators": true},
	"fields": {
		"id": {},
		"contact_id": {"label": {"en": "Number of the contact", "fr": "Numéro du contact"}},
		"hash": {"label": {"en": "SHA-256 of the rows", "fr": "SHA-256 des lignes"}},
		"erased": {"schema": "Counts", "label": {"en": "Rows", "fr": "Lignes"}},
		"copies": {"schema": "Object", "label": {"en": "Copies", "fr": "Copies"}},
		"copies_left": {"label": {"en": "Remaining audit log entries", "fr": "Reste à effacer dans le journal d’audit"}},
		"reason": {"kind": "longtext"},
		"user_id": {},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
