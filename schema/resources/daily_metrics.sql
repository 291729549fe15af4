-- The resource daily_metrics.
-- needs: ops/catalogue.sql crm/metrics.sql

SELECT ops.describe_resource('daily_metrics', $${
	"also": "crm/metrics",
	"view": "crm.daily_metrics_summary",
	"grants": {"actions": ["read", "export"]},
	"fields": {
		"id": {},
		"date": {},
		"days_ago": {},
		"new_contacts": {},
		"new_deals": {},
		"won_deals": {},
		"lost_deals": {},
		"activities": {},
		"appointments": {},
		"revenue": {},
		"currency": {},
		"metadata": {},
		"computed_at": {}
	}
}$$);
