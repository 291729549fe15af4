-- Full-text search over all rows.
-- needs: crm/module.sql crm/search_document.sql

-- Returns the beginning of the statement below.
CREATE OR REPLACE FUNCTION crm.document_insert(tenant_table regclass, titles text[], bodies text[], one text, source text) RETURNS text
LANGUAGE sql STABLE AS $make$
	SELECT format($$INSERT INTO crm.search_documents AS d (org_id, kind, id, title, body, indexed)
			SELECT %1$s.org_id, %2$L, %1$s.id, %3$s, %4$s, coalesce(ops.request() ~ '^(import |undo |archive$)', false) %5$s$$,
		one, c.relname, crm.columns_text(tenant_table, one, titles, ' '), crm.columns_text(tenant_table, one, bodies, E'\n'), source)
	  FROM pg_class c WHERE c.oid = tenant_table
$make$;

-- Returns the statement that writes the search documents of rows of a table: of one row, or of the rows in the FROM
-- clause. Row security checks an INSERT with ON CONFLICT DO UPDATE several times, so the triggers use this statement only
-- for the rare row that has a document before it is written, or none afterwards.
CREATE OR REPLACE FUNCTION crm.document_write(tenant_table regclass, titles text[], bodies text[], one text, source text) RETURNS text
LANGUAGE sql STABLE AS $make$
	SELECT crm.document_insert(tenant_table, titles, bodies, one, source) || $$
			ON CONFLICT (org_id, kind, id) DO UPDATE SET title = excluded.title,
				body = excluded.body, changed_at = now(), indexed = excluded.indexed
				WHERE (d.title, d.body) IS DISTINCT FROM (excluded.title, excluded.body)$$
$make$;

-- Makes a tenant table searchable by the given columns, which have "searched" in their description (see
-- crm.follow_catalogue()). The functions of the triggers are generated for each table, because looking up columns by
-- name on every write is slow. The arguments of the trigger "document" list the columns. Imports index their documents
-- immediately, because a search reads each document that is not yet indexed separately.
CREATE OR REPLACE FUNCTION crm.can_be_found(tenant_table regclass, titles text[], bodies text[]) RETURNS void
LANGUAGE plpgsql AS $make$
DECLARE
	kind name := (SELECT relname FROM pg_class WHERE oid = tenant_table);
	known boolean := EXISTS (SELECT FROM pg_trigger t
		WHERE t.tgrelid = tenant_table AND t.tgname = 'document');
BEGIN
	-- Documents of new rows are written per statement, because an import inserts many rows in one statement.
	EXECUTE format($function$
		CREATE OR REPLACE FUNCTION crm.%I() RETURNS trigger
		LANGUAGE plpgsql AS $$
		DECLARE
			n bigint;
		BEGIN
			%s
			ON CONFLICT DO NOTHING;
			GET DIAGNOSTICS n = ROW_COUNT;
			IF n < (SELECT count(*) FROM written) THEN
				%s;
			END IF;
			RETURN NULL;
		END $$
	$function$, 'add_documents_of_' || kind, crm.document_insert(tenant_table, titles, bodies, 'w', 'FROM written w'),
		crm.document_write(tenant_table, titles, bodies, 'w', 'FROM written w'));
	EXECUTE format($function$
		CREATE OR REPLACE FUNCTION crm.%I() RETURNS trigger
		LANGUAGE plpgsql AS $$
		DECLARE
			grants text;
		BEGIN
			IF TG_OP = 'DELETE' THEN
				-- With limited grants, the document of a deleted row is not visible.
				grants := ops.begin_system();
				DELETE FROM crm.search_documents d
				 WHERE d.org_id = OLD.org_id AND d.kind = %L AND d.id = OLD.id;
				PERFORM ops.end_system(grants);
				RETURN NULL;
			END IF;
			IF %s THEN
				RETURN NULL;
			END IF;
			UPDATE crm.search_documents d SET title = %s, body = %s, changed_at = now(),
				indexed = coalesce(ops.request() ~ '^(import |undo |archive$)', false)
			 WHERE d.org_id = NEW.org_id AND d.kind = %L AND d.id = NEW.id;
			IF NOT FOUND THEN
				%s;
			END IF;
			RETURN NULL;
		END $$
	$function$, 'keep_document_of_' || kind, kind,
		(SELECT string_agg(format('NEW.%1$I IS NOT DISTINCT FROM OLD.%1$I', c), ' AND ') FROM unnest(titles || bodies) c),
		crm.columns_text(tenant_table, 'NEW', titles, ' '), crm.columns_text(tenant_table, 'NEW', bodies, E'\n'), kind,
		crm.document_write(tenant_table, titles, bodies, 'NEW', ''));
	-- Since its name sorts first, this trigger runs before the triggers that write the row again.
	PERFORM ops.make_trigger(format('CREATE TRIGGER add_documents AFTER INSERT ON %s REFERENCING NEW TABLE AS written '
		'FOR EACH STATEMENT EXECUTE FUNCTION crm.%I()', tenant_table, 'add_documents_of_' || kind));
	PERFORM ops.make_trigger(format('CREATE TRIGGER document AFTER DELETE OR UPDATE OF %s ON %s '
		'FOR EACH ROW EXECUTE FUNCTION crm.%I(%L, %L)',
		(SELECT string_agg(quote_ident(c), ', ') FROM unnest(titles || bodies) c),
		tenant_table, 'keep_document_of_' || kind, titles, bodies));
	IF NOT known THEN
		PERFORM crm.write_documents(tenant_table);
	END IF;
END $make$;

-- Returns queries for documents of a kind in the organization that contain all terms of a text: in the title,
-- anywhere, or misspelled in the title. The folded text of a document must also match phrases and filters, which are
-- cheap regular expressions. All results are null if the text has no terms.
-- callers: tenantry_search
CREATE OR REPLACE FUNCTION crm.read_query(q text, org uuid, kind text, OUT titled tsquery,
	OUT anywhere tsquery, OUT misspelt tsquery, OUT phrases text[], OUT filters text[],
	OUT misspelt_filters text[])
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	mark text := crm.lexeme_mark(org, kind);
	term text;
	words text[];
	word text;
	address text;
	title text;
	beginnings text[];
	t tsquery;
	one tsquery;
	near tsquery;
BEGIN
	FOREACH term IN ARRAY crm.asked_terms(q) LOOP
		address := crm.term_address(term);
		IF address IS NOT NULL THEN
			one := crm.any_lexeme(ARRAY[mark || 'e' || address]);
			titled := coalesce(titled && one, one);
			anywhere := coalesce(anywhere && one, one);
			misspelt := coalesce(misspelt && one, one);
			term := regexp_replace(crm.folded(address), '[^\w@]', '\\\&', 'g');
			filters := filters || term;
			misspelt_filters := misspelt_filters || term;
			CONTINUE;
		END IF;
		words := crm.search_words(term);
		IF cardinality(words) > 1 THEN
			phrases := phrases || crm.term_pattern(term);
		END IF;
		FOR n IN 1 .. cardinality(words) LOOP
			word := left(words[n], 50);
			title := mark || 't' || word;
			beginnings := ARRAY[mark || 'b' || word];
			-- Only the last word of a term may be incomplete.
			IF n < cardinality(words) THEN
				t := crm.any_lexeme('{}', ARRAY[title]);
				one := crm.any_lexeme('{}', beginnings);
				near := crm.any_lexeme('{}', beginnings || crm.misspelt_lexemes(mark, word));
			ELSE
				IF n = 1 AND word ~ '^[0-9]{4,}$' THEN
					beginnings := beginnings || (mark || 'n' || reverse(word));
				END IF;
				t := crm.any_lexeme(ARRAY[title]);
				one := crm.any_lexeme(beginnings);
				near := crm.any_lexeme(beginnings, crm.misspelt_lexemes(mark, word));
			END IF;
			titled := coalesce(titled && t, t);
			anywhere := coalesce(anywhere && one, one);
			misspelt := coalesce(misspelt && near, near);
			filters := filters || crm.word_filter(word, false);
			misspelt_filters := misspelt_filters || crm.word_filter(word, true);
		END LOOP;
	END LOOP;
	filters := filters || phrases;
END $$;

-- Returns the kinds of rows that have search documents.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.searched_kinds() RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT ARRAY(SELECT c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		WHERE t.tgname = 'document' AND c.relname <> ALL (crm.hidden_tables()) ORDER BY 1)
$$;

-- Returns rows of these kinds (null: all) that contain all words, best first: in the title, anywhere, misspelled in the
-- title. For very frequent words, only 1,000 rows of each kind are ranked. Like every search, this reads the index
-- and the documents that are not indexed yet.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.find_documents(q text, kinds text[], room integer)
RETURNS TABLE (kind text, id bigint, score real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp
SET enable_seqscan = off SET work_mem = '32MB' AS $$
DECLARE
	org uuid := ops.org();
	asked text := lower(btrim(q));
	words text[] := crm.search_words(q);
	searched text[] := coalesce(kinds, crm.searched_kinds());
	stages tsquery[];	-- three stages for each kind of row
	phrases text[];
	filters text[];
	misspelt_filters text[];
	r record;
	seen text[] := '{}';
BEGIN
	IF org IS NULL OR crm.asked_terms(q) = '{}' THEN
		RETURN;
	END IF;
	FOREACH kind IN ARRAY searched LOOP
		SELECT * INTO r FROM crm.read_query(q, org, kind);
		stages := stages || ARRAY[r.titled, r.anywhere, r.misspelt];
		phrases := r.phrases;
		filters := r.filters;
		misspelt_filters := r.misspelt_filters;
	END LOOP;
	-- Each stage includes the results of the previous stage. These results are skipped here, because excluding them in
	-- the index query is slower. A stage runs only if the previous stage found too few rows.
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
		  FROM (SELECT y.*, searched[n] AS wanted FROM generate_subscripts(searched, 1) n
			CROSS JOIN LATERAL ((SELECT d.org_id, d.kind, d.id, d.title FROM crm.search_documents d
				 WHERE d.indexed AND crm.lexemes(d.org_id, d.kind, d.title, d.body)
					@@ stages[3 * n - 3 + stage]
				   AND (stage = 3 OR phrases IS NULL
					OR crm.folded(d.title || E'\n' || d.body) ~ ALL (phrases))
				LIMIT 1000)
				UNION ALL (SELECT d.org_id, d.kind, d.id, d.title FROM crm.search_documents d
				 WHERE d.org_id = org AND NOT d.indexed AND d.kind = searched[n]
				   AND crm.folded(d.title || E'\n' || d.body)
					~ ALL (CASE stage WHEN 3 THEN misspelt_filters ELSE filters END)
				   AND crm.lexemes(d.org_id, d.kind, d.title, d.body) @@ stages[3 * n - 3 + stage]
				LIMIT 1000)) y) x
		 WHERE x.org_id = org AND x.kind = x.wanted AND concat_ws(' ', x.kind, x.id) <> ALL (seen)
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

-- Returns organizations with unindexed documents, after the given organization.
CREATE OR REPLACE FUNCTION crm.unindexed_organizations(after uuid, most integer) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp
SET enable_seqscan = off AS $$
DECLARE
	orgs uuid[] := '{}';
BEGIN
	-- The next organization is always looked up in the index, since an organization may have many documents.
	WHILE cardinality(orgs) < most LOOP
		SELECT d.org_id INTO after FROM crm.search_documents d
		 WHERE NOT d.indexed AND d.org_id > after ORDER BY d.org_id LIMIT 1;
		EXIT WHEN NOT FOUND;
		orgs := orgs || after;
	END LOOP;
	RETURN orgs;
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.unindexed_organizations(uuid, integer) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;

-- Indexes at most "batch" documents. To keep locks short, it stops after texts of about 200 kB or after one second. If
-- several organizations have unindexed documents, each gets at most half of these limits, so that none delays the
-- others. Starts at a random organization. An organization with an error is set aside. Returns true if a limit was
-- reached. Otherwise the next batch can wait, since a larger batch costs less per document: its terms are added to the
-- index together, from its pending list. The list is emptied, since each search reads it and imports also add to it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.index_documents(batch integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	since uuid := gen_random_uuid();
	orgs uuid[] := crm.unindexed_organizations(since, batch);
	org uuid;
	shares integer;
	room integer := batch;
	most CONSTANT bigint := 200000;
	bytes bigint := most;
	ends timestamptz := clock_timestamp() + interval '1 s';
	n integer;
	size bigint;
	full_batch boolean := cardinality(orgs) = batch;
	aside text[] := ops.aside_entries('search_index');
BEGIN
	IF cardinality(orgs) < batch THEN
		orgs := orgs || ARRAY(SELECT o FROM unnest(crm.unindexed_organizations(
			'00000000-0000-0000-0000-000000000000', batch - cardinality(orgs))) o WHERE o <= since);
	END IF;
	shares := CASE cardinality(orgs) WHEN 1 THEN 1 ELSE 2 END;
	-- Index entries that are lost in a crash are written later.
	PERFORM set_config('synchronous_commit', 'off', true);
	FOREACH org IN ARRAY orgs LOOP
		CONTINUE WHEN org::text = ANY (aside);
		PERFORM ops.set_org(org);
		BEGIN
			-- Only the indexed documents are locked.
			WITH next AS (SELECT u.ctid, octet_length(u.body) AS size FROM crm.search_documents u
				 WHERE u.org_id = org AND NOT u.indexed LIMIT least(room, batch / shares)),
			chosen AS (SELECT x.ctid, sum(x.size) OVER (ROWS UNBOUNDED PRECEDING) - x.size AS before
				  FROM next x),
			done AS (UPDATE crm.search_documents d SET indexed = true
				 WHERE d.ctid = ANY (ARRAY(SELECT u.ctid FROM crm.search_documents u
					 WHERE u.ctid = ANY (ARRAY(SELECT c.ctid FROM chosen c
						 WHERE c.before < least(bytes, most / shares))) AND NOT u.indexed
					   FOR UPDATE SKIP LOCKED))
				RETURNING octet_length(d.body) AS size)
			SELECT count(*), coalesce(sum(d.size), 0) INTO n, size FROM done d;
			full_batch := full_batch OR n >= least(room, batch / shares) OR size >= least(bytes, most / shares);
			room := room - n;
			bytes := bytes - size;
			PERFORM ops.end_aside('search_index', org, org::text);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			PERFORM ops.set_aside('search_index', org, org::text, SQLSTATE, SQLERRM);
		END;
		full_batch := full_batch OR clock_timestamp() > ends;
		EXIT WHEN room <= 0 OR bytes <= 0 OR clock_timestamp() > ends;
	END LOOP;
	PERFORM gin_clean_pending_list('crm.search_documents_lexemes');
	PERFORM ops.set_org(other);
	RETURN full_batch;
END $$;

-- Returns the matching part of a text, as pieces of plain text and flags that mark the matches, so that no markup is
-- needed. Misspelled matches are marked as well.
-- callers: tenantry_app, tenantry_mcp_writer
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

-- Returns those rows of custom objects that have one of these kinds (null: all). If the caller cannot see some values
-- of a row, such as values of deleted fields, "shown" contains the text of its other values.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.shown_records(rows jsonb, kinds text[]) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_object_agg(r.key, CASE WHEN r.value->'custom' IN ('null', v.custom) THEN r.value
		ELSE r.value || jsonb_build_object('shown', concat_ws(E'\n', r.value->>'name', crm.list_text(v.custom))) END)
	  FROM jsonb_each(rows) r CROSS JOIN LATERAL (SELECT crm.custom_of(r.value->>'object', nullif(r.value->'custom', 'null')) OFFSET 0) v (custom)
	 WHERE kinds IS NULL OR kinds && ARRAY['records', r.value->>'object']
$$;

-- Returns the response to a search, in the order of crm.find_documents(). Rows are looked up by ID under row security,
-- one by one (OFFSET 0): a join with the result of a function would read all rows.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.search(q text, kinds text[], room integer) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	known text[] := crm.searched_kinds();
	objects text[] := ARRAY(SELECT o.resource FROM crm.object_definitions o WHERE o.org_id = ops.org());
	words text[] := crm.search_words(q);
	near text[] := ARRAY(SELECT m FROM unnest(words) w, unnest(crm.misspellings(w)) m);
	hits jsonb;
	part record;
	seen jsonb;
	members jsonb := '{}';
BEGIN
	IF NOT kinds <@ (known || objects) THEN
		PERFORM ops.refuse('types_searched', 'types', array_to_string(known || objects, ', '));
	END IF;
	SELECT coalesce(jsonb_agg(to_jsonb(f) || jsonb_build_object('place', f.place)), '[]') INTO hits
	  -- Row security and the names of objects exclude some of these rows below, so the best 1,000 are requested.
	  FROM crm.find_documents(q, ARRAY(SELECT DISTINCT ops.described_as(k) FROM unnest(coalesce(kinds, known)) k),
		CASE WHEN ops.reads_all(current_setting('app.grants', true)) AND NOT coalesce(kinds && objects, false) THEN room ELSE 1000 END) WITH ORDINALITY f (kind, id, score, place);
	FOR part IN SELECT h.kind, array_agg(h.id) AS ids
	    FROM jsonb_to_recordset(hits) h (kind text, id bigint) GROUP BY h.kind LOOP
		EXECUTE format('SELECT jsonb_object_agg($2 || x.id, to_jsonb(x)) '
			'FROM crm.%I x WHERE x.id = ANY ($1)', part.kind)
			INTO seen USING part.ids, part.kind || ' ';
		IF part.kind = 'records' THEN
			seen := crm.shown_records(seen, kinds);
		END IF;
		members := members || coalesce(seen, '{}');
	END LOOP;
	-- A row with values that the caller does not see must match without them.
	hits := (SELECT coalesce(jsonb_agg(h), '[]') FROM (SELECT h FROM jsonb_array_elements(hits) h
		CROSS JOIN LATERAL (SELECT members->concat_ws(' ', h->>'kind', h->>'id') OFFSET 0) m (row)
		WHERE m.row IS NOT NULL AND (NOT m.row ? 'shown' OR (h->>'score')::real >= 0.5
			AND crm.folded(m.row->>'shown') ~ ALL (crm.query_patterns(q))) ORDER BY (h->>'place')::integer LIMIT room) h (h));
	RETURN (SELECT coalesce(json_agg(json_build_object('resource', coalesce(m.row->>'object', h.kind), 'id', h.id,
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
		CROSS JOIN LATERAL (SELECT x.title, coalesce(m.row->>'shown', x.body) AS body FROM crm.search_documents x
			WHERE x.kind = h.kind AND x.id = h.id OFFSET 0) d
		LEFT JOIN LATERAL (SELECT x.title FROM crm.search_documents x
			WHERE x.kind = p.kind AND x.id = p.id OFFSET 0) parent ON d.title = ''
		CROSS JOIN LATERAL (SELECT crm.snippet(d.body, words) AS snippet OFFSET 0) body);
END $$;

DROP POLICY IF EXISTS search ON crm.search_documents;
CREATE POLICY search ON crm.search_documents FOR SELECT TO tenantry_search USING (true);
