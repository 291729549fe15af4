\warn 'tenantry schema up runs this step, once' \quit
-- Indexes to find companies by name and by domain, for organizations that refuse duplicates.
-- needs: crm/uniqueness.sql

CREATE INDEX companies_same_name ON crm.companies (crm.value_key(org_id, name));
CREATE INDEX companies_same_domain ON crm.companies (crm.value_key(org_id, crm.host_of(website)))
	WHERE website <> '';

-- Rows that were imported with a warning.
ALTER TABLE crm.imports ADD COLUMN duplicates integer NOT NULL DEFAULT 0;
-- down
ALTER TABLE crm.imports DROP COLUMN duplicates CASCADE;	-- and a view of crm/import.sql
DROP INDEX crm.companies_same_name;
DROP INDEX crm.companies_same_domain;
