-- Email addresses, and search for contacts by them.

-- The rule for the address of a person, everywhere: users, invitations, contacts, attendees,
-- imports. It is that of address_public() in lib/base/address.c: ASCII without quoted forms,
-- and a domain with a dot.
CREATE OR REPLACE FUNCTION crm.is_address(address text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT address ~ ('^[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+([.][A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*'
			'@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?[.])+[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$')
		-- A label has at most 63 characters. In the expression above, counting takes ten times as long.
		AND (char_length(address) <= 64 OR address !~ '@.*[^.@]{64}')
		AND char_length(address) <= 254 AND strpos(address, '@') <= 65
$$;
GRANT EXECUTE ON FUNCTION crm.is_address(text) TO tenantry_app, tenantry_mcp_writer;

-- A hash of an address and its organization, so that one index serves all organizations.
CREATE OR REPLACE FUNCTION crm.address_keys(org uuid, addresses jsonb) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	keys bigint[] := '{}';
BEGIN
	-- A loop by index: every write of a contact calls this, and a query is slower.
	IF jsonb_typeof(addresses) = 'array' THEN
		FOR n IN 0 .. jsonb_array_length(addresses) - 1 LOOP
			keys := keys || hashtextextended(lower(addresses->n->>'email'), uuid_hash_extended(org, 0));
		END LOOP;
	END IF;
	RETURN keys;
END $$;
GRANT EXECUTE ON FUNCTION crm.address_keys(uuid, jsonb)
	TO tenantry_app, tenantry_mcp_writer, tenantry_search;

CREATE OR REPLACE FUNCTION crm.find_addresses(addresses text[]) RETURNS TABLE (address text, id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp SET enable_seqscan = off AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
BEGIN
	RETURN QUERY SELECT a, c.id FROM unnest(addresses) a CROSS JOIN LATERAL (
		SELECT x.org_id, x.id, x.email_jsonb FROM crm.contacts x
		 WHERE crm.address_keys(x.org_id, x.email_jsonb)
			@> ARRAY[hashtextextended(lower(a), uuid_hash_extended(org, 0))] OFFSET 0) c
	 WHERE c.org_id = org AND EXISTS (SELECT FROM jsonb_array_elements(c.email_jsonb) e
		WHERE lower(e->>'email') = lower(a));
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.find_addresses(text[]) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;
GRANT EXECUTE ON FUNCTION crm.find_addresses(text[]) TO tenantry_app;
