\warn 'tenantry schema up runs this step, once' \quit
-- Rollups: custom fields with a value that is computed from the rows that refer to a row.

ALTER TABLE crm.field_definitions DROP CONSTRAINT field_definitions_kind_check,
	ADD CONSTRAINT field_definitions_kind_check CHECK (kind IN ('text', 'longtext', 'integer', 'number', 'money',
		'date', 'time', 'boolean', 'choice', 'choices', 'url', 'email', 'phone', 'person', 'relation', 'rollup')),
	ADD relation text CONSTRAINT field_definitions_relation_check CHECK (char_length(relation) <= 150),	-- deals.company_id
	ADD function text CONSTRAINT field_definitions_function_check CHECK (function IN ('count', 'sum', 'min', 'max', 'avg')),
	ADD field text CONSTRAINT field_definitions_field_check CHECK (char_length(field) <= 100),
	ADD condition text CONSTRAINT field_definitions_condition_check CHECK (char_length(condition) <= 2000),
	ADD result text;	-- the kind of the values of a rollup
CREATE INDEX field_definitions_relation ON crm.field_definitions (org_id, resource) WHERE relation IS NOT NULL;
DROP FUNCTION IF EXISTS crm.custom_expression(text, text);	-- which has one more argument
DROP FUNCTION IF EXISTS crm.formula_inputs(text, text, jsonb);	-- likewise
DROP FUNCTION IF EXISTS crm.custom_columns(text);	-- which has one more column
-- down
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.field_definitions f WHERE f.org_id = org AND f.kind = 'rollup';
		DELETE FROM crm.trash t WHERE t.org_id = org AND t.resource = 'field_definitions' AND t.row->>'kind' = 'rollup';
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
ALTER TABLE crm.field_definitions DROP relation CASCADE, DROP function CASCADE, DROP field CASCADE, DROP condition CASCADE, DROP result CASCADE,
	DROP CONSTRAINT field_definitions_kind_check,
	ADD CONSTRAINT field_definitions_kind_check CHECK (kind IN ('text', 'longtext', 'integer', 'number', 'money',
		'date', 'time', 'boolean', 'choice', 'choices', 'url', 'email', 'phone', 'person', 'relation'));
DROP FUNCTION IF EXISTS crm.custom_expression(text, text, text), crm.formula_inputs(text, text, jsonb, text);
DROP FUNCTION IF EXISTS crm.custom_columns(text);
