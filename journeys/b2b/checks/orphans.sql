-- Contacts and deals belong to companies that exist, and no contact is in contact_organizations twice
-- kind: blocker
-- needs: crm.contacts crm.deals crm.companies crm.contact_organizations

WITH o AS (
	SELECT ops.chosen_organization() AS id)
SELECT 'contact ' || c.id, format('belongs to the company %s, which does not exist', c.company_id) FROM o
  JOIN crm.contacts c ON c.org_id = o.id
 WHERE c.company_id IS NOT NULL AND NOT EXISTS (SELECT FROM crm.companies k WHERE k.org_id = o.id AND k.id = c.company_id)
UNION ALL
SELECT 'deal ' || d.id, format('belongs to the company %s, which does not exist', d.company_id) FROM o JOIN crm.deals d ON d.org_id = o.id
 WHERE d.company_id IS NOT NULL AND NOT EXISTS (SELECT FROM crm.companies k WHERE k.org_id = o.id AND k.id = d.company_id)
UNION ALL
SELECT 'contact ' || x.contact_id, format('has %s rows in contact_organizations for the company %s', count(*), x.company_id)
  FROM o JOIN crm.contact_organizations x ON x.org_id = o.id GROUP BY x.contact_id, x.company_id HAVING count(*) > 1
UNION ALL
SELECT 'contact ' || x.contact_id, format('has %s primary organizations', count(*))
  FROM o JOIN crm.contact_organizations x ON x.org_id = o.id WHERE x.is_primary GROUP BY x.contact_id HAVING count(*) > 1
