-- The commissions of distributors for won opportunities.
-- needs: b2b/distributor_terms.sql b2b/module.sql b2b/opportunity.sql b2b/opportunity_item.sql b2b/opportunity_participant.sql b2b/partner.sql crm/time_zone.sql

-- Returns the values from which the commission for an opportunity that was won on a day is computed. The function
-- returns no row without a lead principal and a distributor. The caller must be able to see the opportunity and the
-- terms, but not all rows to which they refer. Terms apply if they have no territory, if they are the only terms on
-- that day, or if they are for the country of the opportunity's company, or else of a customer among its participants.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.commission_of(opportunity bigint, day date, OUT principal_id bigint, OUT distributors bigint[],
	OUT distributor_id bigint, OUT terms_id bigint, OUT territory text, OUT rate numeric, OUT base numeric, OUT reason text)
RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	deal crm.deals;
	buyer_country text;
	terms record;
BEGIN
	SELECT * INTO deal FROM crm.deals d WHERE d.org_id = org AND d.id = opportunity;
	SELECT p.company_id INTO principal_id FROM crm.opportunity_participants p
	 WHERE p.org_id = org AND p.opportunity_id = opportunity AND p.role = 'principal' AND p.is_lead;
	SELECT array_agg(p.company_id), CASE count(*) WHEN 1 THEN max(p.company_id)
			ELSE max(p.company_id) FILTER (WHERE p.is_lead) END INTO distributors, distributor_id
	  FROM crm.opportunity_participants p
	 WHERE p.org_id = org AND p.opportunity_id = opportunity AND p.role = 'distributor';
	IF principal_id IS NULL OR distributors IS NULL THEN
		RETURN;
	END IF;
	base := CASE WHEN deal.items_net IS NULL
		THEN crm.round_half_even(deal.amount * crm.minor_units(coalesce(deal.currency, crm.currency())))
		ELSE coalesce((SELECT sum(i.net_amount) FROM crm.opportunity_items i
			JOIN crm.products p ON p.org_id = org AND p.id = i.product_id
			WHERE i.org_id = org AND i.opportunity_id = opportunity AND p.principal_id = commission_of.principal_id), 0) END;
	SELECT c.country INTO buyer_country FROM (SELECT deal.company_id AS id, true AS is_own, true AS is_lead, 0::bigint AS place
		UNION ALL SELECT p.company_id, false, p.is_lead, p.id FROM crm.opportunity_participants p
		 WHERE p.org_id = org AND p.opportunity_id = opportunity AND p.role = 'customer') b
	  JOIN crm.companies c ON c.org_id = org AND c.id = b.id
	 WHERE c.country ~ '\S' ORDER BY b.is_own DESC, b.is_lead DESC, b.place LIMIT 1;
	SELECT t.id, t.territory, t.commission_rate, count(*) OVER () AS n,
			coalesce(lower(t.territory) = lower(btrim(buyer_country)), false) AS here INTO terms
	  FROM crm.distributor_terms t
	 WHERE t.org_id = org AND t.principal_id = commission_of.principal_id
	   AND t.distributor_id = commission_of.distributor_id
	   AND t.valid_from <= day AND coalesce(t.valid_to >= day, true)
	 ORDER BY here DESC LIMIT 1;
	IF distributor_id IS NULL THEN
		reason := 'several_distributors';
	ELSIF terms.id IS NULL THEN
		reason := 'no_terms';
	ELSIF terms.n > 1 AND NOT terms.here THEN
		reason := 'several_territories';
	ELSE
		terms_id := terms.id;
		territory := terms.territory;
		rate := terms.commission_rate;
	END IF;
	RETURN NEXT;
END $$;

-- Completes the period of a statement: the defaults are the first and the last day of the current month.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.statement_days(INOUT first date, INOUT last date)
LANGUAGE sql STABLE AS $$
	SELECT coalesce(first, date_trunc('month', crm.today())::date),
		coalesce(last, (date_trunc('month', crm.today()) + interval '1 month')::date - 1)
$$;

-- Returns a row for each opportunity that was won in a period, and a total for each principal, distributor and
-- currency. Amounts are in minor units. Each commission is rounded once, half to even. Partners see only their own
-- rows.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.commission_rows(first date, last date, principal bigint, distributor bigint)
RETURNS TABLE (kind text, opportunity_id bigint, name text, closed_on date, principal_id bigint, principal_name text,
	distributor_id bigint, distributor_name text, currency text, terms_id bigint, territory text, commission_rate numeric,
	base numeric, commission numeric, reason text, count bigint, without_terms bigint)
LANGUAGE sql STABLE AS $$
	WITH l AS MATERIALIZED (
		SELECT o.id, o.name, o.day, c.principal_id, (SELECT p.name FROM crm.companies p WHERE p.id = c.principal_id) AS principal_name,
			c.distributor_id, (SELECT p.name FROM crm.companies p WHERE p.id = c.distributor_id) AS distributor_name,
			o.currency, c.terms_id, c.territory, trim_scale(c.rate), c.base, crm.round_half_even(c.base * c.rate * 0.01) AS commission, c.reason
		  FROM (SELECT x.id, x.name, x.currency, (x.closed_at AT TIME ZONE (SELECT crm.time_zone()))::date AS day
			  FROM crm.opportunities_summary x WHERE x.outcome = 'won'
			   -- Limits the rows to closed opportunities by an index on the times at which they were closed.
			   AND x.id = ANY ((SELECT crm.closed_opportunities(crm.moments(d.first, d.last))
				FROM crm.statement_days(first, last) d)::bigint[])) o
		 CROSS JOIN LATERAL crm.commission_of(o.id, o.day) c
		 WHERE (principal IS NULL OR c.principal_id = principal)
		   AND (distributor IS NULL OR distributor = ANY (c.distributors))
		   AND (NOT ops.portal()
			OR c.distributor_id = ANY ((SELECT crm.partner_companies())::bigint[])))
	SELECT 'opportunity', l.*, NULL::bigint, NULL::bigint FROM l
	UNION ALL
	SELECT 'total', NULL, NULL, NULL, l.principal_id, min(l.principal_name), l.distributor_id, min(l.distributor_name), l.currency,
		NULL, NULL, NULL, coalesce(sum(l.base) FILTER (WHERE l.reason IS NULL), 0), coalesce(sum(l.commission), 0), NULL,
		count(*), count(l.reason)
	  FROM l GROUP BY l.principal_id, l.distributor_id, l.currency
	 ORDER BY 1, 5, 7, 9, 4, 2
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.commission_statement(first date, last date, principal bigint, distributor bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('lines', coalesce(json_agg(json_build_object('opportunity_id', r.opportunity_id, 'name', r.name,
			'closed_on', r.closed_on, 'principal_id', r.principal_id, 'principal_name', r.principal_name,
			'distributor_id', r.distributor_id, 'distributor_name', r.distributor_name, 'currency', r.currency,
			'terms_id', r.terms_id, 'territory', r.territory, 'commission_rate', r.commission_rate, 'base', r.base,
			'commission', r.commission, 'reason', r.reason)) FILTER (WHERE r.kind = 'opportunity'), '[]'),
		'totals', coalesce(json_agg(json_build_object('principal_id', r.principal_id, 'principal_name', r.principal_name,
			'distributor_id', r.distributor_id, 'distributor_name', r.distributor_name, 'currency', r.currency,
			'count', r.count, 'without_terms', r.without_terms, 'base', r.base, 'commission', r.commission))
			FILTER (WHERE r.kind = 'total'), '[]'))
	  FROM crm.commission_rows(first, last, principal, distributor) r
$$;
