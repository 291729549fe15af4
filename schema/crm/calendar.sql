-- Calendar feeds (iCalendar).

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.ical_time(t timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT to_char(t AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') $$;

-- Returns the owner and the attendees of an appointment that the caller may see and that have an address: [{"role",
-- "name", "address", "status"}]. Returns null if there are none.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.ical_people(a crm.appointments) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT (jsonb_agg(p.x ORDER BY p.place) FILTER (WHERE p.x->>'address' <> ''))::text FROM (
		SELECT 0 AS place, jsonb_build_object('role', 'ORGANIZER', 'name', concat_ws(' ', s.first_name, s.last_name), 'address', s.email) AS x
		  FROM crm.sales s WHERE s.org_id = a.org_id AND s.id = a.sales_id
		UNION ALL SELECT t.place + 1, jsonb_build_object('role', 'ATTENDEE', 'status', replace(upper(t.status), '_', '-'),
			'name', coalesce(nullif(t.name, ''), nullif(concat_ws(' ', s.first_name, s.last_name), ''), nullif(concat_ws(' ', c.first_name, c.last_name), '')),
			'address', coalesce(t.email, s.email, c.email_jsonb->0->>'email'))
		  FROM crm.appointment_attendees t
		  LEFT JOIN crm.sales s ON s.org_id = t.org_id AND s.id = t.sales_id
		  LEFT JOIN crm.contacts c ON c.org_id = t.org_id AND c.id = t.contact_id
		 WHERE t.org_id = a.org_id AND t.appointment_id = a.id) p
	HAVING max(p.place) > 0
$$;

-- Returns the entries of a calendar feed, starting three months ago. The feed contains the tasks and appointments that
-- its owner may see. Times are in UTC; all-day entries are dates in their own time zone. sequence is the time of the
-- last change in seconds, so it grows with each change.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.calendar_feed()
RETURNS TABLE (kind text, uid text, stamp text, starts text, ends text, summary text,
	place text, about text, status text, done text, sequence text, reminders text, people text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	secret_url jsonb := current_setting('app.secret_url');
	me bigint := ops.sale();
BEGIN
	RETURN QUERY SELECT 'VEVENT', 'appointment-' || a.id, crm.ical_time(a.updated_at),
		CASE WHEN a.all_day THEN ';VALUE=DATE:' || to_char(a.starts_at AT TIME ZONE a.time_zone,
			'YYYYMMDD') ELSE ':' || crm.ical_time(a.starts_at) END,
		CASE WHEN a.all_day THEN ';VALUE=DATE:' || to_char(a.ends_at AT TIME ZONE a.time_zone,
			'YYYYMMDD') ELSE ':' || crm.ical_time(a.ends_at) END,
		a.title, nullif(concat_ws(', ', a.location, a.resource), ''), a.notes,
		CASE WHEN a.status IN ('canceled', 'no_show') THEN 'CANCELLED' ELSE 'CONFIRMED' END, NULL,
		greatest(ceil(extract(epoch FROM a.updated_at - a.created_at)), 0)::bigint::text,
		CASE WHEN a.status IN ('scheduled', 'confirmed') THEN to_json(a.reminders)::text END, crm.ical_people(a)
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
		CASE WHEN secret_url->>'tasks' = 'todo' THEN crm.ical_time(t.done_date) END, NULL,
		-- The alarm of an entry is relative to the entry, and the reminder is a point in time.
		CASE WHEN t.done_date IS NULL AND t.remind_at <= t.due_date THEN
			json_build_array((extract(epoch FROM t.due_date - t.remind_at) / 60)::integer)::text END, NULL
	  FROM crm.tasks t LEFT JOIN crm.contacts c ON c.org_id = t.org_id AND c.id = t.contact_id
	 WHERE secret_url->>'tasks' <> 'none' AND NOT secret_url ? 'resource'
	   AND (secret_url->>'view' = 'all' OR t.sales_id = me) AND isfinite(t.due_date)
	   AND t.due_date > now() - interval '90 days'
	   AND (t.done_date IS NULL OR isfinite(t.done_date))
	 ORDER BY t.due_date, t.id;
END $$;

-- Returns the entries that fit into one response: future entries, the nearest first, and then past entries, the latest
-- first.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.calendar_page() RETURNS TABLE (kind text, uid text, stamp text, starts text, ends text,
	summary text, place text, about text, status text, done text, sequence text, reminders text, people text)
LANGUAGE sql STABLE AS $$
	SELECT kind, uid, stamp, starts, ends, summary, place, about, status, done, sequence, reminders, people
	  FROM (SELECT e.*, sum(octet_length(e::text)) OVER (ORDER BY past, CASE WHEN NOT past THEN moment END, moment DESC, uid
			ROWS UNBOUNDED PRECEDING) AS size
		FROM (SELECT f.*, moment, moment < crm.ical_time(now()) AS past
			FROM crm.calendar_feed() f, split_part(f.starts, ':', 2) moment) e) s
	 WHERE s.size <= 8000000 ORDER BY s.moment, s.uid
$$;
