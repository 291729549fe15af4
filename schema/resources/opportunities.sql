-- The resource opportunities. The rights of roles to deals are those to opportunities.
-- needs: ops/catalogue.sql b2b/opportunity.sql resources/deals.sql

SELECT ops.describe_resource('opportunities', $${
	"module": "b2b",
	"table": "crm.deals",
	"view": "crm.opportunities_summary",
	"search": "crm.search_deals",
	"total": "deals",
	"trash": true,
	"like": "deals",
	"grants": {"as": "deals"},
	"fields": {
		"pipeline_id": {"refers": "pipelines"},
		"outcome": {},
		"probability": {"write": "always", "type": "smallint"},
		"probability_is_manual": {},
		"weighted_amount": {},
		"currency": {"write": "always"},
		"is_committed": {"write": "always"},
		"closed_at": {},
		"outcome_reason": {"write": "always"},
		"items_net": {},
		"items_tax": {},
		"items_total": {}
	}
}$$);
