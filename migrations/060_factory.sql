\warn 'tenantry schema up runs this step, once' \quit
-- The module factory: profiles with a role, cost calculations, integrations with their mappings and jobs, and the log of
-- the module.
-- needs: ops/tenant.sql

CREATE SCHEMA factory_app;

CREATE TYPE factory_app.user_role AS ENUM ('admin', 'engineer', 'analyst', 'viewer');
CREATE TYPE factory_app.integration_type AS ENUM ('http_json', 'csv_https', 'csv_sftp', 'postgres', 'mysql', 'webhook_in',
	'webhook_out', 'email_in');
CREATE TYPE factory_app.integration_status AS ENUM ('draft', 'active', 'paused', 'error');
CREATE TYPE factory_app.job_status AS ENUM ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'dead');

-- What a role of the module may do with the rows of a table: all of them, or those of its own. A file of schema/ fills it.
CREATE TABLE factory_app.role_rights (
	role     factory_app.user_role NOT NULL,
	resource text NOT NULL,
	action   text NOT NULL CONSTRAINT role_rights_action_check CHECK (action IN ('read', 'create', 'update', 'delete')),
	scope    text NOT NULL CONSTRAINT role_rights_scope_check CHECK (scope IN ('all', 'own')),
	PRIMARY KEY (role, resource, action)
);
SELECT ops.protect_internal('factory_app.role_rights');

-- One row for each row of crm.sales of an organization with the module, with the same id.
CREATE TABLE factory_app.user_profiles (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL,
	role       factory_app.user_role NOT NULL DEFAULT 'viewer',
	job_title  text CONSTRAINT user_profiles_job_title_check CHECK (char_length(job_title) <= 200),
	department text CONSTRAINT user_profiles_department_check CHECK (char_length(department) <= 200),
	phone      text CONSTRAINT user_profiles_phone_check CHECK (char_length(phone) <= 100),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_profiles_id_fkey FOREIGN KEY (org_id, id) REFERENCES crm.sales ON DELETE CASCADE
);
SELECT ops.protect('factory_app.user_profiles');

-- Immutable: inputs, the rates that applied, the version of the formula, and its result.
CREATE TABLE factory_app.cost_calculations (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	sales_id        bigint NOT NULL,	-- whose it is
	name            text NOT NULL CONSTRAINT cost_calculations_name_check CHECK (name ~ '\S' AND char_length(name) <= 200),
	inputs          jsonb NOT NULL CONSTRAINT cost_calculations_inputs_check
		CHECK (jsonb_typeof(inputs) = 'object' AND octet_length(inputs::text) <= 200000),
	priced_on       date NOT NULL DEFAULT current_date,	-- the day whose rates apply
	rates           jsonb NOT NULL,
	formula_version smallint NOT NULL,
	result          jsonb NOT NULL,
	currency        text NOT NULL CONSTRAINT cost_calculations_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	quantity        numeric NOT NULL,
	total_cost      numeric NOT NULL,
	unit_cost       numeric NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT cost_calculations_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX cost_calculations_sales_id ON factory_app.cost_calculations (org_id, sales_id, id);
CREATE INDEX cost_calculations_created_at ON factory_app.cost_calculations (org_id, created_at, id);
SELECT ops.protect('factory_app.cost_calculations');

-- Secrets are in ops.sealed_value.
CREATE TABLE factory_app.integration_configs (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	name       text NOT NULL CONSTRAINT integration_configs_name_check CHECK (name ~ '\S' AND char_length(name) <= 200),
	type       factory_app.integration_type NOT NULL,
	status     factory_app.integration_status NOT NULL DEFAULT 'draft',
	settings   jsonb NOT NULL DEFAULT '{}' CONSTRAINT integration_configs_settings_check
		CHECK (jsonb_typeof(settings) = 'object' AND octet_length(settings::text) <= 50000),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT integration_configs_name_key UNIQUE (org_id, name)
);
SELECT ops.protect('factory_app.integration_configs');

-- Each version of a mapping is a row.
CREATE TABLE factory_app.data_mappings (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL DEFAULT ops.new_id(),
	integration_id bigint NOT NULL,
	name           text NOT NULL CONSTRAINT data_mappings_name_check CHECK (name ~ '\S' AND char_length(name) <= 200),
	version        integer NOT NULL DEFAULT 1 CONSTRAINT data_mappings_version_check CHECK (version BETWEEN 1 AND 1000000),
	fields         jsonb NOT NULL DEFAULT '[]' CONSTRAINT data_mappings_fields_check
		CHECK (jsonb_typeof(fields) = 'array' AND jsonb_array_length(fields) <= 500 AND octet_length(fields::text) <= 200000),
	created_at     timestamptz NOT NULL DEFAULT now(),
	updated_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT data_mappings_name_key UNIQUE (org_id, integration_id, name, version),
	CONSTRAINT data_mappings_integration_id_fkey FOREIGN KEY (org_id, integration_id)
		REFERENCES factory_app.integration_configs ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT ops.protect('factory_app.data_mappings');

CREATE TABLE factory_app.integration_jobs (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL DEFAULT ops.new_id(),
	integration_id bigint NOT NULL,
	mapping_id     bigint,
	status         factory_app.job_status NOT NULL DEFAULT 'queued',
	schedule       text CONSTRAINT integration_jobs_schedule_check	-- five fields, as of cron; null: once
		CHECK (schedule ~ '^[0-9*/,-]+( [0-9*/,-]+){2} [0-9A-Za-z*/,-]+ [0-9A-Za-z*/,-]+$' AND char_length(schedule) <= 100),
	attempts       smallint NOT NULL DEFAULT 0,
	run_after      timestamptz NOT NULL DEFAULT now(),
	started_at     timestamptz,
	finished_at    timestamptz,
	progress       smallint NOT NULL DEFAULT 0 CONSTRAINT integration_jobs_progress_check CHECK (progress BETWEEN 0 AND 100),
	error          text CONSTRAINT integration_jobs_error_check CHECK (char_length(error) <= 10000),
	payload        jsonb NOT NULL DEFAULT '{}' CONSTRAINT integration_jobs_payload_check
		CHECK (jsonb_typeof(payload) = 'object' AND octet_length(payload::text) <= 200000),
	created_at     timestamptz NOT NULL DEFAULT now(),
	updated_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT integration_jobs_integration_id_fkey FOREIGN KEY (org_id, integration_id)
		REFERENCES factory_app.integration_configs ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT integration_jobs_mapping_id_fkey FOREIGN KEY (org_id, mapping_id)
		REFERENCES factory_app.data_mappings ON UPDATE CASCADE ON DELETE SET NULL (mapping_id)
);
CREATE INDEX integration_jobs_integration_id ON factory_app.integration_jobs (org_id, integration_id);
CREATE INDEX integration_jobs_mapping_id ON factory_app.integration_jobs (org_id, mapping_id);
CREATE INDEX integration_jobs_run_after ON factory_app.integration_jobs (org_id, run_after) WHERE status = 'queued';
SELECT ops.protect('factory_app.integration_jobs');

-- Append-only; factory_app.create_audit_log() writes it.
CREATE TABLE factory_app.audit_log (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	sales_id   bigint,	-- who did it; null: a program
	action     text NOT NULL CONSTRAINT audit_log_action_check CHECK (char_length(action) BETWEEN 1 AND 100),
	resource   text NOT NULL,
	row_id     bigint,
	details    jsonb NOT NULL DEFAULT '{}',
	request_id text,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id)
);
CREATE INDEX audit_log_created_at ON factory_app.audit_log (org_id, created_at, id);
SELECT ops.protect('factory_app.audit_log', false, false);
GRANT SELECT ON factory_app.audit_log TO tenantry_app;
-- down
DROP VIEW IF EXISTS crm.factory_profiles, crm.cost_calculations, crm.integration_configs, crm.data_mappings,
	crm.integration_jobs, crm.factory_audit_log;
-- CASCADE: triggers on tables of other schemas.
DROP SCHEMA factory_app CASCADE;
DELETE FROM identity.resource WHERE module = 'factory';
DELETE FROM ops.module_column WHERE module = 'factory';
DELETE FROM identity.module WHERE name = 'factory';
