-- Deals in stages that are neither in the settings nor in a pipeline
-- kind: note
-- on: target

SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT d.stage, format('%s deals', count(*)) FROM crm.deals d
		WHERE d.org_id = s.org AND d.archived_at IS NULL AND d.stage NOT IN (SELECT m.stage FROM crm.stage_meanings(coalesce((SELECT c.config
			FROM crm.configuration c WHERE c.org_id = s.org), '{}')) m)
		GROUP BY d.stage OFFSET 0) x
