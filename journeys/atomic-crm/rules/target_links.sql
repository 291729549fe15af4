-- Links of contacts and deals that differ from their lists
-- on: target

SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT 'contact ' || c.id, 'its tags differ from the links' FROM crm.contacts c
		 WHERE c.org_id = s.org AND c.tags <> '{}' AND (SELECT count(DISTINCT i) FROM unnest(c.tags) i)
			<> (SELECT count(*) FROM crm.contact_tags l WHERE l.org_id = s.org AND l.contact_id = c.id)
		UNION ALL SELECT 'deal ' || d.id, 'its contacts differ from the links' FROM crm.deals d
		 WHERE d.org_id = s.org AND d.contact_ids <> '{}' AND (SELECT count(DISTINCT i) FROM unnest(d.contact_ids) i)
			<> (SELECT count(*) FROM crm.deal_contacts l WHERE l.org_id = s.org AND l.deal_id = d.id) OFFSET 0) x
