-- Tables with similar names, one of which may be a mistake
-- kind: note
-- inspect: yes

WITH t AS (SELECT c.oid, c.relname AS name, regexp_replace(replace(c.relname, '_', ''), 's$', '') AS stem
	  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p'))
SELECT format('public.%s', a.name), format('similar to public.%s', string_agg(b.name, ', public.' ORDER BY b.name))
  FROM t a JOIN t b ON b.oid <> a.oid
   AND (b.stem = a.stem OR length(a.stem) > 5 AND b.stem LIKE '%' || a.stem AND b.name !~ ('^' || a.name || '_'))
 WHERE a.name !~ '^payload_'
 GROUP BY a.name ORDER BY a.name
