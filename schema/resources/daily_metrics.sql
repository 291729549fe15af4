-- needs: ops/catalogue.sql crm/metrics.sql

SELECT ops.describe_resource('daily_metrics', $${
	"label": {"en": "Daily metrics", "fr": "Indicateurs du jour"},
	"also": "crm/metrics",
	"view": "crm.daily_metrics_summary",
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"date": {"about": "The day, in the time zone of the organization."},
		"days_ago": {"about": "The number of days between that day and today.",
			"label": {"en": "Days ago", "fr": "Il y a (jours)"}},
		"new_contacts": {"about": "The number of contacts created on that day.",
			"label": {"en": "New contacts", "fr": "Nouveaux contacts"}},
		"new_deals": {"about": "The number of deals created on that day.",
			"label": {"en": "New deals", "fr": "Nouvelles affaires"}},
		"won_deals": {"about": "The number of deals won on that day.",
			"label": {"en": "Won deals", "fr": "Affaires gagnées"}},
		"lost_deals": {"about": "The number of deals lost on that day.",
			"label": {"en": "Lost deals", "fr": "Affaires perdues"}},
		"activities": {"about": "The number of interactions on that day.",
			"label": {"en": "Activities", "fr": "Activités"}},
		"appointments": {"about": "The number of appointments on that day.",
			"label": {"en": "Appointments", "fr": "Rendez-vous"}},
		"revenue": {"about": "The amounts of the won deals, in minor units.",
			"label": {"en": "Revenue", "fr": "Chiffre d’affaires"}},
		"currency": {},
		"metadata": {"schema": "Object"},
		"computed_at": {"about": "When the figures were computed.",
			"label": {"en": "Computed at", "fr": "Calcul"}}
	}
}$$);
