-- The statements that create what $1 describes: the newest snapshot that drizzle-kit keeps in meta/, of version 5 to 7
WITH s AS (SELECT $1::jsonb AS snapshot),
t AS (
	SELECT format('%I.%I', coalesce(nullif(d.v->>'schema', ''), 'public'), d.v->>'name') AS name, d.v->>'name' AS bare, d.v AS doc
	  FROM s, jsonb_each(s.snapshot->'tables') d (k, v)),
-- The type of a column names an enumeration of another schema separately.
c AS (
	SELECT t.name, k.place, format('%I %s', k.v->>'name', concat_ws(' ',
		CASE WHEN k.v->>'typeSchema' IS NULL THEN k.v->>'type'
			ELSE format('%I.%I', k.v->>'typeSchema', rtrim(k.v->>'type', '[]')) || CASE WHEN k.v->>'type' LIKE '%[]' THEN '[]' ELSE '' END END,
		CASE WHEN (k.v->>'primaryKey')::boolean THEN 'PRIMARY KEY' END,
		CASE WHEN k.v->>'default' IS NOT NULL THEN 'DEFAULT ' || (k.v->>'default') END,
		CASE WHEN k.v ? 'generated' THEN format('GENERATED ALWAYS AS (%s) STORED', k.v#>>'{generated,as}') END,
		CASE WHEN k.v ? 'identity' THEN format('GENERATED %s AS IDENTITY',
			CASE k.v#>>'{identity,type}' WHEN 'always' THEN 'ALWAYS' ELSE 'BY DEFAULT' END) END,
		CASE WHEN (k.v->>'notNull')::boolean THEN 'NOT NULL' END)) AS sql
	  FROM t, jsonb_each(t.doc->'columns') WITH ORDINALITY k (k, v, place)),
names AS (
	SELECT p.v AS doc, (SELECT string_agg(quote_ident(n), ', ' ORDER BY place) FROM jsonb_array_elements_text(p.v->p.member) WITH ORDINALITY e (n, place)) AS list,
		p.name, p.member
	  FROM (SELECT t.name, x.v, x.member FROM t, LATERAL (
		SELECT v, 'columns' AS member FROM jsonb_each(t.doc->'compositePrimaryKeys') e (k, v)
		UNION ALL SELECT v || '{"unique": true}', 'columns' FROM jsonb_each(t.doc->'uniqueConstraints') e (k, v)
		UNION ALL SELECT v, 'columnsFrom' FROM jsonb_each(t.doc->'foreignKeys') e (k, v)) x) p)
SELECT x.sql FROM (
	SELECT 1 AS place, format('CREATE SCHEMA IF NOT EXISTS %I', d.v) AS sql FROM s, jsonb_each_text(s.snapshot->'schemas') d (k, v)
	UNION ALL
	SELECT 2, format('CREATE TYPE %I.%I AS ENUM (%s)', coalesce(nullif(d.v->>'schema', ''), 'public'), d.v->>'name',
		(SELECT string_agg(quote_literal(v), ', ' ORDER BY n) FROM (
			SELECT e.v, e.n FROM jsonb_array_elements_text(CASE jsonb_typeof(d.v->'values') WHEN 'array' THEN d.v->'values' ELSE '[]' END) WITH ORDINALITY e (v, n)
			UNION ALL SELECT o.v, o.n FROM jsonb_each_text(CASE jsonb_typeof(d.v->'values') WHEN 'object' THEN d.v->'values' ELSE '{}' END)
				WITH ORDINALITY o (k, v, n)) l))
	  FROM s, jsonb_each(s.snapshot->'enums') d (k, v)
	UNION ALL
	SELECT 2, format('CREATE SEQUENCE %I.%I', coalesce(nullif(d.v->>'schema', ''), 'public'), d.v->>'name')
	  FROM s, jsonb_each(s.snapshot->'sequences') d (k, v)
	UNION ALL
	SELECT 3, format('CREATE TABLE %s (%s)', t.name, (SELECT string_agg(c.sql, ', ' ORDER BY c.place) FROM c WHERE c.name = t.name)) FROM t
	UNION ALL
	SELECT 4, format('ALTER TABLE %s ADD CONSTRAINT %I %s (%s)', n.name, n.doc->>'name', CASE WHEN NOT n.doc ? 'unique' THEN 'PRIMARY KEY'
		WHEN (n.doc->>'nullsNotDistinct')::boolean THEN 'UNIQUE NULLS NOT DISTINCT' ELSE 'UNIQUE' END, n.list)
	  FROM names n WHERE n.member = 'columns'
	UNION ALL
	SELECT 4, format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s)', t.name, k.v->>'name', k.v->>'value')
	  FROM t, jsonb_each(t.doc->'checkConstraints') k (k, v)
	UNION ALL
	SELECT 4, format('CREATE UNIQUE INDEX %I ON %s (%s)', i.v->>'name', t.name, (SELECT string_agg(CASE WHEN (e->>'isExpression')::boolean
		THEN format('(%s)', e->>'expression') ELSE quote_ident(coalesce(e->>'expression', e#>>'{}')) END, ', ' ORDER BY n)
		FROM jsonb_array_elements(i.v->'columns') WITH ORDINALITY x (e, n)))
	  FROM t, jsonb_each(t.doc->'indexes') i (k, v) WHERE (i.v->>'isUnique')::boolean AND i.v->>'where' IS NULL
	UNION ALL
	SELECT 5, format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%s) REFERENCES %I.%I (%s) ON DELETE %s ON UPDATE %s', n.name,
		n.doc->>'name', n.list, coalesce(nullif(n.doc->>'schemaTo', ''), 'public'), n.doc->>'tableTo',
		(SELECT string_agg(quote_ident(e), ', ' ORDER BY k) FROM jsonb_array_elements_text(n.doc->'columnsTo') WITH ORDINALITY x (e, k)),
		coalesce(n.doc->>'onDelete', 'no action'), coalesce(n.doc->>'onUpdate', 'no action'))
	  FROM names n WHERE n.member = 'columnsFrom'
	UNION ALL
	SELECT 6, format('CREATE %s VIEW %I.%I %s AS %s', CASE WHEN (v.v->>'materialized')::boolean THEN 'MATERIALIZED' END,
		coalesce(nullif(v.v->>'schema', ''), 'public'), v.v->>'name',
		(SELECT 'WITH (' || string_agg(format('%s = %s', lower(regexp_replace(o.k, '([A-Z])', '_\1', 'g')), o.v), ', ') || ')'
			FROM jsonb_each_text(v.v->'with') o (k, v)), v.v->>'definition')
	  FROM s, jsonb_each(s.snapshot->'views') v (k, v) WHERE v.v->>'definition' IS NOT NULL
	UNION ALL
	SELECT 7, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.name) FROM t
	 WHERE (t.doc->>'isRLSEnabled')::boolean OR t.doc->'policies' <> '{}'
	UNION ALL
	SELECT 8, concat_ws(' ', format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.v->>'name', t.name, coalesce(p.v->>'as', 'PERMISSIVE'),
		coalesce(p.v->>'for', 'ALL'), (SELECT coalesce(string_agg(CASE WHEN r IN ('public', 'current_user', 'session_user', 'current_role') THEN r
			ELSE quote_ident(r) END, ', '), 'public') FROM jsonb_array_elements_text(p.v->'to') r)),
		'USING (' || (p.v->>'using') || ')', 'WITH CHECK (' || (p.v->>'withCheck') || ')')
	  FROM t, jsonb_each(t.doc->'policies') p (k, v)) x
 ORDER BY x.place, x.sql
