-- Planned maintenance: a single window at a time, and the emails about it.
-- needs: ops/aside.sql ops/mail.sql

-- Returns the planned or running window, or null. A planned window that no command has started ends at its planned
-- end.
CREATE OR REPLACE FUNCTION ops.current_maintenance() RETURNS ops.maintenance
LANGUAGE sql STABLE AS $$
	SELECT m FROM ops.maintenance m
	 WHERE m.state = 'running' OR m.state = 'planned' AND m.ends_at > now()
$$;

-- Returns the state as users see it: a planned window runs from its start to its end.
CREATE OR REPLACE FUNCTION ops.maintenance_state(m ops.maintenance) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN m.state <> 'planned' OR m.starts_at > now() THEN m.state
		WHEN m.ends_at > now() THEN 'running' ELSE 'done' END
$$;

CREATE OR REPLACE FUNCTION ops.maintenance_times(m ops.maintenance) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT to_char(m.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' to '
		|| to_char(m.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
$$;

-- Returns the public facts about the current window as JSON, or "null" if there is none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.show_maintenance() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT coalesce((SELECT json_build_object('id', m.id, 'starts_at', m.starts_at, 'ends_at', m.ends_at,
			'message', m.message, 'state', ops.maintenance_state(m))::text
		FROM ops.current_maintenance() m WHERE m.id IS NOT NULL), 'null')
$$;

-- Announces a window. Announcing the same window again changes nothing.
CREATE OR REPLACE FUNCTION ops.schedule_maintenance(starts_at timestamptz, minutes integer, message text,
	journey text DEFAULT NULL) RETURNS ops.maintenance
LANGUAGE plpgsql AS $$
DECLARE
	ends timestamptz := ops.maintenance_end(starts_at, minutes);
	m ops.maintenance;
BEGIN
	LOCK TABLE ops.maintenance IN SHARE ROW EXCLUSIVE MODE;
	UPDATE ops.maintenance x SET state = 'done', ended_at = x.ends_at
	 WHERE x.state = 'planned' AND x.ends_at <= now();
	m := ops.current_maintenance();
	IF m.id IS NULL THEN
		INSERT INTO ops.maintenance AS x (starts_at, ends_at, message, journey)
		VALUES (schedule_maintenance.starts_at, ends, schedule_maintenance.message, schedule_maintenance.journey)
		RETURNING x.* INTO m;
	ELSIF (m.starts_at, m.ends_at, m.message) IS DISTINCT FROM (schedule_maintenance.starts_at, ends,
	    schedule_maintenance.message) OR m.journey IS DISTINCT FROM schedule_maintenance.journey THEN
		PERFORM ops.refuse('maintenance_planned', NULL, m.id::text, ops.maintenance_state(m));
	END IF;
	RETURN m;
END $$;

-- Returns the end of a window that begins in the future.
CREATE OR REPLACE FUNCTION ops.maintenance_end(starts_at timestamptz, minutes integer) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF starts_at < now() - interval '1 minute' THEN
		PERFORM ops.refuse('time_in_the_past', NULL, starts_at::text);
	ELSIF minutes NOT BETWEEN 1 AND 10080 THEN
		PERFORM ops.refuse('minutes_range');
	END IF;
	RETURN starts_at + interval '1 minute' * minutes;
END $$;

-- Returns the window that a command may change. The lock prevents tenantry-jobs from writing emails about it.
CREATE OR REPLACE FUNCTION ops.lock_maintenance() RETURNS ops.maintenance
LANGUAGE plpgsql AS $$
DECLARE
	m ops.maintenance;
BEGIN
	SELECT x.* INTO m FROM ops.maintenance x
	 WHERE x.state = 'running' OR x.state = 'planned' AND x.ends_at > now() FOR UPDATE;
	RETURN m;
END $$;

-- Withdraws the emails about a window that have not been sent yet.
CREATE OR REPLACE FUNCTION ops.withdraw_maintenance_mail(maintenance bigint) RETURNS void
LANGUAGE sql AS $$
	WITH waiting AS (SELECT m.id FROM ops.mail m WHERE m.status = 'waiting' AND m.id IN (
			SELECT l.mail_id FROM ops.maintenance_mail l WHERE l.maintenance_id = maintenance)
		ORDER BY m.id FOR UPDATE),
	canceled AS (UPDATE ops.mail m SET status = 'failed', ended_at = now(), error = 'canceled by an operator',
		data = NULL FROM waiting w WHERE m.id = w.id)
	DELETE FROM ops.maintenance_mail l USING waiting w WHERE l.maintenance_id = maintenance AND l.mail_id = w.id
$$;

-- Moves a window that has not begun. Moving it to the same times changes nothing.
CREATE OR REPLACE FUNCTION ops.reschedule_maintenance(starts_at timestamptz, minutes integer)
RETURNS ops.maintenance
LANGUAGE plpgsql AS $$
DECLARE
	ends timestamptz := ops.maintenance_end(starts_at, minutes);
	m ops.maintenance := ops.lock_maintenance();
BEGIN
	IF m.id IS NULL THEN
		PERFORM ops.refuse('no_maintenance');
	ELSIF ops.maintenance_state(m) <> 'planned' THEN
		PERFORM ops.refuse('maintenance_begun', NULL, m.id::text);
	ELSIF (m.starts_at, m.ends_at) = (reschedule_maintenance.starts_at, ends) THEN
		RETURN m;
	END IF;
	PERFORM ops.withdraw_maintenance_mail(m.id);
	UPDATE ops.maintenance x SET starts_at = reschedule_maintenance.starts_at, ends_at = ends,
		revision = x.revision + 1 WHERE x.id = m.id RETURNING x.* INTO m;
	RETURN m;
END $$;

-- Cancels a window that no command has started. Returns null if there is none.
CREATE OR REPLACE FUNCTION ops.cancel_maintenance() RETURNS ops.maintenance
LANGUAGE plpgsql AS $$
DECLARE
	m ops.maintenance := ops.lock_maintenance();
BEGIN
	IF m.id IS NULL THEN
		RETURN NULL;
	ELSIF m.state = 'running' THEN
		PERFORM ops.refuse('maintenance_running', NULL, m.id::text);
	END IF;
	PERFORM ops.withdraw_maintenance_mail(m.id);
	UPDATE ops.maintenance x SET state = 'cancelled', ended_at = now() WHERE x.id = m.id RETURNING x.* INTO m;
	RETURN m;
END $$;

-- Begins or resumes the work of a command in the window. Returns null if no maintenance is planned. Fails if the
-- maintenance was announced for a different journey, or begins more than 15 minutes from now.
CREATE OR REPLACE FUNCTION ops.start_maintenance(journey text DEFAULT NULL) RETURNS ops.maintenance
LANGUAGE plpgsql AS $$
DECLARE
	m ops.maintenance := ops.lock_maintenance();
BEGIN
	IF m.id IS NULL THEN
		RETURN NULL;
	ELSIF m.journey <> start_maintenance.journey OR m.state = 'running' AND m.journey IS DISTINCT FROM
	    start_maintenance.journey THEN
		PERFORM ops.refuse('maintenance_of_another', NULL, m.id::text, coalesce(m.journey, m.message));
	ELSIF m.starts_at > now() + interval '15 minutes' THEN
		PERFORM ops.refuse('maintenance_later', NULL, m.id::text, m.starts_at::text);
	END IF;
	UPDATE ops.maintenance x SET state = 'running', journey = coalesce(start_maintenance.journey, x.journey)
	 WHERE x.id = m.id RETURNING x.* INTO m;
	RETURN m;
END $$;

-- Ends a window that has begun. Returns null if there is none.
CREATE OR REPLACE FUNCTION ops.finish_maintenance() RETURNS ops.maintenance
LANGUAGE plpgsql AS $$
DECLARE
	m ops.maintenance := ops.lock_maintenance();
BEGIN
	IF m.id IS NULL THEN
		RETURN NULL;
	ELSIF ops.maintenance_state(m) = 'planned' THEN
		PERFORM ops.refuse('maintenance_not_begun', NULL, m.id::text);
	END IF;
	UPDATE ops.maintenance x SET state = 'done', ended_at = now() WHERE x.id = m.id RETURNING x.* INTO m;
	RETURN m;
END $$;

-- Returns the users who get emails about maintenance: members of an organization who have a verified address. home is
-- the organization whose time zone applies to the email.
CREATE OR REPLACE FUNCTION ops.maintenance_recipients() RETURNS TABLE (user_id text, email text, home uuid)
LANGUAGE sql STABLE AS $$
	SELECT u.id, u.email, m.organization_id FROM identity."user" u
	  CROSS JOIN LATERAL (SELECT x.organization_id FROM identity.organization_member x
		  JOIN identity.organization o ON o.id = x.organization_id
			AND o.deleted_at IS NULL AND o.suspended_at IS NULL
		 WHERE x.user_id = u.id AND NOT x.disabled
		 ORDER BY x.organization_id IS DISTINCT FROM u.last_organization_id, x.created_at, x.id LIMIT 1) m
	 WHERE u.email_verified AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
$$;

-- Returns members of an organization who get no email: their address is not verified, so it may belong to a different
-- person.
CREATE OR REPLACE FUNCTION ops.maintenance_not_notified() RETURNS TABLE (user_id text, email text)
LANGUAGE sql STABLE AS $$
	SELECT u.id, u.email FROM identity."user" u
	 WHERE NOT u.email_verified AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
	   AND EXISTS (SELECT FROM identity.organization_member x JOIN identity.organization o ON o.id = x.organization_id
			AND o.deleted_at IS NULL AND o.suspended_at IS NULL
		 WHERE x.user_id = u.id AND NOT x.disabled)
$$;

-- Returns the data of an email about a window, with times in the given time zone.
CREATE OR REPLACE FUNCTION ops.maintenance_mail_data(m ops.maintenance, zone text, url text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('begins', to_char(m.starts_at AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI'),
		'ends', to_char(m.ends_at AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI'), 'zone', zone,
		'message', m.message, 'url', url)
$$;

-- Returns the kind of email that is due before a window, by the remaining time, and the time since which it has been
-- due. Returns no row if it is too early for an email.
CREATE OR REPLACE FUNCTION ops.maintenance_moment(m ops.maintenance) RETURNS TABLE (kind text, since timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT v.kind, m.starts_at - v.before
	  FROM (VALUES ('24h', interval '24 hours'), ('2h', interval '2 hours'),
		('30min', interval '30 minutes')) v (kind, before)
	 WHERE m.starts_at - v.before <= now() ORDER BY v.before LIMIT 1
$$;

-- Returns the emails about a window that are due and not yet written. Users who have received an email also get an
-- email about a new time or a cancellation. Such an email replaces a reminder that is due at the same time.
CREATE OR REPLACE FUNCTION ops.due_maintenance_mail(m ops.maintenance, batch integer)
RETURNS TABLE (user_id text, email text, home uuid, kind text)
LANGUAGE sql STABLE AS $$
	SELECT r.user_id, r.email, r.home, k.kind
	  FROM ops.maintenance_recipients() r
	  LEFT JOIN ops.maintenance_moment(m) due ON true
	  CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE l.revision < m.revision) AS earlier,
			count(*) FILTER (WHERE l.revision = m.revision) AS present,
			count(*) FILTER (WHERE l.revision = m.revision AND l.created_at >= due.since) AS enough,
			count(*) FILTER (WHERE l.kind = 'cancelled') AS told
		  FROM ops.maintenance_mail l WHERE l.maintenance_id = m.id AND l.user_id = r.user_id) had
	  CROSS JOIN LATERAL (SELECT CASE
			WHEN m.state = 'cancelled' AND had.earlier + had.present > 0 AND had.told = 0 THEN 'cancelled'
			WHEN m.state = 'planned' AND had.earlier > 0 AND had.present = 0 THEN 'changed'
			WHEN m.state = 'planned' AND had.enough = 0 THEN due.kind END AS kind) k
	 WHERE k.kind IS NOT NULL AND r.user_id <> ALL (ops.aside_entries('maintenance')) ORDER BY r.user_id LIMIT batch
$$;

-- Writes the due emails about maintenance, up to "batch" emails for a window. The row in ops.maintenance_mail is
-- written in the same transaction, so that no email is written twice. Returns the number of emails.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.send_maintenance_mail(batch integer, language text, url text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	m ops.maintenance;
	r record;
	mail bigint;
	n integer := 0;
BEGIN
	FOR m IN SELECT x.* FROM ops.maintenance x
	    WHERE x.state = 'planned' AND x.starts_at > now() AND (x.revision > 1 OR x.starts_at <= now() + interval '24 hours')
	       OR x.state = 'cancelled' AND greatest(x.ended_at, x.starts_at) > now() - interval '1 day'
	    ORDER BY x.id FOR NO KEY UPDATE SKIP LOCKED LOOP
		FOR r IN SELECT * FROM ops.due_maintenance_mail(m, batch) LOOP
			PERFORM ops.set_org(r.home);
			BEGIN
				mail := ops.queue_mail(CASE r.kind WHEN 'changed' THEN 'maintenance-changed'
						WHEN 'cancelled' THEN 'maintenance-cancelled' ELSE 'maintenance' END, r.email, language,
					ops.maintenance_mail_data(m, crm.time_zone(), url), least(now() + interval '1 day',
					CASE WHEN m.state = 'planned' THEN m.starts_at END));
				INSERT INTO ops.maintenance_mail (maintenance_id, user_id, revision, kind, mail_id)
				VALUES (m.id, r.user_id, m.revision, r.kind, mail);
				PERFORM ops.end_aside('maintenance', NULL, r.user_id);
			EXCEPTION WHEN query_canceled OR OTHERS THEN
				PERFORM ops.set_aside('maintenance', NULL, r.user_id, SQLSTATE, SQLERRM);
				CONTINUE;
			END;
			n := n + 1;
		END LOOP;
	END LOOP;
	PERFORM ops.set_org(other);
	RETURN n;
END $$;
