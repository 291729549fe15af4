\warn 'tenantry schema up runs this step, once' \quit
-- The module b2b: deals as opportunities, in several pipelines, and webhooks that ask for either name.
-- needs: ops/tenant.sql

-- Columns that a module adds to a table of the CRM. Files of schema/ fill the table.
CREATE TABLE ops.module_column (
	table_name  text NOT NULL,
	column_name text NOT NULL,
	module      text NOT NULL REFERENCES identity.module,
	PRIMARY KEY (table_name, column_name)
);
SELECT ops.protect_internal('ops.module_column');

ALTER TABLE crm.deals
	-- In percent; null: that of the stage.
	ADD COLUMN probability smallint CONSTRAINT deals_probability_check CHECK (probability BETWEEN 0 AND 100),
	-- By ISO 4217; null: that of the organization.
	ADD COLUMN currency text CONSTRAINT deals_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	ADD COLUMN is_committed boolean,
	ADD COLUMN outcome_reason text CONSTRAINT deals_outcome_reason_check CHECK (char_length(outcome_reason) <= 500),
	ADD COLUMN closed_at timestamptz;

CREATE TABLE crm.pipelines (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	name        text NOT NULL CONSTRAINT pipelines_name_check CHECK (name <> '' AND char_length(name) <= 200),
	-- Only this team and administrators see its opportunities. No foreign key: without the team, nobody else does.
	team_id     text CONSTRAINT pipelines_team_id_check CHECK (char_length(team_id) <= 100),
	is_default  boolean NOT NULL DEFAULT false,	-- has the stages that are added to the configuration
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT pipelines_name_key UNIQUE (org_id, name)
);
CREATE UNIQUE INDEX pipelines_is_default ON crm.pipelines (org_id) WHERE is_default;
SELECT ops.protect('crm.pipelines', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.pipelines TO tenantry_app;

-- One row for each stage of the configuration.
CREATE TABLE crm.pipeline_stages (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	pipeline_id bigint NOT NULL,
	stage       text NOT NULL CONSTRAINT pipeline_stages_stage_check CHECK (stage <> '' AND char_length(stage) <= 100),
	label       text NOT NULL CONSTRAINT pipeline_stages_label_check CHECK (label <> '' AND char_length(label) <= 100),
	position    smallint NOT NULL,	-- in the configuration
	outcome     text NOT NULL CONSTRAINT pipeline_stages_outcome_check CHECK (outcome IN ('open', 'won', 'lost')),
	probability smallint NOT NULL CONSTRAINT pipeline_stages_probability_check CHECK (probability BETWEEN 0 AND 100),
	PRIMARY KEY (org_id, id),
	CONSTRAINT pipeline_stages_stage_key UNIQUE (org_id, stage),
	CONSTRAINT pipeline_stages_probability_fits CHECK (probability = 100 OR outcome <> 'won'),
	CONSTRAINT pipeline_stages_probability_none CHECK (probability = 0 OR outcome <> 'lost'),
	CONSTRAINT pipeline_stages_pipeline_id_fkey FOREIGN KEY (org_id, pipeline_id) REFERENCES crm.pipelines
);
CREATE INDEX pipeline_stages_pipeline_id ON crm.pipeline_stages (org_id, pipeline_id);
SELECT ops.protect('crm.pipeline_stages', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.pipeline_stages TO tenantry_app;

-- The names and rows that a webhook receives: 1 deals; 2 opportunities, with the columns of the module.
ALTER TABLE crm.webhooks ADD COLUMN payload_version smallint DEFAULT 1
	CONSTRAINT webhooks_payload_version_check CHECK (payload_version IN (1, 2));
-- A trigger gives a new webhook the newest version.
ALTER TABLE crm.webhooks ALTER COLUMN payload_version DROP DEFAULT;
-- Null: the resource has one name.
ALTER TABLE ops.change_resource ADD COLUMN resource_2 text, ADD COLUMN source_2 text, ADD COLUMN module text;

-- Resources of the CRM of which members see only some rows, by their teams. In the row that grants are computed with.
ALTER TABLE identity.organization ADD COLUMN team_resources text[] NOT NULL DEFAULT '{}';
-- down
DROP VIEW IF EXISTS crm.opportunities_summary;
-- CASCADE: their triggers and policies on other tables.
DROP FUNCTION IF EXISTS crm.complete_opportunity(), crm.configuration_staged(), crm.hidden_stages() CASCADE;
UPDATE identity.organization SET team_resources = '{}' WHERE team_resources <> '{}';
DROP TABLE crm.pipeline_stages, crm.pipelines CASCADE;
ALTER TABLE crm.deals DROP COLUMN probability, DROP COLUMN currency, DROP COLUMN is_committed,
	DROP COLUMN outcome_reason, DROP COLUMN closed_at;
ALTER TABLE crm.webhooks DROP COLUMN payload_version;
ALTER TABLE ops.change_resource DROP COLUMN resource_2, DROP COLUMN source_2, DROP COLUMN module;
ALTER TABLE identity.organization DROP COLUMN team_resources;
DROP TABLE ops.module_column CASCADE;
DELETE FROM identity.resource WHERE name = 'opportunities';
