-- Full-text search over all rows.

-- Writes the documents of all rows of a table, including rows that were written while
-- triggers were disabled.
CREATE OR REPLACE FUNCTION crm.write_documents(tenant_table regclass) RETURNS void
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

-- Makes a tenant table searchable by the given columns. The trigger's function is generated
-- for the table, because looking up columns by name at every write is slow; the trigger's
-- arguments list the columns. The calls for all tables follow below.
CREATE OR REPLACE FUNCTION crm.can_be_found(tenant_table regclass, titles text[], bodies text[]) RETURNS void
LANGUAGE plpgsql AS $make$
DECLARE
	kind name := (SELECT relname FROM pg_class WHERE oid = tenant_table);
	known boolean := EXISTS (SELECT FROM pg_trigger t
		WHERE t.tgrelid = tenant_table AND t.tgname = 'document');
BEGIN
	EXECUTE format($function$
		CREATE OR REPLACE FUNCTION crm.%I() RETURNS trigger
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
	EXECUTE format('CREATE OR REPLACE TRIGGER document AFTER INSERT OR DELETE OR UPDATE OF %s ON %s '
		'FOR EACH ROW EXECUTE FUNCTION crm.%I(%L, %L)',
		(SELECT string_agg(quote_ident(c), ', ') FROM unnest(titles || bodies) c),
		tenant_table, 'keep_document_of_' || kind, titles, bodies);
	IF NOT known THEN
		PERFORM crm.write_documents(tenant_table);
	END IF;
END $make$;

-- Rows of these kinds (null: all) that contain all words, best first: in the title, anywhere,
-- misspelt in the title. Of very frequent words 1,000 rows are ranked.
CREATE OR REPLACE FUNCTION crm.find_documents(q text, kinds text[], room integer)
RETURNS TABLE (kind text, id bigint, score real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp
SET enable_seqscan = off SET work_mem = '32MB' AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	mark text := crm.lexeme_mark(org);
	-- An address is one word.
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
		-- A single word in a title was found by the first stage. Not repeating it saves a third
		-- of the time for a word that every row contains.
		beginnings := ARRAY[mark || 'b' || word]
			|| CASE WHEN cardinality(words || addresses) > 1 THEN ARRAY[mark || 't' || word] END
			|| CASE WHEN word ~ '^[0-9]{4,}$' THEN ARRAY[mark || 'n' || reverse(word)] END;
		one := crm.any_lexeme(beginnings);
		anywhere := coalesce(anywhere && one, one);
		one := crm.any_lexeme(beginnings,
			ARRAY(SELECT mark || 'm' || m FROM unnest(crm.misspellings(word)) m));
		misspelt := coalesce(misspelt && one, one);
	END LOOP;
	-- Each stage includes the results of the previous one, which are skipped here, since excluding
	-- them by the index is slower. A stage runs only if the previous one found too few rows.
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
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.find_documents(text, text[], integer) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;
GRANT EXECUTE ON FUNCTION crm.find_documents(text, text[], integer) TO tenantry_app;

-- The part of a text with matches, as pieces of plain text and flags that mark the matching
-- ones, so that no markup is needed. Words that nearly match are marked as well.
CREATE OR REPLACE FUNCTION crm.snippet(t text, words text[], near text[] DEFAULT '{}') RETURNS jsonb
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
GRANT EXECUTE ON FUNCTION crm.snippet(text, text[], text[]) TO tenantry_app, tenantry_mcp_writer;

-- Search for the caller, in the same order. Rows are looked up by id under row security, one
-- by one (OFFSET 0): a join with the result of a function would read all rows.
CREATE OR REPLACE FUNCTION crm.search(q text, kinds text[], room integer) RETURNS text
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
GRANT EXECUTE ON FUNCTION crm.search(text, text[], integer) TO tenantry_app, tenantry_mcp_writer;

DROP POLICY IF EXISTS search ON crm.search_documents;
CREATE POLICY search ON crm.search_documents FOR SELECT TO tenantry_search USING (true);

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
