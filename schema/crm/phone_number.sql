-- Search for contacts by telephone number.

-- Returns the comparable part of a number: its last nine digits, since prefixes vary. Returns null for a number that
-- is too short.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.phone_key(number text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	digits text := regexp_replace(number, '[^0-9]', '', 'g');
BEGIN
	RETURN CASE WHEN char_length(digits) >= 6 THEN right(digits, 9) END;
END $$;

-- Returns numbers of seven or more digits in a text, however the digits are grouped.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.long_numbers(t text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	joined text := translate(t, '-+ ()./', '');
	numbers text[] := '{}';
	number text;
BEGIN
	IF joined ~ '[0-9]{7}' THEN
		FOREACH number IN ARRAY regexp_split_to_array(joined, '[^0-9]+') LOOP
			IF length(number) >= 7 THEN
				numbers := numbers || left(number, 30);
			END IF;
		END LOOP;
	END IF;
	RETURN numbers;
END $$;

-- Returns keys of the index that finds the sender of a message: hashes of the organization and the comparable part of
-- a number, like crm.address_keys().
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.number_keys(org uuid, numbers jsonb) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	keys bigint[] := '{}';
	key text;
BEGIN
	-- This is a loop by index, because every write of a contact calls the function, and a query would be slower.
	IF jsonb_typeof(numbers) = 'array' THEN
		FOR n IN 0 .. jsonb_array_length(numbers) - 1 LOOP
			key := crm.phone_key(numbers->n->>'number');
			IF key IS NOT NULL THEN
				keys := keys || hashtextextended(key, uuid_hash_extended(org, 0));
			END IF;
		END LOOP;
	END IF;
	RETURN keys;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.find_number(number text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp SET enable_seqscan = off AS $$
DECLARE
	org uuid := ops.org();
	key text := crm.phone_key(number);
BEGIN
	RETURN QUERY SELECT c.id FROM (
		SELECT x.org_id, x.id, x.phone_jsonb FROM crm.contacts x
		 WHERE crm.number_keys(x.org_id, x.phone_jsonb)
			@> ARRAY[hashtextextended(key, uuid_hash_extended(org, 0))] OFFSET 0) c
	 WHERE key IS NOT NULL AND c.org_id = org AND EXISTS (
		SELECT FROM jsonb_array_elements(c.phone_jsonb) e WHERE crm.phone_key(e->>'number') = key);
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.find_number(text) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;
