-- Calendar feeds (iCalendar).

CREATE OR REPLACE FUNCTION crm.ical_time(t timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT to_char(t AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') $$;
GRANT EXECUTE ON FUNCTION crm.ical_time(timestamptz) TO tenantry_app, tenantry_mcp_writer;

-- The entries of a calendar feed that its owner may see, from three months ago. Times are in
-- UTC; all-day entries are dates in their own time zone.
CREATE OR REPLACE FUNCTION crm.calendar_feed()
RETURNS TABLE (kind text, uid text, stamp text, starts text, ends text, summary text,
	place text, about text, status text, done text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	secret_url jsonb := current_setting('app.secret_url');
	me bigint := nullif(current_setting('app.sales_id', true), '');
	zone text := crm.own_time_zone();
BEGIN
	RETURN QUERY SELECT 'VEVENT', 'appointment-' || a.id, crm.ical_time(a.updated_at),
		CASE WHEN a.all_day THEN ';VALUE=DATE:' || to_char(a.starts_at AT TIME ZONE a.time_zone,
			'YYYYMMDD') ELSE ':' || crm.ical_time(a.starts_at) END,
		CASE WHEN a.all_day THEN ';VALUE=DATE:' || to_char(a.ends_at AT TIME ZONE a.time_zone,
			'YYYYMMDD') ELSE ':' || crm.ical_time(a.ends_at) END,
		a.title, nullif(concat_ws(', ', a.location, a.resource), ''), a.notes,
		CASE a.status WHEN 'scheduled' THEN 'TENTATIVE' WHEN 'canceled' THEN 'CANCELLED'
			WHEN 'no_show' THEN 'CANCELLED' ELSE 'CONFIRMED' END, NULL
	  FROM crm.appointments a
	 WHERE a.starts_at > now() - interval '90 days' AND (secret_url->>'view' = 'all' OR a.sales_id = me
		OR EXISTS (SELECT FROM crm.appointment_attendees t WHERE t.org_id = a.org_id
			AND t.appointment_id = a.id AND t.sales_id = me AND t.status <> 'declined'))
	   AND (NOT secret_url ? 'resource' OR lower(a.resource) = lower(secret_url->>'resource'))
	 ORDER BY a.starts_at, a.id;
	RETURN QUERY SELECT CASE secret_url->>'tasks' WHEN 'event' THEN 'VEVENT' ELSE 'VTODO' END,
		'task-' || t.id, crm.ical_time(coalesce(t.done_date,
			timestamptz '2025-01-01Z' + make_interval(secs => (t.id >> 12) / 1000.0))),
		':' || crm.ical_time(t.due_date), ':' || crm.ical_time(t.due_date + interval '30 minutes'),
		coalesce(nullif(t.text, ''), t.type, '-'), NULL,
		nullif(concat_ws(' ', c.first_name, c.last_name), ''),
		CASE WHEN secret_url->>'tasks' = 'event' THEN 'CONFIRMED'
			WHEN t.done_date IS NULL THEN 'NEEDS-ACTION' ELSE 'COMPLETED' END,
		CASE WHEN secret_url->>'tasks' = 'todo' THEN crm.ical_time(t.done_date) END
	  FROM crm.tasks t LEFT JOIN crm.contacts c ON c.org_id = t.org_id AND c.id = t.contact_id
	 WHERE secret_url->>'tasks' <> 'none' AND NOT secret_url ? 'resource'
	   AND (secret_url->>'view' = 'all' OR t.sales_id = me) AND isfinite(t.due_date)
	   AND t.due_date > now() - interval '90 days'
	   AND (t.done_date IS NULL OR isfinite(t.done_date))
	 ORDER BY t.due_date, t.id;
END $$;
GRANT EXECUTE ON FUNCTION crm.calendar_feed() TO tenantry_app, tenantry_mcp_writer;
