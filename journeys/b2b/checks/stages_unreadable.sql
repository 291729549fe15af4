-- The value stages has each stage of the settings once, with a meaning and a probability
-- kind: blocker
-- on: target

SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (WITH given AS (SELECT * FROM crm.read_stages(current_setting('migration.stages'))),
		configured AS (SELECT m.stage FROM crm.stage_meanings(coalesce((SELECT c.config FROM crm.configuration c WHERE c.org_id = s.org), '{}')) m
			WHERE strpos(m.stage, ';') = 0)
		SELECT g.part, CASE WHEN g.stage IS NULL THEN 'is not readable; write the stage, "=", its meaning (open, waiting, won or lost) and its probability'
			WHEN NOT EXISTS (SELECT FROM configured m WHERE m.stage = g.stage) THEN 'the settings have no such stage'
			WHEN g.outcome = 'won' THEN 'a stage that is won has the probability 100'
			WHEN g.outcome = 'lost' THEN 'a stage that is lost has the probability 0' ELSE 'a probability is at most 100' END
		  FROM given g
		 WHERE g.stage IS NULL OR NOT EXISTS (SELECT FROM configured m WHERE m.stage = g.stage) OR g.probability > 100
		    OR g.outcome = 'won' AND g.probability <> 100 OR g.outcome = 'lost' AND g.probability <> 0
		UNION ALL
		SELECT m.stage, CASE WHEN count(g.stage) = 0 THEN 'is missing; add it' ELSE 'is there more than once' END
		  FROM configured m LEFT JOIN given g ON g.stage = m.stage GROUP BY m.stage HAVING count(g.stage) <> 1 OFFSET 0) x
 WHERE current_setting('migration.stages') <> ''
