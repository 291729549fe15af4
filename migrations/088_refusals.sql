\warn 'tenantry schema up runs this step, once' \quit
-- The refusals of the API, see schema/refusals/.
-- needs: ops/tenant.sql

CREATE TABLE ops.refusal (
	code        text PRIMARY KEY,
	area        text NOT NULL,	-- the file that describes it
	description jsonb NOT NULL
);
SELECT ops.protect_internal('ops.refusal');

-- Replaced by ops.refuse().
DROP FUNCTION IF EXISTS crm.refuse_attendee(bigint, text), crm.refuse_automation(text, text), crm.refuse_configuration(text, text),
	factory_app.refuse_input(text, text);
-- down
DROP TABLE ops.refusal CASCADE;
