-- The expressions of formulas and mappings. An expression has no loops and a limited number of words, so the time to
-- evaluate it is limited. Numbers are exact decimals.
-- needs: ops/refusal.sql

-- Returns the functions of expressions, each with the minimum and maximum number of its arguments.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.expression_functions() RETURNS TABLE (name text, fewest integer, most integer)
LANGUAGE sql IMMUTABLE AS $$
	VALUES ('if', 3, 3), ('coalesce', 1, 20), ('empty', 1, 1), ('field', 1, 1), ('lookup', 2, 3),
		('upper', 1, 1), ('lower', 1, 1), ('trim', 1, 1), ('length', 1, 1), ('substring', 2, 3), ('replace', 3, 3),
		('split', 3, 3), ('contains', 2, 2), ('starts_with', 2, 2), ('text', 1, 1),
		('number', 1, 1), ('round', 1, 2), ('floor', 1, 1), ('ceil', 1, 1), ('abs', 1, 1), ('least', 1, 20), ('greatest', 1, 20),
		('date', 1, 2), ('format_date', 2, 2), ('add_days', 2, 2), ('days_between', 2, 2), ('today', 0, 0)
$$;

-- Returns the tokens of an expression, each with a prefix for its kind: number, string, identifier, operator.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.expression_words(source text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	rest text := source;
	words text[] := '{}';
	m text[];
BEGIN
	IF char_length(source) > 2000 THEN
		PERFORM ops.refuse('expression_too_long');
	END IF;
	LOOP
		rest := ltrim(rest, E' \t\r\n');
		EXIT WHEN rest = '';
		m := regexp_match(rest, '^((\d{1,30}(?:\.\d{1,20})?)|''((?:[^'']|'''')*)''|([A-Za-z_]\w*(?:\.\w+)*)|(<=|>=|<>|!=|[-+*/%&=<>(),]))');
		IF m IS NULL THEN
			PERFORM ops.refuse('expression_unreadable', NULL, (char_length(source) - char_length(rest) + 1)::text);
		END IF;
		words := words || CASE WHEN m[2] IS NOT NULL THEN 'n' || m[2] WHEN m[4] IS NOT NULL THEN 'i' || m[4]
			WHEN m[5] IS NOT NULL THEN 'o' || CASE m[5] WHEN '!=' THEN '<>' ELSE m[5] END
			ELSE 's' || replace(m[3], '''''', '''') END;
		IF array_length(words, 1) > 400 THEN
			PERFORM ops.refuse('expression_too_many_words');
		END IF;
		rest := substr(rest, char_length(m[1]) + 1);
	END LOOP;
	RETURN words;
END $$;

-- Parses an expression from the word at "at", with operators of at least the precedence "level": {"node": ["+",
-- ["field", "a"], ["value", 1]], "at": 4}.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.parse_words(words text[], at integer, level integer, depth integer) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	word text := substr(words[at], 2);
	kind text := left(words[at], 1);
	node jsonb;
	part jsonb;
	f record;
	strength integer;
	height integer := depth;
BEGIN
	IF kind IS NULL THEN
		PERFORM ops.refuse('expression_incomplete');
	ELSIF depth > 40 THEN
		PERFORM ops.refuse('nested_too_deeply');
	END IF;
	at := at + 1;
	IF kind = 'n' THEN
		node := jsonb_build_array('value', word::numeric);
	ELSIF kind = 's' THEN
		node := jsonb_build_array('value', word);
	ELSIF words[at - 1] IN ('o-', 'o(') OR kind = 'i' AND lower(word) = 'not' THEN
		part := crm.parse_words(words, at, CASE word WHEN '-' THEN 7 WHEN '(' THEN 1 ELSE 3 END, depth + 1);
		at := (part->>'at')::integer;
		node := part->'node';
		IF word <> '(' THEN
			node := jsonb_build_array(CASE word WHEN '-' THEN 'minus' ELSE 'not' END, node);
		ELSIF words[at] IS DISTINCT FROM 'o)' THEN
			PERFORM ops.refuse('expression_parenthesis');
		ELSE
			at := at + 1;
		END IF;
	ELSIF kind = 'i' AND words[at] = 'o(' THEN
		SELECT x.* INTO f FROM crm.expression_functions() x WHERE x.name = lower(word);
		IF NOT FOUND THEN
			PERFORM ops.refuse('expression_function_unknown', NULL, left(word, 50));
		END IF;
		node := jsonb_build_array(f.name);
		at := at + 1;
		WHILE words[at] IS DISTINCT FROM 'o)' LOOP
			IF jsonb_array_length(node) > 1 THEN
				IF words[at] IS DISTINCT FROM 'o,' THEN
					PERFORM ops.refuse('expression_parenthesis');
				END IF;
				at := at + 1;
			END IF;
			part := crm.parse_words(words, at, 1, depth + 1);
			at := (part->>'at')::integer;
			node := node || jsonb_build_array(part->'node');
		END LOOP;
		at := at + 1;
		IF jsonb_array_length(node) - 1 NOT BETWEEN f.fewest AND f.most THEN
			PERFORM ops.refuse('expression_arguments', NULL, f.name,
				CASE WHEN f.fewest = f.most THEN f.fewest::text ELSE f.fewest || ' to ' || f.most END);
		END IF;
	ELSIF kind = 'i' THEN
		node := CASE lower(word) WHEN 'true' THEN '["value", true]' WHEN 'false' THEN '["value", false]'
			WHEN 'null' THEN '["value", null]' ELSE jsonb_build_array('field', jsonb_build_array('value', word)) END;
	ELSE
		PERFORM ops.refuse('expression_value_expected', NULL, word);
	END IF;
	LOOP
		word := lower(substr(words[at], 2));
		strength := CASE WHEN words[at] IS NULL OR left(words[at], 1) IN ('n', 's') THEN NULL WHEN word = 'or' THEN 1 WHEN word = 'and' THEN 2
			WHEN word IN ('=', '<>', '<', '>', '<=', '>=') THEN 3 WHEN word = '&' THEN 4 WHEN word IN ('+', '-') THEN 5
			WHEN word IN ('*', '/', '%') THEN 6 END;
		EXIT WHEN strength IS NULL OR strength < level;
		height := height + 1;
		IF height > 40 THEN
			PERFORM ops.refuse('nested_too_deeply');
		END IF;
		part := crm.parse_words(words, at + 1, strength + 1, depth + 1);
		at := (part->>'at')::integer;
		node := jsonb_build_array(word, node, part->'node');
	END LOOP;
	RETURN jsonb_build_object('node', node, 'at', at);
END $$;

-- Returns the tree of an expression.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.parse_expression(source text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	words text[] := crm.expression_words(source);
	parsed jsonb := crm.parse_words(words, 1, 1, 0);
	word text := words[(parsed->>'at')::integer];
BEGIN
	IF word IS NOT NULL THEN
		PERFORM ops.refuse('expression_operator_expected', NULL, left(substr(word, 2), 50));
	END IF;
	RETURN parsed->'node';
END $$;

-- Returns a value as a number, or null if it is empty.
CREATE OR REPLACE FUNCTION crm.read_number(value jsonb) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	said text := btrim(value #>> '{}', E' \t\r\n');
	n numeric;
BEGIN
	IF said IS NULL OR said = '' THEN
		RETURN NULL;
	ELSIF jsonb_typeof(value) = 'number' THEN
		n := value::numeric;
	ELSIF jsonb_typeof(value) = 'string' AND said ~ '^[-+]?\d{1,40}(\.\d{1,40})?$' THEN
		n := said::numeric;
	ELSE
		PERFORM ops.refuse('not_a_number', NULL, left(said, 50));
	END IF;
	IF abs(n) >= 1e30 THEN
		PERFORM ops.refuse('number_too_long');
	END IF;
	RETURN trim_scale(round(n, 20));
END $$;
GRANT EXECUTE ON FUNCTION crm.read_number(jsonb) TO tenantry_app, tenantry_mcp_writer;

-- Returns a value as a text, or an empty text for null.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.read_string(value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	said text := CASE jsonb_typeof(value) WHEN 'number' THEN crm.read_number(value)::text ELSE coalesce(value #>> '{}', '') END;
BEGIN
	IF char_length(said) > 10000 THEN
		PERFORM ops.refuse('result_too_long');
	END IF;
	RETURN said;
END $$;

-- Returns a value as a boolean. Null counts as false.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.read_truth(value jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	said text := lower(btrim(value #>> '{}'));
BEGIN
	IF said IS NULL OR said IN ('', 'false', 'no', '0', 'f', 'n') THEN
		RETURN false;
	ELSIF said IN ('true', 'yes', '1', 't', 'y') THEN
		RETURN true;
	END IF;
	PERFORM ops.refuse('not_a_boolean', NULL, left(said, 50));
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_date_format(format text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	allowed text[] := '{YYYY-MM-DD,DD.MM.YYYY,DD/MM/YYYY,MM/DD/YYYY,DD-MM-YYYY,YYYY/MM/DD,YYYYMMDD}';
BEGIN
	IF upper(format) <> ALL (allowed) THEN
		PERFORM ops.refuse('date_format_unknown', NULL, array_to_string(allowed, ', '));
	END IF;
	RETURN upper(format);
END $$;

-- Returns a value as a date, or null if it is empty. Without a format, the date may be followed by a time, as in
-- JSON.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.read_day(value jsonb, format text) RETURNS date
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	said text := btrim(crm.read_string(value));
	shape text := coalesce(crm.check_date_format(format), 'YYYY-MM-DD');
	day date;
BEGIN
	IF said = '' THEN
		RETURN NULL;
	ELSIF format IS NULL THEN
		said := substring(said FROM '^(\d{4}-\d\d-\d\d)(?:[T ][0-9:.]+(?:Z|[-+][0-9:]+)?)?$');
	END IF;
	BEGIN
		day := to_date(said, shape);
	EXCEPTION WHEN data_exception THEN
		day := NULL;
	END;
	IF to_char(day, shape) IS DISTINCT FROM said OR day IS NULL THEN
		PERFORM ops.refuse('not_of_date_format', NULL, left(crm.read_string(value), 50), shape);
	END IF;
	RETURN day;
END $$;

-- Returns the value of a source: a member with this name, or the value at a path of names and positions. Returns null
-- if there is no such value.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.source_value(source jsonb, path text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(source->path, source #> string_to_array(path, '.'), 'null')
$$;

-- Returns the value of a tree for a row of a source. If a number is missing, the result is null.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.evaluate(node jsonb, source jsonb, lookups jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	op text := node->>0;
	a jsonb;
	b jsonb;
	c jsonb;
	x numeric;
	y numeric;
	said text;
BEGIN
	-- These operators evaluate only some of their arguments.
	CASE op
	WHEN 'value' THEN
		RETURN node->1;
	WHEN 'if' THEN
		RETURN crm.evaluate(node->CASE WHEN crm.read_truth(crm.evaluate(node->1, source, lookups)) THEN 2 ELSE 3 END,
			source, lookups);
	WHEN 'and', 'or' THEN
		IF crm.read_truth(crm.evaluate(node->1, source, lookups)) = (op = 'or') THEN
			RETURN to_jsonb(op = 'or');
		END IF;
		RETURN to_jsonb(crm.read_truth(crm.evaluate(node->2, source, lookups)));
	WHEN 'coalesce' THEN
		FOR n IN 1 .. jsonb_array_length(node) - 1 LOOP
			a := crm.evaluate(node->n, source, lookups);
			IF a NOT IN ('null', '""') THEN
				RETURN a;
			END IF;
		END LOOP;
		RETURN 'null';
	WHEN 'least', 'greatest' THEN
		FOR n IN 1 .. jsonb_array_length(node) - 1 LOOP
			y := crm.read_number(crm.evaluate(node->n, source, lookups));
			x := CASE op WHEN 'least' THEN least(x, y) ELSE greatest(x, y) END;
		END LOOP;
		RETURN coalesce(to_jsonb(x), 'null');
	ELSE
		NULL;
	END CASE;
	IF node->1 IS NOT NULL THEN
		a := crm.evaluate(node->1, source, lookups);
	END IF;
	IF node->2 IS NOT NULL THEN
		b := crm.evaluate(node->2, source, lookups);
	END IF;
	IF node->3 IS NOT NULL THEN
		c := crm.evaluate(node->3, source, lookups);
	END IF;
	CASE op
	WHEN '+', '-', '*', '/', '%', 'minus', 'number', 'round', 'floor', 'ceil', 'abs' THEN
		x := crm.read_number(a);
		y := crm.read_number(b);
		IF op IN ('/', '%') AND y = 0 THEN
			PERFORM ops.refuse('division_by_zero');
		ELSIF op = 'round' AND (coalesce(y, 0) NOT BETWEEN 0 AND 20 OR y <> trunc(y)) THEN
			PERFORM ops.refuse('round_places');
		END IF;
		x := CASE op WHEN '+' THEN x + y WHEN '-' THEN x - y WHEN '*' THEN x * y
			-- The quotient has 20 decimal places, regardless of the scales of its operands.
			WHEN '/' THEN round(x::numeric(60, 25) / y, 20) WHEN '%' THEN x % y WHEN 'minus' THEN -x WHEN 'number' THEN x
			WHEN 'round' THEN round(x, coalesce(y, 0)::integer) WHEN 'floor' THEN floor(x) WHEN 'ceil' THEN ceil(x) ELSE abs(x) END;
		RETURN coalesce(to_jsonb(crm.read_number(to_jsonb(x))), 'null');
	WHEN '=', '<>', '<', '>', '<=', '>=' THEN
		IF 'number' IN (jsonb_typeof(a), jsonb_typeof(b)) THEN
			x := crm.read_number(a);
			y := crm.read_number(b);
			RETURN coalesce(to_jsonb(CASE op WHEN '=' THEN x IS NOT DISTINCT FROM y WHEN '<>' THEN x IS DISTINCT FROM y
				WHEN '<' THEN x < y WHEN '>' THEN x > y WHEN '<=' THEN x <= y ELSE x >= y END), 'false');
		END IF;
		said := crm.read_string(a);
		RETURN to_jsonb(CASE op WHEN '=' THEN said = crm.read_string(b) WHEN '<>' THEN said <> crm.read_string(b)
			WHEN '<' THEN said COLLATE "C" < crm.read_string(b) WHEN '>' THEN said COLLATE "C" > crm.read_string(b)
			WHEN '<=' THEN said COLLATE "C" <= crm.read_string(b) ELSE said COLLATE "C" >= crm.read_string(b) END);
	WHEN 'not' THEN
		RETURN to_jsonb(NOT crm.read_truth(a));
	WHEN 'empty' THEN
		RETURN to_jsonb(a IN ('null', '""'));
	WHEN 'field' THEN
		RETURN crm.source_value(source, crm.read_string(a));
	WHEN 'lookup' THEN
		IF jsonb_typeof(lookups->crm.read_string(a)) IS DISTINCT FROM 'object' THEN
			PERFORM ops.refuse('no_such_lookup', NULL, left(crm.read_string(a), 50));
		END IF;
		c := coalesce(lookups->crm.read_string(a)->crm.read_string(b), c);
		IF c IS NULL THEN
			PERFORM ops.refuse('not_in_lookup', NULL, left(crm.read_string(b), 50),
				left(crm.read_string(a), 50));
		END IF;
		RETURN c;
	WHEN 'date' THEN
		RETURN coalesce(to_jsonb(crm.read_day(a, b #>> '{}')), 'null');
	WHEN 'format_date' THEN
		RETURN coalesce(to_jsonb(to_char(crm.read_day(a, NULL), crm.check_date_format(crm.read_string(b)))), 'null');
	WHEN 'add_days' THEN
		x := crm.read_number(b);
		IF abs(x) > 1000000 OR x <> trunc(x) THEN
			PERFORM ops.refuse('days_invalid');
		END IF;
		RETURN coalesce(to_jsonb(crm.read_day(a, NULL) + x::integer), 'null');
	WHEN 'days_between' THEN
		RETURN coalesce(to_jsonb(crm.read_day(b, NULL) - crm.read_day(a, NULL)), 'null');
	WHEN 'today' THEN
		RETURN to_jsonb(current_date);
	WHEN 'length' THEN
		RETURN to_jsonb(char_length(crm.read_string(a)));
	WHEN 'contains' THEN
		RETURN to_jsonb(strpos(crm.read_string(a), crm.read_string(b)) > 0);
	WHEN 'starts_with' THEN
		RETURN to_jsonb(starts_with(crm.read_string(a), crm.read_string(b)));
	ELSE
		said := crm.read_string(a);
		IF op IN ('substring', 'split') THEN
			x := coalesce(crm.read_number(CASE op WHEN 'split' THEN c ELSE b END), 1);
			y := crm.read_number(CASE op WHEN 'substring' THEN c END);
			IF x NOT BETWEEN 1 AND 10000 OR y NOT BETWEEN 0 AND 10000 THEN
				PERFORM ops.refuse('places_of_text', NULL, op);
			END IF;
		END IF;
		said := CASE op WHEN '&' THEN said || crm.read_string(b) WHEN 'upper' THEN upper(said) WHEN 'lower' THEN lower(said)
			WHEN 'trim' THEN btrim(said, E' \t\r\n') WHEN 'text' THEN said
			WHEN 'substring' THEN substr(said, x::integer, coalesce(y, 10000)::integer)
			WHEN 'replace' THEN replace(said, crm.read_string(b), crm.read_string(c))
			WHEN 'split' THEN split_part(said, crm.read_string(b), x::integer) END;
		RETURN to_jsonb(crm.read_string(to_jsonb(said)));
	END CASE;
END $$;
