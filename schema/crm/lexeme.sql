-- Lexemes: the search terms of rows.

-- These functions are in plpgsql, which caches their plans; SQL functions are planned at
-- every call, and these run at every write. They loop over arrays, because a query inside
-- would be slower.

-- Lower case without accents.
CREATE OR REPLACE FUNCTION crm.folded(t text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN octet_length(t) = char_length(t) THEN lower(t)
		ELSE regexp_replace(normalize(lower(t), NFKD), '[\u0300-\u036f]', '', 'g') END
$$;
GRANT EXECUTE ON FUNCTION crm.folded(text) TO tenantry_app, tenantry_mcp_writer, tenantry_search;

-- The words of a text, separated by blanks and punctuation.
CREATE OR REPLACE FUNCTION crm.search_words(t text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN array_remove(regexp_split_to_array(crm.folded(t),
		'[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\u00bf\u2000-\u206f\u3000-\u303f]+'), '');
END $$;
GRANT EXECUTE ON FUNCTION crm.search_words(text)
	TO tenantry_app, tenantry_mcp_writer, tenantry_search;

-- The word, and the word without each one of its letters. Two words that differ in one
-- letter, or in the order of two adjacent letters, share at least one of these.
CREATE OR REPLACE FUNCTION crm.misspellings(word text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	found text[] := '{}';
BEGIN
	IF length(word) BETWEEN 4 AND 30 AND word !~ '[0-9]' THEN
		FOR n IN 1 .. length(word) + 1 LOOP
			found := found || overlay(word PLACING '' FROM n FOR 1);
		END LOOP;
	END IF;
	RETURN found;
END $$;
GRANT EXECUTE ON FUNCTION crm.misspellings(text)
	TO tenantry_app, tenantry_mcp_writer, tenantry_search;

-- The prefix of all lexemes of an organization. It separates organizations within one index,
-- which row security cannot do: text search operators are not leakproof.
CREATE OR REPLACE FUNCTION crm.lexeme_mark(org uuid) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT left(md5(org::text), 8)
$$;
GRANT EXECUTE ON FUNCTION crm.lexeme_mark(uuid)
	TO tenantry_app, tenantry_mcp_writer, tenantry_search;

-- Lexemes of a document. After the mark: k kind, t word of the title, m misspelling of it,
-- b word of the body, e email address, n long number in reverse, so that it is found by its
-- end. A tsvector limits the number and length of words; longer texts are truncated.
CREATE OR REPLACE FUNCTION crm.lexemes(org uuid, kind text, title text, body text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	mark text := crm.lexeme_mark(org);
	found text[] := ARRAY[mark || 'k' || kind];
	word text;
	misspelt text;
BEGIN
	FOREACH word IN ARRAY (crm.search_words(title))[:100] LOOP
		found := found || (mark || 't' || left(word, 50));
		FOREACH misspelt IN ARRAY crm.misspellings(word) LOOP
			found := found || (mark || 'm' || misspelt);
		END LOOP;
	END LOOP;
	FOREACH word IN ARRAY (crm.search_words(body))[:4000] LOOP
		found := found || (mark || 'b' || left(word, 50));
	END LOOP;
	IF strpos(body, '@') > 0 THEN
		FOREACH word IN ARRAY regexp_split_to_array(lower(left(body, 20000)), '[\s,;<>"]+') LOOP
			IF word LIKE '_%@_%' THEN
				found := found || (mark || 'e' || left(word, 100));
			END IF;
		END LOOP;
	END IF;
	FOREACH word IN ARRAY (crm.long_numbers(body))[:100] LOOP
		found := found || (mark || 'n' || reverse(word));
	END LOOP;
	RETURN array_to_tsvector(found);
END $$;
GRANT EXECUTE ON FUNCTION crm.lexemes(uuid, text, text, text)
	TO tenantry_app, tenantry_mcp_writer, tenantry_search;

-- A query for lexemes that begin with one of the first, or equal one of the second.
CREATE OR REPLACE FUNCTION crm.any_lexeme(beginnings text[], wholes text[] DEFAULT '{}') RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT string_agg(format('''%s''%s', replace(replace(x.lexeme, '\', '\\'), '''', ''''''),
		x.more), '|')::tsquery
	  FROM (SELECT b AS lexeme, ':*' AS more FROM unnest(beginnings) b
		UNION ALL SELECT w, '' FROM unnest(wholes) w) x);
END $$;
GRANT EXECUTE ON FUNCTION crm.any_lexeme(text[], text[])
	TO tenantry_app, tenantry_mcp_writer, tenantry_search;

-- A list of addresses or numbers as text, separated by commas, since a number may contain
-- spaces.
CREATE OR REPLACE FUNCTION crm.list_text(list jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	said text;
BEGIN
	IF jsonb_typeof(list) = 'array' THEN
		FOR n IN 0 .. jsonb_array_length(list) - 1 LOOP
			said := concat_ws(', ', said, coalesce(list->n->>'email', list->n->>'number'));
		END LOOP;
	END IF;
	RETURN said;
END $$;
GRANT EXECUTE ON FUNCTION crm.list_text(jsonb) TO tenantry_app, tenantry_mcp_writer;

-- The SQL expression that concatenates the columns of a row.
CREATE OR REPLACE FUNCTION crm.columns_text(tenant_table regclass, of_row text, columns text[], gap text)
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT format('concat_ws(%L, NULL%s)', gap, string_agg(format(CASE a.atttypid
			WHEN 'jsonb'::regtype THEN ', nullif(crm.list_text(%s.%I), '''')'
			ELSE ', nullif(%s.%I, '''')' END, of_row, a.attname), '' ORDER BY c.n))
	  FROM unnest(columns) WITH ORDINALITY c (name, n)
	  JOIN pg_attribute a ON a.attrelid = tenant_table AND a.attname = c.name
$$;

-- Trigrams of words, as in pg_trgm. crm.likeness() compares two sets of them, from 0 to 1.
CREATE OR REPLACE FUNCTION crm.trigrams(words text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN ARRAY(SELECT DISTINCT substr(w, n, 3) FROM unnest(words) u, concat('  ', u, ' ') w,
		generate_series(1, length(w) - 2) n);
END $$;
GRANT EXECUTE ON FUNCTION crm.trigrams(text[])
	TO tenantry_app, tenantry_mcp_writer, tenantry_search;

CREATE OR REPLACE FUNCTION crm.likeness(one text[], other text[]) RETURNS real
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN coalesce(2.0 * (SELECT count(*) FROM unnest(one) g WHERE g = ANY (other))
		/ nullif(cardinality(one) + cardinality(other), 0), 0);
END $$;
GRANT EXECUTE ON FUNCTION crm.likeness(text[], text[])
	TO tenantry_app, tenantry_mcp_writer, tenantry_search;
