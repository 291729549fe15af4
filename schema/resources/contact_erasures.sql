-- needs: ops/catalogue.sql crm/erasure.sql

SELECT ops.describe_resource('contact_erasures', $${
	"view": "crm.contact_erasures_summary",
	"administrators": ["list", "get"],
	"grants": {"actions": ["read", "export"], "administrators": true},
	"fields": {
		"id": {},
		"contact_id": {"about": "The ID of the erased contact.",
			"label": {"en": "Number of the contact", "fr": "Numéro du contact"}},
		"hash": {"label": {"en": "SHA-256 of the rows", "fr": "SHA-256 des lignes"}},
		"erased": {"about": "The number of erased rows by resource.",
			"schema": "Counts", "label": {"en": "Rows", "fr": "Lignes"}},
		"copies": {"about": "The number of erased copies by location.",
			"schema": "Counts", "label": {"en": "Copies", "fr": "Copies"}},
		"copies_left": {"about": "The number of steps until all copies in the audit log are erased.",
			"label": {"en": "Remaining audit log entries", "fr": "Reste à effacer dans le journal d’audit"}},
		"reason": {"about": "Why the contact was erased.", "kind": "longtext"},
		"user_id": {"about": "The ID of the user who erased the contact."},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
