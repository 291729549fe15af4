\warn 'tenantry schema up runs this step, once' \quit
-- The problems of rows of imports have codes, see schema/refusals/. Rows of earlier imports have a reason alone.

ALTER TABLE crm.import_errors ADD COLUMN problems jsonb;
-- What takes or returns problems changes its type.
DROP FUNCTION IF EXISTS crm.import_unfound(text, text, text, text), crm.import_refusal(text, text, text, text, text),
	crm.import_json_fault(text, jsonb), crm.read_number(text, text), crm.import_number(jsonb, text);
ALTER TYPE crm.import_line ALTER ATTRIBUTE problem TYPE jsonb;
-- down
DROP FUNCTION IF EXISTS crm.read_number(text, text), crm.import_number(jsonb, text);
ALTER TYPE crm.import_line ALTER ATTRIBUTE problem TYPE text;
ALTER TABLE crm.import_errors DROP COLUMN problems CASCADE;
