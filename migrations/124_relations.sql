\warn 'tenantry schema up runs this step, once' \quit
-- Relations: custom fields with a list of rows, and what happens when a row to which a field refers is deleted.

ALTER TABLE crm.field_definitions DROP CONSTRAINT field_definitions_kind_check,
	ADD CONSTRAINT field_definitions_kind_check CHECK (kind IN ('text', 'longtext', 'integer', 'number', 'money',
		'date', 'time', 'boolean', 'choice', 'choices', 'url', 'email', 'phone', 'person', 'relation', 'relations', 'rollup')),
	ADD on_delete text CONSTRAINT field_definitions_on_delete_check CHECK (on_delete IN ('clear', 'refuse', 'delete'));
CREATE INDEX field_definitions_refers ON crm.field_definitions (org_id, refers) WHERE refers IS NOT NULL;
ALTER TABLE crm.custom_values ADD n smallint NOT NULL DEFAULT 0,	-- the position in a list, from 1
	DROP CONSTRAINT custom_values_pkey, ADD CONSTRAINT custom_values_pkey PRIMARY KEY (org_id, field_id, id, n);
DROP FUNCTION IF EXISTS crm.custom_entry(crm.field_definitions, bigint, jsonb);
-- down
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.custom_values v WHERE v.org_id = org AND v.n > 1;
		DELETE FROM crm.field_definitions f WHERE f.org_id = org AND f.kind = 'relations';
		DELETE FROM crm.trash t WHERE t.org_id = org AND t.resource = 'field_definitions' AND t.row->>'kind' = 'relations';
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
DROP FUNCTION IF EXISTS crm.custom_entries(crm.field_definitions, bigint, jsonb);
ALTER TABLE crm.custom_values DROP n CASCADE, ADD CONSTRAINT custom_values_pkey PRIMARY KEY (org_id, field_id, id);
ALTER TABLE crm.field_definitions DROP on_delete CASCADE, DROP CONSTRAINT field_definitions_kind_check,
	ADD CONSTRAINT field_definitions_kind_check CHECK (kind IN ('text', 'longtext', 'integer', 'number', 'money',
		'date', 'time', 'boolean', 'choice', 'choices', 'url', 'email', 'phone', 'person', 'relation', 'rollup'));
DROP INDEX crm.field_definitions_refers;
