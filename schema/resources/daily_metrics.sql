-- The resource daily_metrics.
-- needs: ops/catalogue.sql crm/metrics.sql

SELECT ops.describe_resource('daily_metrics', $${
	"label": {"en": "Daily metrics", "fr": "Indicateurs du jour"},
	"also": "crm/metrics",
	"view": "crm.daily_metrics_summary",
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"date": {},
		"days_ago": {"label": {"en": "Days ago", "fr": "Il y a (jours)"}},
		"new_contacts": {"label": {"en": "New contacts", "fr": "Nouveaux contacts"}},
		"new_deals": {"label": {"en": "New deals", "fr": "Nouvelles affaires"}},
		"won_deals": {"label": {"en": "Won deals", "fr": "Affaires gagnées"}},
		"lost_deals": {"label": {"en": "Lost deals", "fr": "Affaires perdues"}},
		"activities": {"label": {"en": "Activities", "fr": "Activités"}},
		"appointments": {"label": {"en": "Appointments", "fr": "Rendez-vous"}},
		"revenue": {"label": {"en": "Revenue", "fr": "Chiffre d’affaires"}},
		"currency": {},
		"metadata": {"schema": "Object"},
		"computed_at": {"label": {"en": "Computed at", "fr": "Calcul"}}
	}
}$$);
