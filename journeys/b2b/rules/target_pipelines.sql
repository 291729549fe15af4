-- Stages of the settings that are in no pipeline, and pipelines without a default, once the module is on
-- on: target

SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s
  JOIN identity.organization g ON g.id = s.org AND g.modules @> '{b2b}',
	LATERAL (SELECT 'pipelines' AS key, format('%s are the default', count(*)) AS detail FROM crm.pipelines p
		 WHERE p.org_id = s.org AND p.is_default HAVING count(*) <> 1
		UNION ALL SELECT 'stage ' || m.stage, 'is in no pipeline' FROM crm.configuration c, crm.stage_meanings(c.config) m
		 WHERE c.org_id = s.org AND NOT EXISTS (SELECT FROM crm.pipeline_stages p WHERE p.org_id = s.org AND p.stage = m.stage) OFFSET 0) x
