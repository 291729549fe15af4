-- To find things: one search over all that is written, rows that stand for
-- the same person or company, and contacts made one.

-- Search.  A row that can be found has a document: a title, which is looked for
-- first and in spite of a typing error, and a body.  Triggers keep it, in the
-- transaction that writes the row; what crm.can_be_found() was told of is found.
CREATE TABLE crm.search_documents (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	kind       text NOT NULL,	-- the row's table
	id         bigint NOT NULL,	-- and its id
	title      text NOT NULL,
	body       text NOT NULL,
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, kind, id)
);
SELECT ops.protect('crm.search_documents');
-- The log has the rows themselves.
DROP TRIGGER audit ON crm.search_documents;
GRANT SELECT (org_id, kind, id, title, body) ON crm.search_documents TO tenantry_search;
CREATE POLICY search ON crm.search_documents FOR SELECT TO tenantry_search USING (true);

-- These functions are of plpgsql, which keeps their plans; those of SQL are planned at every
-- call, and these are called at every write.  They walk arrays, for a query inside would cost
-- more than what it does.

-- Small letters without accents.
CREATE FUNCTION crm.folded(t text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN octet_length(t) = char_length(t) THEN lower(t)
		ELSE regexp_replace(normalize(lower(t), NFKD), '[\u0300-\u036f]', '', 'g') END
$$;

-- The words of a text: what is between blanks and punctuation.
CREATE FUNCTION crm.search_words(t text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN array_remove(regexp_split_to_array(crm.folded(t),
		'[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\u00bf\u2000-\u206f\u3000-\u303f]+'), '');
END $$;

-- The numbers of seven digits and more in a text, as of telephones: their digits,
-- however they are grouped.
CREATE FUNCTION crm.long_numbers(t text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	joined text := translate(t, '-+ ()./', '');
	numbers text[] := '{}';
	number text;
BEGIN
	IF joined ~ '[0-9]{7}' THEN
		FOREACH number IN ARRAY regexp_split_to_array(joined, '[^0-9]+') LOOP
			IF length(number) >= 7 THEN
				numbers := numbers || left(number, 30);
			END IF;
		END LOOP;
	END IF;
	RETURN numbers;
END $$;

-- The word, and what is left of it without each of its letters.  Two words that are one
-- letter apart, or have two neighbours exchanged, have one of these in common.
CREATE FUNCTION crm.misspellings(word text) RETURNS text[]
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

-- What leads every lexeme of an organization.  It keeps them apart within the one
-- index: the operators of text search are not leakproof, so row security cannot.
CREATE FUNCTION crm.lexeme_mark(org uuid) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT left(md5(org::text), 8)
$$;

-- Behind the mark: k kind, t word of the title, m misspelling of one, b word of the
-- body, e e-mail address, n long number from its end, which one may know without its
-- beginning.  A tsvector has room for so many words of such a length; who needs more of one
-- text has a book.
CREATE FUNCTION crm.lexemes(org uuid, kind text, title text, body text) RETURNS tsvector
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

-- A lexeme that begins as one of these does, or is one of those.
CREATE FUNCTION crm.any_lexeme(beginnings text[], wholes text[] DEFAULT '{}') RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT string_agg(format('''%s''%s', replace(replace(x.lexeme, '\', '\\'), '''', ''''''),
		x.more), '|')::tsquery
	  FROM (SELECT b AS lexeme, ':*' AS more FROM unnest(beginnings) b
		UNION ALL SELECT w, '' FROM unnest(wholes) w) x);
END $$;

-- A list of addresses or numbers as text; with commas, since a number may have
-- blanks within.
CREATE FUNCTION crm.list_text(list jsonb) RETURNS text
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

GRANT EXECUTE ON FUNCTION crm.folded(text), crm.search_words(text), crm.misspellings(text),
	crm.lexeme_mark(uuid), crm.lexemes(uuid, text, text, text), crm.any_lexeme(text[], text[]),
	crm.long_numbers(text)
	TO tenantry_app, tenantry_search;
GRANT EXECUTE ON FUNCTION crm.list_text(jsonb) TO tenantry_app;

-- The expression that puts these columns of a row together.
CREATE FUNCTION crm.columns_text(tenant_table regclass, of_row text, columns text[], gap text)
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT format('concat_ws(%L, NULL%s)', gap, string_agg(format(CASE a.atttypid
			WHEN 'jsonb'::regtype THEN ', nullif(crm.list_text(%s.%I), '''')'
			ELSE ', nullif(%s.%I, '''')' END, of_row, a.attname), '' ORDER BY c.n))
	  FROM unnest(columns) WITH ORDINALITY c (name, n)
	  JOIN pg_attribute a ON a.attrelid = tenant_table AND a.attname = c.name
$$;

-- Writes the documents of all rows of a table, as its trigger would; for rows that
-- came in while the triggers rested, too.
CREATE FUNCTION crm.write_documents(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	args text[] := (SELECT string_to_array(encode(t.tgargs, 'escape'), '\000')
		FROM pg_trigger t WHERE t.tgrelid = tenant_table AND t.tgname = 'document');
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		EXECUTE format('INSERT INTO crm.search_documents (org_id, kind, id, title, body) '
			'SELECT x.org_id, %L, x.id, %s, %s FROM %s x WHERE x.org_id = $1 '
			'ON CONFLICT (org_id, kind, id) DO NOTHING',
			(SELECT relname FROM pg_class WHERE oid = tenant_table),
			crm.columns_text(tenant_table, 'x', args[1]::text[], ' '),
			crm.columns_text(tenant_table, 'x', args[2]::text[], E'\n'), tenant_table)
			USING org;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
END $$;

-- Has the rows of a tenant table found by the words of these columns.  Run by
-- migrations, behind ops.protect(); for another type that is all there is to do.  The function
-- of its trigger is written for the table: to look for columns by their names at every
-- write costs more than all else here.  The arguments of the trigger tell them.
CREATE FUNCTION crm.can_be_found(tenant_table regclass, titles text[], bodies text[]) RETURNS void
LANGUAGE plpgsql AS $make$
DECLARE
	kind name := (SELECT relname FROM pg_class WHERE oid = tenant_table);
BEGIN
	EXECUTE format($function$
		CREATE FUNCTION crm.%I() RETURNS trigger
		LANGUAGE plpgsql AS $$
		BEGIN
			IF TG_OP = 'DELETE' THEN
				DELETE FROM crm.search_documents d
				 WHERE d.org_id = OLD.org_id AND d.kind = %L AND d.id = OLD.id;
				RETURN NULL;
			END IF;
			INSERT INTO crm.search_documents AS d (org_id, kind, id, title, body)
			VALUES (NEW.org_id, %2$L, NEW.id, %s, %s)
			ON CONFLICT (org_id, kind, id) DO UPDATE
				SET title = excluded.title, body = excluded.body, changed_at = now()
				WHERE (d.title, d.body) IS DISTINCT FROM (excluded.title, excluded.body);
			RETURN NULL;
		END $$
	$function$, 'keep_document_of_' || kind, kind, crm.columns_text(tenant_table, 'NEW', titles, ' '),
		crm.columns_text(tenant_table, 'NEW', bodies, E'\n'));
	EXECUTE format('CREATE TRIGGER document AFTER INSERT OR DELETE OR UPDATE OF %s ON %s '
		'FOR EACH ROW EXECUTE FUNCTION crm.%I(%L, %L)',
		(SELECT string_agg(quote_ident(c), ', ') FROM unnest(titles || bodies) c),
		tenant_table, 'keep_document_of_' || kind, titles, bodies);
	PERFORM crm.write_documents(tenant_table);
END $make$;
SELECT crm.can_be_found('crm.contacts', '{first_name,last_name}',
	'{title,email_jsonb,phone_jsonb,background,linkedin_url}');
SELECT crm.can_be_found('crm.companies', '{name}', '{sector,website,phone_number,address,'
	'zipcode,city,state_abbr,country,description,tax_identifier}');
SELECT crm.can_be_found('crm.deals', '{name}', '{category,description}');
SELECT crm.can_be_found('crm.contact_notes', '{}', '{text}');
SELECT crm.can_be_found('crm.deal_notes', '{}', '{text}');
SELECT crm.can_be_found('crm.tasks', '{}', '{type,text}');
SELECT crm.can_be_found('crm.activities', '{subject}', '{body}');
SELECT crm.can_be_found('crm.appointments', '{title}', '{location,notes}');
SELECT crm.can_be_found('crm.messages', '{subject}', '{sender,recipient,body}');

CREATE INDEX search_documents_lexemes ON crm.search_documents
	USING gin (crm.lexemes(org_id, kind, title, body)) WITH (fastupdate = off);

-- Trigrams of words as pg_trgm has them, and how alike two lots of them are,
-- from 0 to 1.
CREATE FUNCTION crm.trigrams(words text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN ARRAY(SELECT DISTINCT substr(w, n, 3) FROM unnest(words) u, concat('  ', u, ' ') w,
		generate_series(1, length(w) - 2) n);
END $$;
CREATE FUNCTION crm.likeness(one text[], other text[]) RETURNS real
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN coalesce(2.0 * (SELECT count(*) FROM unnest(one) g WHERE g = ANY (other))
		/ nullif(cardinality(one) + cardinality(other), 0), 0);
END $$;

-- The rows of these kinds (null: of all) that hold all words, the best first: in
-- the title, anywhere, misspelt in the title.  Of what very many rows hold 1,000 are
-- looked at.
CREATE FUNCTION crm.find_documents(q text, kinds text[], room integer)
RETURNS TABLE (kind text, id bigint, score real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp
SET enable_seqscan = off SET work_mem = '32MB' AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	mark text := crm.lexeme_mark(org);
	-- An address is one word of its own.
	addresses text[] := ARRAY(SELECT DISTINCT left(t, 100) FROM regexp_split_to_table(lower(q), '\s+') t
		WHERE t ~ '^[^@,;<>"]+@[^@,;<>"]+$');
	words text[] := ARRAY(SELECT DISTINCT left(w, 50) FROM unnest(crm.search_words(
		regexp_replace(q, '(^|\s)[^\s@,;<>"]+@[^\s@,;<>"]+(?=\s|$)', '\1', 'g'))) w);
	asked text := lower(btrim(q));
	titled tsquery := crm.any_lexeme('{}', ARRAY(SELECT mark || 'k' || k FROM unnest(kinds) k));
	anywhere tsquery := titled;
	misspelt tsquery := titled;
	beginnings text[];
	one tsquery;
	stages tsquery[];
	word text;
	seen text[] := '{}';
BEGIN
	IF org IS NULL OR words || addresses = '{}' THEN
		RETURN;
	END IF;
	FOREACH word IN ARRAY addresses LOOP
		one := crm.any_lexeme(ARRAY[mark || 'e' || word]);
		titled := coalesce(titled && one, one);
		anywhere := coalesce(anywhere && one, one);
		misspelt := coalesce(misspelt && one, one);
	END LOOP;
	FOREACH word IN ARRAY words LOOP
		one := crm.any_lexeme(ARRAY[mark || 't' || word]);
		titled := coalesce(titled && one, one);
		-- One word alone that a title has was found before: not to read that again is
		-- a third of the time of a word that every row has.
		beginnings := ARRAY[mark || 'b' || word]
			|| CASE WHEN cardinality(words || addresses) > 1 THEN ARRAY[mark || 't' || word] END
			|| CASE WHEN word ~ '^[0-9]{4,}$' THEN ARRAY[mark || 'n' || reverse(word)] END;
		one := crm.any_lexeme(beginnings);
		anywhere := coalesce(anywhere && one, one);
		one := crm.any_lexeme(beginnings,
			ARRAY(SELECT mark || 'm' || m FROM unnest(crm.misspellings(word)) m));
		misspelt := coalesce(misspelt && one, one);
	END LOOP;
	-- Each holds what the one before held, which is passed over: to have the index do that costs
	-- more.  A stage that is reached is behind one that found less than there was room for.
	stages := ARRAY[titled, anywhere, misspelt];
	FOR stage IN 1 .. 3 LOOP
		FOR kind, id, score IN SELECT x.kind, x.id, (CASE stage WHEN 1 THEN CASE
				WHEN lower(x.title) = asked THEN 1
				WHEN starts_with(lower(x.title), asked || ' ') THEN 0.95
				WHEN starts_with(lower(x.title), asked) THEN 0.9
				WHEN strpos(' ' || lower(x.title) || ' ', ' ' || asked || ' ') > 0 THEN 0.85
				ELSE 0.8 END
			WHEN 2 THEN 0.5
			ELSE 0.4 * crm.likeness(crm.trigrams(words), crm.trigrams(crm.search_words(x.title)))
			END)::real AS score
		  FROM (SELECT d.org_id, d.kind, d.id, d.title FROM crm.search_documents d
			 WHERE crm.lexemes(d.org_id, d.kind, d.title, d.body) @@ stages[stage]
			LIMIT 1000) x
		 WHERE x.org_id = org AND concat_ws(' ', x.kind, x.id) <> ALL (seen)
		 ORDER BY score DESC, x.id DESC LIMIT room - cardinality(seen) LOOP
			RETURN NEXT;
			seen := seen || concat_ws(' ', kind, id);
		END LOOP;
		EXIT WHEN cardinality(seen) >= room;
	END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION crm.find_documents(text, text[], integer) TO tenantry_app;
GRANT EXECUTE ON FUNCTION crm.trigrams(text[]), crm.likeness(text[], text[])
	TO tenantry_app, tenantry_search;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.find_documents(text, text[], integer) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;

-- The part of a text where words begin as one of these do, as pieces of plain
-- text; which of them match is told beside, so no markup is needed and none can come
-- in.  A word that has a misspelling near theirs matches as well.
CREATE FUNCTION crm.snippet(t text, words text[], near text[] DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	blank text := '\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\u00bf\u2000-\u206f\u3000-\u303f';
	hit text := format('^(%s)', array_to_string(words, '|'));
	place integer := regexp_instr(crm.folded(t), format('(^|[%s])(%s)', blank,
		array_to_string(words, '|')));
	part text := substr(t, greatest(place - 60, 1), 240);
BEGIN
	IF place > 61 THEN
		part := '… ' || regexp_replace(part, format('^[^%s]*[%1$s]+', blank), '');
	END IF;
	IF length(t) >= greatest(place - 60, 1) + 240 THEN
		part := regexp_replace(part, format('[%s]+[^%1$s]*$', blank), '') || ' …';
	END IF;
	RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('text', y.text, 'match', y.match)
			ORDER BY y.part), '[]')
		FROM (SELECT string_agg(x.token, '' ORDER BY x.n) AS text, x.match, min(x.n) AS part
			FROM (SELECT token, match, n - row_number() OVER (PARTITION BY match ORDER BY n)
					AS run, n
				FROM (SELECT m[1] AS token, n, crm.folded(m[1]) ~ hit
						OR near <> '{}' AND crm.misspellings(crm.folded(m[1])) && near
						AS match
					FROM regexp_matches(part, format('[^%s]+|[%1$s]+', blank), 'g')
					WITH ORDINALITY r (m, n)) token) x
			GROUP BY x.match, x.run) y);
END $$;

-- What the caller may find of that, in the same order: rows are looked up by their
-- ids under row security, each by itself (OFFSET 0): joined to what a function finds they
-- would all be read.
CREATE FUNCTION crm.search(q text, kinds text[], room integer) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	known text[] := ARRAY(SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		WHERE t.tgname = 'document' ORDER BY 1);
	words text[] := crm.search_words(q);
	near text[] := ARRAY(SELECT m FROM unnest(words) w, unnest(crm.misspellings(w)) m);
	hits jsonb;
	part record;
	seen jsonb;
	members jsonb := '{}';
BEGIN
	IF NOT kinds <@ known THEN
		RAISE EXCEPTION 'can be searched: %', array_to_string(known, ', ')
			USING ERRCODE = 'ZH422', COLUMN = 'types';
	END IF;
	SELECT coalesce(jsonb_agg(to_jsonb(f) || jsonb_build_object('place', f.place)), '[]') INTO hits
	  FROM crm.find_documents(q, kinds, room) WITH ORDINALITY f (kind, id, score, place);
	FOR part IN SELECT h.kind, array_agg(h.id) AS ids
	    FROM jsonb_to_recordset(hits) h (kind text, id bigint) GROUP BY h.kind LOOP
		EXECUTE format('SELECT jsonb_object_agg($2 || x.id, to_jsonb(x)) '
			'FROM crm.%I x WHERE x.id = ANY ($1)', part.kind)
			INTO seen USING part.ids, part.kind || ' ';
		members := members || coalesce(seen, '{}');
	END LOOP;
	RETURN (SELECT coalesce(json_agg(json_build_object('resource', h.kind, 'id', h.id,
			'title', coalesce(nullif(d.title, ''), parent.title, ''), 'score', h.score,
			'snippet', CASE WHEN body.snippet @> '[{"match": true}]' OR d.title = ''
				THEN body.snippet ELSE crm.snippet(d.title, words,
				CASE WHEN h.score < 0.5 THEN near ELSE '{}' END) END,
			'contact_id', m.row->'contact_id', 'company_id', m.row->'company_id',
			'deal_id', m.row->'deal_id') ORDER BY h.place), '[]')
		FROM jsonb_to_recordset(hits) h (kind text, id bigint, score real, place integer)
		CROSS JOIN LATERAL (SELECT members->(h.kind || ' ' || h.id) AS row OFFSET 0) m
		CROSS JOIN LATERAL (SELECT CASE WHEN m.row ? 'deal_id' THEN 'deals' ELSE 'contacts' END
			AS kind, coalesce(m.row->>'deal_id', m.row->>'contact_id')::bigint AS id
			OFFSET 0) p
		CROSS JOIN LATERAL (SELECT x.title, x.body FROM crm.search_documents x
			WHERE x.kind = h.kind AND x.id = h.id OFFSET 0) d
		LEFT JOIN LATERAL (SELECT x.title FROM crm.search_documents x
			WHERE x.kind = p.kind AND x.id = p.id OFFSET 0) parent ON d.title = ''
		CROSS JOIN LATERAL (SELECT crm.snippet(d.body, words) AS snippet OFFSET 0) body
		WHERE m.row IS NOT NULL);
END $$;
GRANT EXECUTE ON FUNCTION crm.snippet(text, text[], text[]), crm.search(text, text[], integer)
	TO tenantry_app;

-- Rows that may stand for the same person or company.

CREATE TABLE crm.duplicates (
	org_id    uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id        bigint NOT NULL DEFAULT ops.new_id(),
	resource  text NOT NULL CONSTRAINT duplicates_resource_check
		CHECK (resource IN ('contacts', 'companies')),
	one_id    bigint NOT NULL,	-- no foreign keys: a row that is gone may come back,
	other_id  bigint NOT NULL CONSTRAINT duplicates_other_id_check
		CHECK (other_id > one_id),	-- and what was dismissed stays so
	score     smallint NOT NULL,	-- of 100
	reasons   jsonb NOT NULL,	-- of email, phone, website, name
	found_at  timestamptz NOT NULL DEFAULT now(),
	dismissed boolean NOT NULL DEFAULT false,
	PRIMARY KEY (org_id, id),
	UNIQUE (org_id, resource, one_id, other_id)
);
CREATE INDEX duplicates_other_id ON crm.duplicates (org_id, resource, other_id);
CREATE INDEX duplicates_score ON crm.duplicates (org_id, dismissed, score DESC NULLS LAST, id DESC);
SELECT ops.protect('crm.duplicates');
-- What is found is for the queue, what somebody thinks of it for the log.
DROP TRIGGER audit ON crm.duplicates;
CREATE TRIGGER audit AFTER UPDATE OF dismissed ON crm.duplicates
	FOR EACH ROW EXECUTE FUNCTION ops.audit();

-- Pairs of rows that are both there: one that is merged or deleted takes its pairs along.
CREATE VIEW crm.duplicates_summary WITH (security_invoker) AS
SELECT d.id, d.resource, d.one_id, d.other_id, d.score, d.reasons, d.found_at, d.dismissed,
	one.title AS one_name, other.title AS other_name
  FROM crm.duplicates d
  JOIN crm.search_documents one
	ON one.org_id = d.org_id AND one.kind = d.resource AND one.id = d.one_id
  JOIN crm.search_documents other
	ON other.org_id = d.org_id AND other.kind = d.resource AND other.id = d.other_id;
GRANT SELECT ON crm.duplicates_summary TO tenantry_app;

-- What tells a person or a company.
CREATE TYPE crm.profile AS (name text[], emails text[], numbers text[], site text);

-- The profile of a row, or of what somebody is about to write as one, so anything may
-- be in it.  Telephone numbers without what comes before their last nine digits; names of
-- companies without their legal form.
CREATE FUNCTION crm.profile_of(resource text, contents jsonb) RETURNS crm.profile
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	p crm.profile;
	number text;
BEGIN
	IF resource = 'contacts' THEN
		p.name := crm.search_words(left(concat_ws(' ', contents->>'first_name',
			contents->>'last_name'), 1000));
		p.emails := ARRAY(SELECT DISTINCT left(lower(e #>> '{}'), 100) FROM jsonb_path_query(
			contents, 'lax $.email_jsonb[*].email ? (@.type() == "string")') e
			WHERE e #>> '{}' LIKE '%_@_%' LIMIT 20);
		p.numbers := '{}';
		FOR number IN SELECT e #>> '{}' FROM jsonb_path_query(contents,
			'lax $.phone_jsonb[*].number ? (@.type() == "string" || @.type() == "number")') e
			LIMIT 20 LOOP
			p.numbers := p.numbers || regexp_replace(number, '[^0-9]', '', 'g');
		END LOOP;
	ELSE
		p.name := ARRAY(SELECT w FROM unnest(crm.search_words(left(contents->>'name', 1000))) w
			WHERE w <> ALL ('{ag,bv,co,company,corp,corporation,gmbh,inc,kg,limited,llc,ltd,'
				'nv,oy,plc,sa,sarl,spa,srl}'));
		p.emails := '{}';
		p.numbers := ARRAY[regexp_replace(contents->>'phone_number', '[^0-9]', '', 'g')];
		p.site := lower(substring(left(contents->>'website', 1000)
			FROM '^(?:[A-Za-z]+://)?(?:[^@/]+@)?(?:www\.)?([^:/?#]+)'));
	END IF;
	p.numbers := ARRAY(SELECT DISTINCT right(n, 9) FROM unnest(p.numbers) n WHERE length(n) BETWEEN 7 AND 30);
	RETURN p;
END $$;

-- How sure it is that two profiles are one's, of 100, and why.  A first name alone
-- is nobody's.
CREATE FUNCTION crm.compare_profiles(resource text, a crm.profile, b crm.profile, OUT score smallint,
	OUT reasons jsonb)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	doubt real := 1;
	alike real := 0;
BEGIN
	reasons := '[]';
	IF a.emails && b.emails THEN
		doubt := doubt * 0.1;
		reasons := reasons || '"email"';
	END IF;
	IF a.numbers && b.numbers THEN
		doubt := doubt * 0.3;
		reasons := reasons || '"phone"';
	END IF;
	IF a.site = b.site THEN
		doubt := doubt * 0.3;
		reasons := reasons || '"website"';
	END IF;
	IF resource <> 'contacts' OR cardinality(a.name) > 1 AND cardinality(b.name) > 1 THEN
		alike := crm.likeness(crm.trigrams(a.name), crm.trigrams(b.name));
	END IF;
	IF alike >= 0.7 THEN
		doubt := doubt * (1 - 0.8 * alike);
		reasons := reasons || '"name"';
	END IF;
	score := round(100 * (1 - doubt));
END $$;

-- The rows that a profile may be one with, from the index of search: those with one of
-- its addresses or numbers, its site, or all words of its name, misspelt or not.
CREATE FUNCTION crm.find_alike(resource text, p crm.profile, but bigint, room integer)
RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp
SET enable_seqscan = off AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	mark text := crm.lexeme_mark(org);
	named tsquery;
	placed tsquery;
	keys tsquery;
	one tsquery;
	word text;
BEGIN
	FOREACH word IN ARRAY coalesce((p.name)[:8], '{}') LOOP
		one := crm.any_lexeme(ARRAY[mark || 't' || left(word, 50)],
			ARRAY(SELECT mark || 'm' || m FROM unnest(crm.misspellings(word)) m));
		named := coalesce(named && one, one);
	END LOOP;
	FOREACH word IN ARRAY crm.search_words(left(coalesce(p.site, ''), 200)) LOOP
		one := crm.any_lexeme('{}', ARRAY[mark || 'b' || left(word, 50)]);
		placed := coalesce(placed && one, one);
	END LOOP;
	keys := crm.any_lexeme(ARRAY(SELECT mark || 'n' || reverse(n) FROM unnest(p.numbers) n),
		ARRAY(SELECT mark || 'e' || e FROM unnest(p.emails) e));
	IF resource = 'contacts' AND cardinality(p.name) < 2 THEN
		named := NULL;
	END IF;
	keys := coalesce(keys || named, keys, named);
	keys := coalesce(keys || placed, keys, placed);
	one := crm.any_lexeme('{}', ARRAY[mark || 'k' || resource]);
	RETURN ARRAY(SELECT x.id
	  FROM (SELECT d.org_id, d.id FROM crm.search_documents d
		 WHERE crm.lexemes(d.org_id, d.kind, d.title, d.body) @@ (keys && one) OFFSET 0) x
	 WHERE x.org_id = org AND x.id IS DISTINCT FROM but LIMIT room);
END $$;

-- The rows that are probably one with what is about to be written, the surest first.
-- They are looked up under row security.
CREATE FUNCTION crm.alike(resource text, candidate jsonb, but bigint)
RETURNS TABLE (id bigint, score smallint, reasons jsonb)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	p crm.profile := crm.profile_of(resource, candidate);
BEGIN
	RETURN QUERY EXECUTE format('SELECT x.id, s.score, s.reasons FROM crm.%I x CROSS JOIN LATERAL '
		'crm.compare_profiles($1, $2, crm.profile_of($1, to_jsonb(x))) s '
		'WHERE x.id = ANY ($3) AND s.score >= 45 ORDER BY s.score DESC, x.id LIMIT 20', resource)
		USING resource, p, crm.find_alike(resource, p, but, 60);
END $$;

-- Looks for those of one row, and has the queue say so.
CREATE FUNCTION crm.scan_row(resource text, row_id bigint, contents jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	found bigint[];
BEGIN
	WITH a AS MATERIALIZED (SELECT * FROM crm.alike(resource, contents, row_id)),
	i AS (INSERT INTO crm.duplicates AS d (resource, one_id, other_id, score, reasons)
		SELECT scan_row.resource, least(a.id, row_id), greatest(a.id, row_id), a.score, a.reasons
		  FROM a ORDER BY 2, 3
		ON CONFLICT ON CONSTRAINT duplicates_org_id_resource_one_id_other_id_key DO UPDATE
			SET score = excluded.score, reasons = excluded.reasons
			WHERE NOT d.dismissed AND (d.score, d.reasons) IS DISTINCT FROM
				(excluded.score, excluded.reasons))
	SELECT coalesce(array_agg(a.id), '{}') INTO found FROM a;
	DELETE FROM crm.duplicates d WHERE d.resource = scan_row.resource AND NOT d.dismissed
	   AND (d.one_id = row_id AND d.other_id <> ALL (found)
		OR d.other_id = row_id AND d.one_id <> ALL (found));
END $$;

-- For a row that is there (its id), or is about to be (the candidate).
CREATE FUNCTION crm.check_duplicates(resource text, row_id bigint, candidate jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	contents jsonb := candidate;
BEGIN
	IF resource NOT IN ('contacts', 'companies') THEN
		RAISE EXCEPTION 'of contacts or companies' USING ERRCODE = 'ZH422', COLUMN = 'resource';
	ELSIF contents IS NULL THEN
		EXECUTE format('SELECT to_jsonb(x) FROM crm.%I x WHERE x.id = $1', resource)
			INTO contents USING row_id;
		IF contents IS NULL THEN
			RAISE EXCEPTION 'no such row' USING ERRCODE = 'ZH404';
		END IF;
		PERFORM crm.scan_row(resource, row_id, contents);
	END IF;
	RETURN (SELECT coalesce(json_agg(json_build_object('id', a.id, 'name', d.title,
			'score', a.score, 'reasons', a.reasons) ORDER BY a.score DESC, a.id), '[]')
		FROM crm.alike(resource, contents, row_id) a
		CROSS JOIN LATERAL (SELECT x.title FROM crm.search_documents x
			WHERE x.kind = resource AND x.id = a.id OFFSET 0) d);
END $$;

GRANT EXECUTE ON FUNCTION crm.profile_of(text, jsonb),
	crm.compare_profiles(text, crm.profile, crm.profile),
	crm.find_alike(text, crm.profile, bigint, integer), crm.alike(text, jsonb, bigint),
	crm.scan_row(text, bigint, jsonb), crm.check_duplicates(text, bigint, jsonb) TO tenantry_app;
-- The nightly scan runs as the owner.
GRANT EXECUTE ON FUNCTION crm.find_alike(text, crm.profile, bigint, integer) TO CURRENT_USER;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.find_alike(text, crm.profile, bigint, integer) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;

-- How far the scan of an organization's rows has come.  It looks at what was
-- written since the last one began, the first one at everything.
CREATE TABLE ops.duplicate_scan (
	org_id   uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	resource text NOT NULL,
	since    timestamptz NOT NULL DEFAULT '-infinity',
	began_at timestamptz,	-- of the one that runs
	last_id  bigint NOT NULL DEFAULT 0,
	due_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, resource)
);
CREATE INDEX duplicate_scan_due_at ON ops.duplicate_scan (due_at);

-- Looks at so many rows of whoever is due, for two seconds at most; how many, and whether
-- there are more.  Each
-- row is compared with those that an index names, so the whole is about as long as the
-- rows are many.
CREATE FUNCTION ops.scan_duplicates(batch integer, OUT looked integer, OUT more boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	scan ops.duplicate_scan;
	document record;
	ended boolean;
	worked boolean := false;	-- else somebody else does
BEGIN
	looked := 0;
	INSERT INTO ops.duplicate_scan (org_id, resource)
	SELECT o.id, r FROM identity.organization o, unnest('{contacts,companies}'::text[]) r
	ON CONFLICT (org_id, resource) DO NOTHING;
	FOR turn IN 1 .. 20 LOOP
		SELECT s.* INTO scan FROM ops.duplicate_scan s WHERE s.due_at <= now()
		 ORDER BY s.due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
		EXIT WHEN NOT FOUND;
		worked := true;
		PERFORM set_config('app.org_id', scan.org_id::text, true);
		scan.began_at := coalesce(scan.began_at, now());
		ended := true;
		FOR document IN EXECUTE format('SELECT d.id, to_jsonb(x) AS contents '
			'FROM crm.search_documents d JOIN crm.%I x ON x.org_id = d.org_id AND x.id = d.id '
			'WHERE d.org_id = $1 AND d.kind = $2 AND d.id > $3 AND d.changed_at >= $4 '
			'ORDER BY d.id LIMIT $5', scan.resource)
			USING scan.org_id, scan.resource, scan.last_id, scan.since, batch LOOP
			IF looked >= batch
			    OR clock_timestamp() > statement_timestamp() + interval '2 s' THEN
				ended := false;
				EXIT;
			END IF;
			PERFORM crm.scan_row(scan.resource, document.id, document.contents);
			scan.last_id := document.id;
			looked := looked + 1;
		END LOOP;
		IF ended AND looked < batch THEN
			-- What a transaction wrote that was running then has an earlier time.
			scan := (scan.org_id, scan.resource, scan.began_at - interval '1 hour', NULL, 0,
				now() + interval '1 day');
			DELETE FROM crm.duplicates d WHERE d.org_id = scan.org_id
			   AND d.resource = scan.resource
			   AND (NOT d.dismissed OR d.found_at < now() - interval '1 year')
			   AND (SELECT count(*) FROM crm.search_documents x WHERE x.org_id = d.org_id
				AND x.kind = d.resource AND x.id IN (d.one_id, d.other_id)) < 2;
		END IF;
		UPDATE ops.duplicate_scan s SET since = scan.since, began_at = scan.began_at,
			last_id = scan.last_id, due_at = scan.due_at
		 WHERE s.org_id = scan.org_id AND s.resource = scan.resource;
		EXIT WHEN looked >= batch OR NOT ended;
	END LOOP;
	more := worked AND EXISTS (SELECT FROM ops.duplicate_scan s WHERE s.due_at <= now());
	PERFORM set_config('app.org_id', other, true);
END $$;
GRANT EXECUTE ON FUNCTION ops.scan_duplicates(integer) TO tenantry_app;

-- Contacts made one: of two or more, each member from whom one chooses.  The functions
-- of 021 made one of two.
ALTER TABLE crm.merges ADD COLUMN batch_id bigint;	-- the first of those made by one call
CREATE INDEX merges_batch_id ON crm.merges (org_id, batch_id);

-- The winner as the merge leaves it.  A member that was chosen is that of the row
-- chosen; of others the rule of merged_contact() holds.
CREATE FUNCTION crm.chosen_contact(winner crm.contacts, loser crm.contacts, choices jsonb)
RETURNS crm.contacts
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	merged crm.contacts := crm.merged_contact(winner, loser);
BEGIN
	RETURN jsonb_populate_record(merged, (SELECT coalesce(jsonb_object_agg(c.key,
		CASE c.value::bigint WHEN loser.id THEN to_jsonb(loser) ELSE to_jsonb(winner) END->c.key),
		'{}') FROM jsonb_each_text(choices) c));
END $$;

-- One or more rows that are to go, one that stays, and who of these each member is from.
CREATE FUNCTION crm.check_merge(losers bigint[], winner_id bigint, choices jsonb) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	choice record;
BEGIN
	IF coalesce(cardinality(losers), 0) NOT BETWEEN 1 AND 20
	    OR cardinality(losers) <> (SELECT count(DISTINCT l) FROM unnest(losers) l) THEN
		RAISE EXCEPTION 'from 1 to 20 contacts, each once' USING ERRCODE = 'ZH422',
			COLUMN = 'loserIds';
	END IF;
	PERFORM crm.refuse_merge(l, winner_id) FROM unnest(losers) l;
	FOR choice IN SELECT * FROM jsonb_each_text(choices) LOOP
		IF choice.key <> ALL ('{avatar,gender,first_name,last_name,title,company_id,background,'
		    'has_newsletter,status,sales_id,linkedin_url,email_jsonb,phone_jsonb,tags,'
		    'first_seen,last_seen}') THEN
			RAISE EXCEPTION 'nobody chooses %', choice.key USING ERRCODE = 'ZH422',
				COLUMN = 'choices';
		ELSIF choice.value ~ '^[0-9]{1,18}$' IS NOT TRUE
		    OR choice.value::bigint <> ALL (losers || winner_id) THEN
			RAISE EXCEPTION '% is to be of one of these contacts', choice.key
				USING ERRCODE = 'ZH422', COLUMN = 'choices';
		END IF;
	END LOOP;
	IF (SELECT count(*) FROM crm.contacts c WHERE c.id = ANY (losers || winner_id))
	    <= cardinality(losers) THEN
		RAISE EXCEPTION 'no such contact' USING ERRCODE = 'ZH404';
	END IF;
END $$;

DROP FUNCTION crm.merge_contacts(bigint, bigint);
DROP FUNCTION crm.preview_merge(bigint, bigint);

-- As merge_contacts() of 021, with choices.
CREATE FUNCTION crm.merge_one(loser_id bigint, winner_id bigint, choices jsonb, batch bigint)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	winner crm.contacts;
	loser crm.contacts;
	merged crm.contacts;
	reference record;
	ids bigint[];
	moved jsonb := '{}';
	deals jsonb;
	made bigint := ops.new_id();
BEGIN
	PERFORM FROM crm.contacts c WHERE c.id IN (loser_id, winner_id) ORDER BY c.id FOR UPDATE;
	SELECT c.* INTO winner FROM crm.contacts c WHERE c.id = winner_id;
	SELECT c.* INTO loser FROM crm.contacts c WHERE c.id = loser_id;
	IF winner.id IS NULL OR loser.id IS NULL THEN
		RAISE EXCEPTION 'no such contact' USING ERRCODE = 'ZH404';
	END IF;

	FOR reference IN SELECT * FROM crm.contact_references() LOOP
		EXECUTE format('SELECT ARRAY(SELECT id FROM crm.%I WHERE %I = $1 ORDER BY id FOR UPDATE)',
			reference.child, reference.member) INTO ids USING loser_id;
		EXECUTE format('UPDATE crm.%I SET %I = $1 WHERE id = ANY ($2)',
			reference.child, reference.member) USING winner_id, ids;
		moved := moved || jsonb_build_object(
			reference.child || '.' || reference.member, ids);
	END LOOP;
	WITH o AS (
		SELECT d.id, d.contact_ids FROM crm.deals d
		 WHERE loser_id = ANY (d.contact_ids) ORDER BY d.id FOR UPDATE),
	u AS (
		UPDATE crm.deals d SET contact_ids = array_remove(o.contact_ids, loser_id)
			|| CASE WHEN winner_id = ANY (o.contact_ids) THEN '{}' ELSE ARRAY[winner_id] END
		  FROM o WHERE d.id = o.id
		RETURNING d.id, o.contact_ids AS before, d.contact_ids AS after)
	SELECT coalesce(jsonb_agg(to_jsonb(u)), '[]') INTO deals FROM u;

	merged := crm.chosen_contact(winner, loser, choices);
	UPDATE crm.contacts c SET avatar = merged.avatar, gender = merged.gender,
		first_name = merged.first_name, last_name = merged.last_name, title = merged.title,
		company_id = merged.company_id, background = merged.background,
		has_newsletter = merged.has_newsletter, sales_id = merged.sales_id,
		linkedin_url = merged.linkedin_url, email_jsonb = merged.email_jsonb,
		phone_jsonb = merged.phone_jsonb, tags = merged.tags,
		first_seen = merged.first_seen, last_seen = merged.last_seen, status = merged.status
	 WHERE c.id = winner_id RETURNING c.* INTO merged;

	INSERT INTO crm.merges (id, batch_id, winner_id, loser_id, loser, before, after, moved, deals)
	SELECT made, coalesce(batch, made), winner.id, loser.id, crm.contact_members(loser),
		coalesce(jsonb_object_agg(w.key, w.value), '{}'),
		coalesce(jsonb_object_agg(w.key, n.value), '{}'), moved, deals
	  FROM jsonb_each(crm.contact_members(winner)) w
	  JOIN jsonb_each(crm.contact_members(merged)) n ON n.key = w.key AND n.value <> w.value;

	-- A merge has its own way back, so the loser does not go to the trash.
	PERFORM set_config('app.merging', 'on', true);
	DELETE FROM crm.contacts c WHERE c.id = loser_id;
	PERFORM set_config('app.merging', '', true);
	RETURN made;
END $$;

-- One after another, so that each can be undone, and all together.
CREATE FUNCTION crm.merge_contacts(losers bigint[], winner_id bigint, choices jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	loser bigint;
	made bigint[] := '{}';
BEGIN
	PERFORM FROM crm.contacts c WHERE c.id = ANY (losers || winner_id) ORDER BY c.id FOR UPDATE;
	PERFORM crm.check_merge(losers, winner_id, choices);
	FOREACH loser IN ARRAY losers LOOP
		made := made || crm.merge_one(loser, winner_id, choices, made[1]);
	END LOOP;
	RETURN CASE WHEN cardinality(made) = 1
		THEN json_build_object('success', true, 'winnerId', winner_id, 'mergeId', made[1])
		ELSE json_build_object('success', true, 'winnerId', winner_id, 'mergeId', made[1],
			'mergeIds', made) END;
END $$;

-- What a merge would come to.
CREATE FUNCTION crm.preview_merge(losers bigint[], winner_id bigint, choices jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	merged crm.contacts;
	loser_id bigint;
	loser crm.contacts;
	reference record;
	n bigint;
	moves jsonb := '{}';
BEGIN
	PERFORM crm.check_merge(losers, winner_id, choices);
	SELECT c.* INTO merged FROM crm.contacts c WHERE c.id = winner_id;
	FOREACH loser_id IN ARRAY losers LOOP
		SELECT c.* INTO loser FROM crm.contacts c WHERE c.id = loser_id;
		merged := crm.chosen_contact(merged, loser, choices);
	END LOOP;
	FOR reference IN SELECT * FROM crm.contact_references() LOOP
		EXECUTE format('SELECT count(*) FROM crm.%I WHERE %I = ANY ($1)', reference.child,
			reference.member) INTO n USING losers;
		moves := moves || jsonb_build_object(reference.child,
			n + coalesce((moves->>reference.child)::bigint, 0));
	END LOOP;
	RETURN json_build_object('winner', crm.contact_members(merged),
		'moves', moves || jsonb_build_object('deals', (SELECT count(*) FROM crm.deals d
			WHERE d.contact_ids && losers)));
END $$;

-- As in 021, with the status, which could not be chosen.
CREATE OR REPLACE FUNCTION crm.undo_merge(merge_id bigint, keep boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	m crm.merges;
	winner crm.contacts;
	changed text[];
	reference record;
BEGIN
	SELECT x.* INTO m FROM crm.merges x WHERE x.id = merge_id
	   AND x.merged_at > now() - interval '30 days' FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such merge' USING ERRCODE = 'ZH404';
	ELSIF m.undone_at IS NOT NULL THEN
		RAISE EXCEPTION 'this merge was undone already' USING ERRCODE = 'ZH409';
	END IF;
	SELECT c.* INTO winner FROM crm.contacts c WHERE c.id = m.winner_id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the contact that was kept is gone: undo that first'
			USING ERRCODE = 'ZH422';
	END IF;
	changed := ARRAY(SELECT a.key FROM jsonb_each(m.after) a
		WHERE a.value <> crm.contact_members(winner)->a.key ORDER BY a.key);
	IF NOT keep AND changed <> '{}' AND changed <> '{last_seen}' THEN
		RAISE EXCEPTION 'changed since the merge: %',
			array_to_string(array_remove(changed, 'last_seen'), ', ')
			USING ERRCODE = 'ZH409', HINT = 'changed_since';
	END IF;

	-- Nothing is completed of a row that comes back.
	PERFORM set_config('app.restoring', 'on', true);
	UPDATE crm.contacts c SET avatar = r.avatar, gender = r.gender, first_name = r.first_name,
		last_name = r.last_name, title = r.title, company_id = r.company_id,
		background = r.background, has_newsletter = r.has_newsletter, sales_id = r.sales_id,
		linkedin_url = r.linkedin_url, email_jsonb = r.email_jsonb,
		phone_jsonb = r.phone_jsonb, tags = r.tags, first_seen = r.first_seen,
		last_seen = r.last_seen, status = r.status
	  FROM jsonb_populate_record(winner, m.before - changed) r WHERE c.id = m.winner_id;
	EXECUTE (SELECT format('INSERT INTO crm.contacts (%1$s) SELECT %1$s '
			'FROM json_populate_record(NULL::crm.contacts, $1)',
			string_agg(quote_ident(a.attname), ', '))
		FROM pg_attribute a WHERE a.attrelid = 'crm.contacts'::regclass AND a.attnum > 0
		AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname <> 'org_id')
		USING m.loser;
	PERFORM set_config('app.restoring', '', true);

	FOR reference IN SELECT * FROM crm.contact_references() LOOP
		EXECUTE format('UPDATE crm.%1$I SET %2$I = $1 WHERE id IN (SELECT t.id FROM crm.%1$I t '
			'JOIN jsonb_array_elements_text($2) x (id) ON t.id = x.id::bigint '
			'WHERE t.%2$I = $3 ORDER BY t.id FOR UPDATE OF t)',
			reference.child, reference.member)
			USING m.loser_id, m.moved->(reference.child || '.' || reference.member),
				m.winner_id;
	END LOOP;
	WITH o AS (
		SELECT d.id, d.contact_ids, x.before, x.after
		  FROM jsonb_to_recordset(m.deals) x (id bigint, before bigint[], after bigint[])
		  JOIN crm.deals d ON d.id = x.id AND m.winner_id = ANY (d.contact_ids)
		 ORDER BY d.id FOR UPDATE OF d)
	UPDATE crm.deals d SET contact_ids = CASE
		WHEN o.contact_ids = o.after THEN o.before
		WHEN m.winner_id = ANY (o.before) THEN o.contact_ids || m.loser_id
		ELSE array_replace(o.contact_ids, m.winner_id, m.loser_id) END
	  FROM o WHERE d.id = o.id;
	UPDATE crm.merges x SET undone_at = now() WHERE x.id = m.id;
	RETURN json_build_object('success', true, 'loserId', m.loser_id, 'winnerId', m.winner_id);
END $$;

-- The last first, as they were made one upon another.
CREATE FUNCTION crm.undo_merges(merge_id bigint, keep boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	one bigint;
	n integer := 0;
	winner bigint;
BEGIN
	FOR one, winner IN SELECT m.id, m.winner_id FROM crm.merges m
	    WHERE m.batch_id = (SELECT x.batch_id FROM crm.merges x WHERE x.id = merge_id)
	      AND m.undone_at IS NULL ORDER BY m.id DESC LOOP
		PERFORM crm.undo_merge(one, keep);
		n := n + 1;
	END LOOP;
	IF n = 0 THEN	-- which says why
		RETURN crm.undo_merge(merge_id, keep);
	END IF;
	RETURN json_build_object('success', true, 'winnerId', winner, 'undone', n);
END $$;
GRANT EXECUTE ON FUNCTION crm.chosen_contact(crm.contacts, crm.contacts, jsonb),
	crm.check_merge(bigint[], bigint, jsonb), crm.merge_one(bigint, bigint, jsonb, bigint),
	crm.merge_contacts(bigint[], bigint, jsonb), crm.preview_merge(bigint[], bigint, jsonb),
	crm.undo_merges(bigint, boolean) TO tenantry_app;
