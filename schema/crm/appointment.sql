-- Appointments, their attendees and conflicts.
-- needs: crm/time_zone.sql

-- Returns the attendees of an appointment in the format of the API.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.attendees_of(org uuid, appointment bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('contact_id', t.contact_id,
		'sales_id', t.sales_id, 'email', t.email, 'name', t.name)) ||
		jsonb_build_object('status', t.status) ORDER BY t.place), '[]')
	  FROM crm.appointment_attendees t
	 WHERE t.org_id = org AND t.appointment_id = appointment
$$;

-- Refuses invalid attendees. The refusal names the member by its path, such as attendees.0.email. Workers have already
-- checked the types of members, and refused unknown members.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_attendees(attendees jsonb) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	one jsonb;
	n bigint;
	key text;
BEGIN
	IF jsonb_typeof(attendees) <> 'array' OR jsonb_array_length(attendees) > 200 THEN
		PERFORM ops.refuse('too_many_attendees', 'attendees');
	END IF;
	FOR one, n IN SELECT e.value, e.place - 1 FROM jsonb_array_elements(attendees) WITH ORDINALITY e (value, place) LOOP
		IF jsonb_typeof(one) <> 'object' THEN
			PERFORM ops.refuse('not_an_object', 'attendees.' || n);
		END IF;
		one := jsonb_strip_nulls(one);
		FOR key IN SELECT k FROM jsonb_object_keys(one) k LOOP
			IF key NOT IN ('contact_id', 'sales_id', 'email', 'name', 'status') THEN
				PERFORM ops.refuse('unknown_property', format('attendees.%s.%s', n, key),
					crm.nearest_list(key, ARRAY['contact_id', 'sales_id', 'email', 'name', 'status']));
			ELSIF key IN ('contact_id', 'sales_id') AND (one->key)::text !~ '^[0-9]{1,16}$' THEN
				PERFORM ops.refuse('wrong_type', format('attendees.%s.%s', n, key), 'a whole number');
			ELSIF key IN ('email', 'name', 'status') AND jsonb_typeof(one->key) <> 'string' THEN
				PERFORM ops.refuse('wrong_type', format('attendees.%s.%s', n, key), 'text');
			END IF;
		END LOOP;
		IF (one ? 'contact_id')::int + (one ? 'sales_id')::int + (one ? 'email')::int <> 1 THEN
			PERFORM ops.refuse('attendee_identity', 'attendees.' || n);
		END IF;
	END LOOP;
	IF EXISTS (SELECT FROM jsonb_array_elements(attendees) x GROUP BY x->'contact_id',
	    x->'sales_id', lower(x->>'email') HAVING count(*) > 1) THEN
		PERFORM ops.refuse('attendee_twice', 'attendees');
	END IF;
END $$;

-- Replaces the attendees of an appointment. An attendee without a status keeps the previous status.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.write_attendees(org uuid, appointment bigint, attendees jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	was boolean := ops.purging(org);
	before crm.appointment_attendees[];
	wrong record;
BEGIN
	PERFORM crm.check_attendees(attendees);
	before := ARRAY(SELECT t FROM crm.appointment_attendees t
		WHERE t.org_id = org AND t.appointment_id = appointment);
	-- Clears the attendees without moving them to the trash.
	PERFORM ops.set_purging(org);
	DELETE FROM crm.appointment_attendees t WHERE t.org_id = org AND t.appointment_id = appointment;
	PERFORM ops.set_purging(CASE WHEN was THEN org END);
	-- Accepts an invalid address that the appointment already had.
	FOR wrong IN SELECT x.n - 1 AS place, x.one->>'email' AS email FROM jsonb_array_elements(attendees) WITH ORDINALITY x (one, n)
	 WHERE NOT crm.is_address(x.one->>'email')
	   AND NOT EXISTS (SELECT FROM unnest(before) b WHERE b.email = x.one->>'email') LOOP
		PERFORM ops.refuse('not_an_email_address', format('attendees.%s.email', wrong.place), left(wrong.email, 100));
	END LOOP;
	-- Refuses hidden rows, as crm.refuse_hidden_reference() does.
	FOR wrong IN SELECT x.n - 1 AS place, CASE WHEN x.one->>'contact_id' IS NULL THEN 'sales_id' ELSE 'contact_id' END AS member
	  FROM jsonb_array_elements(attendees) WITH ORDINALITY x (one, n)
	 WHERE x.one->>'sales_id' IS NOT NULL AND NOT EXISTS (SELECT FROM crm.sales s WHERE s.org_id = org AND s.id = (x.one->>'sales_id')::bigint)
	    OR x.one->>'contact_id' IS NOT NULL AND NOT EXISTS (SELECT FROM unnest(before) b WHERE b.contact_id = (x.one->>'contact_id')::bigint)
	   AND (NOT EXISTS (SELECT FROM crm.contacts c WHERE c.org_id = org AND c.id = (x.one->>'contact_id')::bigint)
	    OR current_setting('app.grants', true) NOT IN ('', '*') AND NOT crm.sees_contact((x.one->>'contact_id')::bigint)) LOOP
		RAISE EXCEPTION 'no such row' USING ERRCODE = 'foreign_key_violation', COLUMN = format('attendees.%s.%s', wrong.place, wrong.member);
	END LOOP;
	INSERT INTO crm.appointment_attendees (org_id, appointment_id, place, contact_id, sales_id,
		email, name, status)
	SELECT org, appointment, x.n, (x.one->>'contact_id')::bigint, (x.one->>'sales_id')::bigint,
		x.one->>'email', x.one->>'name', coalesce(x.one->>'status', (SELECT b.status
			FROM unnest(before) b WHERE b.contact_id = (x.one->>'contact_id')::bigint
			OR b.sales_id = (x.one->>'sales_id')::bigint
			OR lower(b.email) = lower(x.one->>'email') LIMIT 1), 'needs_action')
	  FROM jsonb_array_elements(attendees) WITH ORDINALITY x (one, n);
END $$;

CREATE OR REPLACE FUNCTION crm.complete_appointment() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	zone text := NEW.time_zone;
	changed boolean := TG_OP = 'INSERT';
	was jsonb;
BEGIN
	IF ops.mode('restoring') THEN
		RETURN NEW;
	END IF;
	IF current_setting('app.fixed', true) <> '' AND NOT changed THEN
		was := jsonb_build_object('attendees', crm.attendees_of(OLD.org_id, OLD.id),
			'starts_local', crm.local_text(OLD.starts_at, OLD.time_zone),
			'ends_local', crm.local_text(OLD.ends_at, OLD.time_zone));
		PERFORM ops.refuse_fixed('appointments', was, was || jsonb_strip_nulls(jsonb_build_object(
			'starts_local', NEW.starts_local, 'ends_local', NEW.ends_local))
			|| CASE WHEN NEW.attendees IS NULL THEN '{}' ELSE jsonb_build_object('attendees', NEW.attendees) END);
	END IF;
	IF changed OR zone <> OLD.time_zone THEN
		PERFORM crm.check_time_zone(zone);
	END IF;
	-- Clients send whole rows, so a value that equals the stored value is not a change.
	IF NEW.starts_local IS NOT NULL AND (changed
	    OR NEW.starts_local <> crm.local_text(OLD.starts_at, OLD.time_zone)) THEN
		NEW.starts_at := crm.zoned_instant('starts_local', NEW.starts_local, zone, NEW.all_day);
	END IF;
	IF NEW.ends_local IS NOT NULL AND (changed
	    OR NEW.ends_local <> crm.local_text(OLD.ends_at, OLD.time_zone)) THEN
		NEW.ends_at := crm.zoned_instant('ends_local', NEW.ends_local, zone, NEW.all_day);
	END IF;
	NEW.starts_local := NULL;
	NEW.ends_local := NULL;
	IF NEW.all_day THEN
		-- All-day appointments are dates, not points in time, so they keep their days in a different time zone.
		IF NOT changed AND zone <> OLD.time_zone AND OLD.all_day AND NEW.starts_at = OLD.starts_at THEN
			NEW.starts_at := crm.instant_of(OLD.starts_at AT TIME ZONE OLD.time_zone, zone);
		END IF;
		IF NOT changed AND zone <> OLD.time_zone AND OLD.all_day AND NEW.ends_at = OLD.ends_at THEN
			NEW.ends_at := crm.instant_of(OLD.ends_at AT TIME ZONE OLD.time_zone, zone);
		END IF;
		NEW.starts_at := crm.day_begin(NEW.starts_at, zone);
		IF NEW.ends_at IS NULL OR crm.day_begin(NEW.ends_at, zone) <> NEW.ends_at
		    OR NEW.ends_at = NEW.starts_at THEN
			NEW.ends_at := crm.instant_of(date_trunc('day', coalesce(NEW.ends_at, NEW.starts_at) AT TIME ZONE zone)
				+ interval '1 day', zone);
		END IF;
	END IF;
	IF NOT (isfinite(NEW.starts_at) AND isfinite(NEW.ends_at)) THEN
		PERFORM ops.refuse('not_a_moment', 'starts_at');
	-- The search for conflicts relies on this maximum.
	ELSIF NEW.ends_at <= NEW.starts_at OR NEW.ends_at - NEW.starts_at >= interval '32 days' THEN
		PERFORM ops.refuse('appointment_length', 'ends_at');
	END IF;
	IF cardinality(NEW.reminders) > 5 OR EXISTS (SELECT FROM unnest(NEW.reminders) m
	    WHERE m IS NULL OR m NOT BETWEEN 0 AND 40320) THEN
		PERFORM ops.refuse('reminders_invalid', 'reminders');
	END IF;
	IF NEW.attendees IS NOT NULL AND (changed
	    OR NEW.attendees <> crm.attendees_of(NEW.org_id, NEW.id)) THEN
		PERFORM crm.write_attendees(NEW.org_id, NEW.id, NEW.attendees);
	END IF;
	NEW.attendees := NULL;
	NEW.updated_at := now();
	RETURN NEW;
END $$;

-- Returns the appointments that overlap with this time and share an attendee, the owner or the place. An attendee who
-- has declined does not count.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.appointment_conflicts(but bigint, starts timestamptz, ends timestamptz,
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

-- Returns the conflicts of values that are not written yet.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.find_conflicts(but bigint, starts timestamptz, ends timestamptz,
	sales_id bigint, contact_id bigint, email text, place text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF starts IS NULL OR ends IS NULL THEN
		PERFORM ops.refuse('required', CASE WHEN starts IS NULL THEN 'starts_at' ELSE 'ends_at' END);
	END IF;
	RETURN crm.appointment_conflicts(but, starts, ends, ARRAY[sales_id], ARRAY[contact_id],
		ARRAY[lower(email)], place);
END $$;

-- Returns the conflicts of a stored appointment, for the response to its write.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.conflicts_of(a crm.appointments) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN a.status IN ('scheduled', 'confirmed') THEN
		crm.appointment_conflicts(a.id, a.starts_at, a.ends_at,
			array_agg(t.sales_id) || a.sales_id, array_agg(t.contact_id) || a.contact_id,
			array_agg(lower(t.email)), a.resource)
		ELSE '[]' END
	  FROM crm.appointment_attendees t
	 WHERE t.org_id = a.org_id AND t.appointment_id = a.id AND t.status <> 'declined'
$$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.appointment_reminders(a crm.appointments) RETURNS timestamptz[]
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN a.status IN ('scheduled', 'confirmed') THEN
		ARRAY(SELECT a.starts_at - make_interval(mins => m::integer)
			FROM unnest(a.reminders) m) END
$$;

CREATE OR REPLACE FUNCTION crm.remind_of_appointment() RETURNS trigger
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

-- The conflicts column is set only for the row that this transaction wrote, since computing it for each row of a list
-- would be slow.
CREATE OR REPLACE VIEW crm.appointments_summary WITH (security_invoker) AS
SELECT a.org_id, a.id, a.title, a.contact_id, a.sales_id, a.location, a.resource, a.starts_at,
	a.ends_at, a.time_zone, crm.local_text(a.starts_at, a.time_zone) AS starts_local,
	crm.local_text(a.ends_at, a.time_zone) AS ends_local, a.all_day, a.status, a.notes,
	crm.attendees_of(a.org_id, a.id) AS attendees, a.reminders, a.metadata, a.created_at,
	a.updated_at, CASE WHEN current_setting('app.row_id', true) = a.id::text
		THEN crm.conflicts_of(a) END AS conflicts
  FROM crm.appointments a;
GRANT SELECT ON crm.appointments_summary TO tenantry_app;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE ON crm.appointments
	FOR EACH ROW EXECUTE FUNCTION crm.complete_appointment();

CREATE OR REPLACE TRIGGER remind AFTER INSERT OR UPDATE OR DELETE ON crm.appointments
	FOR EACH ROW EXECUTE FUNCTION crm.remind_of_appointment();
