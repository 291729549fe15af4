-- Substring search of contacts, companies, deals and users.
--
-- Functions of tenantry_search read without row security and filter by organization
-- themselves: the operators of these indexes are not leakproof, so a query under row
-- security could not use the indexes.

-- The words of a query as patterns, the longest first. Wildcards in a word are escaped.
CREATE OR REPLACE FUNCTION crm.search_patterns(q text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(array_agg('%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%'
		ORDER BY char_length(word) DESC, word), '{}')
	  FROM regexp_split_to_table(lower(q), '\s+') word WHERE word <> ''
$$;
GRANT EXECUTE ON FUNCTION crm.search_patterns(text) TO tenantry_search;

-- True when a text contains all words, ignoring case. Lower-casing in the C locale is ten
-- times faster and the same for ASCII words. Apply it to a column of a subquery (OFFSET 0),
-- so that Postgres can inline it.
CREATE OR REPLACE FUNCTION crm.holds(document text, words text[], ascii boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN ascii THEN lower(document COLLATE "C") LIKE ALL (words)
		ELSE lower(document) LIKE ALL (words) END
$$;
GRANT EXECUTE ON FUNCTION crm.holds(text, text[], boolean) TO tenantry_search;

-- The searched columns of a contact as one text, separated by line breaks, so that no match
-- spans two columns.
CREATE OR REPLACE FUNCTION crm.contact_document(first_name text, last_name text, title text,
	background text, email_fts text, phone_fts text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(first_name, '') || E'\n' || coalesce(last_name, '') || E'\n'
		|| coalesce(title, '') || E'\n' || coalesce(background, '') || E'\n'
		|| coalesce(email_fts, '') || E'\n' || coalesce(phone_fts, '')
$$;
GRANT EXECUTE ON FUNCTION crm.contact_document(text, text, text, text, text, text)
	TO tenantry_app, tenantry_mcp_writer, tenantry_search;

-- A search reads all rows of the organization, about a microsecond per row. For an
-- organization with very many contacts, crm.index_search() creates an index, which makes
-- writes slower.
CREATE OR REPLACE FUNCTION crm.search_contacts(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	words text[] := crm.search_patterns(q);
	ascii boolean := octet_length(q) = char_length(q);
	word text;
	found_companies bigint[];
BEGIN
	IF to_regclass('crm.contacts_document') IS NOT NULL THEN
		-- The index is of trigrams: a shorter pattern would read all of it.
		SELECT w INTO word FROM unnest(words) WITH ORDINALITY AS x (w, n)
		 WHERE w ~ '[[:alnum:]]{3}' ORDER BY n LIMIT 1;
	END IF;
	IF word IS NULL THEN
		RETURN ARRAY(SELECT id FROM (
			SELECT c.id, crm.contact_document(c.first_name, c.last_name, c.title,
				c.background, c.email_fts, c.phone_fts)
				|| E'\n' || coalesce(o.name, '') AS document
			  FROM crm.contacts c
			  LEFT JOIN crm.companies o ON o.org_id = c.org_id AND o.id = c.company_id
			 WHERE c.org_id = org OFFSET 0) x
			WHERE crm.holds(document, words, ascii));
	END IF;
	found_companies := ARRAY(SELECT o.id FROM crm.companies o
		WHERE o.org_id = org AND lower(o.name) LIKE word);
	RETURN ARRAY(SELECT id FROM (
		SELECT c.id, crm.contact_document(c.first_name, c.last_name, c.title, c.background,
			c.email_fts, c.phone_fts) || E'\n' || coalesce(o.name, '') AS document
		  FROM crm.contacts c
		  LEFT JOIN crm.companies o ON o.org_id = c.org_id AND o.id = c.company_id
		 WHERE c.org_id = org
		   AND (lower(crm.contact_document(c.first_name, c.last_name, c.title,
			c.background, c.email_fts, c.phone_fts)) LIKE word
			OR c.company_id = ANY (found_companies)) OFFSET 0) x
		WHERE crm.holds(document, words, ascii));
END $$;

-- For pickers, which only show names.
CREATE OR REPLACE FUNCTION crm.search_contact_names(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	words text[] := crm.search_patterns(q);
	ascii boolean := octet_length(q) = char_length(q);
BEGIN
	RETURN ARRAY(SELECT id FROM (
		SELECT c.id, coalesce(c.first_name, '') || E'\n' || coalesce(c.last_name, '')
			AS document
		  FROM crm.contacts c WHERE c.org_id = org OFFSET 0) x
		WHERE crm.holds(document, words, ascii));
END $$;

CREATE OR REPLACE FUNCTION crm.search_companies(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	words text[] := crm.search_patterns(q);
	ascii boolean := octet_length(q) = char_length(q);
BEGIN
	RETURN ARRAY(SELECT id FROM (
		SELECT c.id, c.name || E'\n' || coalesce(c.phone_number, '') || E'\n'
			|| coalesce(c.website, '') || E'\n' || coalesce(c.zipcode, '') || E'\n'
			|| coalesce(c.city, '') || E'\n' || coalesce(c.state_abbr, '') AS document
		  FROM crm.companies c WHERE c.org_id = org OFFSET 0) x
		WHERE crm.holds(document, words, ascii));
END $$;

CREATE OR REPLACE FUNCTION crm.search_deals(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	words text[] := crm.search_patterns(q);
	ascii boolean := octet_length(q) = char_length(q);
BEGIN
	RETURN ARRAY(SELECT id FROM (
		SELECT d.id, d.name || E'\n' || coalesce(d.category, '') || E'\n'
			|| coalesce(d.description, '') AS document
		  FROM crm.deals d WHERE d.org_id = org OFFSET 0) x
		WHERE crm.holds(document, words, ascii));
END $$;

CREATE OR REPLACE FUNCTION crm.search_sales(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	words text[] := crm.search_patterns(q);
	ascii boolean := octet_length(q) = char_length(q);
BEGIN
	RETURN ARRAY(SELECT id FROM (
		SELECT s.id, s.first_name || E'\n' || s.last_name || E'\n' || s.email AS document
		  FROM crm.sales s WHERE s.org_id = org OFFSET 0) x
		WHERE crm.holds(document, words, ascii));
END $$;

GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.search_contacts(text) OWNER TO tenantry_search;
ALTER FUNCTION crm.search_contact_names(text) OWNER TO tenantry_search;
ALTER FUNCTION crm.search_companies(text) OWNER TO tenantry_search;
ALTER FUNCTION crm.search_deals(text) OWNER TO tenantry_search;
ALTER FUNCTION crm.search_sales(text) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;
GRANT EXECUTE ON FUNCTION crm.search_contacts(text), crm.search_contact_names(text), crm.search_companies(text),
	crm.search_deals(text), crm.search_sales(text) TO tenantry_app;

-- Creates the index of contacts; the owner calls it once. True when the index exists. It
-- requires two extensions that some hosting providers do not offer.
CREATE OR REPLACE FUNCTION crm.index_search() RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	opclass text;
BEGIN
	CREATE EXTENSION IF NOT EXISTS btree_gin;
	CREATE EXTENSION IF NOT EXISTS pg_trgm;
	SELECT format('%I.gin_trgm_ops', n.nspname) INTO STRICT opclass
	  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
	 WHERE e.extname = 'pg_trgm';
	EXECUTE format('CREATE INDEX IF NOT EXISTS contacts_document ON crm.contacts USING gin '
		'(org_id, lower(crm.contact_document(first_name, last_name, title, background, '
		'email_fts, phone_fts)) %s)', opclass);
	RETURN true;
EXCEPTION WHEN undefined_file OR feature_not_supported OR insufficient_privilege
    OR undefined_object THEN
	RAISE NOTICE 'searching without an index: %', SQLERRM;
	RETURN false;
END $$;

DROP POLICY IF EXISTS search ON crm.contacts;
CREATE POLICY search ON crm.contacts FOR SELECT TO tenantry_search USING (true);

DROP POLICY IF EXISTS search ON crm.companies;
CREATE POLICY search ON crm.companies FOR SELECT TO tenantry_search USING (true);

DROP POLICY IF EXISTS search ON crm.deals;
CREATE POLICY search ON crm.deals FOR SELECT TO tenantry_search USING (true);

DROP POLICY IF EXISTS search ON crm.sales;
CREATE POLICY search ON crm.sales FOR SELECT TO tenantry_search USING (true);
