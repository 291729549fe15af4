-- The opportunities resource. Permissions of roles for deals also apply to opportunities.
-- needs: ops/catalogue.sql b2b/opportunity.sql resources/deals.sql

SELECT ops.describe_resource('opportunities', $${
	"module": "b2b",
	"table": "crm.deals",
	"view": "crm.opportunities_summary",
	"search": "crm.search_deals",
	"total": "deals",
	"archives": true,
	"trash": true,
	"feed": true,
	"like": "deals",
	"grants": {"as": "deals"},
	"fields": {
		"pipeline_id": {"refers": "pipelines"},
		"outcome": {"about": "Whether the opportunity is open, waiting, won or lost."},
		"probability": {"label": {"en": "Probability", "fr": "Probabilité"},
			"write": "always", "type": "smallint"},
		"probability_is_manual": {"about": "Whether a user has set the probability.",
			"label": {"en": "Manual probability", "fr": "Probabilité fixée à la main"}},
		"weighted_amount": {"label": {"en": "Weighted", "fr": "Pondéré"}},
		"currency": {"write": "always"},
		"is_committed": {"about": "Whether the owner commits to winning the opportunity in the forecast.",
			"label": {"en": "Committed", "fr": "Engagée"}, "write": "always"},
		"closed_at": {"about": "When the opportunity was won or lost.",
			"label": {"en": "Closed", "fr": "Close le"}},
		"outcome_reason": {"about": "Why the opportunity was won or lost.",
			"label": {"en": "Reason", "fr": "Motif"}, "write": "always"},
		"items_net": {"about": "The sum of the items without tax, in minor units."},
		"items_tax": {"about": "The tax on the items, in minor units."},
		"items_total": {"about": "The sum of the items with tax, in minor units."}
	}
}$$);
