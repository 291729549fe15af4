\warn 'tenantry schema up runs this step, once' \quit
-- Custom fields with an address, and the currency of the amounts of a custom field.

ALTER TABLE crm.field_definitions DROP CONSTRAINT field_definitions_kind_check,
	ADD CONSTRAINT field_definitions_kind_check CHECK (kind IN ('text', 'longtext', 'integer', 'number', 'money',
		'date', 'time', 'boolean', 'choice', 'choices', 'url', 'email', 'phone', 'address', 'person', 'relation', 'relations', 'rollup')),
	ADD currency text CONSTRAINT field_definitions_currency_check CHECK (currency IS NULL OR kind = 'money');	-- null: that of the organization
DROP FUNCTION IF EXISTS crm.filtered_field(crm.field_definitions);	-- replaced by filtered_fields()
DROP FUNCTION IF EXISTS ops.refuse_field(text, text, text);
DROP FUNCTION IF EXISTS identity.key_rate(bytea, text);	-- which has one more argument
DO $$
BEGIN
	-- In a new database, and after a downgrade, crm/currency.sql follows.
	IF to_regprocedure('crm.require_currencies()') IS NOT NULL AND to_regprocedure('crm.refuse_currency()') IS NOT NULL THEN
		PERFORM crm.require_currencies();
	END IF;
END $$;
-- down
DROP FUNCTION IF EXISTS crm.filtered_fields(crm.field_definitions);
DROP FUNCTION IF EXISTS identity.key_rate(bytea, text, boolean);
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.field_definitions f WHERE f.org_id = org AND f.kind = 'address';
		DELETE FROM crm.trash t WHERE t.org_id = org AND t.resource = 'field_definitions' AND t.row->>'kind' = 'address';
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
DELETE FROM ops.trigger_part t WHERE t.tenant_table = 'crm.field_definitions' AND 'currency' = ANY (t.members);
ALTER TABLE crm.field_definitions DROP currency CASCADE, DROP CONSTRAINT field_definitions_kind_check,
	ADD CONSTRAINT field_definitions_kind_check CHECK (kind IN ('text', 'longtext', 'integer', 'number', 'money',
		'date', 'time', 'boolean', 'choice', 'choices', 'url', 'email', 'phone', 'person', 'relation', 'relations', 'rollup'));
