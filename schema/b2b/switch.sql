-- Creates and updates the rows of an organization when the module is switched on.
-- needs: b2b/company.sql b2b/contact_organization.sql b2b/module.sql

-- Creates the missing profiles of companies. Companies with products, price lists or terms become principals.
CREATE OR REPLACE FUNCTION crm.fill_company_profiles(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO crm.company_profiles (org_id, id)
	SELECT org, c.id FROM crm.companies c WHERE c.org_id = org
	   AND NOT EXISTS (SELECT FROM crm.company_profiles p WHERE p.org_id = org AND p.id = c.id)
	   FOR KEY SHARE OF c;
	UPDATE crm.company_profiles p SET is_principal = true
	 WHERE p.org_id = org AND NOT p.is_principal
	   AND EXISTS (SELECT FROM crm.uses_of_principal(org, p.id));
END $$;

-- Updates the rows of all contacts to match their companies, which may have changed while the module was off.
CREATE OR REPLACE FUNCTION crm.fill_contact_organizations(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.set_mode('placing', true);
	UPDATE crm.contact_organizations o SET is_primary = false,
		ended_on = CASE WHEN c.company_id IS NULL THEN greatest(current_date, o.started_on) ELSE o.ended_on END
	  FROM crm.contacts c
	 WHERE o.org_id = org AND c.org_id = org AND c.id = o.contact_id AND o.ended_on IS NULL
	   AND c.company_id IS DISTINCT FROM o.company_id AND (o.is_primary OR c.company_id IS NULL);
	UPDATE crm.contact_organizations o SET is_primary = true, ended_on = NULL
	  FROM crm.contacts c
	 WHERE o.org_id = org AND c.org_id = org AND c.id = o.contact_id AND c.company_id = o.company_id AND NOT o.is_primary;
	INSERT INTO crm.contact_organizations (org_id, contact_id, company_id, is_primary)
	SELECT org, c.id, c.company_id, true FROM crm.contacts c
	 WHERE c.org_id = org AND c.company_id IS NOT NULL
	   AND NOT EXISTS (SELECT FROM crm.contact_organizations o
		WHERE o.org_id = org AND o.contact_id = c.id AND o.company_id = c.company_id)
	   FOR KEY SHARE OF c;
	PERFORM ops.set_mode('placing', false);
END $$;

-- Updates the amounts to match the items, which may have changed while the module was off.
CREATE OR REPLACE FUNCTION crm.fill_items(org uuid) RETURNS void
LANGUAGE sql AS $$
	UPDATE crm.deals d SET amount = d.amount, currency = d.currency WHERE d.org_id = org AND d.items_net IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION crm.b2b_switched_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
BEGIN
	PERFORM ops.set_org(NEW.id);
	PERFORM crm.fill_company_profiles(NEW.id);
	PERFORM crm.fill_contact_organizations(NEW.id);
	PERFORM crm.follow_configuration(NEW.id, NULL, coalesce((SELECT c.config FROM crm.configuration c
		WHERE c.org_id = NEW.id), '{}'));
	PERFORM crm.fill_items(NEW.id);
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER b2b_on AFTER UPDATE OF modules ON identity.organization
	FOR EACH ROW WHEN (NEW.modules @> '{b2b}' AND NOT OLD.modules @> '{b2b}')
	EXECUTE FUNCTION crm.b2b_switched_on();
