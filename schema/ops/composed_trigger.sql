-- One BEFORE trigger for each tenant table, composed from the row triggers that the files of schema/ declare.
--
-- A trigger costs a write more than most of its checks: Postgres prepares the trigger's condition for each statement, and
-- PL/pgSQL prepares both rows for each call. "tenantry schema up" therefore moves the declared triggers of a table to
-- ops.trigger_part, and generates a function that contains the bodies of their functions, in the order of the names.
-- A declared trigger stays a trigger if it runs as the owner, or if it protects a log.
-- needs: ops/catalogue.sql

-- Returns the triggers that the files declare for a table.
CREATE OR REPLACE FUNCTION ops.declared_triggers(of_table regclass) RETURNS TABLE (name text, definition text, function regprocedure)
LANGUAGE sql STABLE AS $$
	SELECT g.tgname, pg_get_triggerdef(g.oid), g.tgfoid::regprocedure FROM pg_trigger g
	 WHERE g.tgrelid = of_table AND NOT g.tgisinternal AND g.tgname <> 'before_write'
	UNION ALL SELECT p.name, p.definition, (p.function || '()')::regprocedure FROM ops.trigger_part p
	 WHERE p.tenant_table::regclass = of_table
$$;

-- Returns the body of a trigger function as a block: RETURN leaves the block, and arguments are constants.
CREATE OR REPLACE FUNCTION ops.trigger_block(function text, arguments text[]) RETURNS text
LANGUAGE plpgsql STABLE AS $make$
DECLARE
	p pg_proc := (SELECT f FROM pg_proc f WHERE f.oid = to_regprocedure(function || '()'));
	label text := quote_ident(p.proname);
	body text := regexp_replace(btrim(p.prosrc, E' \t\n'), '\mRETURN NEW;', format('EXIT %s;', label), 'g');
BEGIN
	FOR n IN 1 .. cardinality(arguments) LOOP
		body := replace(body, format('TG_ARGV[%s]', n - 1), format('%L::text', arguments[n]));
	END LOOP;
	body := replace(body, 'TG_ARGV', format('%L::text[]', arguments));
	IF body !~ '^(DECLARE|BEGIN)\M' OR body ~ '\mRETURN\s+(?!NULL;)|\mTG_(NARGS|NAME)\M' THEN
		RAISE EXCEPTION '%: this function cannot be part of a composed trigger', function;
	END IF;
	RETURN format(E'<<%s>>\n%s;', label, regexp_replace(body, format('\s*EXIT %s;\s*END$', label), E'\nEND'));
END $make$;

-- Returns the parts of a table that run on an event. A part with a list of columns runs if one of their values changes.
CREATE OR REPLACE FUNCTION ops.trigger_blocks(of_table text, event text) RETURNS text
LANGUAGE sql STABLE AS $make$
	SELECT string_agg(CASE WHEN c.said = '' THEN b.said ELSE format(E'IF %s THEN\n%s\nEND IF;', c.said, b.said) END, E'\n' ORDER BY t.name COLLATE "C")
	  FROM ops.trigger_part t CROSS JOIN LATERAL ops.trigger_block(t.function, t.arguments) b (said)
	 CROSS JOIN LATERAL (SELECT concat_ws(' AND ', (SELECT '(' || string_agg(format(CASE a.atttypid WHEN 'json'::regtype
				THEN 'NEW.%1$I::text IS DISTINCT FROM OLD.%1$I::text' ELSE 'NEW.%1$I IS DISTINCT FROM OLD.%1$I' END, a.attname), ' OR ' ORDER BY m.n) || ')'
			  FROM unnest(t.members) WITH ORDINALITY m (name, n) JOIN pg_attribute a ON a.attrelid = of_table::regclass AND a.attname = m.name
			 WHERE event = 'UPDATE'), t.condition)) c (said)
	 WHERE t.tenant_table = of_table AND event = ANY (t.events)
$make$;

-- Moves the declared row triggers of tables with a tenant guard to ops.trigger_part.
CREATE OR REPLACE FUNCTION ops.take_triggers() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	t record;
BEGIN
	DELETE FROM ops.trigger_part p WHERE to_regclass(p.tenant_table) IS NULL OR to_regprocedure(p.function || '()') IS NULL;
	FOR t IN SELECT format('%I.%I', c.relnamespace::regnamespace, c.relname) AS tenant_table, g.tgname,
			format('%I.%I', f.pronamespace::regnamespace, f.proname) AS function,
			array_remove(ARRAY[CASE WHEN g.tgtype & 4 > 0 THEN 'INSERT' END, CASE WHEN g.tgtype & 16 > 0 THEN 'UPDATE' END], NULL) AS events,
			ARRAY(SELECT a.attname::text FROM unnest(g.tgattr::smallint[]) WITH ORDINALITY m (attnum, n)
				JOIN pg_attribute a ON a.attrelid = g.tgrelid AND a.attnum = m.attnum ORDER BY m.n) AS members,
			(string_to_array(encode(g.tgargs, 'escape'), '\000'))[1:g.tgnargs] AS arguments,
			substring(pg_get_triggerdef(g.oid) FROM ' WHEN \((.*)\) EXECUTE FUNCTION ') AS condition, pg_get_triggerdef(g.oid) AS definition
		  FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_proc f ON f.oid = g.tgfoid JOIN pg_language l ON l.oid = f.prolang
		 WHERE NOT g.tgisinternal AND g.tgenabled = 'O' AND g.tgtype & 75 = 3 AND l.lanname = 'plpgsql'	-- before each row, not DELETE
		   AND NOT f.prosecdef AND f.proconfig IS NULL AND f.proname !~ '^(before_write_of_|refuse_change$|refuse_log_)'
		   AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant') LOOP
		INSERT INTO ops.trigger_part AS p VALUES (t.tenant_table, t.tgname, t.function, t.events, t.members, t.arguments, t.condition, t.definition)
		ON CONFLICT ON CONSTRAINT trigger_part_pkey DO UPDATE SET function = excluded.function, events = excluded.events, members = excluded.members,
			arguments = excluded.arguments, condition = excluded.condition, definition = excluded.definition;
		EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.tenant_table);
	END LOOP;
END $$;

-- Composes the triggers. ops.compile_catalogue() calls this function. An unchanged function is not replaced, so that
-- sessions need not compile it again.
CREATE OR REPLACE FUNCTION ops.compose_triggers() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $make$
DECLARE
	t record;
	body text;
BEGIN
	PERFORM ops.take_triggers();
	FOR t IN SELECT p.oid::regprocedure AS function FROM pg_proc p JOIN pg_trigger g ON g.tgfoid = p.oid AND g.tgname = 'before_write'
	    WHERE NOT EXISTS (SELECT FROM ops.trigger_part x WHERE x.tenant_table::regclass = g.tgrelid) LOOP
		EXECUTE format('DROP FUNCTION %s CASCADE', t.function);
	END LOOP;
	FOR t IN SELECT p.tenant_table, format('%I.%I', n.nspname, 'before_write_of_' || c.relname) AS function,
			ops.trigger_blocks(p.tenant_table, 'INSERT') AS inserted, ops.trigger_blocks(p.tenant_table, 'UPDATE') AS updated
		  FROM (SELECT DISTINCT x.tenant_table FROM ops.trigger_part x) p JOIN pg_class c ON c.oid = p.tenant_table::regclass
		  JOIN pg_namespace n ON n.oid = c.relnamespace LOOP
		body := format(E'\nBEGIN\nIF TG_OP = ''INSERT'' THEN\n%s\nELSE\n%s\nEND IF;\nRETURN NEW;\nEND ', coalesce(t.inserted, 'NULL;'), coalesce(t.updated, 'NULL;'));
		IF body IS DISTINCT FROM (SELECT f.prosrc FROM pg_proc f WHERE f.oid = to_regprocedure(t.function || '()')) THEN
			EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS %L', t.function, body);
		END IF;
		PERFORM ops.make_trigger(format('CREATE TRIGGER before_write BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()',
			t.tenant_table, t.function));
	END LOOP;
END $make$;
