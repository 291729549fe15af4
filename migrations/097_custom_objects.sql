\warn 'tenantry schema up runs this step, once' \quit
-- Objects that an organization defines, and their rows.

CREATE TABLE crm.object_definitions (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	key        text NOT NULL CONSTRAINT object_definitions_key_check CHECK (key ~ '^[a-z][a-z0-9_]{0,39}$'),
	resource   text NOT NULL,	-- 'custom_' and the key
	label      text NOT NULL CONSTRAINT object_definitions_label_check CHECK (label ~ '\S' AND char_length(label) <= 60),
	plural     text NOT NULL CONSTRAINT object_definitions_plural_check CHECK (plural ~ '\S' AND char_length(plural) <= 60),
	help       text CONSTRAINT object_definitions_help_check CHECK (char_length(help) <= 500),
	icon       text CONSTRAINT object_definitions_icon_check CHECK (icon IN ('box', 'building', 'calendar', 'card', 'document', 'flag', 'folder',
		'key', 'machine', 'person', 'pin', 'project', 'ticket', 'vehicle')),
	position   integer NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT object_definitions_key_key UNIQUE (org_id, key)
);
CREATE UNIQUE INDEX object_definitions_resource ON crm.object_definitions (org_id, resource);
CREATE INDEX object_definitions_created_at ON crm.object_definitions (org_id, created_at DESC NULLS LAST, id DESC);
CREATE INDEX object_definitions_updated_at ON crm.object_definitions (org_id, updated_at DESC NULLS LAST, id DESC);
SELECT ops.protect('crm.object_definitions', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.object_definitions TO tenantry_app;

CREATE TABLE crm.records (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	object     text NOT NULL,	-- the resource of its definition
	object_id  bigint NOT NULL,
	name       text NOT NULL CONSTRAINT records_name_check CHECK (name ~ '\S' AND char_length(name) <= 300),
	sales_id   bigint,
	custom     jsonb,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT records_object_id_fkey FOREIGN KEY (org_id, object_id) REFERENCES crm.object_definitions ON DELETE CASCADE,
	CONSTRAINT records_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales ON DELETE SET NULL (sales_id)
);
CREATE INDEX records_object_id ON crm.records (org_id, object_id, id);
CREATE INDEX records_created_at ON crm.records (org_id, created_at DESC NULLS LAST, id DESC);
CREATE INDEX records_updated_at ON crm.records (org_id, updated_at DESC NULLS LAST, id DESC);
CREATE INDEX records_of_object ON crm.records (org_id, object, created_at DESC NULLS LAST, id DESC);
CREATE INDEX records_name ON crm.records (org_id, object, name COLLATE ops.human, id);
CREATE INDEX records_sales_id ON crm.records (org_id, sales_id);
SELECT ops.protect('crm.records');

ALTER TABLE crm.field_definitions ADD object_id bigint,	-- whose rows have it; null: those of a table
	ADD CONSTRAINT field_definitions_object_id_fkey FOREIGN KEY (org_id, object_id) REFERENCES crm.object_definitions ON DELETE CASCADE;
ALTER TABLE crm.field_definitions ADD formula text CONSTRAINT field_definitions_formula_check CHECK (char_length(formula) <= 2000),
	ADD parsed jsonb,	-- the formula
	ADD inputs text[];	-- the fields that it names, and those that formulas among them name
ALTER TABLE ops.field_work ADD computes boolean NOT NULL DEFAULT false;
CREATE INDEX field_definitions_object_id ON crm.field_definitions (org_id, object_id) WHERE object_id IS NOT NULL;
DROP FUNCTION IF EXISTS crm.custom_columns(text);	-- which has one more column
DROP FUNCTION IF EXISTS ops.api_schemas(text, text[]);	-- which has one more argument
-- Which have one more argument.
DROP FUNCTION IF EXISTS crm.row_history(regclass, bigint, text[], bigint, integer), crm.row_as_of(regclass, bigint, text[], timestamptz),
	crm.audited_history(regclass, bigint, text[], bigint, integer), crm.audited_row(regclass, bigint, text[], timestamptz), crm.row_known(regclass, bigint);
-- Their names are in crm now.
DROP FUNCTION IF EXISTS factory_app.evaluate(jsonb, jsonb, jsonb), factory_app.source_value(jsonb, text), factory_app.read_day(jsonb, text),
	factory_app.check_date_format(text), factory_app.read_truth(jsonb), factory_app.read_string(jsonb), factory_app.read_number(jsonb),
	factory_app.parse_expression(text), factory_app.parse_words(text[], integer, integer, integer), factory_app.expression_words(text),
	factory_app.expression_functions();
DO $$	-- now then_custom
DECLARE
	t regclass;
BEGIN
	FOR t IN SELECT g.tgrelid FROM pg_trigger g WHERE g.tgname = 'complete_custom' LOOP
		EXECUTE format('DROP TRIGGER complete_custom ON %s', t);
	END LOOP;
END $$;
-- down
ALTER TABLE crm.field_definitions DROP object_id CASCADE;
ALTER TABLE crm.field_definitions DROP formula CASCADE, DROP parsed CASCADE, DROP inputs CASCADE;
ALTER TABLE ops.field_work DROP computes;
DROP TABLE crm.records CASCADE;	-- and functions of schema/
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.field_definitions f WHERE f.org_id = org AND starts_with(f.resource, 'custom_');
		DELETE FROM crm.trash t WHERE t.org_id = org AND (t.resource IN ('object_definitions', 'records') OR starts_with(t.resource, 'custom_')
			OR t.resource = 'field_definitions' AND starts_with(t.row->>'resource', 'custom_'));
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
DROP TABLE crm.object_definitions CASCADE;
