\warn 'tenantry schema up runs this step, once' \quit
-- The order in which people look up names, in lists and in their indexes, and searches for letters with strokes.
-- needs: crm/lexeme.sql

-- One order serves the languages of the pages and of the data alike. The rules of ICU for Spanish are those of its root,
-- which English, French and German use, with the one exception that ñ is a letter after n. It is ours, not one of
-- pg_catalog, so that its owner can record a new version of ICU.
CREATE COLLATION ops.human (provider = icu, locale = 'es');

DROP INDEX crm.contacts_last_name, crm.contacts_first_name, crm.companies_name, crm.tags_name, crm.views_resource,
	crm.products_name, crm.price_lists_name, membership.user_profiles_last_name;
CREATE INDEX contacts_last_name ON crm.contacts (org_id, last_name COLLATE ops.human, id);
CREATE INDEX contacts_first_name ON crm.contacts (org_id, first_name COLLATE ops.human, id);
CREATE INDEX companies_name ON crm.companies (org_id, name COLLATE ops.human, id);
CREATE INDEX tags_name ON crm.tags (org_id, name COLLATE ops.human, id);
CREATE INDEX views_resource ON crm.views (org_id, resource, name COLLATE ops.human, id);
CREATE INDEX products_name ON crm.products (org_id, name COLLATE ops.human, id);
CREATE INDEX price_lists_name ON crm.price_lists (org_id, name COLLATE ops.human, id);
CREATE INDEX user_profiles_last_name ON membership.user_profiles (org_id, last_name COLLATE ops.human, id);

-- Documents with letters that a search now takes for others are indexed again: their index entries are made when the
-- row enters the index.
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.search_documents d SET indexed = false
		 WHERE d.org_id = org AND octet_length(d.title || d.body) > char_length(d.title || d.body)
		   AND crm.folded(d.title || E'\n' || d.body) <> regexp_replace(crm.decomposed(lower(left(d.title || E'\n' || d.body,
			65536))), '[\u0300-\u036f]', '', 'g');
		UPDATE crm.search_documents d SET indexed = true WHERE d.org_id = org AND NOT d.indexed;
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
-- down
-- tenantry-jobs indexes them.
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.search_documents d SET indexed = false
		 WHERE d.org_id = org AND octet_length(d.title || d.body) > char_length(d.title || d.body);
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
DROP INDEX crm.contacts_last_name, crm.contacts_first_name, crm.companies_name, crm.tags_name, crm.views_resource,
	crm.products_name, crm.price_lists_name, membership.user_profiles_last_name;
CREATE INDEX contacts_last_name ON crm.contacts (org_id, last_name, id);
CREATE INDEX contacts_first_name ON crm.contacts (org_id, first_name, id);
CREATE INDEX companies_name ON crm.companies (org_id, name, id);
CREATE INDEX tags_name ON crm.tags (org_id, name, id);
CREATE INDEX views_resource ON crm.views (org_id, resource, name, id);
CREATE INDEX products_name ON crm.products (org_id, name, id);
CREATE INDEX price_lists_name ON crm.price_lists (org_id, name, id);
CREATE INDEX user_profiles_last_name ON membership.user_profiles (org_id, last_name, id);
DROP COLLATION ops.human;
