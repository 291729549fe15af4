-- Creates an organization "full" with a row in each table that an archive contains. The check constraints and triggers
-- of these tables are dropped, because the test is about the tables and not about their contents.
CREATE SCHEMA IF NOT EXISTS test;

DO $$
DECLARE
	k record;
BEGIN
	FOR k IN SELECT c.conrelid::regclass AS of_table, c.conname FROM pg_constraint c JOIN ops.archive_tables() t ON t.tenant_table = c.conrelid
	    WHERE c.contype = 'c' LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.of_table, k.conname);
	END LOOP;
	FOR k IN SELECT t.tenant_table AS of_table, g.tgname FROM pg_trigger g JOIN ops.archive_tables() t ON t.tenant_table = g.tgrelid
	    WHERE NOT g.tgisinternal LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', k.tgname, k.of_table);
	END LOOP;
END $$;

-- Returns a value of a type, other than its default.
CREATE FUNCTION test.value(kind regtype) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT CASE y.typcategory WHEN 'N' THEN '1' WHEN 'D' THEN '2026-01-02 03:04:05+00' WHEN 'B' THEN 'true' WHEN 'T' THEN '1 day'
		WHEN 'A' THEN '{}' WHEN 'E' THEN (SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = kind ORDER BY e.enumsortorder LIMIT 1)
		ELSE CASE kind::text WHEN 'jsonb' THEN '{"a": 1}' WHEN 'json' THEN '{"a": 1}' WHEN 'uuid' THEN md5('x')
			WHEN 'bytea' THEN '\x01' ELSE 'x' END END
	  FROM pg_type y WHERE y.oid = kind
$$;

-- Parents come first, so that each foreign key refers to an existing row: all rows have the ID 1.
CREATE FUNCTION test.fill() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	org uuid := gen_random_uuid();
	t regclass;
	columns text;
	vals text;
BEGIN
	INSERT INTO identity."user" (id, email, name) VALUES ('u', 'u@full.test', 'U');
	INSERT INTO identity.organization (id, name, slug) VALUES (org, 'Full', 'full');
	SET LOCAL session_replication_role = replica;
	FOR t IN SELECT a.tenant_table FROM ops.archive_tables() a ORDER BY a.place LOOP
		EXECUTE format('DELETE FROM %s WHERE org_id = %L', t, org);
		SELECT string_agg(quote_ident(a.attname), ', '), string_agg(CASE WHEN a.attname = 'id' AND a.atttypid = 'bigint'::regtype THEN '1'
				WHEN a.attname = 'user_id' THEN quote_literal('u') ELSE coalesce(quote_literal(test.value(a.atttypid)), 'NULL') END, ', ')
		  INTO columns, vals FROM pg_attribute a
		 WHERE a.attrelid = t AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'org_id' AND a.attgenerated = ''
		   -- Omits references of a row to its own table and to the tables of identity.
		   AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = t AND f.contype = 'f' AND a.attnum = ANY (f.conkey)
			AND (f.confrelid = t OR (SELECT c.relnamespace FROM pg_class c WHERE c.oid = f.confrelid) = 'identity'::regnamespace)
			AND NOT a.attnotnull);
		EXECUTE format('INSERT INTO %s (org_id, %s) VALUES (%L, %s)', t, columns, org, vals);
	END LOOP;
END $$;

-- Returns the tables without a row.
CREATE FUNCTION test.empty() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
	filled boolean;
BEGIN
	FOR t IN SELECT a.tenant_table FROM ops.archive_tables() a LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s)', t) INTO filled;
		IF NOT filled THEN
			RETURN NEXT t::text;
		END IF;
	END LOOP;
END $$;
