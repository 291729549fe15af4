-- Backwards through 003_crm.up.sql.
DROP TRIGGER crm_user ON identity."user";
DROP TRIGGER crm_member ON identity.organization_member;
DROP TRIGGER crm_gone ON identity.organization;
DROP TRIGGER crm_founded ON identity.organization;
DROP FUNCTION crm.user_changed(), crm.member_changed(), crm.organization_gone(),
	crm.organization_founded(), identity.me();
DROP VIEW crm.configuration_summary, crm.activity_log, crm.contacts_summary,
	crm.companies_summary;
DROP TABLE crm.favicons_excluded_domains, crm.tags, crm.tasks, crm.deal_notes, crm.deals,
	crm.contact_notes, crm.contacts, crm.companies, crm.configuration, crm.sales;
DROP FUNCTION crm.complete_deal(), crm.contact_seen(), crm.complete_contact(),
	crm.complete_company(), crm.default_sales_id(), crm.own_sales_id(uuid);
