-- The resource appointments.
-- needs: ops/catalogue.sql crm/appointment.sql

SELECT ops.describe_resource('appointments', $${
	"also": "crm/appointments",
	"table": "crm.appointments",
	"view": "crm.appointments_summary",
	"trash": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export"], "limits": true},
	"fields": {
		"id": {},
		"title": {"searched": "title", "write": "always", "limit": 2000, "rules": ["compare", "quote"]},
		"contact_id": {"write": "always", "rules": ["compare"], "refers": "contacts"},
		"sales_id": {"write": "always", "rules": ["compare"], "refers": "sales"},
		"location": {"searched": "body", "write": "always", "limit": 2000, "rules": ["compare", "quote"]},
		"resource": {"write": "always", "rules": ["compare", "quote"]},
		"starts_at": {"write": "always", "required": false, "rules": ["compare"]},
		"ends_at": {"write": "always", "required": false, "rules": ["compare"]},
		"time_zone": {"write": "always", "rules": ["quote"]},
		"starts_local": {"write": "always", "rules": ["quote"]},
		"ends_local": {"write": "always", "rules": ["quote"]},
		"all_day": {"write": "always", "rules": ["compare"]},
		"status": {"write": "always", "rules": ["compare", "quote"]},
		"notes": {"searched": "body", "write": "always", "limit": 65536, "rules": ["compare"]},
		"attendees": {"write": "always"},
		"reminders": {"write": "always"},
		"metadata": {"write": "always", "limit": 16384},
		"created_at": {"not_null": true, "rules": ["compare"]},
		"updated_at": {"not_null": true},
		"conflicts": {}
	}
}$$);
