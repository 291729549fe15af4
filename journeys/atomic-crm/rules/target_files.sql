-- Files that are still in the storage of the source
-- on: target
-- verdict: warning

SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT 'contact_notes ' || n.id, 'an attachment' FROM crm.contact_notes n
		 WHERE n.org_id = s.org AND to_jsonb(n.attachments)::text ~ '/storage/v1/object/(public|sign|authenticated)/attachments/'
		UNION ALL SELECT 'deal_notes ' || n.id, 'an attachment' FROM crm.deal_notes n
		 WHERE n.org_id = s.org AND to_jsonb(n.attachments)::text ~ '/storage/v1/object/(public|sign|authenticated)/attachments/'
		UNION ALL SELECT 'contacts ' || c.id, 'the picture' FROM crm.contacts c
		 WHERE c.org_id = s.org AND c.avatar::text ~ '/storage/v1/object/(public|sign|authenticated)/attachments/'
		UNION ALL SELECT 'sales ' || c.id, 'the picture' FROM crm.sales c
		 WHERE c.org_id = s.org AND c.avatar::text ~ '/storage/v1/object/(public|sign|authenticated)/attachments/'
		UNION ALL SELECT 'configuration', 'a picture' FROM crm.configuration c
		 WHERE c.org_id = s.org AND c.config::text ~ '/storage/v1/object/(public|sign|authenticated)/attachments/'
		UNION ALL SELECT 'companies ' || c.id, 'the logo' FROM crm.companies c
		 WHERE c.org_id = s.org AND c.logo::text ~ '/storage/v1/object/(public|sign|authenticated)/attachments/' OFFSET 0) x
