\warn 'tenantry schema up runs this step, once' \quit
-- Fields that an organization defines, and their values in the rows of its tables.

CREATE TABLE crm.field_definitions (
	org_id        uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id            bigint NOT NULL DEFAULT ops.new_id(),
	resource      text NOT NULL,
	key           text NOT NULL CONSTRAINT field_definitions_key_check CHECK (key ~ '^[a-z][a-z0-9_]{0,49}$'),
	kind          text NOT NULL CONSTRAINT field_definitions_kind_check CHECK (kind IN ('text', 'longtext', 'integer', 'number', 'money',
		'date', 'time', 'boolean', 'choice', 'choices', 'url', 'email', 'phone', 'person', 'relation')),
	label         text NOT NULL CONSTRAINT field_definitions_label_check CHECK (label ~ '\S' AND char_length(label) <= 100),
	labels        jsonb NOT NULL DEFAULT '{}',
	help          text CONSTRAINT field_definitions_help_check CHECK (char_length(help) <= 500),
	required      boolean NOT NULL DEFAULT false,
	is_unique     boolean NOT NULL DEFAULT false,
	is_indexed    boolean NOT NULL DEFAULT false,
	indexed_at    timestamptz,	-- when all rows were in the index
	default_value jsonb,
	choices       jsonb,
	refers        text,
	minimum       numeric,
	maximum       numeric,
	digits        smallint CONSTRAINT field_definitions_digits_check CHECK (digits BETWEEN 0 AND 10),
	section       text CONSTRAINT field_definitions_section_check CHECK (char_length(section) <= 100),
	position      integer NOT NULL DEFAULT 0,
	created_at    timestamptz NOT NULL DEFAULT now(),
	updated_at    timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT field_definitions_key_key UNIQUE (org_id, resource, key)
);
CREATE INDEX field_definitions_created_at ON crm.field_definitions (org_id, created_at DESC NULLS LAST, id DESC);
CREATE INDEX field_definitions_updated_at ON crm.field_definitions (org_id, updated_at DESC NULLS LAST, id DESC);
SELECT ops.protect('crm.field_definitions', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.field_definitions TO tenantry_app;

ALTER TABLE crm.contacts ADD custom jsonb;
ALTER TABLE crm.companies ADD custom jsonb;
ALTER TABLE crm.deals ADD custom jsonb;
ALTER TABLE crm.tasks ADD custom jsonb;
ALTER TABLE crm.products ADD custom jsonb;

-- The values of fields that no two rows share, or that lists are sorted and filtered by, with an index for each type.
CREATE TABLE crm.custom_values (
	org_id   uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	field_id bigint NOT NULL,
	id       bigint NOT NULL,	-- of the row
	word     text,
	number   double precision,
	moment   timestamptz,
	sole     uuid,	-- a hash of the value, of a unique field
	PRIMARY KEY (org_id, field_id, id),
	CONSTRAINT custom_values_sole_key UNIQUE (org_id, field_id, sole)
);
CREATE INDEX custom_values_word ON crm.custom_values (org_id, field_id, word COLLATE ops.human, id) WHERE word IS NOT NULL;
CREATE INDEX custom_values_number ON crm.custom_values (org_id, field_id, number, id) WHERE number IS NOT NULL;
CREATE INDEX custom_values_moment ON crm.custom_values (org_id, field_id, moment, id) WHERE moment IS NOT NULL;
SELECT ops.protect('crm.custom_values', false, false);
GRANT SELECT ON crm.custom_values TO tenantry_app;

-- Fields whose rows are to be written one after the other: all values into the index, or those of a field that is gone away.
CREATE TABLE ops.field_work (
	org_id   uuid NOT NULL CONSTRAINT field_work_org_id_fkey REFERENCES identity.organization ON DELETE CASCADE,
	field_id bigint NOT NULL,
	resource text NOT NULL,
	key      text NOT NULL,
	purges   boolean NOT NULL,
	upto     bigint NOT NULL DEFAULT 0,	-- the rows up to this id are done
	PRIMARY KEY (org_id, field_id)
);
SELECT ops.protect_internal('ops.field_work');
-- down
DROP TABLE ops.field_work CASCADE;
DROP TABLE crm.custom_values CASCADE;	-- and functions of schema/
ALTER TABLE crm.contacts DROP custom CASCADE;	-- with triggers and views of schema/
ALTER TABLE crm.companies DROP custom CASCADE;
ALTER TABLE crm.deals DROP custom CASCADE;
ALTER TABLE crm.tasks DROP custom CASCADE;
ALTER TABLE crm.products DROP custom CASCADE;
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.trash t WHERE t.org_id = org AND t.resource = 'field_definitions';
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
DROP TABLE crm.field_definitions CASCADE;
