-- Files without a row, and rows whose file is missing
-- on: target

SELECT f.name, format('no row refers to %s', f.title)
  FROM ops.file f
 WHERE f.org_id = ops.migrated_organization() AND NOT f.removing AND f.remove_at IS NULL
   AND NOT EXISTS (SELECT FROM ops.file_use u WHERE u.name = f.name)
UNION ALL
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT format('%s %s', r.name, r.id), format('the file %s is missing', n.m[1])
	  FROM (SELECT 'contact_notes' AS name, t.id, to_jsonb(t.attachments)::text AS said FROM crm.contact_notes t WHERE t.org_id = s.org
		UNION ALL SELECT 'deal_notes', t.id, to_jsonb(t.attachments)::text FROM crm.deal_notes t WHERE t.org_id = s.org
		UNION ALL SELECT 'companies', t.id, t.logo::text FROM crm.companies t WHERE t.org_id = s.org
		UNION ALL SELECT 'contacts', t.id, t.avatar::text FROM crm.contacts t WHERE t.org_id = s.org
		UNION ALL SELECT 'sales', t.id, t.avatar::text FROM crm.sales t WHERE t.org_id = s.org
		UNION ALL SELECT 'configuration', 1, t.config::text FROM crm.configuration t WHERE t.org_id = s.org) r,
		regexp_matches(r.said, '"/uploads/([0-9a-f]{40}[.][a-z0-9]+)"', 'g') n (m)
	 WHERE NOT EXISTS (SELECT FROM ops.file f WHERE f.name = n.m[1] AND NOT f.removing) OFFSET 0) x
