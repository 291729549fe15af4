-- Reminders of appointments and tasks.
-- needs: ops/aside.sql

-- Replaces the reminders of a row of the caller's organization. Times in the past are dropped.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.set_reminders(about text, row_id bigint, times timestamptz[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	DELETE FROM ops.reminder r
	 WHERE r.org_id = ops.org()
	   AND r.table_name = about AND r.row_id = set_reminders.row_id;
	INSERT INTO ops.reminder
	SELECT DISTINCT ops.org(), about,
		set_reminders.row_id, t
	  FROM unnest(times) t WHERE t > now();
$$;

CREATE OR REPLACE FUNCTION ops.reminder_key(r ops.reminder) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT format('%s/%s/%s', r.table_name, r.row_id, extract(epoch FROM r.due_at))
$$;

-- Emails a reminder of the selected organization to each user concerned. Users are reminded of their tasks, and of
-- appointments that they own or attend. An email contains only data that the user can read.
CREATE OR REPLACE FUNCTION ops.send_reminder(r ops.reminder, language text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	told record;
	title text;
	place text;
BEGIN
	FOR told IN
		SELECT DISTINCT u.email, u.id AS user_id, m.grants, d.*, crm.local_text(d.at, d.time_zone) AS moment
		  FROM (SELECT jsonb_build_object('title', a.title, 'location', a.location, 'resource', a.resource) AS fields,
				NULL::jsonb AS person, a.sales_id AS owner, NULL::bigint AS keeper, NULL::bigint AS contact,
				a.starts_at AS at, a.time_zone, s.id AS sales_id
			  FROM crm.appointments a
			  JOIN crm.sales s ON s.org_id = a.org_id AND (s.id = a.sales_id
				OR s.id IN (SELECT t.sales_id FROM crm.appointment_attendees t
					WHERE t.org_id = a.org_id AND t.appointment_id = a.id
					  AND t.status <> 'declined'))
			 WHERE r.table_name = 'appointments' AND a.org_id = r.org_id AND a.id = r.row_id
			   AND a.ends_at > now() AND r.due_at = ANY (crm.appointment_reminders(a))
			UNION ALL
			SELECT jsonb_build_object('text', t.text, 'type', t.type),
				jsonb_build_object('first_name', c.first_name, 'last_name', c.last_name),
				t.sales_id, c.sales_id, c.id, coalesce(t.due_date, t.remind_at),
				coalesce(t.time_zone, crm.own_time_zone()), t.sales_id
			  FROM crm.tasks t
			  JOIN crm.contacts c ON c.org_id = t.org_id AND c.id = t.contact_id
			 WHERE r.table_name = 'tasks' AND t.org_id = r.org_id AND t.id = r.row_id
			   AND t.done_date IS NULL AND t.remind_at = r.due_at) d
		  JOIN identity.organization_member m ON m.organization_id = r.org_id
			AND m.sales_id = d.sales_id AND NOT m.disabled
		  JOIN identity.organization o ON o.id = m.organization_id
			AND o.deleted_at IS NULL AND o.suspended_at IS NULL
		  JOIN identity."user" u ON u.id = m.user_id
			AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true)) LOOP
		PERFORM set_config('app.grants', told.grants, true), set_config('app.sales_id', told.sales_id::text, true),
			set_config('app.user_id', told.user_id, true), set_config('app.shaped', 'on', true);
		CONTINUE WHEN r.table_name = 'tasks' AND NOT ops.permits('tasks', 'read', told.owner);
		told.fields := crm.shown(r.table_name, told.fields);
		title := coalesce(told.fields->>'title', nullif(told.fields->>'text', ''), told.fields->>'type', '-');
		place := coalesce(told.fields->>'location', told.fields->>'resource');
		IF ops.permits('contacts', 'read', told.keeper) OR ops.shared('contacts', 'read', told.contact) THEN
			told.person := crm.shown('contacts', told.person);
			place := coalesce(place, nullif(concat_ws(' ', told.person->>'first_name', told.person->>'last_name'), ''));
		END IF;
		PERFORM ops.send_mail('reminder', told.email, send_reminder.language,
			jsonb_build_object('title', left(title, 200), 'place', left(coalesce(place, '-'), 200),
			'moment', replace(left(told.moment, 16), 'T', ' '), 'zone', told.time_zone));
	END LOOP;
END $$;

-- Emails up to "batch" due reminders, each in the transaction that deletes it, so that no reminder is sent twice.
-- Returns the number of reminders that were read.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.send_reminders(batch integer, language text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	grants text := current_setting('app.grants', true);
	aside text[] := ops.aside_entries('reminders');
	r ops.reminder;
	n integer := 0;
BEGIN
	FOR r IN SELECT x.* FROM ops.reminder x WHERE x.due_at <= now() AND ops.reminder_key(x) <> ALL (aside)
	    ORDER BY x.due_at LIMIT batch FOR UPDATE SKIP LOCKED LOOP
		n := n + 1;
		PERFORM ops.set_org(r.org_id);
		BEGIN
			PERFORM ops.send_reminder(r, language);
			DELETE FROM ops.reminder x WHERE x.org_id = r.org_id AND x.table_name = r.table_name
				AND x.row_id = r.row_id AND x.due_at = r.due_at;
			PERFORM ops.end_aside('reminders', r.org_id, ops.reminder_key(r));
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			PERFORM ops.set_aside('reminders', r.org_id, ops.reminder_key(r), SQLSTATE, SQLERRM);
		END;
	END LOOP;
	PERFORM ops.set_org(other), set_config('app.grants', coalesce(grants, ''), true),
		set_config('app.sales_id', '', true), set_config('app.user_id', '', true), set_config('app.shaped', '', true);
	RETURN n;
END $$;
