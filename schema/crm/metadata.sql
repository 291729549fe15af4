-- Limits on metadata.

CREATE OR REPLACE FUNCTION crm.check_metadata() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse('metadata_too_large', 'metadata', octet_length(NEW.metadata::text)::text);
END $$;
GRANT EXECUTE ON FUNCTION crm.check_metadata() TO tenantry_app, tenantry_mcp_writer;

CREATE OR REPLACE TRIGGER check_metadata BEFORE INSERT OR UPDATE OF metadata ON crm.contacts
	FOR EACH ROW WHEN (octet_length(NEW.metadata::text) > 16384)
	EXECUTE FUNCTION crm.check_metadata();

CREATE OR REPLACE TRIGGER check_metadata BEFORE INSERT OR UPDATE OF metadata ON crm.deals
	FOR EACH ROW WHEN (octet_length(NEW.metadata::text) > 16384)
	EXECUTE FUNCTION crm.check_metadata();

CREATE OR REPLACE TRIGGER check_metadata BEFORE INSERT OR UPDATE OF metadata ON crm.activities
	FOR EACH ROW WHEN (octet_length(NEW.metadata::text) > 16384)
	EXECUTE FUNCTION crm.check_metadata();

DROP POLICY IF EXISTS search ON crm.activities;
CREATE POLICY search ON crm.activities FOR SELECT TO tenantry_search USING (true);
