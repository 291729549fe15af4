-- Metadata of rows: its column, and changes of some of its keys.
-- needs: crm/metadata_search.sql

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

-- Replaces the values of those keys that another object contains. A null key is removed.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.put_keys(target jsonb, other jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT crm.merge_patch(CASE jsonb_typeof(other) WHEN 'object' THEN target - ARRAY(SELECT jsonb_object_keys(other)) ELSE target END, other)
$$;

-- Adds metadata to a table: the column, and the index with which filters find rows by a key and its value. Rows without
-- metadata are not in the index. A numbered step calls this after CREATE TABLE, and the description of the resource
-- contains the field and its limit. May be called repeatedly.
CREATE OR REPLACE FUNCTION crm.add_metadata(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	name name := (SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table);
BEGIN
	IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = tenant_table AND a.attname = 'metadata' AND NOT a.attisdropped) THEN
		EXECUTE format('ALTER TABLE %s ADD metadata jsonb NOT NULL DEFAULT ''{}'' CONSTRAINT %I CHECK (jsonb_typeof(metadata) = ''object'')',
			tenant_table, name || '_metadata_check');
	END IF;
	EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %s USING gin (crm.metadata_terms(org_id, metadata)) WHERE metadata <> ''{}''',
		name || '_metadata', tenant_table);
	EXECUTE format('GRANT SELECT (org_id, id, metadata) ON %s TO tenantry_search', tenant_table);
	IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = tenant_table AND p.polname = 'search') THEN
		EXECUTE format('CREATE POLICY search ON %s FOR SELECT TO tenantry_search USING (true)', tenant_table);
	END IF;
END $$;
