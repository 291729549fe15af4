-- Deals that the opportunities_summary view shows incorrectly
-- on: target

SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT 'deal ' || coalesce(d.id, o.id) AS key, CASE WHEN o.id IS NULL THEN 'is missing' ELSE 'differs' END AS detail
		  FROM (SELECT * FROM crm.deals d WHERE d.org_id = s.org) d FULL JOIN crm.opportunities_summary o ON o.id = d.id
		 WHERE (d.id, d.name, d.company_id, d.contact_ids, d.category, d.stage, d.description, d.amount, d.created_at, d.updated_at, d.archived_at,
			d.expected_closing_date, d.sales_id, d.index, d.metadata) IS DISTINCT FROM (o.id, o.name, o.company_id, o.contact_ids, o.category,
			o.stage, o.description, o.amount, o.created_at, o.updated_at, o.archived_at, o.expected_closing_date, o.sales_id, o.index, o.metadata)
		OFFSET 0) x
