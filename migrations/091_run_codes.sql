\warn 'tenantry schema up runs this step, once' \quit
-- The code of what failed or stopped a run of an automation rule, and its arguments, see schema/refusals/.

ALTER TABLE crm.automation_runs ADD COLUMN code text, ADD COLUMN arguments jsonb;
-- Replaced by ops.refusal_of_error().
DROP FUNCTION IF EXISTS ops.refusal_of_state(text, text);
-- down
ALTER TABLE crm.automation_runs DROP COLUMN code CASCADE, DROP COLUMN arguments CASCADE;
