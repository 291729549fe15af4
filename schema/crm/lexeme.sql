-- Lexemes: the search terms of rows.
-- needs: crm/email_address.sql

-- These functions are in PL/pgSQL, which caches their plans. They run on every write, and SQL functions would be
-- planned on every call. They loop over arrays, since queries would be slower.

-- Returns the compatibility decomposition of a text. For a sequence of combining marks, normalize() takes quadratic
-- time and cannot be canceled, so it is called for pieces of the text. The order of marks at the end of a piece may
-- differ from that of the whole text.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.decomposed(t text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	IF char_length(t) <= 500 THEN
		RETURN normalize(t, NFKD);
	END IF;
	RETURN (SELECT string_agg(normalize(substr(t, n, 200), NFKD), '' ORDER BY n)
		FROM generate_series(1, char_length(t), 200) n);
END $$;

-- Replaces lower-case letters without a decomposition: letters with a stroke, a hook or a tail, dotless letters and
-- ligatures. This follows ICU's transliteration from Latin to ASCII.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.base_letters(t text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT replace(replace(replace(replace(translate(t,
		'øđħıłŋŧðĸƀƃƈƌƒƙƚƞƥƫƭƴƶǥȡȴȵȶȷȼȿɀɇɉɋɍɏ', 'odhilntdqbbcdfklnpttyzgdlntjcszejqry'),
		'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
$$;

-- Converts the first 65,536 characters of a text to lower case without accents. Searches ignore the rest.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.folded(t text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN octet_length(t) = char_length(t) THEN lower(left(t, 65536))
		ELSE crm.base_letters(regexp_replace(crm.decomposed(lower(left(t, 65536))), '[\u0300-\u036f]', '', 'g')) END
$$;

-- Returns the words of a text, separated by spaces and punctuation.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.search_words(t text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN array_remove(regexp_split_to_array(crm.folded(t),
		'[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\u00bf\u2000-\u206f\u3000-\u303f]+'), '');
END $$;

-- Returns the terms of a query, separated by spaces; terms without a word are left out. A telephone number is reduced
-- to its digits. A term with an @ between other letters is an address.
-- callers: tenantry_app, tenantry_search
CREATE OR REPLACE FUNCTION crm.asked_terms(q text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	terms text[] := '{}';
	term text;
BEGIN
	FOREACH term IN ARRAY regexp_split_to_array(left(q, 1000), '\s+') LOOP
		IF term ~ '^[-+()./]*([0-9][-+()./]*){7,}$' THEN
			terms := terms || regexp_replace(term, '[^0-9]', '', 'g');
		ELSIF crm.search_words(term) <> '{}' THEN
			terms := terms || CASE WHEN strpos(term, '@') > 1 THEN crm.address_form(term) ELSE lower(term) END;
		END IF;
	END LOOP;
	RETURN ARRAY(SELECT DISTINCT t FROM unnest(terms) t);
END $$;

-- Returns the term if it is an email address, or null.
-- callers: tenantry_app, tenantry_search
CREATE OR REPLACE FUNCTION crm.term_address(term text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT left(term, 100) WHERE term ~ '^[^@,;<>"]+@[^@,;<>"]+$'
$$;

-- Returns the word, and the word without each of its letters. Two words that differ in one letter, or in the order of
-- two adjacent letters, have at least one of these forms in common.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
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

-- Returns a regular expression that the folded text of a document matches if the document has a word that begins with
-- the given word, or a number that ends with it. If "misspelt" is true, a word that shares a misspelling with it also
-- matches: if a word is split into three parts, at least one part contains neither of the two letters that differ. The
-- expression also matches other documents, but excludes most of them at little cost.
-- callers: tenantry_app, tenantry_search
CREATE OR REPLACE FUNCTION crm.word_filter(word text, misspelt boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF word ~ '^[0-9]{4,}$' THEN
		RETURN regexp_replace(word, '(?<=.)(?=.)', '[-+ ()./]*', 'g');
	ELSIF misspelt AND crm.misspellings(word) <> '{}' THEN
		RETURN substr(word, 1, length(word) / 3) || '|'
			|| substr(word, length(word) / 3 + 1, length(word) / 3) || '|'
			|| substr(word, length(word) / 3 * 2 + 1);
	END IF;
	RETURN word;
END $$;

-- Returns a regular expression that matches a folded text exactly if the text contains a term of a query: a word that
-- begins with it, consecutive words ("o'hara"), an address from one of its parts on, or a long number that ends with
-- it.
-- callers: tenantry_app, tenantry_search
CREATE OR REPLACE FUNCTION crm.term_pattern(term text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	blank CONSTANT text := '\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\u00bf\u2000-\u206f\u3000-\u303f';
	gap CONSTANT text := '[-+ ()./]*';
	address text := crm.term_address(term);
	words text[] := crm.search_words(term);
	pattern text;
BEGIN
	IF address IS NOT NULL THEN
		RETURN '(^|[\s,;<>"._+-])' || regexp_replace(crm.folded(address), '[^\w@]', '\\\&', 'g');
	END IF;
	pattern := format('(^|[%s])%s', blank, array_to_string(words, format('[%s]+', blank)));
	IF cardinality(words) = 1 AND words[1] ~ '^[0-9]{4,}$' THEN
		pattern := pattern || format('|([0-9]%1$s){%2$s,}%3$s(?!%1$s[0-9])', gap,
			greatest(7 - length(words[1]), 0), crm.word_filter(words[1], false));
	END IF;
	RETURN pattern;
END $$;

-- callers: tenantry_app, tenantry_search
CREATE OR REPLACE FUNCTION crm.query_patterns(q text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT ARRAY(SELECT crm.term_pattern(t) FROM unnest(crm.asked_terms(q)) t)
$$;

-- Returns the prefix of all lexemes of an organization's documents of a kind. It separates organizations within one
-- index, which row security cannot do: text search operators are not leakproof. Only distinct words are stored with
-- it, and each pair of an organization and a kind has a unique prefix, so the index alone can count.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.lexeme_mark(org uuid, kind text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT kind || ' ' || rtrim(encode(uuid_send(org), 'base64'), '=') || ' '
$$;

-- Returns lexemes of a document. A letter after the mark states the kind: t for a word of the title, m for one of its
-- first words without a letter, b for a word of the title or the body, e for an email address, and n for a long number
-- in reverse, so that it is found by its end. A tsvector is limited to 1 MB, so the last words of very long texts are
-- left out. The function has a high COST, so that the planner evaluates other conditions first.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.lexemes(org uuid, kind text, title text, body text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE COST 5000 AS $$
DECLARE
	mark text := crm.lexeme_mark(org, kind);
	found text[] := '{}';
	words text[] := (crm.search_words(title))[:100];
	word text;
	letters integer;
BEGIN
	FOREACH word IN ARRAY words LOOP
		found := found || (mark || 't' || left(word, 50)) || (mark || 'b' || left(word, 50));
	END LOOP;
	FOREACH word IN ARRAY words[:6] LOOP
		letters := length(word);
		IF letters BETWEEN 4 AND 30 AND word !~ '[0-9]' THEN
			FOR n IN 1 .. letters LOOP
				found := found || (mark || 'm' || left(word, n - 1) || substr(word, n + 1));
			END LOOP;
		END IF;
	END LOOP;
	IF strpos(body, '@') > 0 THEN
		FOREACH word IN ARRAY regexp_split_to_array(lower(left(body, 20000)), '[\s,;<>"]+') LOOP
			IF word LIKE '_%@_%' THEN
				-- "mail@example.org" also finds "ada.mail@example.org".
				FOR n IN 1 .. 4 LOOP
					found := found || (mark || 'e' || left(word, 100));
					word := substring(word FROM '^[^@._+-]*[._+-]+([^@].*)$');
					EXIT WHEN word IS NULL OR word NOT LIKE '_%@_%';
				END LOOP;
			END IF;
		END LOOP;
	END IF;
	FOREACH word IN ARRAY (crm.long_numbers(concat_ws(E'\n', title, body)))[:100] LOOP
		found := found || (mark || 'n' || reverse(word));
	END LOOP;
	FOREACH word IN ARRAY (crm.search_words(body))[:4000] LOOP
		found := found || (mark || 'b' || left(word, 50));
	END LOOP;
	WHILE octet_length(array_to_string(found, '')) > 1000000 LOOP
		found := found[:cardinality(found) * 3 / 4];
	END LOOP;
	RETURN array_to_tsvector(found);
END $$;

-- Returns the lexemes of titles with a word that shares a misspelling with this word.
-- callers: tenantry_search
CREATE OR REPLACE FUNCTION crm.misspelt_lexemes(mark text, word text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT ARRAY(SELECT mark || l || m FROM unnest(crm.misspellings(word)) m, unnest('{t,m}'::text[]) l)
$$;

-- Returns a query for lexemes that begin with one of beginnings, or equal one of wholes.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.any_lexeme(beginnings text[], wholes text[] DEFAULT '{}') RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT string_agg(format('''%s''%s', replace(replace(x.lexeme, '\', '\\'), '''', ''''''),
		x.more), '|')::tsquery
	  FROM (SELECT b AS lexeme, ':*' AS more FROM unnest(beginnings) b
		UNION ALL SELECT w, '' FROM unnest(wholes) w) x);
END $$;

-- Returns a list of addresses or numbers as text, separated by commas, since a number may contain spaces; or the texts
-- of custom fields, each on a line, without the paths of files.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.list_text(list jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	said text;
BEGIN
	IF jsonb_typeof(list) = 'array' THEN
		FOR n IN 0 .. jsonb_array_length(list) - 1 LOOP
			said := concat_ws(', ', said, coalesce(list->n->>'email', list->n->>'number'));
		END LOOP;
	ELSIF jsonb_typeof(list) = 'object' THEN
		said := (SELECT string_agg(x #>> '{}', E'\n') FROM jsonb_path_query(list, '$.**{1 to 2} ? (@.type() == "string" && !(@ starts with "/uploads/"))') x);
	END IF;
	RETURN said;
END $$;

-- Returns the SQL expression for the concatenated columns of a row.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.columns_text(tenant_table regclass, of_row text, columns text[], gap text)
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT format('concat_ws(%L, NULL%s)', gap, string_agg(format(CASE a.atttypid
			WHEN 'jsonb'::regtype THEN ', nullif(crm.list_text(%s.%I), '''')'
			ELSE ', nullif(%s.%I, '''')' END, of_row, a.attname), '' ORDER BY c.n))
	  FROM unnest(columns) WITH ORDINALITY c (name, n)
	  JOIN pg_attribute a ON a.attrelid = tenant_table AND a.attname = c.name
$$;

-- Returns trigrams of words, as in pg_trgm. crm.likeness() compares two sets of trigrams, from 0 to 1.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.trigrams(words text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN ARRAY(SELECT DISTINCT substr(w, n, 3) FROM unnest(words) u, concat('  ', u, ' ') w,
		generate_series(1, length(w) - 2) n);
END $$;

-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.likeness(one text[], other text[]) RETURNS real
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN coalesce(2.0 * (SELECT count(*) FROM unnest(one) g WHERE g = ANY (other))
		/ nullif(cardinality(one) + cardinality(other), 0), 0);
END $$;
