-- Triggers of a tenant table that are composed from the row triggers that the files of schema/ declare.
--
-- A trigger costs a write more than most of its checks: Postgres prepares the trigger's condition for each statement, and
-- PL/pgSQL prepares both rows for each call. "tenantry schema up" therefore moves the declared triggers of a table to
-- ops.trigger_part, and generates a function that contains the bodies of their functions, in the order of the names:
-- "before_write" for BEFORE triggers that run as the caller, and "record" for at least three AFTER triggers that run as the
-- owner. A trigger that protects or writes a log stays a trigger. If other BEFORE triggers of a table run between some of
-- its parts, each group of parts becomes a trigger with the name of its first part and "+", so that the order remains.
-- needs: ops/catalogue.sql

-- Returns the triggers that the files declare for a table.
-- callers: pg_read_all_data
CREATE OR REPLACE FUNCTION ops.declared_triggers(of_table regclass) RETURNS TABLE (name text, definition text, function regprocedure)
LANGUAGE sql STABLE AS $$
	SELECT g.tgname, pg_get_triggerdef(g.oid), g.tgfoid::regprocedure FROM pg_trigger g
	 WHERE g.tgrelid = of_table AND NOT g.tgisinternal AND g.tgfoid::regproc::text !~ '(before_write|record)_of_'
	UNION ALL SELECT p.name, p.definition, (p.function || '()')::regprocedure FROM ops.trigger_part p
	 WHERE p.tenant_table::regclass = of_table
$$;

-- Returns whether an enabled trigger of a table runs a function, which may be part of a composed trigger.
CREATE OR REPLACE FUNCTION ops.runs_trigger(of_table regclass, function text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = of_table AND g.tgenabled IN ('O', 'A') AND (g.tgfoid = to_regproc(runs_trigger.function)
		OR EXISTS (SELECT FROM ops.trigger_part p WHERE p.tenant_table::regclass = of_table AND p.composed = g.tgname AND p.function = runs_trigger.function)))
$$;

-- Returns the body of a trigger function as a block: RETURN leaves the block, and arguments are constants. Only a BEFORE
-- trigger may return null, which leaves the row unwritten.
CREATE OR REPLACE FUNCTION ops.trigger_block(function text, arguments text[], composed text) RETURNS text
LANGUAGE plpgsql STABLE AS $make$
DECLARE
	p pg_proc := (SELECT f FROM pg_proc f WHERE f.oid = to_regprocedure(function || '()'));
	label text := quote_ident(p.proname);
	body text := regexp_replace(btrim(p.prosrc, E' \t\n'), CASE composed WHEN 'record' THEN '\mRETURN (NEW|OLD|NULL);' ELSE '\mRETURN NEW;' END,
		format('EXIT %s;', label), 'g');
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

-- Returns the parts of a trigger that run on an event. A part with a list of columns runs if one of their values changes.
CREATE OR REPLACE FUNCTION ops.trigger_blocks(of_table text, composed text, event text) RETURNS text
LANGUAGE sql STABLE AS $make$
	SELECT string_agg(CASE WHEN c.said = '' THEN b.said ELSE format(E'IF %s THEN\n%s\nEND IF;', c.said, b.said) END, E'\n' ORDER BY t.name COLLATE "C")
	  FROM ops.trigger_part t CROSS JOIN LATERAL ops.trigger_block(t.function, t.arguments, t.composed) b (said)
	 CROSS JOIN LATERAL (SELECT concat_ws(' AND ', (SELECT '(' || string_agg(format(CASE WHEN a.atttypid IN ('json'::regtype, 'numeric'::regtype)
				THEN 'NEW.%1$I::text IS DISTINCT FROM OLD.%1$I::text' ELSE 'NEW.%1$I IS DISTINCT FROM OLD.%1$I' END, a.attname), ' OR ' ORDER BY m.n) || ')'
			  FROM unnest(t.members) WITH ORDINALITY m (name, n) JOIN pg_attribute a ON a.attrelid = of_table::regclass AND a.attname = m.name
			 WHERE event = 'UPDATE'), t.condition)) c (said)
	 WHERE t.tenant_table = of_table AND t.composed = trigger_blocks.composed AND event = ANY (t.events)
$make$;

-- Returns the kind of the composed trigger to which a declared trigger can belong, "none", or null for a composed trigger.
CREATE OR REPLACE FUNCTION ops.composed_of(g pg_trigger) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN f.proname ~ '^(before_write|record)_of_' THEN NULL
		WHEN l.lanname <> 'plpgsql' OR g.tgconstraint <> 0 OR g.tgenabled <> 'O' THEN 'none'
		WHEN g.tgtype & 75 = 3 AND NOT f.prosecdef AND f.proconfig IS NULL	-- before each row, not DELETE
			AND f.proname !~ '^(refuse_change$|refuse_log_)' THEN 'before_write'
		WHEN g.tgtype & 67 = 1 AND f.prosecdef AND f.proconfig = '{"search_path=crm, pg_temp"}'	-- after each row
			AND g.tgname > 'audit' COLLATE "C" THEN 'record'
		ELSE 'none' END
	  FROM pg_proc f JOIN pg_language l ON l.oid = f.prolang WHERE f.oid = g.tgfoid
$$;

-- Copies the declared row triggers of tables with a tenant guard to ops.trigger_part.
CREATE OR REPLACE FUNCTION ops.copy_triggers() RETURNS void
LANGUAGE sql AS $$
	DELETE FROM ops.trigger_part p WHERE to_regclass(p.tenant_table) IS NULL OR to_regprocedure(p.function || '()') IS NULL;
	INSERT INTO ops.trigger_part AS p (tenant_table, name, function, events, members, arguments, condition, definition, composed)
	SELECT format('%I.%I', c.relnamespace::regnamespace, c.relname), g.tgname, format('%I.%I', f.pronamespace::regnamespace, f.proname),
		array_remove(ARRAY[CASE WHEN g.tgtype & 4 > 0 THEN 'INSERT' END, CASE WHEN g.tgtype & 16 > 0 THEN 'UPDATE' END,
			CASE WHEN g.tgtype & 8 > 0 THEN 'DELETE' END], NULL),
		ARRAY(SELECT a.attname::text FROM unnest(g.tgattr::smallint[]) WITH ORDINALITY m (attnum, n)
			JOIN pg_attribute a ON a.attrelid = g.tgrelid AND a.attnum = m.attnum ORDER BY m.n),
		(string_to_array(encode(g.tgargs, 'escape'), '\000'))[1:g.tgnargs],
		substring(pg_get_triggerdef(g.oid) FROM ' WHEN \((.*)\) EXECUTE FUNCTION '), pg_get_triggerdef(g.oid), k.composed
	  FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_proc f ON f.oid = g.tgfoid
	 CROSS JOIN LATERAL ops.composed_of(g) k (composed)
	 WHERE NOT g.tgisinternal AND k.composed <> 'none' AND EXISTS (SELECT FROM pg_policy q WHERE q.polrelid = c.oid AND q.polname = 'tenant')
	ON CONFLICT ON CONSTRAINT trigger_part_pkey DO UPDATE SET function = excluded.function, events = excluded.events, members = excluded.members,
		arguments = excluded.arguments, condition = excluded.condition, definition = excluded.definition, composed = excluded.composed
$$;

-- Names the composed triggers. Returns the parts that remain triggers, because too few others run with them.
CREATE OR REPLACE FUNCTION ops.group_triggers() RETURNS TABLE (definition text)
LANGUAGE sql AS $$
	UPDATE ops.trigger_part p SET composed = CASE WHEN s.others = 0 THEN 'before_write' ELSE s.first || '+' END
	  FROM (SELECT x.*, min(x.name COLLATE "C") OVER (PARTITION BY x.tenant_table, x.lower) AS first
		  FROM (SELECT t.tenant_table, t.name, count(g) FILTER (WHERE g.tgname < t.name COLLATE "C") AS lower, count(g) AS others
			  FROM ops.trigger_part t LEFT JOIN pg_trigger g ON g.tgrelid = t.tenant_table::regclass AND g.tgtype & 67 = 3
				AND g.tgtype & 20 > 0 AND NOT g.tgisinternal AND ops.composed_of(g) = 'none'
			 WHERE t.composed <> 'record' GROUP BY t.tenant_table, t.name) x) s
	 WHERE s.tenant_table = p.tenant_table AND s.name = p.name;
	DELETE FROM ops.trigger_part p
	 WHERE (SELECT count(*) FROM ops.trigger_part o WHERE o.tenant_table = p.tenant_table AND o.composed = p.composed)
		< CASE p.composed WHEN 'record' THEN 3 ELSE 2 END
	RETURNING p.definition
$$;

-- Moves the declared row triggers to ops.trigger_part, and drops composed triggers without parts.
CREATE OR REPLACE FUNCTION ops.take_triggers() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	t record;
BEGIN
	PERFORM ops.copy_triggers();
	FOR t IN SELECT p.definition FROM ops.group_triggers() p LOOP
		PERFORM ops.make_trigger(t.definition);
	END LOOP;
	FOR t IN SELECT p.tenant_table, p.name FROM ops.trigger_part p JOIN pg_trigger g ON g.tgrelid = p.tenant_table::regclass AND g.tgname = p.name
		UNION ALL SELECT g.tgrelid::regclass::text, g.tgname FROM pg_trigger g WHERE ops.composed_of(g) IS NULL AND NOT g.tgisinternal
		AND NOT EXISTS (SELECT FROM ops.trigger_part p WHERE p.tenant_table::regclass = g.tgrelid AND p.composed = g.tgname) LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', t.name, t.tenant_table);
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
	FOR t IN SELECT p.tenant_table, p.composed, p.composed = 'record' AS records,
			format('%I.%I', n.nspname, CASE p.composed WHEN 'record' THEN 'record' ELSE 'before_write' END || '_of_' || c.relname || CASE WHEN p.n > 1
				THEN '_' || p.n ELSE '' END) AS function,
			coalesce(ops.trigger_blocks(p.tenant_table, p.composed, 'INSERT'), 'NULL;') AS inserted,
			coalesce(ops.trigger_blocks(p.tenant_table, p.composed, 'UPDATE'), 'NULL;') AS updated,
			ops.trigger_blocks(p.tenant_table, p.composed, 'DELETE') AS deleted
		  FROM (SELECT x.tenant_table, x.composed, row_number() OVER (PARTITION BY x.tenant_table, x.composed = 'record' ORDER BY x.composed COLLATE "C") AS n
			  FROM ops.trigger_part x GROUP BY x.tenant_table, x.composed) p JOIN pg_class c ON c.oid = p.tenant_table::regclass
		  JOIN pg_namespace n ON n.oid = c.relnamespace LOOP
		body := format(E'\nBEGIN\nIF TG_OP = ''INSERT'' THEN\n%s\n%sELSE\n%s\nEND IF;\nRETURN %s;\nEND ', t.inserted,
			E'ELSIF TG_OP = ''DELETE'' THEN\n' || t.deleted || E'\n', t.updated, CASE WHEN t.records THEN 'NULL' ELSE 'NEW' END);
		IF body IS DISTINCT FROM (SELECT f.prosrc FROM pg_proc f WHERE f.oid = to_regprocedure(t.function || '()')) THEN
			EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql %s AS %L', t.function,
				CASE WHEN t.records THEN 'SECURITY DEFINER SET search_path = crm, pg_temp' END, body);
		END IF;
		PERFORM ops.make_trigger(format('CREATE TRIGGER %I %s ON %s FOR EACH ROW EXECUTE FUNCTION %s()', t.composed, CASE WHEN NOT t.records
			THEN 'BEFORE INSERT OR UPDATE' WHEN t.deleted IS NULL THEN 'AFTER INSERT OR UPDATE' ELSE 'AFTER INSERT OR DELETE OR UPDATE' END,
			t.tenant_table, t.function));
	END LOOP;
	FOR t IN SELECT f.oid::regprocedure AS function FROM pg_proc f WHERE f.proname ~ '^(before_write|record)_of_' AND f.prorettype = 'trigger'::regtype
	    AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgfoid = f.oid) LOOP
		EXECUTE format('DROP FUNCTION %s', t.function);
	END LOOP;
END $make$;
