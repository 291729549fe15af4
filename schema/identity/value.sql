-- IDs and values in the format of the API.
-- needs: ops/link.sql

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

-- Returns an object followed by the members of another object. All members keep their order.
CREATE OR REPLACE FUNCTION identity.with_members(o json, more json) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
	SELECT (left(o::text, -1) || ', ' || substr(more::text, 2))::json
$$;

-- Returns whether a text can be the picture of a user: a link of at most 10,000 bytes.
CREATE OR REPLACE FUNCTION identity.is_picture(image text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT octet_length(image) <= 10000 AND image !~ '[[:cntrl:]"\\]' AND ops.is_safe_link(image)
$$;
