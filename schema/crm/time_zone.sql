-- Time zones.

CREATE OR REPLACE FUNCTION crm.check_time_zone() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.time_zone !~ '^([A-Za-z_]+/)*[A-Za-z_]+([+-][0-9]{1,2})?$' THEN
		RAISE invalid_parameter_value;
	END IF;
	PERFORM now() AT TIME ZONE NEW.time_zone;
	RETURN NEW;
EXCEPTION WHEN invalid_parameter_value THEN
	PERFORM ops.refuse('not_a_time_zone', 'time_zone');
END $$;
GRANT EXECUTE ON FUNCTION crm.check_time_zone() TO tenantry_app, tenantry_mcp_writer;

CREATE OR REPLACE FUNCTION crm.check_time_zone(name text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT crm.is_time_zone(name) THEN
		PERFORM ops.refuse('not_in_tz_database', 'time_zone');
	END IF;
END $$;
GRANT EXECUTE ON FUNCTION crm.check_time_zone(text) TO tenantry_app, tenantry_mcp_writer;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.time_zone() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT c.time_zone FROM crm.configuration c
		WHERE c.org_id = ops.org()), 'UTC')
$$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.today() RETURNS date
LANGUAGE sql STABLE AS $$ SELECT (now() AT TIME ZONE crm.time_zone())::date $$;

-- Returns whether a name is in the tz database. Names of fixed offsets do not count, since they lack daylight saving
-- time.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.is_time_zone(name text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF name !~ '^(UTC|GMT|Etc/GMT[+-][0-9]{1,2}|[A-Za-z_]+(/[A-Za-z_-]+){1,2})$' THEN
		RETURN false;
	END IF;
	RETURN now() AT TIME ZONE name IS NOT NULL;
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN false;
END $$;

-- Returns the default time zone of new rows: the time zone of the organization.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.own_time_zone() RETURNS text
LANGUAGE sql STABLE AS $$ SELECT crm.time_zone() $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.local_text(at timestamptz, zone text) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT to_char(at AT TIME ZONE zone, 'YYYY-MM-DD"T"HH24:MI:SS') $$;

-- Returns the instant of a local time as in RFC 5545: a local time that a clock change skips is read with the offset
-- before the change. If a clock change repeats the time, the first instant is used; Postgres would use the second.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.instant_of(said timestamp, zone text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
	SELECT coalesce(min(x.at) FILTER (WHERE x.at AT TIME ZONE zone = said), said AT TIME ZONE zone)
	  FROM (SELECT said AT TIME ZONE zone - make_interval(mins => m) AS at FROM unnest('{0,20,30,40,60,90,120,180}'::integer[]) m) x
$$;

-- Returns the beginning of the day that contains an instant.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.day_begin(at timestamptz, zone text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$ SELECT crm.instant_of(date_trunc('day', at AT TIME ZONE zone), zone) $$;

-- Returns the instant of a local time in a text.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.local_instant(member text, said text, zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF said ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?$' THEN
		RETURN crm.instant_of(said::timestamp, zone);
	END IF;
	RAISE invalid_datetime_format;
EXCEPTION WHEN data_exception THEN
	PERFORM ops.refuse('not_a_local_time', member);
END $$;

-- Converts a field of a row that names its time zone, as crm.local_instant() does. A null zone means the organization's
-- time zone. all_day is whether the row lasts for whole days, or null if it has no such flag.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.zoned_instant(member text, said text, zone text, all_day boolean) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
	zone := coalesce(zone, crm.own_time_zone());
	PERFORM crm.check_time_zone(zone);
	IF NOT all_day THEN
		PERFORM crm.refuse_day(member, said);
	END IF;
	RETURN crm.local_instant(member, said, zone);
END $$;

-- Refuses a date where a point in time is needed.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_day(member text, said text) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF said ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
		PERFORM ops.refuse('date_without_time', member);
	END IF;
END $$;
