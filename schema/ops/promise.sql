-- What the API promises about rows, as rules that are derived from the catalogue and from Postgres. The report of a
-- migration uses these rules, since a migration writes rows unchanged: the triggers that otherwise keep the promises do
-- not change the rows.
-- needs: ops/catalogue.sql ops/migration.sql

-- Returns the columns of a resource that an update may write, with the table.
CREATE OR REPLACE FUNCTION ops.written_columns()
RETURNS TABLE (resource text, tenant_table regclass, name name, type text, updated boolean, description jsonb, choices text[])
LANGUAGE sql STABLE AS $$
	SELECT r.name, c.oid::regclass, a.attname, format_type(a.atttypid, NULL), f.description->>'write' = 'always'
			AND coalesce(r.description->'actions' ? 'update', true), f.description, f.choices
	  FROM ops.resource r
	  JOIN pg_class c ON c.oid = to_regclass(r.description->>'table')
	  JOIN ops.field f ON f.resource = r.name AND f.description ? 'write'
	  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = f.name AND a.attgenerated = '' AND NOT a.attisdropped
	 WHERE NOT r.description ? 'like'
	   AND 2 = (SELECT count(*) FROM pg_attribute k WHERE k.attrelid = c.oid AND k.attname IN ('org_id', 'id') AND NOT k.attisdropped)
$$;

-- Returns the rules: a query on the rows of the organization $1 for each rule, which returns the ID and the text of
-- each row that breaks it.
CREATE OR REPLACE FUNCTION ops.promises() RETURNS TABLE (tenant_table regclass, query text)
LANGUAGE sql STABLE AS $$
	-- Texts must not exceed their length limits.
	SELECT w.tenant_table, format('SELECT t.id::text, format(''%2$s has %%s characters, at most %3$s are possible'', char_length(t.%2$I))
			FROM %1$s t WHERE t.org_id = $1 AND char_length(t.%2$I) > %3$s', w.tenant_table, w.name, w.description->>'limit')
	  FROM ops.written_columns() w WHERE w.description ? 'limit' AND w.type = 'text'
	UNION ALL
	-- Fields with a fixed set of choices must contain one of these choices.
	SELECT w.tenant_table, format('SELECT t.id::text, format(''%2$s is %%s, which is no choice'', t.%2$I)
			FROM %1$s t WHERE t.org_id = $1 AND t.%2$I::text <> ALL (%3$L::text[])', w.tenant_table, w.name, w.choices)
	  FROM ops.written_columns() w WHERE w.choices IS NOT NULL AND w.type NOT LIKE '%[]'
	UNION ALL
	-- References without a foreign key, including references in lists, must refer to an existing row.
	SELECT w.tenant_table, format('SELECT t.id::text, format(''%2$s names the row %%s of %4$s, which is not there'', x.id)
			FROM %1$s t, LATERAL %5$s x (id) WHERE t.org_id = $1 AND x.id IS NOT NULL
			AND NOT EXISTS (SELECT FROM %3$s o WHERE o.org_id = $1 AND o.id = x.id)',
			w.tenant_table, w.name, o.oid::regclass, r.name,
			format(CASE WHEN w.type LIKE '%[]' THEN 'unnest(t.%I)' ELSE '(SELECT t.%I)' END, w.name))
	  FROM ops.written_columns() w
	  JOIN ops.resource r ON r.name = coalesce(w.description->>'refers', w.description->>'names')
	  JOIN pg_class o ON o.oid = to_regclass(r.description->>'table')
	 WHERE w.type IN ('bigint', 'bigint[]')
	   AND EXISTS (SELECT FROM pg_attribute k WHERE k.attrelid = o.oid AND k.attname = 'org_id')
	UNION ALL
	-- If an index permits only one default row, there must be exactly one.
	SELECT i.indrelid::regclass, format('SELECT min(t.id)::text, format(''none of the rows is the default: %%s'', ROW(%2$s))
			FROM %1$s t WHERE t.org_id = $1 GROUP BY %2$s HAVING NOT bool_or(t.is_default)', i.indrelid::regclass,
			(SELECT string_agg(format('t.%I', a.attname), ', ' ORDER BY k.n) FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k (attnum, n)
			  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum))
	  FROM pg_index i
	 WHERE i.indisunique AND pg_get_expr(i.indpred, i.indrelid) = 'is_default'
	   AND i.indrelid IN (SELECT w.tenant_table FROM ops.written_columns() w)
	UNION ALL
	-- Postgres checks a NOT VALID constraint when a row is changed, so existing rows must satisfy it as well.
	SELECT k.conrelid::regclass, format('SELECT t.id::text, ''the constraint %2$s does not hold'' FROM %1$s t WHERE t.org_id = $1 AND NOT (%3$s)',
			k.conrelid::regclass, k.conname, pg_get_expr(k.conbin, k.conrelid))
	  FROM pg_constraint k
	 WHERE k.contype = 'c' AND NOT k.convalidated AND k.conrelid IN (SELECT w.tenant_table FROM ops.written_columns() w)
$$;

-- Updates up to "many" rows of each resource of the organization to their current values, and rolls back. A row that is
-- refused could not be changed by users either. Locked rows are skipped, so that the function does not wait for users.
CREATE OR REPLACE FUNCTION ops.refused_changes(org uuid, many integer) RETURNS TABLE (key text, detail text)
LANGUAGE plpgsql SET lock_timeout = '20ms' AS $$
DECLARE
	changed record;
	row_id bigint;
BEGIN
	FOR changed IN SELECT w.resource, w.tenant_table, string_agg(format('%1$I = t.%1$I', w.name), ', ') AS assignments
	      FROM ops.written_columns() w WHERE w.updated GROUP BY w.resource, w.tenant_table ORDER BY w.resource LOOP
		FOR row_id IN EXECUTE format('SELECT t.id FROM %s t WHERE t.org_id = $1 ORDER BY hashint8(t.id), t.id LIMIT $2', changed.tenant_table)
		    USING org, many LOOP
			BEGIN
				EXECUTE format('UPDATE %s t SET %s WHERE t.org_id = $1 AND t.id = $2', changed.tenant_table, changed.assignments)
				  USING org, row_id;
				RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = 'undone';
			EXCEPTION WHEN OTHERS THEN
				IF SQLSTATE NOT IN ('ZZ000', '55P03', '40P01') THEN
					key := format('%s %s', changed.resource, row_id);
					detail := format('the row %s of %s cannot be changed: %s', row_id, changed.resource, SQLERRM);
					RETURN NEXT;
				END IF;
			END;
		END LOOP;
	END LOOP;
END $$;

-- Returns the rows that break a promise. The transaction must have selected the organization.
CREATE OR REPLACE FUNCTION ops.broken_promises(org uuid) RETURNS TABLE (key text, detail text)
LANGUAGE plpgsql AS $$
DECLARE
	promise record;
BEGIN
	FOR promise IN SELECT * FROM ops.promises() LOOP
		RETURN QUERY EXECUTE format('SELECT %L || '' '' || x.id, format(''the row %%s of %s: %%s'', x.id, x.detail) FROM (%s) x (id, detail)',
			promise.tenant_table, promise.tenant_table, promise.query) USING org;
	END LOOP;
	RETURN QUERY SELECT * FROM ops.refused_changes(org, 100);
END $$;
