-- Search for rows by their metadata.

-- Returns a hash of a key-value pair of metadata and its organization, so that one index can serve all organizations.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.metadata_term(org uuid, key text, value jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT hashtextextended(org::text || ' ' || key || '=' || CASE jsonb_typeof(value)
		WHEN 'number' THEN trim_scale(value::numeric)::text ELSE value::text END, 0)
$$;

-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.metadata_terms(org uuid, metadata jsonb) RETURNS bigint[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT ARRAY(SELECT crm.metadata_term(org, m.key, m.value) FROM jsonb_each(metadata) m
		WHERE jsonb_typeof(m.value) IN ('string', 'number', 'boolean'))
$$;

-- Returns the IDs of the rows of a table whose metadata has a value under a key.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.find_metadata(resource text, key text, value jsonb) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	found bigint[];
BEGIN
	resource := regexp_replace(resource, '_summary$', '');
	IF to_regclass(format('crm.%I', resource || '_metadata')) IS NOT NULL THEN	-- its index
		EXECUTE format('SELECT array_agg(t.id) FROM crm.%I t WHERE t.metadata <> ''{}'' '
			'AND crm.metadata_terms(t.org_id, t.metadata) @> ARRAY[$1] '
			'AND t.org_id = $2 AND t.metadata->$3 = $4', resource)
			INTO found USING crm.metadata_term(org, key, value), org, key, value;
	END IF;
	RETURN coalesce(found, '{}');
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.find_metadata(text, text, jsonb) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;
