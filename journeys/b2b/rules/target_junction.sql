-- Contacts whose company is not their primary organization, and companies without a profile, once the module is on
-- on: target

SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s
  JOIN identity.organization g ON g.id = s.org AND g.modules @> '{b2b}',
	LATERAL (SELECT 'contact ' || c.id AS key, format('has the company %s and %s primary organizations', coalesce(c.company_id::text, 'none'), k.n) AS detail
		  FROM crm.contacts c, LATERAL (SELECT count(*) AS n, min(o.company_id) AS company_id FROM crm.contact_organizations o
			WHERE o.org_id = s.org AND o.contact_id = c.id AND o.is_primary) k
		 WHERE c.org_id = s.org AND (k.n > 1 OR k.company_id IS DISTINCT FROM c.company_id)
		UNION ALL SELECT 'contacts', format('%s have a company, and %s a primary organization', a.n, b.n)
		  FROM (SELECT count(*) AS n FROM crm.contacts c WHERE c.org_id = s.org AND c.company_id IS NOT NULL) a,
			(SELECT count(*) AS n FROM crm.contact_organizations o WHERE o.org_id = s.org AND o.is_primary) b
		 WHERE a.n <> b.n
		UNION ALL SELECT 'company ' || c.id, 'has no profile' FROM crm.companies c
		 WHERE c.org_id = s.org AND NOT EXISTS (SELECT FROM crm.company_profiles p WHERE p.org_id = s.org AND p.id = c.id) OFFSET 0) x
