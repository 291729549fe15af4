-- Links that clients display.

-- Returns false for a link that would run a script if a page uses it in href or src. Browsers ignore spaces and
-- control characters in a scheme.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.is_safe_link(link text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT regexp_replace(link, '[[:cntrl:][:space:]]', '', 'g') !~* '^(javascript|vbscript):'
$$;

-- Returns whether a link is an http or https URL, or has no scheme, as in example.org and example.org:8080.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.is_web_link(link text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT link !~* '^\s*([a-z][a-z0-9+.-]*://|(about|blob|data|file|ftp|mailto|tel):)' OR link ~* '^\s*https?://'
$$;

-- Returns whether all links of a JSON value are safe: the texts of an array, and each "src" member. Constraints call
-- this function for each written row, so it is in PL/pgSQL, which caches the plan.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.has_safe_links(value jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	IF jsonb_typeof(value) = 'object' AND NOT value @? '$.*.**.src' THEN	-- a plain picture needs no query
		RETURN coalesce(ops.is_safe_link(value->>'src'), true);
	END IF;
	RETURN coalesce((SELECT bool_and(ops.is_safe_link(link #>> '{}'))
		  FROM (SELECT jsonb_path_query(value, '$.**.src') UNION ALL
			SELECT jsonb_path_query(value, '$[*]')) l (link)
		 WHERE jsonb_typeof(link) = 'string'), true);
END $$;
