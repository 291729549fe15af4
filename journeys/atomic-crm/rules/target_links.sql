-- Tags of contacts that do not exist, and links of deals that differ from the lists of contacts
-- on: target

SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT 'contact ' || c.id, 'one of its tags does not exist' FROM crm.contacts c
		 WHERE c.org_id = s.org AND c.tags <> '{}' AND (SELECT count(DISTINCT i) FROM unnest(c.tags) i)
			<> (SELECT count(*) FROM crm.tags g WHERE g.org_id = s.org AND g.id = ANY (c.tags))
		UNION ALL SELECT 'deal ' || d.id, 'its contacts differ from the links' FROM crm.deals d
		 WHERE d.org_id = s.org AND d.contact_ids <> '{}' AND (SELECT count(DISTINCT i) FROM unnest(d.contact_ids) i)
			<> (SELECT count(*) FROM crm.deal_contacts l WHERE l.org_id = s.org AND l.deal_id = d.id) OFFSET 0) x
