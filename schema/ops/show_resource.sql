-- The output of "tenantry schema show" for a resource.
-- needs: ops/catalogue.sql

-- Returns the description, its fields in the catalogue, the names that roles may contain, and the views, functions
-- and triggers that are generated from the description, or null if the resource does not exist.
CREATE OR REPLACE FUNCTION ops.show_resource(name text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	r ops.resource;
	source regclass;
BEGIN
	SELECT x.* INTO r FROM ops.resource x WHERE x.name = show_resource.name;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	source := to_regclass(r.description->>'table');
	RETURN (
		WITH part (place, title, body) AS (
			SELECT 1, 'description', jsonb_pretty(r.description)
			UNION ALL
			SELECT 2, 'fields', (SELECT string_agg(concat_ws('  ', rpad(f.name, 24), rpad(f.type, 12),
					CASE WHEN f.required THEN 'required' END, 'default ' || f.default_value, f.choices::text, f.description), E'\n' ORDER BY f.place)
				FROM ops.fields_of(r.name) f)
			UNION ALL
			SELECT 3, 'roles', to_jsonb(i)::text FROM identity.resource i WHERE i.name = r.name
			UNION ALL
			SELECT 4, 'view ' || v.name, pg_get_viewdef(to_regclass(v.name))
			  FROM (VALUES (r.description->>'view'), (r.description->'export'->>'view')) v (name) WHERE to_regclass(v.name) IS NOT NULL
			UNION ALL
			SELECT 5, 'trigger ' || t.name, t.definition FROM ops.declared_triggers(source) t WHERE t.name IN ('text_limits', 'document')
			UNION ALL
			SELECT 6, 'function ' || t.function::regproc, pg_get_functiondef(t.function) FROM ops.declared_triggers(source) t
			 WHERE t.name IN ('text_limits', 'document'))
		SELECT string_agg(format(E'-- %s\n%s\n', p.title, p.body), E'\n' ORDER BY p.place, p.title) FROM part p);
END $$;
