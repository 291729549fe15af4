\warn 'tenantry schema up runs this step, once' \quit
-- Stages in which opportunities wait, which are neither on their way nor closed.
-- needs: ops/tenant.sql

ALTER TABLE crm.pipeline_stages DROP CONSTRAINT pipeline_stages_outcome_check,
	ADD CONSTRAINT pipeline_stages_outcome_check CHECK (outcome IN ('open', 'waiting', 'won', 'lost'));
-- down
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.pipeline_stages s SET outcome = 'open' WHERE s.org_id = org AND s.outcome = 'waiting';
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
ALTER TABLE crm.pipeline_stages DROP CONSTRAINT pipeline_stages_outcome_check,
	ADD CONSTRAINT pipeline_stages_outcome_check CHECK (outcome IN ('open', 'won', 'lost'));
