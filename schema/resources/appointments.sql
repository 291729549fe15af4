-- The resource appointments.
-- needs: ops/catalogue.sql crm/appointment.sql

SELECT ops.describe_resource('appointments', $${
	"also": "crm/appointments",
	"table": "crm.appointments",
	"view": "crm.appointments_summary",
	"trash": true,
	"feed": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "limits": true},
	"fields": {
		"id": {},
		"title": {"searched": "title", "write": "always", "limit": 2000, "rules": ["compare", "quote"]},
		"contact_id": {"write": "always", "rules": ["compare"], "refers": "contacts"},
		"sales_id": {"write": "always", "rules": ["compare"], "refers": "sales"},
		"location": {"label": {"en": "Location", "fr": "Lieu"},
			"searched": "body", "write": "always", "limit": 2000, "rules": ["compare", "quote"]},
		"resource": {"label": {"en": "Room or equipment", "fr": "Salle ou matériel"},
			"write": "always", "rules": ["compare", "quote"]},
		"starts_at": {"label": {"en": "Starts", "fr": "Début"},
			"write": "always", "required": false, "rules": ["compare"]},
		"ends_at": {"label": {"en": "Ends", "fr": "Fin"},
			"write": "always", "required": false, "rules": ["compare"]},
		"time_zone": {"write": "always", "rules": ["quote"]},
		"starts_local": {"label": {"en": "Starts", "fr": "Début"}, "kind": "date",
			"write": "always", "rules": ["quote"]},
		"ends_local": {"label": {"en": "Ends", "fr": "Fin"}, "kind": "date",
			"write": "always", "rules": ["quote"]},
		"all_day": {"label": {"en": "All day", "fr": "Journée entière"},
			"write": "always", "rules": ["compare"]},
		"status": {"write": "always", "rules": ["compare", "quote"]},
		"notes": {"label": {"en": "Notes", "fr": "Notes"}, "kind": "longtext",
			"searched": "body", "write": "always", "limit": 65536, "rules": ["compare"]},
		"attendees": {"schema": "Attendees", "label": {"en": "Attendees", "fr": "Participants"}, "write": "always"},
		"reminders": {"label": {"en": "Email reminders", "fr": "Rappels par e-mail"}, "write": "always"},
		"metadata": {"schema": "Object", "label": null, "write": "always", "limit": 16384},
		"created_at": {"not_null": true, "rules": ["compare"]},
		"updated_at": {"not_null": true},
		"conflicts": {"schema": "Objects"}
	}
}$$);
