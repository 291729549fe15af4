-- Tables with rows that are not imported
-- kind: note

SELECT * FROM (
	SELECT format('public.%s', c.relname), format('%s rows stay in the source',
		(xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s', c.oid::regclass),
			false, true, '')))[1]::text) AS found
	  FROM pg_class c
	 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
	   AND c.relname NOT IN ('companies', 'contacts', 'contact_notes', 'contactNotes', 'deals', 'deal_notes', 'dealNotes', 'tasks',
		'tags', 'sales', 'configuration')
	   AND has_table_privilege(c.oid, 'SELECT')) x
 WHERE x.found NOT LIKE '0 rows%' ORDER BY 1
