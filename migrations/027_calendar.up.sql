-- Appointments that know their place in time, whom they are with and what they
-- overlap; reminders of them and of tasks; tasks that come again.

-- A time zone by its name in the tz database.  Without the names that mean a
-- mere offset: those know of no summer.
CREATE FUNCTION crm.is_time_zone(name text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF name !~ '^(UTC|GMT|Etc/GMT[+-][0-9]{1,2}|[A-Za-z_]+(/[A-Za-z_-]+){1,2})$' THEN
		RETURN false;
	END IF;
	RETURN now() AT TIME ZONE name IS NOT NULL;
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN false;
END $$;

CREATE FUNCTION crm.check_time_zone(name text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT crm.is_time_zone(name) THEN
		RAISE EXCEPTION 'must be a name of the tz database, as Europe/Paris'
			USING ERRCODE = 'ZH422', COLUMN = 'time_zone';
	END IF;
END $$;

-- Of the organization, for what is made in it.
CREATE FUNCTION crm.own_time_zone() RETURNS text
LANGUAGE sql STABLE AS $$ SELECT crm.time_zone() $$;

CREATE FUNCTION crm.local_text(at timestamptz, zone text) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT to_char(at AT TIME ZONE zone, 'YYYY-MM-DD"T"HH24:MI:SS') $$;

-- Appointments

-- starts_local, ends_local and attendees are how a client may write: the row
-- keeps instants, and attendees have a table of their own.  They are always null
-- here, and told by the view.
ALTER TABLE crm.appointments
	ADD time_zone text NOT NULL DEFAULT 'UTC',
	ADD all_day boolean NOT NULL DEFAULT false,
	ADD resource text CONSTRAINT appointments_resource_check
		CHECK (resource <> '' AND char_length(resource) <= 200),
	ADD reminders bigint[] NOT NULL DEFAULT '{}',
	ADD starts_local text,
	ADD ends_local text,
	ADD attendees jsonb,
	ADD updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE crm.appointments ALTER time_zone SET DEFAULT crm.own_time_zone();

-- The key to the appointment is checked at the end: a new appointment's
-- attendees are written just before it is.
CREATE TABLE crm.appointment_attendees (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL DEFAULT ops.new_id(),
	appointment_id bigint NOT NULL,
	place          smallint NOT NULL,
	contact_id     bigint,
	sales_id       bigint,
	email          text CONSTRAINT appointment_attendees_email_check
		CHECK (email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'
			AND char_length(email) <= 254),
	name           text CONSTRAINT appointment_attendees_name_check
		CHECK (char_length(name) <= 500),
	status         text NOT NULL DEFAULT 'needs_action'
		CONSTRAINT appointment_attendees_status_check
		CHECK (status IN ('needs_action', 'accepted', 'tentative', 'declined')),
	PRIMARY KEY (org_id, id),
	CONSTRAINT appointment_attendees_one_check
		CHECK (num_nonnulls(contact_id, sales_id, email) = 1),
	CONSTRAINT appointment_attendees_appointment_id_fkey FOREIGN KEY (org_id, appointment_id)
		REFERENCES crm.appointments ON UPDATE CASCADE ON DELETE CASCADE
		DEFERRABLE INITIALLY DEFERRED,
	CONSTRAINT appointment_attendees_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT appointment_attendees_sales_id_fkey FOREIGN KEY (org_id, sales_id)
		REFERENCES crm.sales
);
CREATE INDEX appointment_attendees_appointment_id
	ON crm.appointment_attendees (org_id, appointment_id, place);
CREATE INDEX appointment_attendees_contact_id ON crm.appointment_attendees (org_id, contact_id);
SELECT ops.protect('crm.appointment_attendees');
SELECT ops.keep_deleted('crm.appointment_attendees');

-- As the API tells of them.
CREATE FUNCTION crm.attendees_of(org uuid, appointment bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('contact_id', t.contact_id,
		'sales_id', t.sales_id, 'email', t.email, 'name', t.name)) ||
		jsonb_build_object('status', t.status) ORDER BY t.place), '[]')
	  FROM crm.appointment_attendees t
	 WHERE t.org_id = org AND t.appointment_id = appointment
$$;

CREATE FUNCTION crm.refuse_attendee(n bigint, fault text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'number % %', n, fault
		USING ERRCODE = 'ZH422', COLUMN = 'attendees';
END $$;

CREATE FUNCTION crm.check_attendees(attendees jsonb) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	one jsonb;
	n bigint;
BEGIN
	IF jsonb_typeof(attendees) <> 'array' OR jsonb_array_length(attendees) > 200 THEN
		RAISE EXCEPTION 'must be a list of at most 200'
			USING ERRCODE = 'ZH422', COLUMN = 'attendees';
	END IF;
	FOR one, n IN SELECT * FROM jsonb_array_elements(attendees) WITH ORDINALITY LOOP
		IF jsonb_typeof(one) <> 'object'
		    OR one - '{contact_id,sales_id,email,name,status}'::text[] <> '{}' THEN
			PERFORM crm.refuse_attendee(n, 'may have contact_id, sales_id or email, name and status');
		END IF;
		one := jsonb_strip_nulls(one);
		IF (one ? 'contact_id')::int + (one ? 'sales_id')::int + (one ? 'email')::int <> 1 THEN
			PERFORM crm.refuse_attendee(n, 'must be one of contact_id, sales_id and email');
		ELSIF EXISTS (SELECT FROM jsonb_each(one) m WHERE CASE
		    WHEN m.key IN ('contact_id', 'sales_id') THEN m.value::text !~ '^[0-9]{1,16}$'
		    ELSE jsonb_typeof(m.value) <> 'string' END) THEN
			PERFORM crm.refuse_attendee(n, 'has a member of another type');
		END IF;
	END LOOP;
	IF EXISTS (SELECT FROM jsonb_array_elements(attendees) x GROUP BY x->'contact_id',
	    x->'sales_id', lower(x->>'email') HAVING count(*) > 1) THEN
		RAISE EXCEPTION 'somebody is there twice'
			USING ERRCODE = 'ZH422', COLUMN = 'attendees';
	END IF;
END $$;

-- Who comes is told whole; who stays and is told without a status keeps it.
CREATE FUNCTION crm.write_attendees(org uuid, appointment bigint, attendees jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	was text := current_setting('app.purging', true);
	before crm.appointment_attendees[];
BEGIN
	PERFORM crm.check_attendees(attendees);
	before := ARRAY(SELECT t FROM crm.appointment_attendees t
		WHERE t.org_id = org AND t.appointment_id = appointment);
	-- Who is taken off a list is not in the trash.
	PERFORM set_config('app.purging', org::text, true);
	DELETE FROM crm.appointment_attendees t WHERE t.org_id = org AND t.appointment_id = appointment;
	PERFORM set_config('app.purging', coalesce(was, ''), true);
	INSERT INTO crm.appointment_attendees (org_id, appointment_id, place, contact_id, sales_id,
		email, name, status)
	SELECT org, appointment, x.n, (x.one->>'contact_id')::bigint, (x.one->>'sales_id')::bigint,
		x.one->>'email', x.one->>'name', coalesce(x.one->>'status', (SELECT b.status
			FROM unnest(before) b WHERE b.contact_id = (x.one->>'contact_id')::bigint
			OR b.sales_id = (x.one->>'sales_id')::bigint
			OR lower(b.email) = lower(x.one->>'email') LIMIT 1), 'needs_action')
	  FROM jsonb_array_elements(attendees) WITH ORDINALITY x (one, n);
END $$;

-- The instant that a local time stands for; one that a clock skips is the one after.
CREATE FUNCTION crm.local_instant(member text, said text, zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF said ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$' THEN
		RETURN said::timestamp AT TIME ZONE zone;
	END IF;
	RAISE invalid_datetime_format;
EXCEPTION WHEN data_exception THEN
	RAISE EXCEPTION 'must be a local time, as 2027-03-28T09:30'
		USING ERRCODE = 'ZH422', COLUMN = member;
END $$;

CREATE FUNCTION crm.complete_appointment() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	zone text := NEW.time_zone;
	changed boolean := TG_OP = 'INSERT';
BEGIN
	IF current_setting('app.restoring', true) = 'on' THEN
		RETURN NEW;
	END IF;
	IF changed OR zone <> OLD.time_zone THEN
		PERFORM crm.check_time_zone(zone);
	END IF;
	-- Whole rows are sent back: what says no more than the row is no change.
	IF NEW.starts_local IS NOT NULL AND (changed
	    OR NEW.starts_local <> crm.local_text(OLD.starts_at, OLD.time_zone)) THEN
		NEW.starts_at := crm.local_instant('starts_local', NEW.starts_local, zone);
	END IF;
	IF NEW.ends_local IS NOT NULL AND (changed
	    OR NEW.ends_local <> crm.local_text(OLD.ends_at, OLD.time_zone)) THEN
		NEW.ends_at := crm.local_instant('ends_local', NEW.ends_local, zone);
	END IF;
	NEW.starts_local := NULL;
	NEW.ends_local := NULL;
	IF NEW.all_day THEN
		NEW.starts_at := date_trunc('day', NEW.starts_at, zone);
		IF NEW.ends_at IS NULL OR date_trunc('day', NEW.ends_at, zone) <> NEW.ends_at
		    OR NEW.ends_at = NEW.starts_at THEN
			NEW.ends_at := (date_trunc('day', coalesce(NEW.ends_at, NEW.starts_at) AT TIME ZONE zone)
				+ interval '1 day') AT TIME ZONE zone;
		END IF;
	END IF;
	IF NOT (isfinite(NEW.starts_at) AND isfinite(NEW.ends_at)) THEN
		RAISE EXCEPTION 'must be a moment' USING ERRCODE = 'ZH422', COLUMN = 'starts_at';
	-- What overlaps is looked for among those that began so long before.
	ELSIF NEW.ends_at <= NEW.starts_at OR NEW.ends_at - NEW.starts_at >= interval '32 days' THEN
		RAISE EXCEPTION 'must be after starts_at, by at most 31 days'
			USING ERRCODE = 'ZH422', COLUMN = 'ends_at';
	END IF;
	IF cardinality(NEW.reminders) > 5 OR EXISTS (SELECT FROM unnest(NEW.reminders) m
	    WHERE m IS NULL OR m NOT BETWEEN 0 AND 40320) THEN
		RAISE EXCEPTION 'at most 5 numbers of minutes, up to 40320'
			USING ERRCODE = 'ZH422', COLUMN = 'reminders';
	END IF;
	IF NEW.attendees IS NOT NULL AND (changed
	    OR NEW.attendees <> crm.attendees_of(NEW.org_id, NEW.id)) THEN
		PERFORM crm.write_attendees(NEW.org_id, NEW.id, NEW.attendees);
	END IF;
	NEW.attendees := NULL;
	NEW.updated_at := now();
	RETURN NEW;
END $$;
CREATE TRIGGER complete BEFORE INSERT OR UPDATE ON crm.appointments
	FOR EACH ROW EXECUTE FUNCTION crm.complete_appointment();

-- What takes place at that time with one of those people or in that place; who
-- has declined does not come.
CREATE FUNCTION crm.appointment_conflicts(but bigint, starts timestamptz, ends timestamptz,
	people bigint[], contacts bigint[], addresses text[], place text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'title', a.title,
		'starts_at', a.starts_at, 'ends_at', a.ends_at, 'sales_id', a.sales_id,
		'contact_id', a.contact_id, 'resource', a.resource) ORDER BY a.starts_at, a.id), '[]')
	  FROM (SELECT * FROM crm.appointments a
		 WHERE a.starts_at < ends AND a.starts_at > starts - interval '32 days'
		   AND a.ends_at > starts AND a.id IS DISTINCT FROM but
		   AND a.status IN ('scheduled', 'confirmed')
		   AND (a.sales_id = ANY (people) OR a.contact_id = ANY (contacts)
			OR lower(a.resource) = lower(place)
			OR EXISTS (SELECT FROM crm.appointment_attendees t
				WHERE t.org_id = a.org_id AND t.appointment_id = a.id
				  AND t.status <> 'declined' AND (t.sales_id = ANY (people)
					OR t.contact_id = ANY (contacts)
					OR lower(t.email) = ANY (addresses))))
		 ORDER BY a.starts_at, a.id LIMIT 100) a
$$;

-- The same for whoever asks before writing.
CREATE FUNCTION crm.find_conflicts(but bigint, starts timestamptz, ends timestamptz,
	sales_id bigint, contact_id bigint, email text, place text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF starts IS NULL OR ends IS NULL THEN
		RAISE EXCEPTION 'is required' USING ERRCODE = '22023',
			COLUMN = CASE WHEN starts IS NULL THEN 'starts_at' ELSE 'ends_at' END;
	END IF;
	RETURN crm.appointment_conflicts(but, starts, ends, ARRAY[sales_id], ARRAY[contact_id],
		ARRAY[lower(email)], place);
END $$;

-- Of one that is there, for the answer to whoever has just written it.
CREATE FUNCTION crm.conflicts_of(a crm.appointments) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN a.status IN ('scheduled', 'confirmed') THEN
		crm.appointment_conflicts(a.id, a.starts_at, a.ends_at,
			array_agg(t.sales_id) || a.sales_id, array_agg(t.contact_id) || a.contact_id,
			array_agg(lower(t.email)), a.resource)
		ELSE '[]' END
	  FROM crm.appointment_attendees t
	 WHERE t.org_id = a.org_id AND t.appointment_id = a.id AND t.status <> 'declined'
$$;

-- conflicts is told of the row that this transaction wrote, and of no other: to
-- ask for it of each row of a list would be dear.
CREATE VIEW crm.appointments_summary WITH (security_invoker) AS
SELECT a.org_id, a.id, a.title, a.contact_id, a.sales_id, a.location, a.resource, a.starts_at,
	a.ends_at, a.time_zone, crm.local_text(a.starts_at, a.time_zone) AS starts_local,
	crm.local_text(a.ends_at, a.time_zone) AS ends_local, a.all_day, a.status, a.notes,
	crm.attendees_of(a.org_id, a.id) AS attendees, a.reminders, a.metadata, a.created_at,
	a.updated_at, CASE WHEN current_setting('app.row_id', true) = a.id::text
		THEN crm.conflicts_of(a) END AS conflicts
  FROM crm.appointments a;
GRANT SELECT ON crm.appointments_summary TO tenantry_app;

-- Reminders

-- When to look at a row and tell somebody of it.  What is told is read then, so a
-- row that has moved or is gone tells nothing.
CREATE TABLE ops.reminder (
	org_id     uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	table_name text NOT NULL CONSTRAINT reminder_table_name_check
		CHECK (table_name IN ('appointments', 'tasks')),
	row_id     bigint NOT NULL,
	due_at     timestamptz NOT NULL,
	PRIMARY KEY (org_id, table_name, row_id, due_at)
);
CREATE INDEX reminder_due_at ON ops.reminder (due_at);

-- Replaces those of a row of the caller's organization; what is over is not told.
CREATE FUNCTION ops.set_reminders(about text, row_id bigint, times timestamptz[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	DELETE FROM ops.reminder r
	 WHERE r.org_id = nullif(current_setting('app.org_id', true), '')::uuid
	   AND r.table_name = about AND r.row_id = set_reminders.row_id;
	INSERT INTO ops.reminder
	SELECT DISTINCT nullif(current_setting('app.org_id', true), '')::uuid, about,
		set_reminders.row_id, t
	  FROM unnest(times) t WHERE t > now();
$$;

CREATE FUNCTION crm.appointment_reminders(a crm.appointments) RETURNS timestamptz[]
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN a.status IN ('scheduled', 'confirmed') THEN
		ARRAY(SELECT a.starts_at - make_interval(mins => m::integer)
			FROM unnest(a.reminders) m) END
$$;

CREATE FUNCTION crm.remind_of_appointment() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	times timestamptz[];
BEGIN
	IF TG_OP <> 'DELETE' THEN
		times := crm.appointment_reminders(NEW);
	END IF;
	IF TG_OP = 'INSERT' AND coalesce(times, '{}') = '{}' THEN
		RETURN NULL;
	ELSIF TG_OP = 'UPDATE' AND times IS NOT DISTINCT FROM crm.appointment_reminders(OLD) THEN
		RETURN NULL;
	END IF;
	PERFORM ops.set_reminders('appointments', CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END,
		times);
	RETURN NULL;
END $$;
CREATE TRIGGER remind AFTER INSERT OR UPDATE OR DELETE ON crm.appointments
	FOR EACH ROW EXECUTE FUNCTION crm.remind_of_appointment();

-- Mails what is due, up to so many, each in the transaction that forgets it: killed
-- anywhere, nobody is told twice.  Returns how many were looked at.
CREATE FUNCTION ops.send_reminders(batch integer, language text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	r ops.reminder;
	told record;
	n integer := 0;
BEGIN
	FOR r IN SELECT x.* FROM ops.reminder x WHERE x.due_at <= now()
	    ORDER BY x.due_at LIMIT batch FOR UPDATE SKIP LOCKED LOOP
		PERFORM set_config('app.org_id', r.org_id::text, true);
		FOR told IN
			SELECT DISTINCT u.email, d.title, d.place, crm.local_text(d.at, d.time_zone)
				AS moment, d.time_zone
			  FROM (SELECT a.title, coalesce(a.location, a.resource, '-') AS place,
					a.starts_at AS at, a.time_zone, s.id AS sales_id
				  FROM crm.appointments a
				  JOIN crm.sales s ON s.org_id = a.org_id AND (s.id = a.sales_id
					OR s.id IN (SELECT t.sales_id FROM crm.appointment_attendees t
						WHERE t.org_id = a.org_id AND t.appointment_id = a.id
						  AND t.status <> 'declined'))
				 WHERE r.table_name = 'appointments' AND a.org_id = r.org_id AND a.id = r.row_id
				   AND a.ends_at > now() AND r.due_at = ANY (crm.appointment_reminders(a))
				UNION ALL
				SELECT coalesce(nullif(t.text, ''), t.type, '-'), coalesce(nullif(concat_ws(' ',
					c.first_name, c.last_name), ''), '-'), coalesce(t.due_date, t.remind_at),
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
			PERFORM ops.send_mail('reminder', told.email, send_reminders.language,
				jsonb_build_object('title', left(told.title, 200), 'place', left(told.place, 200),
				'moment', replace(left(told.moment, 16), 'T', ' '), 'zone', told.time_zone));
		END LOOP;
		DELETE FROM ops.reminder x WHERE x.org_id = r.org_id AND x.table_name = r.table_name
			AND x.row_id = r.row_id AND x.due_at = r.due_at;
		n := n + 1;
	END LOOP;
	PERFORM set_config('app.org_id', coalesce(other, ''), true);
	RETURN n;
END $$;

-- As in 020, and three more.
CREATE OR REPLACE FUNCTION ops.mail_members(template text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE template
	-- to an address, to prove that it is the user's; 1 hour
	WHEN 'verify-email' THEN ARRAY['url']
	-- 1 hour
	WHEN 'reset-password' THEN ARRAY['url']
	-- to the current address: shall the account move to newEmail?  1 hour
	WHEN 'change-email' THEN ARRAY['newEmail', 'url']
	-- 1 day
	WHEN 'delete-account' THEN ARRAY['url']
	-- 5 minutes
	WHEN 'magic-link' THEN ARRAY['url']
	-- 5 minutes; for sign-in, verification and reset alike
	WHEN 'email-otp' THEN ARRAY['code']
	-- 3 minutes
	WHEN 'two-factor-otp' THEN ARRAY['code']
	-- inviter is a person's name; 2 days
	WHEN 'invitation' THEN ARRAY['inviter', 'organization', 'url']
	WHEN 'password-changed' THEN ARRAY[]::text[]
	-- to the former address
	WHEN 'email-changed' THEN ARRAY['newEmail']
	-- the one-time link of the first administrator; 1 day
	WHEN 'new-administrator' THEN ARRAY['url']
	-- to whom an administrator has made a user; 7 days
	WHEN 'welcome' THEN ARRAY['inviter', 'name', 'organization', 'url']
	-- to a user, of an appointment or a task
	WHEN 'reminder' THEN ARRAY['title', 'place', 'moment', 'zone']
	-- to a contact, by a rule of the organization
	WHEN 'booking-confirmation' THEN ARRAY['name', 'title', 'moment', 'zone', 'place',
		'organization']
	WHEN 'message' THEN ARRAY['subject', 'text', 'organization']
	-- to administrators, of a webhook that failed too long
	WHEN 'webhook-disabled' THEN ARRAY['address', 'reason']
	END
$$;

-- Tasks that come again

ALTER TABLE crm.tasks
	ADD remind_at timestamptz,
	ADD rrule text,
	ADD time_zone text,
	-- The next one was made; whoever opens and closes it anew makes no other.
	ADD continued boolean NOT NULL DEFAULT false;

-- The parts of a rule that we keep: RFC 5545, 3.3.10, without what a task needs
-- not.  Anything else is refused rather than passed over.
CREATE FUNCTION crm.parse_rrule(rrule text, OUT freq text, OUT every integer, OUT days text[],
	OUT month_days integer[], OUT count integer, OUT until text)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	part text;
	name text;
	value text;
	seen text[] := '{}';
	day text := '([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)';
	fit boolean := char_length(rrule) <= 200;
BEGIN
	every := 1;
	FOREACH part IN ARRAY string_to_array(upper(left(rrule, 200)), ';') LOOP
		name := split_part(part, '=', 1);
		value := substr(part, char_length(name) + 2);
		fit := fit AND name <> ALL (seen) AND coalesce(CASE name
			WHEN 'FREQ' THEN value IN ('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY')
			WHEN 'INTERVAL' THEN value ~ '^[1-9][0-9]{0,2}$'
			WHEN 'COUNT' THEN value ~ '^[1-9][0-9]{0,3}$'
			WHEN 'UNTIL' THEN value ~ '^[0-9]{8}(T[0-9]{6}Z?)?$'
			WHEN 'BYDAY' THEN value ~ format('^%s(,%1$s)*$', day)
			WHEN 'BYMONTHDAY' THEN value ~ '^-?([1-9]|[12][0-9]|3[01])(,-?([1-9]|[12][0-9]|3[01]))*$'
			WHEN 'WKST' THEN value = 'MO' END, false);
		EXIT WHEN NOT fit;
		seen := seen || name;
		CASE name
		WHEN 'FREQ' THEN freq := value;
		WHEN 'INTERVAL' THEN every := value;
		WHEN 'COUNT' THEN count := value;
		WHEN 'UNTIL' THEN until := value;
		WHEN 'BYDAY' THEN days := string_to_array(replace(value, '+', ''), ',');
		WHEN 'BYMONTHDAY' THEN month_days := string_to_array(value, ',');
		ELSE
		END CASE;
	END LOOP;
	IF NOT fit OR freq IS NULL OR (count IS NOT NULL AND until IS NOT NULL)
	    OR (days IS NOT NULL AND (freq NOT IN ('WEEKLY', 'MONTHLY') OR month_days IS NOT NULL
		OR (freq = 'WEEKLY' AND array_to_string(days, ',') ~ '[0-9]')))
	    OR (month_days IS NOT NULL AND freq <> 'MONTHLY') THEN
		RAISE data_exception;
	END IF;
	IF until IS NOT NULL THEN
		PERFORM rtrim(until, 'Z')::timestamp;
	END IF;
EXCEPTION WHEN data_exception THEN
	RAISE EXCEPTION 'must be FREQ=DAILY, WEEKLY, MONTHLY or YEARLY with INTERVAL, BYDAY '
		'(weekly, monthly), BYMONTHDAY (monthly), and COUNT or UNTIL'
		USING ERRCODE = 'ZH422', COLUMN = 'rrule';
END $$;

-- The days of one period of a rule, in order: n periods behind the one of that day.
-- A day that a month has not is passed over.
CREATE FUNCTION crm.rrule_days(freq text, days text[], month_days integer[], day date, n integer)
RETURNS SETOF date
LANGUAGE sql IMMUTABLE AS $$
	SELECT day + n WHERE freq = 'DAILY'
	UNION ALL
	SELECT d FROM (SELECT date_trunc('week', day)::date + 7 * n + i AS d
		FROM generate_series(0, 6) i) w
	 WHERE freq = 'WEEKLY' AND CASE WHEN days IS NULL THEN extract(isodow FROM d)
		= extract(isodow FROM day)
		ELSE upper(left(to_char(d, 'DY'), 2)) = ANY (days) END
	UNION ALL
	SELECT d FROM (SELECT m::date AS d, extract(day FROM m)::integer AS at,
			extract(day FROM date_trunc('month', m) + interval '1 month - 1 day')::integer AS last,
			upper(left(to_char(m, 'DY'), 2)) AS name
		  FROM (SELECT date_trunc('month', day) + make_interval(months => n)
			+ make_interval(days => i) AS m FROM generate_series(0, 30) i) x
		 WHERE date_trunc('month', m) = date_trunc('month', day) + make_interval(months => n)) y
	 WHERE freq = 'MONTHLY' AND CASE
		WHEN month_days IS NOT NULL THEN at = ANY (month_days) OR at - last - 1 = ANY (month_days)
		WHEN days IS NOT NULL THEN name = ANY (days) OR (at + 6) / 7 || name = ANY (days)
			OR '-' || (last - at) / 7 + 1 || name = ANY (days)
		ELSE at = extract(day FROM day) END
	UNION ALL
	SELECT d FROM (SELECT (day + make_interval(years => n))::date AS d) z
	 WHERE freq = 'YEARLY' AND extract(day FROM d) = extract(day FROM day)
	ORDER BY 1
$$;

-- The first time of a rule behind one moment, where it began at another: local
-- times, so that nine o'clock stays nine o'clock.  passed: how many times the rule
-- has had since it began, this one included.  Null when it has come to its end.
CREATE FUNCTION crm.next_of_rrule(rrule text, began timestamp, behind timestamp, zone text,
	OUT at timestamp, OUT passed integer)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	rule record := crm.parse_rrule(rrule);
	n integer := 0;
	day date;
BEGIN
	passed := 0;
	LOOP
		FOR day IN SELECT d FROM crm.rrule_days(rule.freq, rule.days, rule.month_days,
		    began::date, n) d WHERE d > began::date LOOP
			at := day + began::time;
			passed := passed + 1;
			IF passed >= rule.count OR (CASE
			    WHEN rule.until IS NULL THEN false
			    WHEN rule.until ~ 'Z$' THEN at AT TIME ZONE zone
				> rtrim(rule.until, 'Z')::timestamp AT TIME ZONE 'UTC'
			    WHEN rule.until ~ 'T' THEN at > rule.until::timestamp
			    ELSE day > rule.until::date END) THEN
				at := NULL;
				RETURN;
			ELSIF at > behind THEN
				RETURN;
			END IF;
		END LOOP;
		n := n + rule.every;
		IF (CASE rule.freq WHEN 'DAILY' THEN began + make_interval(days => n)
		    WHEN 'WEEKLY' THEN began + make_interval(weeks => n)
		    WHEN 'MONTHLY' THEN began + make_interval(months => n)
		    ELSE began + make_interval(years => n) END) > greatest(behind, began)
		    + interval '40 years' THEN
			at := NULL;
			RETURN;
		END IF;
	END LOOP;
END $$;

-- The task after one that is done: due when the rule says, and later than it was
-- done, with the reminder as long before as it was.
CREATE FUNCTION crm.continue_task(t crm.tasks) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	zone text := coalesce(t.time_zone, crm.own_time_zone());
	due timestamp := t.due_date AT TIME ZONE zone;
	next record := crm.next_of_rrule(t.rrule, due,
		greatest(due, t.done_date AT TIME ZONE zone), zone);
BEGIN
	IF next.at IS NULL THEN
		RETURN;
	END IF;
	INSERT INTO crm.tasks (org_id, contact_id, type, text, due_date, sales_id, time_zone, rrule,
		remind_at)
	VALUES (t.org_id, t.contact_id, t.type, t.text, next.at AT TIME ZONE zone, t.sales_id,
		t.time_zone, regexp_replace(t.rrule, 'COUNT=[0-9]+', coalesce('COUNT='
			|| ((crm.parse_rrule(t.rrule)).count - next.passed), ''), 'i'),
		(next.at - (due - t.remind_at AT TIME ZONE zone)) AT TIME ZONE zone);
END $$;

CREATE FUNCTION crm.complete_task() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('app.restoring', true) = 'on' THEN
		RETURN NEW;
	END IF;
	IF NEW.time_zone IS NOT NULL THEN
		PERFORM crm.check_time_zone(NEW.time_zone);
	END IF;
	IF NEW.rrule = '' THEN
		NEW.rrule := NULL;
	ELSIF NEW.rrule IS NOT NULL THEN
		PERFORM crm.parse_rrule(NEW.rrule);
		IF NEW.due_date IS NULL OR NEW.due_date NOT BETWEEN '1970-01-01' AND '9000-01-01' THEN
			RAISE EXCEPTION 'a task that comes again is due some day'
				USING ERRCODE = 'ZH422', COLUMN = 'due_date';
		END IF;
		IF TG_OP = 'UPDATE' AND OLD.done_date IS NULL AND isfinite(NEW.done_date)
		    AND NOT NEW.continued THEN
			PERFORM crm.continue_task(NEW);
			NEW.continued := true;
		END IF;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER complete BEFORE INSERT OR UPDATE ON crm.tasks
	FOR EACH ROW EXECUTE FUNCTION crm.complete_task();

CREATE FUNCTION crm.remind_of_task() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		IF OLD.remind_at > now() THEN
			PERFORM ops.set_reminders('tasks', OLD.id, '{}');
		END IF;
	ELSIF TG_OP = 'INSERT' THEN
		IF NEW.remind_at IS NOT NULL AND NEW.done_date IS NULL THEN
			PERFORM ops.set_reminders('tasks', NEW.id, ARRAY[NEW.remind_at]);
		END IF;
	ELSIF (NEW.remind_at, NEW.done_date IS NULL) IS DISTINCT FROM
	    (OLD.remind_at, OLD.done_date IS NULL) THEN
		PERFORM ops.set_reminders('tasks', NEW.id, CASE WHEN NEW.done_date IS NULL
			THEN ARRAY[NEW.remind_at] END);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER remind AFTER INSERT OR UPDATE OR DELETE ON crm.tasks
	FOR EACH ROW EXECUTE FUNCTION crm.remind_of_task();

-- Reminds of a task later on.
CREATE FUNCTION crm.snooze_task(task bigint, until timestamptz, minutes bigint) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	later timestamptz;
BEGIN
	IF num_nonnulls(until, minutes) <> 1 OR minutes NOT BETWEEN 1 AND 525600 THEN
		RAISE EXCEPTION 'give it, or minutes from 1 to 525600' USING ERRCODE = 'ZH422',
			COLUMN = 'until';
	END IF;
	later := coalesce(until, date_trunc('second', now()) + make_interval(mins => minutes::integer));
	IF later <= now() OR NOT isfinite(later) THEN
		RAISE EXCEPTION 'must be later than now' USING ERRCODE = 'ZH422', COLUMN = 'until';
	END IF;
	IF EXISTS (SELECT FROM crm.tasks t WHERE t.id = task AND t.done_date IS NOT NULL) THEN
		RAISE EXCEPTION 'the task is done' USING ERRCODE = 'ZH422';
	END IF;
	RETURN QUERY UPDATE crm.tasks t SET remind_at = later WHERE t.id = task
		RETURNING json_build_object('id', t.id, 'remind_at', t.remind_at)::text;
END $$;

-- Messages

CREATE FUNCTION crm.message_channels() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT ARRAY['email', 'sms', 'whatsapp', 'messenger', 'instagram', 'telegram', 'chat',
		'voice', 'other']
$$;

-- What was said, by whatever channel.  external_id is what the channel calls it:
-- brought twice it is there once.
CREATE TABLE crm.messages (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	channel     text NOT NULL CONSTRAINT messages_channel_check
		CHECK (channel = ANY (crm.message_channels())),
	direction   text NOT NULL CONSTRAINT messages_direction_check
		CHECK (direction IN ('inbound', 'outbound')),
	thread_id   text CONSTRAINT messages_thread_id_check CHECK (char_length(thread_id) <= 500),
	contact_id  bigint,
	sales_id    bigint,
	sender      text CONSTRAINT messages_sender_check CHECK (char_length(sender) <= 500),
	recipient   text CONSTRAINT messages_recipient_check CHECK (char_length(recipient) <= 500),
	subject     text CONSTRAINT messages_subject_check CHECK (char_length(subject) <= 1000),
	body        text NOT NULL CONSTRAINT messages_body_check CHECK (char_length(body) <= 100000),
	status      text NOT NULL CONSTRAINT messages_status_check
		CHECK (status IN ('received', 'draft', 'queued', 'sent', 'delivered', 'read', 'failed')),
	external_id text CONSTRAINT messages_external_id_check
		CHECK (external_id <> '' AND char_length(external_id) <= 500),
	sent_at     timestamptz NOT NULL DEFAULT now(),
	metadata    jsonb NOT NULL DEFAULT '{}' CONSTRAINT messages_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 16384),
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT messages_external_id_key UNIQUE (org_id, channel, external_id),
	CONSTRAINT messages_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT messages_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX messages_sent_at ON crm.messages (org_id, sent_at DESC NULLS LAST, id DESC);
CREATE INDEX messages_contact_id ON crm.messages (org_id, contact_id, sent_at DESC NULLS LAST);
CREATE INDEX messages_thread_id ON crm.messages (org_id, thread_id, sent_at DESC NULLS LAST);
SELECT ops.protect('crm.messages');
SELECT ops.keep_deleted('crm.messages');

CREATE FUNCTION crm.complete_message() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('app.restoring', true) = 'on' THEN
		RETURN NEW;
	END IF;
	NEW.status := coalesce(NEW.status, CASE NEW.direction WHEN 'inbound' THEN 'received'
		ELSE 'sent' END);
	IF NEW.direction = 'outbound' AND NEW.sales_id IS NULL AND TG_OP = 'INSERT' THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	IF TG_OP = 'INSERT' AND NEW.contact_id IS NOT NULL THEN
		UPDATE crm.contacts c SET last_seen = NEW.sent_at
		 WHERE c.org_id = NEW.org_id AND c.id = NEW.contact_id AND c.last_seen < NEW.sent_at;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER complete BEFORE INSERT OR UPDATE ON crm.messages
	FOR EACH ROW EXECUTE FUNCTION crm.complete_message();

-- A number as it can be compared: its last nine digits, for what stands before them
-- is written in many ways.  Null for what is too short to be anybody's.
CREATE FUNCTION crm.phone_key(number text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	digits text := regexp_replace(number, '[^0-9]', '', 'g');
BEGIN
	RETURN CASE WHEN char_length(digits) >= 6 THEN right(digits, 9) END;
END $$;

-- Keeps what a channel brings, as the member whose link it came by; brought again
-- it is the message that is there.
CREATE FUNCTION crm.receive_message(message jsonb, proven boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	link jsonb := current_setting('app.link');
	kept bigint;
BEGIN
	IF (link->>'signed')::boolean AND NOT proven THEN
		RAISE EXCEPTION 'the signature is missing or wrong' USING ERRCODE = 'ZH401';
	END IF;
	INSERT INTO crm.messages AS m (channel, direction, status, thread_id, contact_id, sender,
		recipient, subject, body, external_id, sent_at, metadata)
	VALUES (link->>'channel', 'inbound', 'received',
		coalesce(message->>'thread_id', message->>'from'), crm.contact_of(message->>'from'),
		message->>'from', message->>'to', message->>'subject', message->>'body',
		message->>'external_id', coalesce((message->>'sent_at')::timestamptz, now()),
		coalesce(message->'metadata', '{}'))
	ON CONFLICT ON CONSTRAINT messages_external_id_key DO NOTHING RETURNING m.id INTO kept;
	IF kept IS NULL THEN
		SELECT m.id INTO kept FROM crm.messages m WHERE m.channel = link->>'channel'
			AND m.external_id = message->>'external_id';
	END IF;
	RETURN json_build_object('id', kept);
END $$;

-- Links

-- Addresses that open a little by themselves, for programs that can show no more
-- than an address: what a calendar reads, where messages come in.  They act as a
-- member, and end with the membership.
CREATE TABLE identity.link (
	id              text PRIMARY KEY DEFAULT identity.new_id(),
	kind            text NOT NULL CONSTRAINT link_kind_check
		CHECK (kind IN ('calendar', 'messages')),
	-- SHA-256 of what is in the address; that itself is nowhere.
	token_hash      bytea NOT NULL UNIQUE CONSTRAINT link_token_hash_check
		CHECK (octet_length(token_hash) = 32),
	organization_id uuid NOT NULL,
	user_id         text NOT NULL,
	name            text CONSTRAINT link_name_check CHECK (char_length(name) <= 200),
	settings        jsonb NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	last_used_at    timestamptz,	-- written once an hour
	FOREIGN KEY (organization_id, user_id)
		REFERENCES identity.organization_member (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX link_member ON identity.link (organization_id, user_id);

CREATE FUNCTION identity.link_json(l identity.link) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('id', l.id, 'name', l.name, 'created_at', l.created_at,
		'last_used_at', l.last_used_at) || l.settings
$$;

-- What a link may be told, by its kind; the rest is refused.
CREATE FUNCTION identity.check_link(kind text, settings jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF kind = 'calendar' THEN
		settings := '{"view": "mine", "tasks": "todo"}' || jsonb_strip_nulls(settings);
		IF settings->>'view' NOT IN ('mine', 'all') THEN
			RAISE EXCEPTION 'must be mine or all' USING ERRCODE = 'ZH422', COLUMN = 'view';
		ELSIF settings->>'tasks' NOT IN ('todo', 'event', 'none') THEN
			RAISE EXCEPTION 'must be todo, event or none' USING ERRCODE = 'ZH422', COLUMN = 'tasks';
		ELSIF settings->>'resource' !~ '^[[:print:]]{1,200}$' THEN
			RAISE EXCEPTION 'must have 1 to 200 characters'
				USING ERRCODE = 'ZH422', COLUMN = 'resource';
		END IF;
		RETURN settings;
	END IF;
	settings := '{"signed": false}' || jsonb_strip_nulls(settings);
	IF settings->>'channel' IS NULL OR settings->>'channel' <> ALL (crm.message_channels()) THEN
		RAISE EXCEPTION 'must be one of %', array_to_string(crm.message_channels(), ', ')
			USING ERRCODE = 'ZH422', COLUMN = 'channel';
	END IF;
	RETURN settings;
END $$;

CREATE FUNCTION identity.create_link(kind text, token_hash bytea, name text, settings jsonb)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	uid text := current_setting('app.user_id', true);
	made identity.link;
BEGIN
	IF char_length(name) > 200 THEN
		RAISE EXCEPTION 'at most 200 characters' USING ERRCODE = 'ZH422', COLUMN = 'name';
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('link ' || org || uid, 0));
	IF (SELECT count(*) FROM identity.link l WHERE l.organization_id = org AND l.user_id = uid
	    AND l.kind = create_link.kind) >= 50 THEN
		RAISE EXCEPTION 'at most 50 of them' USING ERRCODE = 'ZH422';
	END IF;
	INSERT INTO identity.link (kind, token_hash, organization_id, user_id, name, settings)
	VALUES (create_link.kind, create_link.token_hash, org, uid, create_link.name,
		identity.check_link(create_link.kind, create_link.settings)) RETURNING * INTO made;
	RETURN identity.link_json(made);
END $$;

-- One's own calendars; where messages come in is the organization's.
CREATE FUNCTION identity.list_links(kind text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT coalesce(jsonb_agg(identity.link_json(l) ORDER BY l.created_at, l.id), '[]')
	  FROM identity.link l
	 WHERE l.organization_id = nullif(current_setting('app.org_id', true), '')::uuid
	   AND l.kind = list_links.kind
	   AND (l.kind <> 'calendar' OR l.user_id = current_setting('app.user_id', true))
$$;

CREATE FUNCTION identity.delete_link(kind text, id text) RETURNS SETOF text
LANGUAGE sql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	DELETE FROM identity.link l
	 WHERE l.organization_id = nullif(current_setting('app.org_id', true), '')::uuid
	   AND l.kind = delete_link.kind AND l.id = delete_link.id
	   AND (l.kind <> 'calendar' OR l.user_id = current_setting('app.user_id', true))
	RETURNING identity.link_json(l)::text
$$;

-- Opens a transaction for who comes by a link, as identity.begin_request() does
-- for a session; app.link is what the link is for.
CREATE FUNCTION identity.begin_link(kind text, token_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	l identity.link;
	m identity.organization_member;
	ignored text;
BEGIN
	SELECT x.* INTO l FROM identity.link x
	 WHERE x.token_hash = begin_link.token_hash AND x.kind = begin_link.kind;
	SELECT x.* INTO m FROM identity.organization_member x
	  JOIN identity.organization o ON o.id = x.organization_id AND o.deleted_at IS NULL
		AND o.suspended_at IS NULL
	  JOIN identity."user" u ON u.id = x.user_id
		AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
	 WHERE x.organization_id = l.organization_id AND x.user_id = l.user_id AND NOT x.disabled;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such path' USING ERRCODE = 'ZH404';
	END IF;
	IF l.last_used_at IS NULL OR l.last_used_at < now() - interval '1 hour' THEN
		UPDATE identity.link x SET last_used_at = now() WHERE x.id = l.id;
	END IF;
	ignored := set_config('app.user_id', m.user_id, true);
	ignored := set_config('app.org_id', m.organization_id::text, true);
	ignored := set_config('app.role', m.acts_as, true);
	ignored := set_config('app.sales_id', m.sales_id::text, true);
	ignored := set_config('app.link', (identity.link_json(l) - 'last_used_at')::text, true);
END $$;

-- Calendars that others read

CREATE FUNCTION crm.ical_time(t timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT to_char(t AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') $$;

-- The entries of the link's calendar, as its owner may see them: from three months ago
-- on.  Moments are in UTC, days of a whole day are days where it takes place.
CREATE FUNCTION crm.calendar_feed()
RETURNS TABLE (kind text, uid text, stamp text, starts text, ends text, summary text,
	place text, about text, status text, done text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	link jsonb := current_setting('app.link');
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
	 WHERE a.starts_at > now() - interval '90 days' AND (link->>'view' = 'all' OR a.sales_id = me
		OR EXISTS (SELECT FROM crm.appointment_attendees t WHERE t.org_id = a.org_id
			AND t.appointment_id = a.id AND t.sales_id = me AND t.status <> 'declined'))
	   AND (NOT link ? 'resource' OR lower(a.resource) = lower(link->>'resource'))
	 ORDER BY a.starts_at, a.id;
	RETURN QUERY SELECT CASE link->>'tasks' WHEN 'event' THEN 'VEVENT' ELSE 'VTODO' END,
		'task-' || t.id, crm.ical_time(coalesce(t.done_date,
			timestamptz '2025-01-01Z' + make_interval(secs => (t.id >> 12) / 1000.0))),
		':' || crm.ical_time(t.due_date), ':' || crm.ical_time(t.due_date + interval '30 minutes'),
		coalesce(nullif(t.text, ''), t.type, '-'), NULL,
		nullif(concat_ws(' ', c.first_name, c.last_name), ''),
		CASE WHEN link->>'tasks' = 'event' THEN 'CONFIRMED'
			WHEN t.done_date IS NULL THEN 'NEEDS-ACTION' ELSE 'COMPLETED' END,
		CASE WHEN link->>'tasks' = 'todo' THEN crm.ical_time(t.done_date) END
	  FROM crm.tasks t JOIN crm.contacts c ON c.org_id = t.org_id AND c.id = t.contact_id
	 WHERE link->>'tasks' <> 'none' AND NOT link ? 'resource'
	   AND (link->>'view' = 'all' OR t.sales_id = me) AND isfinite(t.due_date)
	   AND t.due_date > now() - interval '90 days'
	   AND (t.done_date IS NULL OR isfinite(t.done_date))
	 ORDER BY t.due_date, t.id;
END $$;

-- Automations

-- crm.automations were documents that nothing ran.  They are rules by another name
-- now, told as that older design tells them: one engine, one log, one dry run.
ALTER TABLE crm.automation_rules ADD metadata jsonb NOT NULL DEFAULT '{}'
	CONSTRAINT automation_rules_metadata_check CHECK (jsonb_typeof(metadata) = 'object');
ALTER TABLE crm.automation_rules DISABLE TRIGGER complete;
ALTER TABLE crm.automation_rules NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.automations NO FORCE ROW LEVEL SECURITY;
-- What was never looked at may be wrong: it waits until somebody enables it, and is
-- looked at then.
INSERT INTO crm.automation_rules (org_id, id, name, enabled, trigger_type, trigger_config,
	action_type, action_config, created_at, metadata)
SELECT a.org_id, a.id, a.name, a.enabled AND (a.trigger_type, a.action_type) IN
	(('appointment.created', 'send_email'), ('deal.stale', 'create_task')), a.trigger_type,
	a.trigger, a.action_type, CASE a.action_type WHEN 'create_task'
		THEN '{"due_in_days": 1}' || a.action ELSE a.action END, a.created_at, a.metadata
  FROM crm.automations a;
ALTER TABLE crm.automation_rules ENABLE TRIGGER complete;
ALTER TABLE crm.automation_rules FORCE ROW LEVEL SECURITY;
DROP TABLE crm.automations;
CREATE VIEW crm.automations WITH (security_invoker) AS
SELECT r.org_id, r.id, r.name, r.enabled, r.trigger_type, r.trigger_config AS trigger,
	r.action_type, r.action_config AS action, r.metadata, r.created_at, r.updated_at
  FROM crm.automation_rules r;
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.automations TO tenantry_app;

-- As a rule sees an appointment: with its local times.
CREATE FUNCTION crm.automation_appointment(a crm.appointments) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT to_jsonb(a) - 'attendees' || jsonb_build_object(
		'starts_local', crm.local_text(a.starts_at, a.time_zone),
		'ends_local', crm.local_text(a.ends_at, a.time_zone))
$$;

-- Triggers that no write sets off, but time.
CREATE FUNCTION crm.automation_waits(trigger_type text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT trigger_type IN ('contact.idle', 'deal.stale', 'appointment.ended')
$$;

-- When one of those is due for a row.
CREATE FUNCTION crm.automation_due(rule crm.automation_rules, new jsonb) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
	SELECT (CASE rule.trigger_type WHEN 'contact.idle' THEN new->>'last_seen'
		WHEN 'deal.stale' THEN new->>'updated_at'
		ELSE new->>'ends_at' END)::timestamptz
		+ make_interval(days => (rule.trigger_config->>'days')::integer)
$$;

CREATE FUNCTION crm.check_automation_mail(resource text, config jsonb) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	fault text := CASE
	WHEN config->>'to' NOT IN ('contact', 'owner') THEN 'to must be contact or owner'
	WHEN config->>'language' NOT IN ('en', 'fr') THEN 'language must be en or fr'
	WHEN config->>'template' <> 'booking_confirmation' OR config ? 'template'
		AND resource <> 'appointments' THEN
		'template must be booking_confirmation, of an appointment'
	WHEN config ? 'template' AND config ?| '{subject,text}' THEN
		'a template has its own subject and text'
	WHEN char_length(config->>'subject') > 200 OR config->>'subject' !~ '\S' THEN
		'subject must have 1 to 200 characters' END;
BEGIN
	IF fault IS NOT NULL THEN
		PERFORM crm.refuse_automation('action_config', fault);
	ELSIF config ? 'subject' THEN
		PERFORM crm.check_automation_text(resource, config->>'subject');
	END IF;
END $$;

-- Whom a mail goes to, by the row that has the address.
CREATE FUNCTION crm.automation_recipient(org uuid, whom text, contact bigint, sale bigint)
RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	found jsonb;
BEGIN
	IF whom = 'owner' THEN
		SELECT jsonb_build_object('sales_id', s.id, 'address', s.email) INTO found
		  FROM crm.sales s WHERE s.org_id = org AND s.id = sale AND NOT s.disabled;
	ELSE
		SELECT jsonb_build_object('contact_id', c.id, 'address', c.email_jsonb->0->>'email',
			'name', coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), '-'))
		  INTO found FROM crm.contacts c
		 WHERE c.org_id = org AND c.id = contact AND c.email_jsonb->0->>'email' ~ '^[^@\s]+@[^@\s]+$';
	END IF;
	IF found IS NULL THEN
		RAISE EXCEPTION 'the % has no address', coalesce(whom, 'contact') USING ERRCODE = 'ZH422';
	END IF;
	RETURN found;
END $$;

-- Mails what a rule wants, to the contact or user that the effect names and nobody else:
-- it looks the address up by itself, and in an hour at most 200 of an organization.
CREATE FUNCTION ops.mail_by_rule(effect jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	whom jsonb := crm.automation_recipient(org, CASE WHEN effect ? 'sales_id' THEN 'owner'
		ELSE 'contact' END, (effect->>'contact_id')::bigint, (effect->>'sales_id')::bigint);
	organization text := (SELECT o.name FROM identity.organization o WHERE o.id = org);
BEGIN
	IF NOT identity.counts(format('rule mail %s %s', org,
	    to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDDHH24')), 200, 7200) THEN
		RAISE EXCEPTION 'rules have sent 200 mails within the hour' USING ERRCODE = 'ZH429';
	END IF;
	IF effect->>'template' = 'booking_confirmation' THEN
		PERFORM ops.send_mail('booking-confirmation', whom->>'address',
			coalesce(effect->>'language', 'en'), jsonb_build_object(
			'name', left(coalesce(whom->>'name', '-'), 200), 'title', left(effect->>'title', 200),
			'moment', effect->>'moment', 'zone', effect->>'zone',
			'place', left(effect->>'place', 200), 'organization', organization));
	ELSE
		PERFORM ops.send_mail('message', whom->>'address', coalesce(effect->>'language', 'en'),
			jsonb_build_object('subject', left(effect->>'subject', 500),
			'text', left(effect->>'text', 10000), 'organization', organization));
	END IF;
END $$;

-- As in 023, and what appointments and time may set off.

CREATE OR REPLACE FUNCTION crm.automation_field(resource text, field text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
	WHEN resource = 'contacts' THEN CASE
		WHEN field IN ('first_name', 'last_name', 'gender', 'title', 'background', 'status',
			'linkedin_url', 'email_fts', 'phone_fts') THEN 'text'
		WHEN field IN ('company_id', 'sales_id') THEN 'number'
		WHEN field = 'tags' THEN 'numbers'
		WHEN field = 'has_newsletter' THEN 'boolean'
		WHEN field IN ('first_seen', 'last_seen') THEN 'time' END
	WHEN resource = 'deals' THEN CASE
		WHEN field IN ('name', 'category', 'stage', 'description') THEN 'text'
		WHEN field IN ('amount', 'company_id', 'sales_id') THEN 'number'
		WHEN field = 'contact_ids' THEN 'numbers'
		WHEN field = 'expected_closing_date' THEN 'date'
		WHEN field IN ('created_at', 'archived_at') THEN 'time' END
	WHEN resource = 'appointments' THEN CASE
		WHEN field IN ('title', 'location', 'resource', 'status', 'notes') THEN 'text'
		WHEN field IN ('contact_id', 'sales_id') THEN 'number'
		WHEN field = 'all_day' THEN 'boolean'
		WHEN field IN ('starts_at', 'ends_at', 'created_at') THEN 'time' END
	END
$$;

CREATE OR REPLACE FUNCTION crm.automation_quotable(resource text, field text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(CASE resource
	WHEN 'contacts' THEN field IN ('first_name', 'last_name', 'title', 'status')
	WHEN 'deals' THEN field IN ('name', 'category', 'stage', 'amount',
		'expected_closing_date')
	WHEN 'appointments' THEN field IN ('title', 'location', 'resource', 'status', 'starts_local',
		'ends_local', 'time_zone') END, false)
$$;

CREATE OR REPLACE FUNCTION crm.automation_resource(trigger_type text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
	WHEN trigger_type IN ('contact.created', 'contact.updated', 'contact.status_changed',
		'contact.tag_added', 'contact.idle') THEN 'contacts'
	WHEN trigger_type IN ('deal.created', 'deal.updated', 'deal.stage_changed',
		'deal.amount_above', 'deal.stale') THEN 'deals'
	WHEN trigger_type IN ('appointment.created', 'appointment.confirmed',
		'appointment.canceled', 'appointment.ended') THEN 'appointments' END
$$;

CREATE OR REPLACE FUNCTION crm.check_automation_trigger(rule crm.automation_rules) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	resource text := crm.automation_resource(rule.trigger_type);
	c jsonb;
	name text;
	n integer := 0;
BEGIN
	IF resource IS NULL THEN
		PERFORM crm.refuse_automation('trigger_type', 'must be contact.created, contact.updated, '
			'contact.status_changed, contact.tag_added, contact.idle, deal.created, '
			'deal.updated, deal.stage_changed, deal.amount_above, deal.stale, '
			'appointment.created, appointment.confirmed, appointment.canceled or '
			'appointment.ended');
	END IF;
	PERFORM crm.check_automation_members('trigger_config', rule.trigger_config,
		CASE rule.trigger_type
		WHEN 'contact.status_changed' THEN '{"from": "string", "to": "string"}'::jsonb
		WHEN 'deal.stage_changed' THEN '{"from": "string", "to": "string"}'
		WHEN 'contact.tag_added' THEN '{"tag_id": "number"}'
		WHEN 'deal.amount_above' THEN '{"amount": "number"}'
		WHEN 'contact.idle' THEN '{"days": "number"}'
		WHEN 'deal.stale' THEN '{"days": "number"}'
		WHEN 'appointment.ended' THEN '{"days": "number"}'
		ELSE '{}' END || '{"conditions": "array"}',
		CASE WHEN rule.trigger_type = 'deal.amount_above' THEN '{amount}'::text[]
			WHEN crm.automation_waits(rule.trigger_type) THEN '{days}' ELSE '{}' END);
	IF rule.trigger_config ? 'amount'
	    AND NOT crm.automation_value_fits('number', rule.trigger_config->'amount') THEN
		PERFORM crm.refuse_automation('trigger_config', 'amount must be a whole number');
	END IF;
	IF rule.trigger_config ? 'days' AND NOT coalesce(rule.trigger_config->>'days' ~ '^[0-9]{1,3}$'
	    AND (rule.trigger_config->>'days')::integer BETWEEN 1 AND 365, false) THEN
		PERFORM crm.refuse_automation('trigger_config', 'days must be a whole number from 1 to 365');
	END IF;
	FOREACH name IN ARRAY CASE rule.trigger_type
	    WHEN 'deal.stage_changed' THEN '{from,to}'::text[]
	    WHEN 'contact.tag_added' THEN '{tag_id}' ELSE '{}' END LOOP
		IF rule.trigger_config ? name THEN
			PERFORM crm.check_automation_target(rule.org_id, 'trigger_config', name,
				rule.trigger_config->name);
		END IF;
	END LOOP;
	IF jsonb_array_length(rule.trigger_config->'conditions') > 20 THEN
		PERFORM crm.refuse_automation('trigger_config', 'at most 20 conditions');
	END IF;
	FOR c IN SELECT jsonb_array_elements(rule.trigger_config->'conditions') LOOP
		n := n + 1;
		PERFORM crm.check_automation_condition(format('condition %s', n), resource, c);
	END LOOP;
END $$;

CREATE OR REPLACE FUNCTION crm.check_automation_action(rule crm.automation_rules) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	resource text := crm.automation_resource(rule.trigger_type);
	config jsonb := rule.action_config;
	name text;
BEGIN
	IF rule.action_type IS NULL OR rule.action_type NOT IN ('set_field', 'assign_owner',
	    'create_task', 'create_note', 'add_tag', 'remove_tag', 'move_to_stage', 'send_email')
	    OR rule.action_type IN ('set_field', 'assign_owner') AND resource = 'appointments'
	    OR rule.action_type IN ('add_tag', 'remove_tag') AND resource <> 'contacts'
	    OR rule.action_type = 'move_to_stage' AND resource <> 'deals' THEN
		PERFORM crm.refuse_automation('action_type', 'must be set_field, assign_owner (both of '
			'contacts and deals), create_task, create_note or send_email, for contacts also '
			'add_tag or remove_tag, for deals also move_to_stage');
	END IF;
	PERFORM crm.check_automation_members('action_config', config, CASE rule.action_type
		WHEN 'set_field' THEN '{"field": "string", "value": "any"}'::jsonb
		WHEN 'assign_owner' THEN '{"sales_id": "number"}'
		WHEN 'create_task' THEN '{"text": "string", "type": "string", "due_in_days": "number",
			"sales_id": "number"}'
		WHEN 'create_note' THEN '{"text": "string"}'
		WHEN 'move_to_stage' THEN '{"stage": "string"}'
		WHEN 'send_email' THEN '{"to": "string", "template": "string", "subject": "string",
			"text": "string", "language": "string"}'
		ELSE '{"tag_id": "number"}' END, CASE rule.action_type
		WHEN 'set_field' THEN '{field,value}'::text[]
		WHEN 'assign_owner' THEN '{sales_id}'
		WHEN 'create_task' THEN '{text,due_in_days}'
		WHEN 'create_note' THEN '{text}'
		WHEN 'move_to_stage' THEN '{stage}'
		WHEN 'send_email' THEN CASE WHEN config ? 'template' THEN '{}'::text[] ELSE '{subject,text}' END
		ELSE '{tag_id}' END);
	IF rule.action_type = 'send_email' THEN
		PERFORM crm.check_automation_mail(resource, config);
	ELSIF rule.action_type = 'set_field' THEN
		PERFORM crm.check_automation_field(resource, config->>'field', config->'value');
	END IF;
	IF config ? 'text' THEN
		PERFORM crm.check_automation_text(resource, config->>'text');
	END IF;
	IF char_length(config->>'type') > 500 THEN
		PERFORM crm.refuse_automation('action_config', 'type must have at most 500 characters');
	END IF;
	IF config ? 'due_in_days' AND config->>'due_in_days' !~ '^[0-9]{1,3}$' THEN
		PERFORM crm.refuse_automation('action_config',
			'due_in_days must be a whole number from 0 to 999');
	END IF;
	FOREACH name IN ARRAY '{tag_id,sales_id,stage}'::text[] LOOP
		IF config ? name THEN
			PERFORM crm.check_automation_target(rule.org_id, 'action_config', name,
				config->name);
		END IF;
	END LOOP;
END $$;

CREATE OR REPLACE FUNCTION crm.automation_events(resource text, old jsonb, new jsonb) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT CASE resource
	WHEN 'contacts' THEN array_remove(ARRAY[
		CASE WHEN old IS NULL THEN 'contact.created' END,
		CASE WHEN old - '{last_seen,avatar}'::text[] <> new - '{last_seen,avatar}'::text[]
			THEN 'contact.updated' END,
		CASE WHEN old->'status' <> new->'status' THEN 'contact.status_changed' END,
		CASE WHEN NOT coalesce(old->'tags', '[]') @> (new->'tags')
			THEN 'contact.tag_added' END], NULL)
	WHEN 'appointments' THEN array_remove(ARRAY[
		CASE WHEN old IS NULL THEN 'appointment.created' END,
		CASE WHEN new->>'status' = 'confirmed' AND old->'status' IS DISTINCT FROM new->'status'
			THEN 'appointment.confirmed' END,
		CASE WHEN new->>'status' = 'canceled' AND old->'status' IS DISTINCT FROM new->'status'
			THEN 'appointment.canceled' END], NULL)
	ELSE array_remove(ARRAY[
		CASE WHEN old IS NULL THEN 'deal.created' END,
		CASE WHEN old - '{index,updated_at}'::text[] <> new - '{index,updated_at}'::text[]
			THEN 'deal.updated' END,
		CASE WHEN old->'stage' <> new->'stage' THEN 'deal.stage_changed' END,
		CASE WHEN old IS NULL OR old->'amount' < new->'amount'
			THEN 'deal.amount_above' END], NULL)
	END
$$;

CREATE OR REPLACE FUNCTION crm.automation_effect(rule crm.automation_rules, resource text, new jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	config jsonb := rule.action_config;
	effect jsonb := jsonb_build_object('action', rule.action_type);
	contact bigint := CASE resource WHEN 'contacts' THEN (new->>'id')::bigint
		WHEN 'appointments' THEN (new->>'contact_id')::bigint END;
	name text;
BEGIN
	-- Tags go, users are disabled and stages renamed after a rule was written.
	FOREACH name IN ARRAY '{tag_id,sales_id,stage}'::text[] LOOP
		IF config ? name AND rule.action_type <> 'remove_tag' THEN
			PERFORM crm.check_automation_target(rule.org_id, 'action_config', name,
				config->name);
		END IF;
	END LOOP;
	IF rule.action_type IN ('create_task', 'send_email') AND resource = 'deals' THEN
		-- The first of the deal's contacts that is still there.
		SELECT c.id INTO contact
		  FROM jsonb_array_elements_text(new->'contact_ids') WITH ORDINALITY AS x (v, n)
		  JOIN crm.contacts c ON c.org_id = rule.org_id AND c.id = x.v::bigint
		 ORDER BY x.n LIMIT 1;
	END IF;
	IF contact IS NULL AND (rule.action_type = 'create_task' OR resource = 'appointments'
		AND rule.action_type = 'create_note' OR rule.action_type = 'send_email'
		AND config->>'to' IS DISTINCT FROM 'owner') THEN
		RAISE EXCEPTION 'the % has no contact', rtrim(resource, 's') USING ERRCODE = 'ZH422';
	END IF;
	IF config ? 'subject' THEN
		config := jsonb_set(config, '{subject}',
			to_jsonb(crm.automation_text(config->>'subject', new)));
	END IF;
	IF config ? 'text' THEN
		config := jsonb_set(config, '{text}', to_jsonb(crm.automation_text(config->>'text', new)));
	END IF;
	IF rule.action_type = 'create_task' THEN
		RETURN effect || (config - 'due_in_days') || jsonb_build_object('contact_id', contact,
			'due_date', now() + make_interval(days => (config->>'due_in_days')::integer));
	END IF;
	IF rule.action_type = 'send_email' THEN
		RETURN effect || config || crm.automation_recipient(rule.org_id, config->>'to', contact,
			(new->>'sales_id')::bigint) || CASE WHEN config ? 'template' THEN
			jsonb_build_object('title', new->'title', 'moment', replace(left(new->>'starts_local',
				16), 'T', ' '), 'zone', new->'time_zone', 'place',
				coalesce(new->>'location', new->>'resource', '-')) ELSE '{}' END;
	ELSIF resource = 'appointments' THEN
		RETURN effect || config || jsonb_build_object('contact_id', contact);
	END IF;
	RETURN effect || config;
END $$;

CREATE OR REPLACE FUNCTION crm.apply_automation(org uuid, resource text, row_id bigint, effect jsonb)
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	IF effect->>'action' = 'create_task' THEN
		INSERT INTO crm.tasks (org_id, contact_id, type, text, due_date, sales_id)
		VALUES (org, (effect->>'contact_id')::bigint, effect->>'type', effect->>'text',
			(effect->>'due_date')::timestamptz, (effect->>'sales_id')::bigint);
		RETURN true;
	END IF;
	IF effect->>'action' = 'send_email' THEN
		PERFORM ops.mail_by_rule(effect);
		RETURN true;
	ELSIF resource = 'appointments' THEN
		RETURN crm.apply_automation_to_contact(org, (effect->>'contact_id')::bigint, effect);
	END IF;
	RETURN CASE resource
		WHEN 'contacts' THEN crm.apply_automation_to_contact(org, row_id, effect)
		ELSE crm.apply_automation_to_deal(org, row_id, effect) END;
END $$;

CREATE OR REPLACE FUNCTION crm.dry_run_automation_rule(rule_id bigint, request jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	changes jsonb := coalesce(request->'changes', '{}');
	rule crm.automation_rules;
	resource text;
	old jsonb;
	new jsonb;
	held boolean[];
	matched boolean;
	effect jsonb;
	fault text;
	name text;
BEGIN
	IF rule_id IS NULL THEN
		rule := jsonb_populate_record(NULL::crm.automation_rules, jsonb_build_object(
			'trigger_config', '{}'::jsonb, 'action_config', '{}'::jsonb) || (request->'rule'));
		rule.org_id := org;
		PERFORM crm.check_automation_trigger(rule), crm.check_automation_action(rule);
	ELSE
		SELECT * INTO rule FROM crm.automation_rules r
		 WHERE r.org_id = org AND r.id = dry_run_automation_rule.rule_id;
		IF NOT FOUND THEN
			RETURN NULL;
		END IF;
	END IF;
	resource := crm.automation_resource(rule.trigger_type);
	IF resource IS DISTINCT FROM request->>'resource' THEN
		PERFORM crm.refuse_automation('resource', format('the rule is about %s', resource));
	ELSIF request->>'id' IS NULL THEN
		PERFORM crm.refuse_automation('id', 'is required');
	END IF;
	IF resource = 'contacts' THEN
		SELECT to_jsonb(c) INTO old FROM crm.contacts c
		 WHERE c.org_id = org AND c.id = (request->>'id')::bigint;
	ELSIF resource = 'appointments' THEN
		SELECT crm.automation_appointment(a) INTO old FROM crm.appointments a
		 WHERE a.org_id = org AND a.id = (request->>'id')::bigint;
	ELSE
		SELECT to_jsonb(d) INTO old FROM crm.deals d
		 WHERE d.org_id = org AND d.id = (request->>'id')::bigint;
	END IF;
	IF old IS NULL THEN
		RETURN NULL;
	END IF;
	FOR name IN SELECT jsonb_object_keys(changes) LOOP
		IF crm.automation_field(resource, name) IS NULL THEN
			PERFORM crm.refuse_automation('changes', format('%s have no field %s', resource,
				left(name, 50)));
		ELSIF changes->name <> 'null' AND NOT crm.automation_value_fits(
		    crm.automation_field(resource, name), changes->name) THEN
			PERFORM crm.refuse_automation('changes', format('%s cannot be that', name));
		END IF;
	END LOOP;
	new := old || changes;
	IF rule.trigger_type IN ('contact.created', 'deal.created', 'appointment.created') THEN
		old := NULL;
	END IF;
	held := ARRAY(SELECT crm.automation_holds(resource, c, old, new)
		FROM jsonb_array_elements(rule.trigger_config->'conditions') WITH ORDINALITY AS x (c, n)
		ORDER BY n);
	matched := CASE WHEN crm.automation_waits(rule.trigger_type)
		THEN coalesce(crm.automation_due(rule, new) <= now(), false)
		ELSE rule.trigger_type = ANY (crm.automation_events(resource, old, new))
			AND crm.automation_awaits(rule, old, new) END;
	IF matched AND true = ALL (held) THEN
		BEGIN
			effect := crm.automation_effect(rule, resource, new);
		EXCEPTION WHEN SQLSTATE 'ZH422' THEN
			fault := SQLERRM;
		END;
	END IF;
	RETURN jsonb_build_object('matches', matched AND true = ALL (held), 'event', matched,
		'conditions', to_jsonb(held), 'effect', effect, 'error', fault);
END $$;

CREATE FUNCTION crm.evaluate_automation_rules_on_appointment() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM crm.automation_rules r
	    WHERE r.org_id = NEW.org_id AND r.enabled AND r.trigger_type IN ('appointment.created',
		'appointment.confirmed', 'appointment.canceled'))
	    AND current_setting('app.restoring', true) IS DISTINCT FROM 'on' THEN
		PERFORM crm.run_automation_rules(NEW.org_id, 'appointments', NEW.id,
			CASE TG_OP WHEN 'UPDATE' THEN crm.automation_appointment(OLD) END,
			crm.automation_appointment(NEW));
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER automation AFTER INSERT OR UPDATE ON crm.appointments
	FOR EACH ROW EXECUTE FUNCTION crm.evaluate_automation_rules_on_appointment();

-- Up to when each rule that waits has looked.  It begins when the rule does: what was
-- due before is left alone.  So no row is met twice, and nothing need be marked.
CREATE TABLE ops.automation_clock (
	org_id    uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	rule_id   bigint NOT NULL,
	ran_until timestamptz NOT NULL DEFAULT now(),
	looked_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, rule_id)
);
CREATE INDEX automation_clock_looked_at ON ops.automation_clock (looked_at);

CREATE FUNCTION crm.set_automation_clock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' OR NOT (NEW.enabled AND crm.automation_waits(NEW.trigger_type)) THEN
		DELETE FROM ops.automation_clock c
		 WHERE c.org_id = coalesce(NEW.org_id, OLD.org_id) AND c.rule_id = coalesce(NEW.id, OLD.id);
	ELSIF TG_OP = 'INSERT' OR (OLD.enabled, OLD.trigger_type, OLD.trigger_config->'days')
	    IS DISTINCT FROM (NEW.enabled, NEW.trigger_type, NEW.trigger_config->'days') THEN
		INSERT INTO ops.automation_clock AS c (org_id, rule_id) VALUES (NEW.org_id, NEW.id)
		ON CONFLICT ON CONSTRAINT automation_clock_pkey DO UPDATE SET ran_until = now();
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER clock AFTER INSERT OR UPDATE OR DELETE ON crm.automation_rules
	FOR EACH ROW EXECUTE FUNCTION crm.set_automation_clock();

-- Takes the rule that has not looked for longest, and acts as who wrote it, or as an
-- owner where they have gone.  False when none has to look.
CREATE FUNCTION identity.begin_waiting_rule(pause interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	clock ops.automation_clock;
	m identity.organization_member;
	ignored text := set_config('app.rule_id', '', true);
BEGIN
	SELECT c.* INTO clock FROM ops.automation_clock c WHERE c.looked_at <= now() - pause
	 ORDER BY c.looked_at LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE ops.automation_clock c SET looked_at = now()
	 WHERE c.org_id = clock.org_id AND c.rule_id = clock.rule_id;
	ignored := set_config('app.org_id', clock.org_id::text, true);
	SELECT x.* INTO m FROM identity.organization_member x
	  JOIN identity.organization o ON o.id = x.organization_id AND o.deleted_at IS NULL
		AND o.suspended_at IS NULL
	  JOIN identity."user" u ON u.id = x.user_id
		AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
	 WHERE x.organization_id = clock.org_id AND NOT x.disabled
	   AND x.acts_as IN ('owner', 'admin')
	 ORDER BY x.sales_id IS NOT DISTINCT FROM (SELECT r.sales_id FROM crm.automation_rules r
		WHERE r.org_id = clock.org_id AND r.id = clock.rule_id) DESC, x.acts_as DESC, x.id LIMIT 1;
	IF NOT FOUND THEN
		RETURN true;
	END IF;
	ignored := set_config('app.user_id', m.user_id, true);
	ignored := set_config('app.role', m.acts_as, true);
	ignored := set_config('app.sales_id', m.sales_id::text, true);
	ignored := set_config('app.rule_id', clock.rule_id::text, true);
	ignored := set_config('app.rule_from', clock.ran_until::text, true);
	ignored := set_config('app.rule_until', now()::text, true);
	RETURN true;
END $$;

-- Rows that fell due within that time, the first so many with all of the last moment.
CREATE FUNCTION crm.rows_due(rule crm.automation_rules, since timestamptz, until timestamptz,
	batch integer) RETURNS TABLE (due timestamptz, new jsonb)
LANGUAGE sql STABLE AS $$
	SELECT x.at + pause, x.new FROM (SELECT make_interval(days =>
		(rule.trigger_config->>'days')::integer) AS pause) p, LATERAL (
		SELECT c.last_seen AS at, to_jsonb(c) AS new FROM crm.contacts c
		 WHERE rule.trigger_type = 'contact.idle' AND c.last_seen > since - pause
		   AND c.last_seen <= until - pause
		UNION ALL
		SELECT d.updated_at, to_jsonb(d) FROM crm.deals d
		 WHERE rule.trigger_type = 'deal.stale' AND d.updated_at > since - pause
		   AND d.updated_at <= until - pause AND d.archived_at IS NULL
		   AND d.stage NOT IN ('won', 'lost')
		UNION ALL
		SELECT a.ends_at, crm.automation_appointment(a) FROM crm.appointments a
		 WHERE rule.trigger_type = 'appointment.ended' AND a.ends_at > since - pause
		   AND a.ends_at <= until - pause AND a.starts_at <= until - pause
		   AND a.starts_at > since - pause - interval '32 days'
		   AND a.status NOT IN ('canceled', 'no_show')) x
	 ORDER BY 1 FETCH FIRST batch ROWS WITH TIES
$$;

-- Runs the rule that was begun, row by row: one that fails is logged and the others go
-- on.  Returns how many rows there were.
CREATE FUNCTION crm.run_waiting_rule(batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	resource text;
	rule crm.automation_rules;
	one record;
	effect jsonb;
	result text;
	fault text;
	n integer := 0;
BEGIN
	SELECT r.* INTO rule FROM crm.automation_rules r
	 WHERE r.org_id = org AND r.id = nullif(current_setting('app.rule_id', true), '')::bigint;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	resource := crm.automation_resource(rule.trigger_type);
	FOR one IN SELECT d.due, d.new FROM crm.rows_due(rule,
	    current_setting('app.rule_from')::timestamptz,
	    current_setting('app.rule_until')::timestamptz, batch) d ORDER BY d.due LOOP
		n := n + 1;
		IF n >= batch THEN
			PERFORM set_config('app.rule_until', one.due::text, true);
		END IF;
		CONTINUE WHEN NOT crm.automation_matches(rule, resource, one.new, one.new);
		effect := NULL;
		fault := NULL;
		BEGIN
			effect := crm.automation_effect(rule, resource, one.new);
			PERFORM set_config('app.automation_depth', '1', true),
				set_config('app.automation_runs', '1', true);
			result := CASE WHEN crm.apply_automation(org, resource, (one.new->>'id')::bigint, effect)
				THEN 'done' ELSE 'unchanged' END;
		EXCEPTION WHEN OTHERS THEN
			result := 'failed';
			fault := SQLERRM;
		END;
		PERFORM set_config('app.automation_depth', '', true);
		INSERT INTO crm.automation_runs (org_id, rule_id, resource, row_id, sales_id, depth,
			outcome, effect, error)
		VALUES (org, rule.id, resource, (one.new->>'id')::bigint, crm.own_sales_id(org), 1, result,
			effect, fault);
	END LOOP;
	RETURN n;
END $$;

-- It has looked as far as that; in the transaction of what it did.
CREATE FUNCTION ops.end_waiting_rule() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.automation_clock c
	   SET ran_until = greatest(c.ran_until, current_setting('app.rule_until', true)::timestamptz)
	 WHERE c.org_id = nullif(current_setting('app.org_id', true), '')::uuid
	   AND c.rule_id = nullif(current_setting('app.rule_id', true), '')::bigint
$$;

GRANT EXECUTE ON FUNCTION
	crm.automation_appointment(crm.appointments),
	crm.automation_waits(text),
	crm.automation_due(crm.automation_rules, jsonb),
	crm.check_automation_mail(text, jsonb),
	crm.automation_recipient(uuid, text, bigint, bigint),
	crm.rows_due(crm.automation_rules, timestamptz, timestamptz, integer),
	crm.run_waiting_rule(integer),
	ops.mail_by_rule(jsonb),
	ops.end_waiting_rule(),
	identity.begin_waiting_rule(interval),
	crm.message_channels(),
	crm.phone_key(text),
	crm.receive_message(jsonb, boolean),
	identity.create_link(text, bytea, text, jsonb),
	identity.list_links(text),
	identity.delete_link(text, text),
	identity.begin_link(text, bytea),
	crm.ical_time(timestamptz),
	crm.calendar_feed(),
	crm.is_time_zone(text),
	crm.check_time_zone(text),
	crm.own_time_zone(),
	crm.local_text(timestamptz, text),
	crm.local_instant(text, text, text),
	crm.attendees_of(uuid, bigint),
	crm.refuse_attendee(bigint, text),
	crm.check_attendees(jsonb),
	crm.write_attendees(uuid, bigint, jsonb),
	crm.appointment_conflicts(bigint, timestamptz, timestamptz, bigint[], bigint[], text[], text),
	crm.find_conflicts(bigint, timestamptz, timestamptz, bigint, bigint, text, text),
	crm.conflicts_of(crm.appointments),
	crm.appointment_reminders(crm.appointments),
	ops.set_reminders(text, bigint, timestamptz[]),
	ops.send_reminders(integer, text),
	crm.parse_rrule(text),
	crm.rrule_days(text, text[], integer[], date, integer),
	crm.next_of_rrule(text, timestamp, timestamp, text),
	crm.continue_task(crm.tasks),
	crm.snooze_task(bigint, timestamptz, bigint)
	TO tenantry_app;
