-- Changes to the rows of the organization
-- kind: note

SELECT x.* FROM identity.organization o, LATERAL (
	SELECT 'contacts', format('%s have a company, which becomes their primary organization; %s have one already', (SELECT count(*)
			FROM crm.contacts c WHERE c.org_id = o.id AND c.company_id IS NOT NULL),
		(SELECT count(*) FROM crm.contact_organizations k WHERE k.org_id = o.id AND k.is_primary))
	UNION ALL SELECT 'companies', format('%s get a profile; %s have one already', (SELECT count(*) FROM crm.companies c WHERE c.org_id = o.id),
		(SELECT count(*) FROM crm.company_profiles p WHERE p.org_id = o.id))
	UNION ALL SELECT 'deals', format('%s are shown as opportunities, with their ids; /api/deals stays', (SELECT count(*)
		FROM crm.deals d WHERE d.org_id = o.id))
	UNION ALL SELECT 'webhooks', format('%s keep the names of deals, as payload_version 1', (SELECT count(*)
		FROM crm.webhooks w WHERE w.org_id = o.id AND coalesce(w.payload_version, 1) = 1))) x
 WHERE o.id = ops.chosen_organization()
