-- Backwards through 004_search.up.sql.  Extensions stay: they may have been
-- there before, and others may use them.
DROP FUNCTION crm.index_search(), crm.search_sales(text), crm.search_deals(text),
	crm.search_companies(text), crm.search_contact_names(text), crm.search_contacts(text);
DROP INDEX IF EXISTS crm.contacts_document;
DROP FUNCTION crm.contact_document(text, text, text, text, text, text),
	crm.holds(text, text[], boolean), crm.search_patterns(text);
DROP POLICY search ON crm.sales;
DROP POLICY search ON crm.deals;
DROP POLICY search ON crm.companies;
DROP POLICY search ON crm.contacts;
-- Privileges on columns go with those on the table.
REVOKE ALL ON crm.sales, crm.deals, crm.companies, crm.contacts FROM tenantry_search;
REVOKE USAGE ON SCHEMA crm FROM tenantry_search;
