-- Daily metrics.
-- needs: crm/configuration.sql crm/time_zone.sql

-- Recomputes the metrics of a range of days. Unchanged days are not written. Days on which nothing happened have no
-- row. The revenue is limited to the largest bigint, which a sum of amounts can exceed.
CREATE OR REPLACE FUNCTION crm.recompute_metrics(first date, last date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	zone text := crm.time_zone();
	config jsonb := (SELECT c.config FROM crm.configuration_summary c);
	money text := crm.currency();
	since timestamptz := first::timestamp AT TIME ZONE zone;
	until timestamptz := (last + 1)::timestamp AT TIME ZONE zone;
	n integer;
BEGIN
	IF last - first NOT BETWEEN 0 AND 399 THEN
		PERFORM ops.refuse('too_many_days');
	END IF;
	WITH counted (day, what, n) AS (
		SELECT (c.first_seen AT TIME ZONE zone)::date, 'contacts', count(*)
		  FROM crm.contacts c WHERE c.first_seen >= since AND c.first_seen < until GROUP BY 1
		UNION ALL
		SELECT (crm.id_made(c.id) AT TIME ZONE zone)::date, 'contacts', count(*)
		  FROM crm.contacts c WHERE c.first_seen IS NULL
		   AND c.id >= crm.id_since(since) AND c.id < crm.id_since(until) GROUP BY 1
		UNION ALL
		SELECT (d.created_at AT TIME ZONE zone)::date, 'deals', count(*)
		  FROM crm.deals d WHERE d.created_at >= since AND d.created_at < until GROUP BY 1
		UNION ALL
		SELECT (a.occurred_at AT TIME ZONE zone)::date, 'activities', count(*)
		  FROM crm.activities a WHERE a.occurred_at >= since AND a.occurred_at < until GROUP BY 1
		UNION ALL
		SELECT (a.starts_at AT TIME ZONE zone)::date, 'appointments', count(*)
		  FROM crm.appointments a WHERE a.starts_at >= since AND a.starts_at < until
		   AND a.status <> 'canceled' GROUP BY 1
		UNION ALL
		SELECT w.day, x.what, CASE x.what WHEN 'won' THEN count(*)
			ELSE least(coalesce(sum(w.amount), 0) * crm.minor_units(money), 9223372036854775807) END
		  FROM crm.deals_closed(crm.won_stages(config), since, zone) w,
			(VALUES ('won'), ('revenue')) x (what) GROUP BY 1, 2
		UNION ALL
		SELECT l.day, 'lost', count(*)
		  FROM crm.deals_closed('{lost}', since, zone) l GROUP BY 1)
	INSERT INTO crm.daily_metrics AS m (date, new_contacts, new_deals, won_deals, lost_deals,
		activities, appointments, revenue, currency, computed_at)
	SELECT d.day::date, coalesce(sum(c.n) FILTER (WHERE c.what = 'contacts'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'deals'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'won'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'lost'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'activities'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'appointments'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'revenue'), 0), money, now()
	  FROM generate_series(first::timestamp, last::timestamp, '1 day') d (day)
	  LEFT JOIN counted c ON c.day = d.day::date
	  LEFT JOIN crm.daily_metrics x ON x.date = d.day::date
	 GROUP BY 1
	HAVING bool_or(c.n > 0) OR count(x.date) > 0
	 ORDER BY 1
	ON CONFLICT (org_id, date) DO UPDATE SET new_contacts = excluded.new_contacts,
		new_deals = excluded.new_deals, won_deals = excluded.won_deals,
		lost_deals = excluded.lost_deals, activities = excluded.activities,
		appointments = excluded.appointments, revenue = excluded.revenue,
		currency = excluded.currency, computed_at = excluded.computed_at
	 WHERE (m.new_contacts, m.new_deals, m.won_deals, m.lost_deals, m.activities,
			m.appointments, m.revenue, m.currency)
		IS DISTINCT FROM (excluded.new_contacts, excluded.new_deals, excluded.won_deals,
			excluded.lost_deals, excluded.activities, excluded.appointments,
			excluded.revenue, excluded.currency)
		OR m.computed_at IS NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;
GRANT EXECUTE ON FUNCTION crm.recompute_metrics(date, date) TO tenantry_app, tenantry_mcp_writer;

-- Recomputes the metrics of the given number of days up to today, for the API.
CREATE OR REPLACE FUNCTION crm.recompute_metrics(days integer) RETURNS text
LANGUAGE sql AS $$
	SELECT json_build_object('days', days, 'changed',
		crm.recompute_metrics(crm.today() - days + 1, crm.today()))::text
$$;
GRANT EXECUTE ON FUNCTION crm.recompute_metrics(integer) TO tenantry_app, tenantry_mcp_writer;

-- Contains every day up to today, with or without metrics. The ID of a day is its date.
CREATE OR REPLACE VIEW crm.daily_metrics_summary WITH (security_invoker) AS
SELECT to_char(d.day, 'YYYYMMDD')::bigint AS id, d.day::date AS date,
	n.today - d.day::date AS days_ago, coalesce(m.new_contacts, 0) AS new_contacts,
	coalesce(m.new_deals, 0) AS new_deals, coalesce(m.won_deals, 0) AS won_deals,
	coalesce(m.lost_deals, 0) AS lost_deals, coalesce(m.activities, 0) AS activities,
	coalesce(m.appointments, 0) AS appointments, coalesce(m.revenue, 0) AS revenue,
	coalesce(m.currency, n.currency) AS currency,
	coalesce(m.metadata, '{}') AS metadata, m.computed_at
  FROM (SELECT crm.today() AS today, coalesce(c.config->>'currency', 'USD') AS currency
	  FROM crm.configuration_summary c OFFSET 0) n
 CROSS JOIN LATERAL generate_series(least((SELECT min(x.date) FROM crm.daily_metrics x),
	n.today - 399)::timestamp, n.today::timestamp, '1 day') d (day)
  LEFT JOIN crm.daily_metrics m ON m.date = d.day::date;
GRANT SELECT ON crm.daily_metrics_summary TO tenantry_app;
