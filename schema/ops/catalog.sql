-- Facts about tables from the catalogs of the database.

-- Returns the columns that are never null, each between spaces: " crm.tags.id crm.tags.name ". Workers of the previous
-- release call this function.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.columns_not_null() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT ' ' || coalesce(string_agg(format('%s.%s.%s', n.nspname, c.relname, a.attname), ' '), '')
		|| ' '
	  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	  JOIN pg_namespace n ON n.oid = c.relnamespace
	 WHERE n.nspname IN ('crm', 'factory_app', 'identity', 'membership', 'ops') AND c.relkind IN ('r', 'p') AND a.attnotnull
	   AND a.attnum > 0 AND NOT a.attisdropped
$$;

-- Returns the values that a CHECK of the form "column IN (...)" or "column = ANY (function())" allows, as in "call,
-- email", or NULL for other constraints.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.allowed_values("schema" text, table_name text, "constraint" text)
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT string_agg(coalesce(m[1], m[2]), ', ')
	  FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
	  JOIN pg_namespace n ON n.oid = t.relnamespace
	  CROSS JOIN LATERAL pg_get_constraintdef(c.oid) def
	  CROSS JOIN LATERAL regexp_matches(CASE WHEN def ~ '^CHECK \(\(\w+ = ANY \(ARRAY\[' THEN def
		ELSE (SELECT p.prosrc FROM pg_proc p JOIN pg_namespace s ON s.oid = p.pronamespace
			WHERE def LIKE format('CHECK ((%% = ANY (%s.%s())))', s.nspname, p.proname)) END,
		'''([^'']+)''|[\[ ](-?\d+)(?=[,\]])', 'g') m
	 WHERE n.nspname = "schema" AND t.relname = table_name AND c.conname = "constraint"
	   AND c.contype = 'c'
$$;

-- Returns the refusal for a violated constraint: its code, its arguments as JSON, and its text. Returns nulls if the
-- constraint itself explains the violation best.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.explain_check(schema_name text, table_name text, check_name text, OUT code text, OUT arguments text, OUT said text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	allowed text := ops.allowed_values(schema_name, table_name, check_name);
	def text;
	several boolean;
	words text[] := '{}';
	m text[];
BEGIN
	SELECT regexp_replace(pg_get_constraintdef(k.oid), '::(text|numeric|bigint|integer|smallint|date)\M', '', 'g'), cardinality(k.conkey) > 1
	  INTO def, several
	  FROM pg_constraint k WHERE k.conname = check_name AND k.contype = 'c' AND k.conrelid = to_regclass(format('%I.%I', schema_name, table_name));
	IF allowed IS NOT NULL THEN
		code := 'not_among_values';
		words := ARRAY[allowed];
	ELSIF def ~ ' OR |CASE' THEN
		RETURN;
	ELSIF def ~ '^CHECK \(\(\(\w+ IS NULL\) (=|<>) \(\w+ IS NULL\)\)\)$' THEN
		m := regexp_match(def, '\((\w+) IS NULL\) (=|<>) \((\w+) IS NULL\)');
		code := CASE m[2] WHEN '=' THEN 'together_with' ELSE 'exactly_one_of' END;
		words := ARRAY[CASE m[2] WHEN '=' THEN m[3] ELSE m[1] || ', ' || m[3] END];
	ELSIF several THEN
		m := regexp_match(def, '^CHECK \(\(\w+ (>|>=|<>) (\w+)\)\)$');
		code := CASE m[1] WHEN '>' THEN 'after_member' WHEN '>=' THEN 'not_before_member' WHEN '<>' THEN 'other_than_member' END;
		words := ARRAY[m[2]];
		IF m IS NULL THEN
			m := regexp_match(def, '^CHECK \(\(num_nonnulls\(([\w, ]+)\) = 1\)\)$');
			code := CASE WHEN m IS NOT NULL THEN 'exactly_one_of' END;
			words := ARRAY[m[1]];
		END IF;
	ELSIF def ~ '\^https\?://' AND def ~ 'char_length\(\w+\) <= \d' THEN
		code := 'http_url_to';
		words := regexp_match(def, 'char_length\(\w+\) <= (\d+)');
	ELSIF def ~ 'char_length\(\w+\) <= \d' THEN
		words := regexp_match(def, 'char_length\(\w+\) <= (\d+)');
		code := CASE WHEN def ~ $r$<> ''|>= 1|~ '\\S'$r$ THEN 'characters_from_1' ELSE 'too_many_characters' END;
	ELSIF def ~ 'jsonb?_typeof\(\w+\) = ' THEN
		m := regexp_match(def, 'jsonb_array_length\(\w+\) (?:= (\d+)|>= (\d+).* <= (\d+)|<= (\d+))');
		words := ARRAY(SELECT x FROM unnest(regexp_match(def, '(?:octet_)?length\(\(\w+\)\) <= (\d+)')) x);
		IF m IS NOT NULL THEN
			code := 'list_of_elements';
			words := ARRAY[coalesce(m[1], m[2], '0'), coalesce(m[1], m[3], m[4])];
		ELSIF words <> '{}' THEN
			code := CASE WHEN def ~ $r$= 'object'$r$ THEN 'object_of_bytes' ELSE 'list_of_bytes' END;
		ELSE
			code := CASE WHEN def ~ $r$= 'object'$r$ THEN 'not_an_object' ELSE 'not_a_list' END;
		END IF;
	ELSIF def ~ 'safe_link' THEN
		code := 'not_a_safe_link';
	ELSIF def ~ $r$~ '\^\[A-Z\]\{3\}\$'$r$ THEN
		code := 'not_a_currency';
	ELSIF def ~ '^CHECK \(\(\w+ <> ''''\)\)$' THEN
		code := 'empty_text';
	ELSIF def ~ 'scale\(.*\) <= \d+' THEN
		m := regexp_match(def, ' >(=?) \(?''?(-?[\d.]+).* <= \(?''?(-?[\d.]+).*scale\(.*\) <= (\d+)');
		code := CASE m[1] WHEN '=' THEN 'number_with_decimals' ELSE 'positive_with_decimals' END;
		words := CASE m[1] WHEN '=' THEN m[2:4] ELSE m[3:4] END;
	ELSIF def ~ '\w+ >= ''?-?[\d-]' AND def ~ '\w+ <= ''?-?[\d-]' THEN
		code := 'number_out_of_bounds';
		words := ARRAY[(regexp_match(def, '>= ''?\(?(-?[\d.-]+)'))[1], (regexp_match(def, '<= ''?\(?(-?[\d.-]+)'))[1]];
	ELSIF def ~ '^CHECK \(\("?\w+"? >=? \(?-?[\d.]+\)?\)\)$' THEN
		m := regexp_match(def, '(>=?) \(?(-?[\d.]+)');
		code := CASE m[1] WHEN '>' THEN 'more_than' ELSE 'at_least' END;
		words := ARRAY[m[2]];
	ELSIF def ~ $r$^CHECK \(\(\w+ ~ '[^']+'\)\)\Z$r$ THEN
		code := 'not_like_pattern';
		words := regexp_match(def, $r$~ '([^']+)'$r$);
	END IF;
	IF code IS NOT NULL THEN
		said := ops.refusal_said(code, words);
		arguments := to_json(words);
	END IF;
END $$;

-- Notes a fault for each constraint of a single column that a row violates. A trigger that reports all faults at once
-- calls this function, since Postgres stops at the first violated constraint.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.note_violations(of_table regclass, new anyelement) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	k record;
	fits boolean;
BEGIN
	FOR k IN SELECT n.nspname, c.relname, x.conname, a.attname, pg_get_expr(x.conbin, x.conrelid) AS rule
		  FROM pg_constraint x JOIN pg_class c ON c.oid = x.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		  JOIN pg_attribute a ON a.attrelid = x.conrelid AND a.attnum = x.conkey[1]
		 WHERE x.conrelid = of_table AND x.contype = 'c' AND cardinality(x.conkey) = 1 ORDER BY x.conname LOOP
		EXECUTE format('SELECT (%s) IS NOT FALSE FROM (SELECT ($1).*) x', k.rule) INTO fits USING new;
		IF NOT fits THEN
			PERFORM ops.fault(coalesce(e.code, (ops.refusal_of_error('23514', '')).code), k.attname, VARIADIC ARRAY(SELECT json_array_elements_text(coalesce(e.arguments, '[]')::json)))
			   FROM ops.explain_check(k.nspname, k.relname, k.conname) e;
		END IF;
	END LOOP;
END $$;
