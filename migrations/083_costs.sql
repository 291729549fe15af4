\warn 'tenantry schema up runs this step, once' \quit
-- What is equal for all callers: see ops.asked_actions() and ops.shown_fields().
ALTER TABLE ops.resource ADD asked jsonb, ADD read_fields json, ADD written_fields json, ADD trash boolean, ADD feed boolean;
DROP FUNCTION IF EXISTS ops.allowed_actions(ops.resource);	-- it has other arguments

-- Cheaper writes: an index with the few organizations that have a rule of uniqueness, and fewer triggers.
CREATE INDEX configuration_uniqueness ON crm.configuration (org_id)
	WHERE config ?| '{uniqueContactEmails,uniqueCompanyNames,uniqueCompanyDomains}';

-- Its function decides for new rows as well.
DROP TRIGGER IF EXISTS empty_of_new ON crm.contacts;

-- Whoever writes a choice locks no row of it any more.
DROP POLICY IF EXISTS lockers ON crm.choices;
REVOKE UPDATE ON crm.choices FROM tenantry_mcp_writer;
-- down
ALTER TABLE ops.resource DROP asked, DROP read_fields, DROP written_fields, DROP trash, DROP feed;
DROP INDEX crm.configuration_uniqueness;
