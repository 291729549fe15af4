-- Search by words.  LIKE is not leakproof, so under row security it cannot
-- use an index; these functions look without row security and name the
-- organization themselves.  Their owner can do nothing else.

GRANT USAGE ON SCHEMA crm TO tenantry_search;
GRANT SELECT (org_id, id, first_name, last_name, title, background, company_id, email_fts,
	phone_fts) ON crm.contacts TO tenantry_search;
GRANT SELECT (org_id, id, name, phone_number, website, zipcode, city, state_abbr)
	ON crm.companies TO tenantry_search;
GRANT SELECT (org_id, id, name, category, description) ON crm.deals TO tenantry_search;
GRANT SELECT (org_id, id, first_name, last_name, email) ON crm.sales TO tenantry_search;
CREATE POLICY search ON crm.contacts FOR SELECT TO tenantry_search USING (true);
CREATE POLICY search ON crm.companies FOR SELECT TO tenantry_search USING (true);
CREATE POLICY search ON crm.deals FOR SELECT TO tenantry_search USING (true);
CREATE POLICY search ON crm.sales FOR SELECT TO tenantry_search USING (true);

-- What is searched of a row, as one text: a line break keeps words of two
-- columns apart.  Plain concatenation, so that Postgres can inline it.

CREATE FUNCTION crm.contact_document(first_name text, last_name text, title text,
	background text, email_fts text, phone_fts text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT lower(coalesce(first_name, '') || E'\n' || coalesce(last_name, '') || E'\n'
		|| coalesce(title, '') || E'\n' || coalesce(background, '') || E'\n'
		|| coalesce(email_fts, '') || E'\n' || coalesce(phone_fts, ''))
$$;

CREATE FUNCTION crm.company_document(name text, phone_number text, website text, zipcode text,
	city text, state_abbr text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT lower(name || E'\n' || coalesce(phone_number, '') || E'\n'
		|| coalesce(website, '') || E'\n' || coalesce(zipcode, '') || E'\n'
		|| coalesce(city, '') || E'\n' || coalesce(state_abbr, ''))
$$;

CREATE FUNCTION crm.deal_document(name text, category text, description text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT lower(name || E'\n' || coalesce(category, '') || E'\n' || coalesce(description, ''))
$$;

-- The words of a query as patterns, the longest first: it is the one the
-- index is asked for.  Wildcards in a word stand for themselves.
CREATE FUNCTION crm.search_patterns(q text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(array_agg('%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%'
		ORDER BY char_length(word) DESC, word), '{}')
	  FROM regexp_split_to_table(lower(q), '\s+') word WHERE word <> ''
$$;

CREATE FUNCTION crm.search_contacts(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	words text[] := crm.search_patterns(q);
	word text := coalesce(words[1], '%');
	found_companies bigint[];
BEGIN
	found_companies := ARRAY(SELECT o.id FROM crm.companies o
		WHERE o.org_id = org AND lower(o.name) LIKE word
		  AND crm.company_document(o.name, o.phone_number, o.website, o.zipcode, o.city,
			o.state_abbr) LIKE word);
	RETURN ARRAY(SELECT c.id FROM crm.contacts c
		LEFT JOIN crm.companies o ON o.org_id = c.org_id AND o.id = c.company_id
		WHERE c.org_id = org
		  AND (crm.contact_document(c.first_name, c.last_name, c.title, c.background,
			c.email_fts, c.phone_fts) LIKE word
			OR c.company_id = ANY (found_companies))
		  AND crm.contact_document(c.first_name, c.last_name, c.title, c.background,
			c.email_fts, c.phone_fts) || E'\n' || lower(coalesce(o.name, ''))
			LIKE ALL (words));
END $$;

-- For pickers, which show no more than a name.
CREATE FUNCTION crm.search_contact_names(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	words text[] := crm.search_patterns(q);
	word text := coalesce(words[1], '%');
BEGIN
	RETURN ARRAY(SELECT c.id FROM crm.contacts c
		WHERE c.org_id = org
		  AND crm.contact_document(c.first_name, c.last_name, c.title, c.background,
			c.email_fts, c.phone_fts) LIKE word
		  AND lower(coalesce(c.first_name, '') || E'\n' || coalesce(c.last_name, ''))
			LIKE ALL (words));
END $$;

CREATE FUNCTION crm.search_companies(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	words text[] := crm.search_patterns(q);
	word text := coalesce(words[1], '%');
BEGIN
	RETURN ARRAY(SELECT c.id FROM crm.companies c
		WHERE c.org_id = org
		  AND crm.company_document(c.name, c.phone_number, c.website, c.zipcode, c.city,
			c.state_abbr) LIKE word
		  AND crm.company_document(c.name, c.phone_number, c.website, c.zipcode, c.city,
			c.state_abbr) LIKE ALL (words));
END $$;

CREATE FUNCTION crm.search_deals(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	words text[] := crm.search_patterns(q);
	word text := coalesce(words[1], '%');
BEGIN
	RETURN ARRAY(SELECT d.id FROM crm.deals d
		WHERE d.org_id = org
		  AND crm.deal_document(d.name, d.category, d.description) LIKE word
		  AND crm.deal_document(d.name, d.category, d.description) LIKE ALL (words));
END $$;

CREATE FUNCTION crm.search_sales(q text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	words text[] := crm.search_patterns(q);
BEGIN
	RETURN ARRAY(SELECT s.id FROM crm.sales s
		WHERE s.org_id = org
		  AND lower(s.first_name || E'\n' || s.last_name || E'\n' || s.email)
			LIKE ALL (words));
END $$;

-- The index needs two extensions; where they cannot be had, a search reads
-- its organization from end to end instead.  A short pending list keeps
-- searches from reading, and writers from tidying, a long one.
DO $$
DECLARE
	opclass text;
BEGIN
	CREATE EXTENSION IF NOT EXISTS btree_gin;
	CREATE EXTENSION IF NOT EXISTS pg_trgm;
	SELECT format('%I.gin_trgm_ops', n.nspname) INTO STRICT opclass
	  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
	 WHERE e.extname = 'pg_trgm';
	EXECUTE format('CREATE INDEX contacts_document ON crm.contacts USING gin (org_id, '
		'crm.contact_document(first_name, last_name, title, background, email_fts, '
		'phone_fts) %s) WITH (gin_pending_list_limit = 256)', opclass);
	EXECUTE format('CREATE INDEX companies_document ON crm.companies USING gin (org_id, '
		'crm.company_document(name, phone_number, website, zipcode, city, state_abbr) %s) '
		'WITH (gin_pending_list_limit = 256)', opclass);
	EXECUTE format('CREATE INDEX deals_document ON crm.deals USING gin (org_id, '
		'crm.deal_document(name, category, description) %s) '
		'WITH (gin_pending_list_limit = 256)', opclass);
EXCEPTION WHEN undefined_file OR feature_not_supported OR insufficient_privilege
    OR undefined_object THEN
	RAISE NOTICE 'searching without an index: %', SQLERRM;
END $$;

-- An index is filled by whoever writes the row.
GRANT EXECUTE ON FUNCTION crm.contact_document(text, text, text, text, text, text),
	crm.company_document(text, text, text, text, text, text),
	crm.deal_document(text, text, text) TO tenantry_app, tenantry_search;
GRANT EXECUTE ON FUNCTION crm.search_patterns(text) TO tenantry_search;
GRANT EXECUTE ON FUNCTION crm.search_contacts(text), crm.search_contact_names(text),
	crm.search_companies(text), crm.search_deals(text), crm.search_sales(text) TO tenantry_app;

-- To own a function in a schema one must have been able to create it.
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.search_contacts(text) OWNER TO tenantry_search;
ALTER FUNCTION crm.search_contact_names(text) OWNER TO tenantry_search;
ALTER FUNCTION crm.search_companies(text) OWNER TO tenantry_search;
ALTER FUNCTION crm.search_deals(text) OWNER TO tenantry_search;
ALTER FUNCTION crm.search_sales(text) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;
