-- What the database knows about its tables.

-- For workers of the previous release: the columns that are never null, as words between blanks: " crm.tags.id crm.tags.name ".
CREATE OR REPLACE FUNCTION ops.columns_not_null() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT ' ' || coalesce(string_agg(format('%s.%s.%s', n.nspname, c.relname, a.attname), ' '), '')
		|| ' '
	  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	  JOIN pg_namespace n ON n.oid = c.relnamespace
	 WHERE n.nspname IN ('crm', 'factory_app', 'identity', 'membership', 'ops') AND c.relkind IN ('r', 'p') AND a.attnotnull
	   AND a.attnum > 0 AND NOT a.attisdropped
$$;
GRANT EXECUTE ON FUNCTION ops.columns_not_null() TO tenantry_app;

-- The values that a CHECK of the form "column IN (...)" or "column = ANY (function())" allows:
-- "call, email"; NULL for other constraints.
CREATE OR REPLACE FUNCTION ops.allowed_values("schema" text, table_name text, "constraint" text)
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT string_agg(m[1], ', ')
	  FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
	  JOIN pg_namespace n ON n.oid = t.relnamespace
	  CROSS JOIN LATERAL pg_get_constraintdef(c.oid) def
	  CROSS JOIN LATERAL regexp_matches(CASE WHEN def ~ '^CHECK \(\(\w+ = ANY \(ARRAY\[' THEN def
		ELSE (SELECT p.prosrc FROM pg_proc p JOIN pg_namespace s ON s.oid = p.pronamespace
			WHERE def LIKE format('CHECK ((%% = ANY (%s.%s())))', s.nspname, p.proname)) END,
		'''([^'']+)''', 'g') m
	 WHERE n.nspname = "schema" AND t.relname = table_name AND c.conname = "constraint"
	   AND c.contype = 'c'
$$;
GRANT EXECUTE ON FUNCTION ops.allowed_values(text, text, text) TO tenantry_app;
