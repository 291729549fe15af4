-- The resource opportunities. Permissions of roles for deals also apply to opportunities.
-- needs: ops/catalogue.sql b2b/opportunity.sql resources/deals.sql

SELECT ops.describe_resource('opportunities', $${
	"module": "b2b",
	"table": "crm.deals",
	"view": "crm.opportunities_summary",
	"search": "crm.search_deals",
	"total": "deals",
	"trash": true,
	"feed": true,
	"like": "deals",
	"grants": {"as": "deals"},
	"fields": {
		"pipeline_id": {"refers": "pipelines"},
		"outcome": {},
		"probability": {"label": {"en": "Probability", "fr": "Probabilité"},
			"write": "always", "type": "smallint"},
		"probability_is_manual": {"label": {"en": "Manual probability", "fr": "Probabilité fixée à la main"}},
		"weighted_amount": {"label": {"en": "Weighted", "fr": "Pondéré"}},
		"currency": {"write": "always"},
		"is_committed": {"label": {"en": "Committed", "fr": "Engagée"}, "write": "always"},
		"closed_at": {"label": {"en": "Closed", "fr": "Close le"}},
		"outcome_reason": {"label": {"en": "Reason", "fr": "Motif"}, "write": "always"},
		"items_net": {},
		"items_tax": {},
		"items_total": {}
	}
}$$);
