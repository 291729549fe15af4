-- Recurrence rules (RFC 5545 RRULE).
-- needs: crm/time_zone.sql

-- Parses the supported parts of a rule (RFC 5545, 3.3.10). Other parts are refused rather than ignored.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.parse_rrule(rrule text, OUT freq text, OUT every integer, OUT days text[],
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
	PERFORM ops.refuse('recurrence_invalid', 'rrule');
END $$;

-- Returns the days of one period of a rule, in order: the period that is n periods after that of the given day. Days
-- that a month lacks are skipped.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.rrule_days(freq text, days text[], month_days integer[], day date, n integer)
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

-- Returns the first occurrence of a rule after a given time, in local time, so that daylight saving time does not
-- move it. The rule may start at a different time. passed is the number of occurrences so far, including this one. The
-- result is null if the rule has ended.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.next_of_rrule(rrule text, began timestamp, behind timestamp, zone text,
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
			    WHEN rule.until ~ 'Z$' THEN crm.instant_of(at, zone)
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
