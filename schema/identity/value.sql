-- Ids and values in the format of the API.

CREATE OR REPLACE FUNCTION identity.new_id() RETURNS text
LANGUAGE sql VOLATILE AS $$ SELECT replace(gen_random_uuid()::text, '-', '') $$;

CREATE OR REPLACE FUNCTION identity.iso(t timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

CREATE OR REPLACE FUNCTION identity.uuid_or_null(value text) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN value ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
		THEN value::uuid END
$$;
