-- The tables of a database with rows, sizes, keys, triggers and policies
WITH t AS (
	SELECT c.oid, n.nspname, c.relname, c.relkind, c.relrowsecurity, CASE c.relkind WHEN 'r' THEN pg_total_relation_size(c.oid)
			ELSE (SELECT sum(pg_total_relation_size(p.relid)) FROM pg_partition_tree(c.oid) p)::bigint END AS bytes,
		has_table_privilege(c.oid, 'SELECT') AS readable
	  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
	   AND n.nspname !~ '^(pg_|information_schema$)' AND has_schema_privilege(n.oid, 'USAGE')),
k AS (
	SELECT t.*, CASE WHEN t.readable THEN (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s %I.%I',
			CASE t.relkind WHEN 'r' THEN 'ONLY' END, t.nspname, t.relname), false, true, '')))[1]::text::bigint END AS rows,
		ARRAY(SELECT a.attname::text FROM pg_index i, unnest(i.indkey::smallint[]) WITH ORDINALITY x (attnum, n)
			JOIN pg_attribute a ON a.attnum = x.attnum
			WHERE i.indrelid = t.oid AND i.indisprimary AND a.attrelid = t.oid ORDER BY x.n) AS key,
		ARRAY(SELECT pg_get_constraintdef(f.oid) FROM pg_constraint f
			WHERE f.conrelid = t.oid AND f.contype = 'f' ORDER BY f.conname) AS foreign_keys,
		ARRAY(SELECT g.tgname::text FROM pg_trigger g
			WHERE g.tgrelid = t.oid AND NOT g.tgisinternal ORDER BY g.tgname) AS triggers,
		ARRAY(SELECT format('%s (%s to %s)', p.policyname, lower(p.cmd), array_to_string(p.roles, ', '))
			FROM pg_policies p
			WHERE p.schemaname = t.nspname AND p.tablename = t.relname ORDER BY p.policyname) AS policies
	  FROM t)
SELECT k.nspname, k.relname, coalesce(k.rows::text, '?'), pg_size_pretty(k.bytes), array_to_string(k.key, ', '),
	array_to_string(k.foreign_keys, E'\n'), array_to_string(k.triggers, ', '),
	CASE WHEN k.relrowsecurity THEN coalesce(nullif(array_to_string(k.policies, ', '), ''), 'none: only owners') END,
	jsonb_build_object('schema', k.nspname, 'table', k.relname, 'rows', k.rows, 'bytes', k.bytes, 'key', k.key,
		'foreign_keys', k.foreign_keys, 'triggers', k.triggers, 'row_security', k.relrowsecurity,
		'policies', k.policies)
  FROM k
 ORDER BY k.nspname, k.relname
