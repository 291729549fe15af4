-- Refusals: each has a code for clients, and texts for people. The files in schema/refusals/ define them.

-- Installs the refusals of an area, or replaces them. docs/internals.md explains the members; tools/refusals.c refuses others.
CREATE OR REPLACE FUNCTION ops.describe_refusals(area text, descriptions jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM ops.refusal r WHERE r.area = describe_refusals.area;
	INSERT INTO ops.refusal (code, area, description)
	SELECT d.key, describe_refusals.area, d.value FROM jsonb_each(descriptions) d
	ON CONFLICT ON CONSTRAINT refusal_pkey DO UPDATE SET area = excluded.area, description = excluded.description;
END $$;

-- Returns a text with the arguments in place of {1}, {2} and so on. refusal_text() in lib/base/refusal.c does the
-- same.
CREATE OR REPLACE FUNCTION ops.refusal_text(template text, arguments text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg(CASE WHEN m[1] ~ '^\{[1-9]\}$' THEN coalesce(arguments[substr(m[1], 2, 1)::integer], '') ELSE m[1] END, '' ORDER BY n)
	  FROM regexp_matches(template, '\{[1-9]\}|\{|[^{]+', 'g') WITH ORDINALITY x (m, n)
$$;

-- Returns the text of a refusal that is not raised.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.refusal_said(code text, arguments text[]) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN ops.refusal_text((SELECT r.description->>'en' FROM ops.refusal r WHERE r.code = refusal_said.code), arguments);
END $$;

-- Raises a refusal by its code. member is the member of the request at fault, or null. The error contains the code and
-- the arguments in the field for the name of a data type, from which db_explain() in lib/db/db_error.c reads them. The
-- detail is for the type of the problem: the other row as JSON for "duplicate", the seconds to wait and the limit for status 429,
-- the missing permission for "role".
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.refuse_with(detail text, code text, member text DEFAULT NULL, VARIADIC arguments text[] DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	d jsonb := (SELECT r.description FROM ops.refusal r WHERE r.code = refuse_with.code);
	state text := coalesce(d->>'sqlstate', 'ZH' || (d->>'status'));
	said text := ops.refusal_text(d->>'en', arguments);
	kind text := d->>'type';
	codes text := concat_ws(' ', code, to_json(arguments));
BEGIN
	-- RAISE does not accept null, and an empty field differs from a missing one.
	IF d IS NULL THEN
		RAISE EXCEPTION 'there is no refusal with the code "%"', code;
	ELSIF detail IS NOT NULL AND kind IS NOT NULL AND member IS NOT NULL THEN
		RAISE EXCEPTION USING MESSAGE = said, ERRCODE = state, DATATYPE = codes, HINT = kind, COLUMN = member, DETAIL = detail;
	ELSIF detail IS NOT NULL AND kind IS NOT NULL THEN
		RAISE EXCEPTION USING MESSAGE = said, ERRCODE = state, DATATYPE = codes, HINT = kind, DETAIL = detail;
	ELSIF detail IS NOT NULL AND member IS NOT NULL THEN
		RAISE EXCEPTION USING MESSAGE = said, ERRCODE = state, DATATYPE = codes, COLUMN = member, DETAIL = detail;
	ELSIF detail IS NOT NULL THEN
		RAISE EXCEPTION USING MESSAGE = said, ERRCODE = state, DATATYPE = codes, DETAIL = detail;
	ELSIF kind IS NOT NULL AND member IS NOT NULL THEN
		RAISE EXCEPTION USING MESSAGE = said, ERRCODE = state, DATATYPE = codes, HINT = kind, COLUMN = member;
	ELSIF kind IS NOT NULL THEN
		RAISE EXCEPTION USING MESSAGE = said, ERRCODE = state, DATATYPE = codes, HINT = kind;
	ELSIF member IS NOT NULL THEN
		RAISE EXCEPTION USING MESSAGE = said, ERRCODE = state, DATATYPE = codes, COLUMN = member;
	ELSE
		RAISE EXCEPTION USING MESSAGE = said, ERRCODE = state, DATATYPE = codes;
	END IF;
END $$;

-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.refuse(code text, member text DEFAULT NULL, VARIADIC arguments text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse_with(NULL, code, member, VARIADIC arguments);
END $$;

-- Notes a fault of a body, for a function that reports all faults at once with ops.refuse_faults(). At the fiftieth fault,
-- FAULTS_MAX in lib/base/problem.h, the faults are raised.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.fault(code text, member text, VARIADIC arguments text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	noted jsonb := coalesce(nullif(current_setting('app.faults', true), ''), '[]')::jsonb
		|| jsonb_build_array(jsonb_build_array(code, member) || to_jsonb(arguments));
BEGIN
	PERFORM set_config('app.faults', noted::text, true);
	IF jsonb_array_length(noted) = 50 THEN
		PERFORM ops.refuse_faults();
	END IF;
END $$;

-- Raises a refusal if ops.fault() noted faults. The detail has all of them, [[code, path, argument, ...], ...], from which
-- db_explain() makes the faults of the problem.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_audit
CREATE OR REPLACE FUNCTION ops.refuse_faults() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	noted text := current_setting('app.faults', true);
	first text[];
BEGIN
	IF coalesce(noted, '') <> '' THEN
		PERFORM set_config('app.faults', '', true);
		first := ARRAY(SELECT jsonb_array_elements_text(noted::jsonb->0));
		PERFORM ops.refuse_with(noted, first[1], first[2], VARIADIC first[3:]);
	END IF;
END $$;

-- Returns the code for an error of Postgres and its text, or nulls. refusal_of_state() in lib/base/refusal.c does the
-- same.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.refusal_of_error(state text, message text, OUT code text, OUT said text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT r.code, r.description->>'en' FROM ops.refusal r CROSS JOIN jsonb_array_elements_text(r.description->'states') s (state)
	 WHERE starts_with(refusal_of_error.state, s.state)
	   AND (r.description->>'said' IS NULL OR strpos(message, r.description->>'said') > 0)
	 ORDER BY length(s.state) DESC, r.description->>'said' NULLS LAST LIMIT 1
$$;
