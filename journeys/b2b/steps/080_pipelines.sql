-- Creates a pipeline from the stages of deals
--
-- The configuration, which clients read, lists winning stages that were previously recognized only by name. Users may
-- see this, so the step runs immediately before the module is switched on.

-- forward
SELECT ops.enter_chosen_organization();
INSERT INTO ops.migration_row (source_key, target_id)
SELECT 'configuration', c.config FROM crm.configuration c WHERE c.org_id = current_setting('app.org_id')::uuid;
SELECT crm.follow_configuration(current_setting('app.org_id')::uuid, NULL, coalesce((SELECT c.config FROM crm.configuration c
	WHERE c.org_id = current_setting('app.org_id')::uuid), '{}'));
UPDATE crm.pipeline_stages s SET outcome = g.outcome, probability = g.probability FROM crm.read_stages(current_setting('migration.stages')) g
 WHERE s.org_id = current_setting('app.org_id')::uuid AND s.stage = g.stage AND (s.outcome, s.probability) IS DISTINCT FROM (g.outcome, g.probability);
INSERT INTO ops.migration_row (source_key, target_id)
SELECT x.* FROM (SELECT current_setting('app.org_id')::uuid AS org OFFSET 0) s,
	LATERAL (SELECT 'configured', c.config::text FROM crm.configuration c WHERE c.org_id = s.org
		UNION ALL SELECT 'pipelines ' || p.id, to_jsonb(p)::text FROM crm.pipelines p
		 WHERE p.org_id = s.org AND p.xmin = pg_current_xact_id()::xid
		UNION ALL SELECT 'pipeline_stages ' || p.id, to_jsonb(p)::text FROM crm.pipeline_stages p
		 WHERE p.org_id = s.org AND p.xmin = pg_current_xact_id()::xid) x

-- verify
SELECT x.detail FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT 'there is no default pipeline' AS detail
		 WHERE NOT EXISTS (SELECT FROM crm.pipelines p WHERE p.org_id = s.org AND p.is_default)
		UNION ALL SELECT format('the stage "%s" is in no pipeline', m.stage)
		  FROM crm.configuration c, crm.stage_meanings(c.config) m
		 WHERE c.org_id = s.org AND NOT EXISTS (SELECT FROM crm.pipeline_stages p WHERE p.org_id = s.org AND p.stage = m.stage)
		UNION ALL SELECT format('the stage "%s" is %s %s, not %s %s', g.stage, p.outcome, p.probability, g.outcome, g.probability)
		  FROM crm.read_stages(current_setting('migration.stages')) g JOIN crm.pipeline_stages p ON p.org_id = s.org AND p.stage = g.stage
		 WHERE (p.outcome, p.probability::integer) <> (g.outcome, g.probability) OFFSET 0) x

-- reverse
-- Pipelines that users have changed are kept.
SELECT ops.enter_chosen_organization('purging');
DO $$
DECLARE
	org uuid := current_setting('app.org_id')::uuid;
BEGIN
	UPDATE crm.configuration c SET config = b.target_id::jsonb FROM batch b, batch n
	 WHERE c.org_id = org AND b.source_key = 'configuration' AND n.source_key = 'configured'
	   AND c.config = n.target_id::jsonb AND c.config <> b.target_id::jsonb;
	IF NOT EXISTS (SELECT FROM crm.pipelines p WHERE p.org_id = org AND NOT EXISTS (SELECT FROM batch b
		WHERE b.source_key = 'pipelines ' || p.id AND b.target_id::jsonb = to_jsonb(p)))
	    AND NOT EXISTS (SELECT FROM crm.pipeline_stages p WHERE p.org_id = org AND NOT EXISTS (SELECT FROM batch b
		WHERE b.source_key = 'pipeline_stages ' || p.id AND b.target_id::jsonb = to_jsonb(p))) THEN
		DELETE FROM crm.pipeline_stages p WHERE p.org_id = org;
		DELETE FROM crm.pipelines p WHERE p.org_id = org;
	END IF;
END $$

-- return
SELECT NULL::text AS statement, x.detail FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT format('the pipeline "%s" was %s', p.name, CASE WHEN r.source_key IS NULL THEN 'there before, or created'
			ELSE 'changed' END) AS detail
		  FROM crm.pipelines p LEFT JOIN ops.migration_row r ON r.migration_id = current_setting('migration.id')::bigint
			AND r.step = current_setting('migration.step')::integer AND r.source_key = 'pipelines ' || p.id
		 WHERE p.org_id = s.org AND (r.target_id::jsonb IS DISTINCT FROM to_jsonb(p)
			OR EXISTS (SELECT FROM crm.pipeline_stages g WHERE g.org_id = s.org AND g.pipeline_id = p.id
				AND NOT EXISTS (SELECT FROM ops.migration_row q WHERE q.migration_id = current_setting('migration.id')::bigint
					AND q.step = current_setting('migration.step')::integer
					AND q.source_key = 'pipeline_stages ' || g.id AND q.target_id::jsonb = to_jsonb(g))))
		UNION ALL SELECT 'the settings keep the stages that win, since others of them were changed'
		  FROM crm.configuration c WHERE c.org_id = s.org AND (SELECT q.target_id::jsonb <> c.config AND q.target_id::jsonb->'dealPipelineStatuses'
				= c.config->'dealPipelineStatuses' AND w.target_id::jsonb->'dealPipelineStatuses' IS DISTINCT FROM q.target_id::jsonb->'dealPipelineStatuses'
			  FROM ops.migration_row q JOIN ops.migration_row w ON w.migration_id = q.migration_id AND w.step = q.step AND w.source_key = 'configuration'
			 WHERE q.migration_id = current_setting('migration.id')::bigint AND q.step = current_setting('migration.step')::integer
			   AND q.source_key = 'configured')
		ORDER BY detail OFFSET 0) x
