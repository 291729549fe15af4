-- Objects that follow from the descriptions of the CRM's tables: triggers for text length limits and for search
-- documents.
-- needs: crm/search.sql crm/text_limit.sql ops/catalogue.sql

-- Creates these objects. ops.compile_catalogue() calls this function.
CREATE OR REPLACE FUNCTION crm.follow_catalogue() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM crm.limit_texts();
	PERFORM crm.can_be_found(t.name, t.titles, t.bodies) FROM (
		SELECT to_regclass('crm.' || r.name) AS name,
			coalesce(array_agg(f.name ORDER BY f.description->>'searched' DESC, f.place)
				FILTER (WHERE f.description->>'searched' IN ('title', 'subtitle')), '{}') AS titles,
			coalesce(array_agg(f.name ORDER BY f.description->>'searched', f.place)
				FILTER (WHERE f.description->>'searched' IN ('body', 'rest')), '{}') AS bodies
		  FROM ops.resource r JOIN ops.field f ON f.resource = r.name
		 WHERE r.description->>'table' = 'crm.' || r.name AND f.description ? 'searched' AND f.type IS NOT NULL
		 GROUP BY r.name ORDER BY r.name) t;
END $$;
