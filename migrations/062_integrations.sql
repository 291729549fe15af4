\warn 'tenantry schema up runs this step, once' \quit
-- What integrations need to run: the plan of a mapping, the progress of a job, and their queue.
-- needs: ops/tenant.sql

-- The function of the module that runs its integrations, see ops.call_integration().
ALTER TABLE identity.module ADD COLUMN run_integration text;

ALTER TABLE factory_app.data_mappings
	ALTER COLUMN version DROP DEFAULT,	-- a trigger counts
	ADD COLUMN resource text NOT NULL DEFAULT 'contacts' CONSTRAINT data_mappings_resource_check CHECK (resource IN ('companies',
		'contacts', 'contact_notes', 'deal_notes', 'deals', 'tags', 'tasks')),
	ADD COLUMN mode text NOT NULL DEFAULT 'both' CONSTRAINT data_mappings_mode_check CHECK (mode IN ('create', 'update', 'both')),
	ADD COLUMN match_by text NOT NULL DEFAULT 'external_id' CONSTRAINT data_mappings_match_by_check
		CHECK (match_by IN ('id', 'external_id', 'email', 'name')),
	-- {"countries": {"DE": "Germany"}}
	ADD COLUMN lookups jsonb NOT NULL DEFAULT '{}' CONSTRAINT data_mappings_lookups_check
		CHECK (jsonb_typeof(lookups) = 'object' AND octet_length(lookups::text) <= 500000);

DROP VIEW IF EXISTS factory_app.integration_job_rows;	-- it gets more columns
ALTER TABLE factory_app.integration_jobs
	ADD COLUMN kind text NOT NULL DEFAULT 'run' CONSTRAINT integration_jobs_kind_check CHECK (kind IN ('run', 'test')),
	ADD COLUMN place jsonb NOT NULL DEFAULT '{}',	-- how far the rows of the source are imported
	ADD COLUMN counts jsonb NOT NULL DEFAULT '{}',
	ADD COLUMN log jsonb NOT NULL DEFAULT '[]',	-- the last entries, oldest first
	ADD COLUMN sample jsonb;	-- of a test: rows of the source

-- Jobs that are due, and for whom they run.
CREATE TABLE ops.integration_queue (
	id      bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id  uuid NOT NULL,
	job_id  bigint NOT NULL,
	module  text NOT NULL,
	user_id text NOT NULL,
	due_at  timestamptz NOT NULL DEFAULT now(),
	tries   integer NOT NULL DEFAULT 0,	-- without progress
	holder  integer,
	CONSTRAINT integration_queue_job_id_key UNIQUE (org_id, job_id)
);
CREATE INDEX integration_queue_due_at ON ops.integration_queue (org_id, due_at);
CREATE INDEX integration_queue_holder ON ops.integration_queue (holder) WHERE holder IS NOT NULL;
SELECT ops.protect_internal('ops.integration_queue');

-- When an organization was served.
CREATE TABLE ops.integration_turn (
	org_id    uuid PRIMARY KEY REFERENCES identity.organization ON DELETE CASCADE,
	served_at timestamptz NOT NULL DEFAULT '-infinity'
);
SELECT ops.protect_internal('ops.integration_turn');
-- down
-- CASCADE: views and triggers.
DROP FUNCTION IF EXISTS factory_app.check_mapping(), factory_app.check_job(), factory_app.queue_job() CASCADE;
DROP TABLE ops.integration_queue, ops.integration_turn CASCADE;
ALTER TABLE factory_app.integration_jobs DROP COLUMN kind CASCADE, DROP COLUMN place CASCADE, DROP COLUMN counts CASCADE,
	DROP COLUMN log CASCADE, DROP COLUMN sample CASCADE;
ALTER TABLE factory_app.data_mappings ALTER COLUMN version SET DEFAULT 1, DROP COLUMN resource CASCADE, DROP COLUMN mode CASCADE,
	DROP COLUMN match_by CASCADE, DROP COLUMN lookups CASCADE;
ALTER TABLE identity.module DROP COLUMN run_integration;
