\warn 'tenantry schema up runs this step, once' \quit
-- Custom fields with a file.

ALTER TABLE crm.field_definitions DROP CONSTRAINT field_definitions_kind_check,
	ADD CONSTRAINT field_definitions_kind_check CHECK (kind IN ('text', 'longtext', 'integer', 'number', 'money',
		'date', 'time', 'boolean', 'choice', 'choices', 'url', 'email', 'phone', 'address', 'file', 'person', 'relation', 'relations', 'rollup'));
DROP FUNCTION IF EXISTS crm.address_columns(text);	-- replaced by part_columns()
DROP FUNCTION IF EXISTS crm.address_part(ops.field, crm.field_definitions, ops.field);	-- replaced by field_part()
DROP FUNCTION IF EXISTS crm.custom_value(crm.field_definitions, text, jsonb);	-- which has one more argument
-- down
DO $$
DECLARE
	org uuid;
	followed text;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true), set_config('app.purging', org::text, true);
		DELETE FROM crm.field_definitions f WHERE f.org_id = org AND f.kind = 'file';
		DELETE FROM crm.trash t WHERE t.org_id = org AND t.resource = 'field_definitions' AND t.row->>'kind' = 'file';
		WITH gone AS (DELETE FROM ops.file_use u WHERE u.org_id = org AND u.table_name IN ('deals', 'tasks', 'products', 'records')
			RETURNING u.name)
		UPDATE ops.file f SET remove_at = now() FROM gone g WHERE f.name = g.name;
	END LOOP;
	PERFORM set_config('app.org_id', '', true), set_config('app.purging', '', true);
	-- The tables that refer to files only with custom fields.
	FOREACH followed IN ARRAY '{deals,tasks,products,records}'::text[] LOOP
		DELETE FROM ops.trigger_part t WHERE t.tenant_table = 'crm.' || followed AND t.name = 'use_files';
		EXECUTE format('DROP TRIGGER IF EXISTS use_files ON crm.%I', followed);
		EXECUTE format('DROP FUNCTION IF EXISTS crm.%I()', 'use_files_of_' || followed);
	END LOOP;
END $$;
ALTER TABLE crm.field_definitions DROP CONSTRAINT field_definitions_kind_check,
	ADD CONSTRAINT field_definitions_kind_check CHECK (kind IN ('text', 'longtext', 'integer', 'number', 'money',
		'date', 'time', 'boolean', 'choice', 'choices', 'url', 'email', 'phone', 'address', 'person', 'relation', 'relations', 'rollup'));
