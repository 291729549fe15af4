-- The triggers that fill contact_organizations exist
--
-- The run fills the table before the module is switched on. Switching the module on completes the table. From then on,
-- each change to a contact's company updates it.
-- kind: blocker
-- on: target

SELECT format('%s on %s', x.function, x.name), 'the trigger is missing or disabled; see "tenantry schema verify"'
  FROM (VALUES ('crm.follow_new_companies', 'crm.contacts'), ('crm.follow_company', 'crm.contacts'),
	('crm.check_contact_organization', 'crm.contact_organizations'), ('crm.follow_organization', 'crm.contact_organizations'),
	('crm.create_company_profile', 'crm.companies'), ('crm.keep_contacts', 'crm.companies'),
	('crm.configuration_staged', 'crm.configuration'), ('crm.b2b_switched_on', 'identity.organization')) x (function, name)
 WHERE ops.runs_trigger(to_regclass(x.name), x.function) IS NOT TRUE
ORDER BY 1
