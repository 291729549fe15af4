-- Limits of texts: the member "limit" of their descriptions. The values of some kinds have further rules: links are http
-- or https URLs, and addresses have one of three types. Triggers check values that change, so other values in existing
-- rows are kept. The limit of metadata is in bytes, and also applies to the result of a merge.
-- needs: ops/catalogue.sql ops/link.sql

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.text_limits() RETURNS TABLE (child name, member name, most integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT r.name::name, f.name::name, (f.description->>'limit')::integer
	  FROM ops.resource r JOIN ops.field f ON f.resource = r.name
	 WHERE r.description->>'table' = 'crm.' || r.name AND f.description ? 'limit' AND f.type IS NOT NULL
$$;

-- Refuses a row in which a text that the write changes is longer than its limit.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_long_text(child name, was jsonb, said jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	l record;
BEGIN
	IF ops.mode('restoring') THEN
		RETURN;
	END IF;
	SELECT x.*, octet_length(said->>x.member) AS bytes INTO l FROM crm.text_limits() x WHERE x.child = refuse_long_text.child
	   AND (x.member = 'metadata' AND octet_length(said->>x.member) > x.most
		OR char_length(said->>x.member) > x.most AND NOT ops.mode('merging'))
	   AND said->>x.member IS DISTINCT FROM was->>x.member LIMIT 1;
	IF l.member = 'metadata' THEN
		PERFORM ops.refuse('metadata_too_large', l.member, l.bytes::text, l.most::text);
	ELSIF FOUND THEN
		PERFORM ops.refuse('too_many_characters', l.member, l.most::text);
	END IF;
END $$;

-- Drops the generated trigger functions of the tables that no longer need them. A function is named after its table.
CREATE OR REPLACE FUNCTION crm.drop_generated(prefix text, needed name[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'crm'::regnamespace AND starts_with(p.proname, prefix)
	    AND p.proname <> ALL (ARRAY(SELECT left(prefix || n, 63) FROM unnest(needed) n)) LOOP
		EXECUTE format('DROP FUNCTION %s CASCADE', f);
	END LOOP;
END $$;

-- Returns the fields whose kind has a rule. For each field, returns the condition that its value breaks the rule. In
-- the condition, %s stands for the value.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.kind_rules() RETURNS TABLE (child name, member name, kind text, broken text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT r.name::name, f.name::name, f.description->>'kind', CASE f.description->>'kind' WHEN 'url' THEN 'NOT ops.is_web_link(%s)'
			WHEN 'urls' THEN 'crm.odd_element(%s::jsonb, ''urls'', NULL) IS NOT NULL'
			ELSE '%s @? ''$[*].type ? (@ != null && @ != "" && @ != "Work" && @ != "Home" && @ != "Other")''' END
	  FROM ops.resource r JOIN ops.field f ON f.resource = r.name
	 WHERE r.description->>'table' = 'crm.' || r.name AND f.description->>'kind' IN ('url', 'urls', 'emails', 'phones')
	   AND f.description ? 'limit' AND f.type IS NOT NULL
$$;

-- Returns the position of the first element of a list that breaks the rule of its kind, unless the previous list has
-- the same link or type. Returns null if there is none.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.odd_element(list jsonb, kind text, was jsonb) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF jsonb_typeof(list) IS DISTINCT FROM 'array' THEN
		RETURN NULL;
	ELSIF kind = 'urls' THEN
		RETURN (SELECT min(x.n - 1) FROM jsonb_array_elements(list) WITH ORDINALITY x (e, n)
			WHERE NOT ops.is_web_link(x.e #>> '{}') AND NOT coalesce(was @> jsonb_build_array(x.e), false));
	END IF;
	RETURN (SELECT min(x.n - 1) FROM jsonb_array_elements(list) WITH ORDINALITY x (e, n)
		WHERE x.e->>'type' NOT IN ('', 'Work', 'Home', 'Other') AND NOT coalesce(was @> jsonb_build_array(jsonb_build_object('type', x.e->'type')), false));
END $$;

-- Refuses a row in which a value that the write changes breaks the rule of its kind.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_odd_value(child name, was jsonb, said jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	k record;
	n bigint;
BEGIN
	IF ops.mode('restoring') OR ops.mode('merging') OR ops.archive() THEN
		RETURN;
	END IF;
	FOR k IN SELECT x.* FROM crm.kind_rules() x WHERE x.child = refuse_odd_value.child AND said->x.member IS DISTINCT FROM was->x.member LOOP
		n := crm.odd_element(said->k.member, k.kind, was->k.member);
		IF k.kind = 'url' AND NOT ops.is_web_link(said->>k.member) THEN
			PERFORM ops.refuse('not_a_safe_link', k.member);
		ELSIF n IS NOT NULL AND k.kind = 'urls' THEN
			PERFORM ops.refuse('not_a_safe_link', format('%s.%s', k.member, n));
		ELSIF n IS NOT NULL THEN
			PERFORM ops.refuse('not_in_enumeration', format('%s.%s.type', k.member, n), 'Work, Home, Other');
		END IF;
	END LOOP;
END $$;

-- Generates a trigger and its function for each table. The function first compares the length of all texts together, in
-- bytes, with the lowest limit, because preparing an expression costs more than evaluating it. Then it compares the
-- length of each text in bytes, which is at least its length in characters, and examines only rows that exceed a limit.
CREATE OR REPLACE FUNCTION crm.limit_texts() RETURNS void
LANGUAGE plpgsql AS $do$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT l.child, min(l.most) AS lowest,
			string_agg('NEW.' || quote_ident(l.member), ', ' ORDER BY l.member) AS texts,
			string_agg(format('octet_length(NEW.%I::text) > %s', l.member, l.most), E'\n\t    OR ' ORDER BY l.member) AS long,
			(SELECT string_agg(format(k.broken, format('NEW.%I', k.member)), E'\n\t    OR ' ORDER BY k.member)
			   FROM crm.kind_rules() k WHERE k.child = l.child) AS odd
		  FROM crm.text_limits() l GROUP BY l.child LOOP
		EXECUTE format($$CREATE OR REPLACE FUNCTION crm.%I() RETURNS trigger
LANGUAGE plpgsql AS $f$
BEGIN%s
	IF octet_length(concat(%s)) <= %s THEN
		RETURN NEW;
	END IF;
	IF %s THEN
		PERFORM crm.refuse_long_text(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW));
	END IF;
	RETURN NEW;
END $f$ $$, 'limit_texts_of_' || t.child, CASE WHEN t.odd IS NOT NULL THEN format(E'\n\tIF %s THEN\n'
			'\t\tPERFORM crm.refuse_odd_value(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW));\n\tEND IF;', t.odd) END, t.texts, t.lowest, t.long);
		PERFORM ops.make_trigger(format('CREATE TRIGGER text_limits BEFORE INSERT OR UPDATE ON crm.%I '
			'FOR EACH ROW EXECUTE FUNCTION crm.%I()', t.child, 'limit_texts_of_' || t.child));
	END LOOP;
	PERFORM crm.drop_generated('limit_texts_of_', ARRAY(SELECT l.child FROM crm.text_limits() l));
END $do$;
