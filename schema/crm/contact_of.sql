-- Finds a contact by email address or telephone number.

-- Returns the oldest contact with this address or number.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.contact_of(address text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT min(c.id) FROM crm.contacts c WHERE c.id = ANY (CASE WHEN address ~ '@'
		THEN ARRAY(SELECT f.id FROM crm.find_addresses(ARRAY[btrim(address)]) f)
		ELSE ARRAY(SELECT crm.find_number(address)) END));
END $$;
