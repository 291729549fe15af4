\warn 'tenantry schema up runs this step, once' \quit
-- Documents, links and organizations of new rows are written by statement: see crm.can_be_found(), crm.write_new_links() and
-- crm.follow_new_companies().
DROP TRIGGER IF EXISTS organization ON crm.contacts;
DROP TRIGGER IF EXISTS links_of_new ON crm.contacts;
DROP TRIGGER IF EXISTS links_of_new ON crm.deals;

-- They have another parameter.
DROP FUNCTION IF EXISTS crm.import_write(crm.imports, text, crm.import_line[]), crm.import_pieces(crm.imports, text, crm.import_line[]);
-- down
