-- Backwards through 004_search.up.sql.  The extensions stay: they may have
-- been there before, and others may use them.
DROP FUNCTION crm.search_sales(text), crm.search_deals(text), crm.search_companies(text),
	crm.search_contact_names(text), crm.search_contacts(text);
DROP INDEX IF EXISTS crm.deals_document, crm.companies_document, crm.contacts_document;
DROP FUNCTION crm.search_patterns(text), crm.deal_document(text, text, text),
	crm.company_document(text, text, text, text, text, text),
	crm.contact_document(text, text, text, text, text, text);
DROP POLICY search ON crm.sales;
DROP POLICY search ON crm.deals;
DROP POLICY search ON crm.companies;
DROP POLICY search ON crm.contacts;
REVOKE SELECT ON crm.sales, crm.deals, crm.companies, crm.contacts FROM tenantry_search;
REVOKE SELECT (org_id, id, first_name, last_name, email) ON crm.sales FROM tenantry_search;
REVOKE SELECT (org_id, id, name, category, description) ON crm.deals FROM tenantry_search;
REVOKE SELECT (org_id, id, name, phone_number, website, zipcode, city, state_abbr)
	ON crm.companies FROM tenantry_search;
REVOKE SELECT (org_id, id, first_name, last_name, title, background, company_id, email_fts,
	phone_fts) ON crm.contacts FROM tenantry_search;
REVOKE USAGE ON SCHEMA crm FROM tenantry_search;
