-- Rows with values that the settings do not offer
-- on: target

SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT 'deal ' || d.id, format('the stage "%s"', d.stage) FROM crm.deals d
		 WHERE d.org_id = s.org AND NOT ops.is_migrated_choice(s.org, 'dealStages', d.stage)
		UNION ALL SELECT 'company ' || c.id, format('the sector "%s"', c.sector) FROM crm.companies c
		 WHERE c.org_id = s.org AND NOT ops.is_migrated_choice(s.org, 'companySectors', c.sector)
		UNION ALL SELECT 'task ' || t.id, format('the type "%s"', t.type) FROM crm.tasks t
		 WHERE t.org_id = s.org AND NOT ops.is_migrated_choice(s.org, 'taskTypes', t.type) OFFSET 0) x
