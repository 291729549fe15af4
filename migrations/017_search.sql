\warn 'tenantry schema up runs this step, once' \quit
-- tenantry-jobs indexes documents of the search; a search reads the index and the documents
-- that are not indexed yet. Documents that exist are indexed here: if they were not, every search
-- would read them all until tenantry-jobs has indexed them.
-- needs: crm/lexeme.sql

DROP INDEX crm.search_documents_lexemes;
ALTER TABLE crm.search_documents ADD COLUMN indexed boolean NOT NULL DEFAULT true;
CREATE INDEX search_documents_lexemes ON crm.search_documents
	USING gin (crm.lexemes(org_id, kind, title, body)) WITH (fastupdate = off) WHERE indexed;
ALTER TABLE crm.search_documents ALTER COLUMN indexed SET DEFAULT false;
CREATE INDEX search_documents_unindexed ON crm.search_documents (org_id) WHERE NOT indexed;
GRANT SELECT (indexed) ON crm.search_documents TO tenantry_search;

REVOKE SELECT (title, background, email_fts, phone_fts) ON crm.contacts FROM tenantry_search;
REVOKE SELECT (phone_number, zipcode, city, state_abbr) ON crm.companies FROM tenantry_search;
REVOKE SELECT (name, category, description) ON crm.deals FROM tenantry_search;

-- Lexemes begin with another mark.
DROP FUNCTION IF EXISTS crm.lexeme_mark(uuid);

-- The optional index of contacts, and what only a search without documents needed.
DROP INDEX IF EXISTS crm.contacts_document;
DROP FUNCTION IF EXISTS crm.index_search();
DROP FUNCTION IF EXISTS crm.search_companies(text), crm.search_contact_names(text), crm.search_contacts(text),
	crm.search_deals(text), crm.search_sales(text);
DROP FUNCTION IF EXISTS crm.search_patterns(text);
DROP FUNCTION IF EXISTS crm.holds(text, text[], boolean);
DROP FUNCTION IF EXISTS crm.contact_document(text, text, text, text, text, text);
-- down
-- The index needs lexemes. If the older version had others, the new ones are no longer complete here, and
-- its own ones are restored after this. These are its own, except for the limits of their size.
DO $down$
BEGIN
	IF to_regprocedure('crm.lexeme_mark(uuid, text)') IS NULL THEN
		CREATE OR REPLACE FUNCTION crm.lexeme_mark(org uuid) RETURNS text
		LANGUAGE sql IMMUTABLE AS $$
			SELECT left(md5(org::text), 8)
		$$;

		CREATE OR REPLACE FUNCTION crm.folded(t text) RETURNS text
		LANGUAGE sql IMMUTABLE AS $$
			SELECT CASE WHEN octet_length(t) = char_length(t) THEN lower(t) ELSE regexp_replace(
				(SELECT string_agg(normalize(substr(lower(t), n, 200), NFKD), '' ORDER BY n)
					FROM generate_series(1, least(char_length(t), 65536), 200) n),
				'[\u0300-\u036f]', '', 'g') END
		$$;

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
			WHILE octet_length(array_to_string(found, '')) > 1000000 LOOP
				found := found[:cardinality(found) * 3 / 4];
			END LOOP;
			RETURN array_to_tsvector(found);
		END $$;
	END IF;
END $down$;
GRANT SELECT (title, background, email_fts, phone_fts) ON crm.contacts TO tenantry_search;
GRANT SELECT (phone_number, zipcode, city, state_abbr) ON crm.companies TO tenantry_search;
GRANT SELECT (name, category, description) ON crm.deals TO tenantry_search;
DROP INDEX crm.search_documents_unindexed;
DROP INDEX crm.search_documents_lexemes;
ALTER TABLE crm.search_documents DROP COLUMN indexed;
CREATE INDEX search_documents_lexemes ON crm.search_documents
	USING gin (crm.lexemes(org_id, kind, title, body)) WITH (fastupdate = off);
