-- Search in one list: rows that contain all words, as in crm.find_documents().
--
-- Functions of tenantry_search filter by organization themselves and read documents without
-- row security: the operators of their indexes are not leakproof, so a query under row
-- security could not use the indexes. tests/sql/catalog.sql lists all privileges of the role.
-- needs: crm/search.sql

-- Returns the rows of a kind that contain all terms, in their title or anywhere, at most "most" rows.
-- callers: tenantry_search
CREATE OR REPLACE FUNCTION crm.matching_rows(q text, org uuid, of_kind text, in_title boolean, most bigint)
RETURNS bigint[]
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET work_mem = '32MB' AS $$
DECLARE
	r record;
	query tsquery;
BEGIN
	SELECT * INTO r FROM crm.read_query(q, org, of_kind);
	query := CASE WHEN in_title THEN r.titled ELSE r.anywhere END;
	RETURN ARRAY(SELECT x.id
	  FROM ((SELECT d.org_id, d.kind, d.id FROM crm.search_documents d
		 WHERE d.indexed AND crm.lexemes(d.org_id, d.kind, d.title, d.body) @@ query
		   AND (r.phrases IS NULL OR crm.folded(d.title || E'\n' || d.body) ~ ALL (r.phrases))
		OFFSET 0)	-- otherwise the planner also reads the primary key of the organization
		UNION ALL SELECT d.org_id, d.kind, d.id FROM crm.search_documents d
		 WHERE d.org_id = org AND d.kind = of_kind AND NOT d.indexed
		   AND crm.folded(d.title || E'\n' || d.body) ~ ALL (r.filters)
		   AND crm.lexemes(d.org_id, d.kind, d.title, d.body) @@ query) x
	 WHERE x.org_id = org AND x.kind = of_kind LIMIT most);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.search_rows(q text, of_kind text, in_title boolean, most bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	RETURN CASE WHEN org IS NULL THEN '{}' ELSE crm.matching_rows(q, org, of_kind, in_title, most) END;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.search_companies(q text) RETURNS bigint[]
LANGUAGE sql STABLE AS $$ SELECT crm.search_rows(q, 'companies', false, NULL) $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.search_deals(q text) RETURNS bigint[]
LANGUAGE sql STABLE AS $$ SELECT crm.search_rows(q, 'deals', false, NULL) $$;

-- Returns the rows of all custom objects that match. Documents contain the values of deleted fields until these are
-- purged, so a row with such values must match without them.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.search_records(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	ids bigint[] := crm.search_rows(q, 'records', false, NULL);
	patterns text[] := crm.query_patterns(q);
BEGIN
	RETURN ARRAY(SELECT x.id FROM crm.records x JOIN (SELECT o.resource, ARRAY(SELECT f.key FROM crm.custom_fields_read(o.resource) f) AS keys
			FROM crm.object_definitions o WHERE o.org_id = ops.org()) k ON k.resource = x.object
		WHERE x.id = ANY (ids) AND (x.custom IS NULL OR x.custom - k.keys = '{}'
			OR crm.folded(concat_ws(E'\n', x.name, crm.list_text(crm.custom_of(x.object, x.custom)))) ~ ALL (patterns)));
END $$;

-- Searches only the names of contacts, for pickers, which show only names.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.search_contact_names(q text) RETURNS bigint[]
LANGUAGE sql STABLE AS $$ SELECT crm.search_rows(q, 'contacts', true, NULL) $$;

-- Runs as its owner, since the search role has no access to the ops schema.
-- callers: tenantry_search
CREATE OR REPLACE FUNCTION crm.sees_all_companies() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN coalesce(ops.scope('companies', 'read') = 'all', false);
END $$;

-- A list of contacts also shows their companies, so terms may match the name of the company as well. This is limited to
-- callers who can read all companies, since a search would reveal the names of hidden companies. The company of a
-- contact is looked up during the search and not stored with it, since a company may have many contacts. The two
-- texts are separated by a character that does not occur in texts, so that no phrase spans them.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.search_contacts(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	few CONSTANT integer := 500;
	org uuid := ops.org();
	term text;
	contacts bigint[];
	companies bigint[];
	all_companies bigint[] := '{}';
	rare text;
	rare_companies bigint[];
	chosen bigint[];
BEGIN
	IF org IS NULL THEN
		RETURN '{}';
	END IF;
	contacts := crm.matching_rows(q, org, 'contacts', false, NULL);
	IF NOT crm.sees_all_companies() THEN
		RETURN contacts;
	END IF;
	FOREACH term IN ARRAY crm.asked_terms(q) LOOP
		companies := crm.matching_rows(term, org, 'companies', true, NULL);
		all_companies := all_companies || companies;
		IF rare IS NULL OR cardinality(companies) < cardinality(rare_companies) THEN
			rare := term;
			rare_companies := companies;
		END IF;
	END LOOP;
	IF all_companies = '{}' THEN
		RETURN contacts;
	ELSIF cardinality(crm.asked_terms(q)) = 1 THEN
		RETURN ARRAY(SELECT unnest(contacts) UNION SELECT c.id FROM crm.contacts c
			WHERE c.org_id = org AND c.company_id = ANY (all_companies));
	END IF;
	-- Some terms may match the contact, and others its company. The search starts with the contacts of the
	-- matching companies if these are few, and otherwise with the contacts that match the rarest term. It keeps
	-- the contacts that match all terms.
	IF cardinality(all_companies) > few THEN
		chosen := crm.matching_rows(rare, org, 'contacts', false, 10 * few);
	END IF;
	IF cardinality(chosen) < 10 * few THEN
		all_companies := rare_companies;
	ELSE
		chosen := '{}';
	END IF;
	chosen := chosen || ARRAY(SELECT c.id FROM crm.contacts c
		WHERE c.org_id = org AND c.company_id = ANY (all_companies));
	RETURN ARRAY(SELECT unnest(contacts) UNION SELECT x.id
	  FROM (SELECT DISTINCT unnest(chosen) AS id) x
	  JOIN crm.contacts c ON c.org_id = org AND c.id = x.id
	  JOIN crm.companies o ON o.org_id = org AND o.id = c.company_id
	  JOIN crm.search_documents d ON d.org_id = org AND d.kind = 'contacts' AND d.id = x.id
	 WHERE crm.folded(d.title || E'\n' || d.body || E'\n\uE000\n' || o.name) ~ ALL (crm.query_patterns(q)));
END $$;

-- Users have no search documents: there are few users, and /api/search does not find them.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.search_sales(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	patterns text[] := crm.query_patterns(q);
BEGIN
	RETURN ARRAY(SELECT id FROM (
		SELECT s.id, crm.folded(s.first_name || E'\n' || s.last_name || E'\n' || s.email) AS text
		  FROM crm.sales s WHERE s.org_id = org OFFSET 0) x
		WHERE patterns <> '{}' AND text ~ ALL (patterns));
END $$;

-- Returns rows in the trash that have all terms, among the 10,000 that were deleted last, since rows in the trash
-- have no search documents. The caller's row security applies.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.search_trash(of_kind text, q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	tenant_table regclass := 'crm.' || of_kind;
	args text[] := (SELECT string_to_array(encode(t.tgargs, 'escape'), '\000')
		FROM pg_trigger t WHERE t.tgrelid = tenant_table AND t.tgname = 'document');
	found bigint[];
BEGIN
	EXECUTE format('SELECT array_agg(g.row_id) FROM (SELECT t.row_id, t.row FROM crm.trash t WHERE t.resource = $1 '
		'ORDER BY t.deleted_at DESC, t.id DESC LIMIT 10000) g, '
		'LATERAL json_populate_record(NULL::%s, g.row) x WHERE crm.folded(%s || E''\n'' || %s) ~ ALL ($2)',
		tenant_table, crm.columns_text(tenant_table, 'x', args[1]::text[], ' '),
		crm.columns_text(tenant_table, 'x', args[2]::text[], E'\n'))
		INTO found USING of_kind, crm.query_patterns(q);
	RETURN CASE WHEN crm.asked_terms(q) = '{}' THEN '{}' ELSE found END;
END $$;

-- Returns the number of documents that contain all words of a search, though not necessarily in the order of its
-- phrases. The index alone counts the indexed documents if the visibility map of the table is up to date.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.count_documents(q text, of_kind text, in_title boolean, OUT documents bigint,
	OUT phrases boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp
SET enable_seqscan = off SET work_mem = '32MB' AS $$
DECLARE
	org uuid := ops.org();
	r record;
	query tsquery;
BEGIN
	IF org IS NULL THEN
		documents := 0;
		RETURN;
	END IF;
	SELECT * INTO r FROM crm.read_query(q, org, of_kind);
	query := CASE WHEN in_title THEN r.titled ELSE r.anywhere END;
	phrases := r.phrases IS NOT NULL;
	documents := (SELECT count(*) FROM crm.search_documents d
			WHERE d.indexed AND crm.lexemes(d.org_id, d.kind, d.title, d.body) @@ query)
		+ (SELECT count(*) FROM crm.search_documents d
			WHERE d.org_id = org AND d.kind = of_kind AND NOT d.indexed
			AND crm.folded(d.title || E'\n' || d.body) ~ ALL (r.filters)
			AND crm.lexemes(d.org_id, d.kind, d.title, d.body) @@ query);
END $$;

-- Prepares a page of a list whose only filter is q. app.found becomes the IDs of all matching rows. If many rows match,
-- and the beginning of the list contains enough matching rows for the page, app.found contains only these rows, and
-- app.total is the number of all matching rows.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.search_page(q text, search text, sort text, down boolean, need bigint)
RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	names boolean := search = 'crm.search_contact_names';
	of_kind text := CASE WHEN names THEN 'contacts' ELSE substr(search, length('crm.search_') + 1) END;
	-- Null if the search function reads no documents.
	of_table regclass := CASE WHEN starts_with(search, 'crm.search_') THEN ('crm.' || of_kind)::regclass END;
	n bigint := 0;	-- documents
	phrases boolean;
	ids bigint[];
	total text := '';
BEGIN
	-- The number of documents equals the number of rows only if the caller may read all rows.
	IF need <= 500 AND search NOT IN ('crm.search_sales', 'crm.search_records') AND of_table IS NOT NULL
	    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = of_table AND a.attname = sort)
	    AND ops.shows_all_rows(of_table) THEN
		SELECT * INTO n, phrases FROM crm.count_documents(q, of_kind, names);
	END IF;
	IF n > 2000 THEN
		EXECUTE format('SELECT array_agg(x.id) FROM (SELECT w.id FROM (SELECT t.* FROM %s t '
			'ORDER BY t.%I%s%s LIMIT 2000) w '
			'WHERE (SELECT crm.folded(%s) FROM crm.search_documents d WHERE d.org_id = w.org_id '
			'AND d.kind = %L AND d.id = w.id) ~ ALL ($1) LIMIT $2) x', of_table, sort,
			-- The collation is that of the list, so that the same index provides the order.
			(SELECT CASE a.atttypid WHEN 'text'::regtype THEN ' COLLATE ops.human' END FROM pg_attribute a
				WHERE a.attrelid = of_table AND a.attname = sort),
			CASE WHEN sort = 'id' AND down THEN ' DESC' WHEN sort = 'id' THEN ''
			WHEN sort IN ('created_at', 'updated_at') AND NOT down THEN ' NULLS FIRST, t.id'
			WHEN down THEN ' DESC NULLS LAST, t.id DESC' ELSE ' NULLS LAST, t.id' END,
			CASE search WHEN 'crm.search_contact_names' THEN 'd.title'
			WHEN 'crm.search_contacts' THEN 'd.title || E''\n'' || d.body || E''\n\uE000\n'' || coalesce((SELECT '
				'o.name FROM crm.companies o WHERE o.org_id = w.org_id AND o.id = w.company_id), '''')'
			ELSE 'd.title || E''\n'' || d.body' END, of_kind)
			INTO ids USING crm.query_patterns(q), need;
	END IF;
	IF cardinality(ids) < need OR ids IS NULL THEN
		EXECUTE format('SELECT %s($1)', search) INTO ids USING q;
	ELSIF phrases OR search = 'crm.search_contacts' AND EXISTS (SELECT FROM unnest(crm.asked_terms(q)) t,
		crm.search_rows(t, 'companies', true, 1) c WHERE c <> '{}') THEN
		EXECUTE format('SELECT cardinality(%s($1))', search) INTO total USING q;
	ELSE
		total := n::text;
	END IF;
	PERFORM set_config('app.found', ids::text, true), set_config('app.total', total, true);
END $$;

GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.search_rows(text, text, boolean, bigint) OWNER TO tenantry_search;
ALTER FUNCTION crm.search_contacts(text) OWNER TO tenantry_search;
ALTER FUNCTION crm.search_sales(text) OWNER TO tenantry_search;
ALTER FUNCTION crm.count_documents(text, text, boolean) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;

DROP POLICY IF EXISTS search ON crm.contacts;
CREATE POLICY search ON crm.contacts FOR SELECT TO tenantry_search USING (true);

-- With row security, crm.find_same() could not use the indexes of companies: their expressions are not leakproof.
DROP POLICY IF EXISTS search ON crm.companies;
CREATE POLICY search ON crm.companies FOR SELECT TO tenantry_search USING (true);

DROP POLICY IF EXISTS search ON crm.deals;
CREATE POLICY search ON crm.deals FOR SELECT TO tenantry_search USING (true);

-- A search for users uses no such index, so row security limits the search to the organization.
DROP POLICY IF EXISTS search ON crm.sales;
CREATE POLICY search ON crm.sales FOR SELECT TO tenantry_search
	USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));
