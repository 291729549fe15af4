\warn 'tenantry schema up runs this step, once' \quit
-- The state of data migrations (tenantry migrate).
-- needs: ops/tenant.sql

-- A run of a journey. One at a time changes data.
CREATE TABLE ops.migration (
	id          bigint PRIMARY KEY DEFAULT ops.new_id(),
	journey     text NOT NULL,
	state       text NOT NULL CONSTRAINT migration_state_check CHECK (state IN
		('running', 'paused', 'failed', 'done', 'rolling back', 'rolled back', 'finished')),
	plan_sum    text NOT NULL,	-- SHA-256 of the plan file
	plan        text NOT NULL,
	version     text NOT NULL,	-- of Tenantry, and the checksum of the files of the journey
	fingerprint text NOT NULL,	-- of the source
	choices     jsonb NOT NULL,	-- decisions and values of the plan
	suffix      text NOT NULL,	-- of the backup tables
	backup      text,	-- name of the backup made before the first step
	message     text,	-- why it stopped
	times       jsonb NOT NULL DEFAULT '{}',	-- of the steps of the dry run: {step: {rows, ms}}
	started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
	ended_at    timestamptz,	-- of the last step, forward or back
	-- These may be changed while it runs.
	batch_rows      integer NOT NULL DEFAULT 10000 CHECK (batch_rows BETWEEN 1 AND 1000000),
	pause_ms        integer NOT NULL DEFAULT 0 CHECK (pause_ms BETWEEN 0 AND 60000),
	lock_timeout_ms integer NOT NULL DEFAULT 500 CHECK (lock_timeout_ms BETWEEN 1 AND 60000),
	max_lag_ms      integer NOT NULL DEFAULT 10000 CHECK (max_lag_ms > 0),	-- of a standby server
	max_sessions    integer NOT NULL DEFAULT 50 CHECK (max_sessions > 0)	-- that run a query
);
CREATE UNIQUE INDEX migration_active ON ops.migration ((true))
	WHERE state IN ('running', 'paused', 'failed', 'rolling back');
SELECT ops.protect_internal('ops.migration');

-- How far a run is. Another connection than that of the data writes it, within a batch, too.
CREATE TABLE ops.migration_progress (
	migration_id bigint PRIMARY KEY REFERENCES ops.migration ON DELETE CASCADE,
	at          timestamptz NOT NULL,
	step        integer,
	done        bigint NOT NULL,
	total       bigint NOT NULL,
	rate        double precision NOT NULL,	-- rows a second
	eta_seconds bigint,
	lock_waits  bigint NOT NULL,	-- batches that had to wait for a lock
	throttled   text	-- why it waits
);
SELECT ops.protect_internal('ops.migration_progress');

CREATE TABLE ops.migration_step (
	migration_id bigint NOT NULL REFERENCES ops.migration ON DELETE CASCADE,
	step       integer NOT NULL,
	name       text NOT NULL,
	title      text NOT NULL,
	state      text NOT NULL DEFAULT 'waiting' CONSTRAINT migration_step_state_check CHECK (state IN
		('waiting', 'running', 'done', 'skipped', 'undoing', 'undone')),
	total      bigint NOT NULL DEFAULT 0,	-- rows of the source when the run began
	read       bigint NOT NULL DEFAULT 0,
	written    bigint NOT NULL DEFAULT 0,
	known      bigint NOT NULL DEFAULT 0,	-- existed in the target
	rejected   bigint NOT NULL DEFAULT 0,
	source_sum numeric NOT NULL DEFAULT 0,	-- of the written rows, as the source has them
	last_key   text,	-- of the last row read
	started_at timestamptz,
	ended_at   timestamptz,
	PRIMARY KEY (migration_id, step)
);
SELECT ops.protect_internal('ops.migration_step');

-- The rows that a step created. Steps insert into it, so both keys have defaults.
CREATE TABLE ops.migration_row (
	migration_id bigint NOT NULL DEFAULT current_setting('migration.id')::bigint,
	step       integer NOT NULL DEFAULT current_setting('migration.step')::integer,
	source_key text COLLATE "C" NOT NULL,
	target_id  text COLLATE "C",
	PRIMARY KEY (migration_id, step, source_key)
);
SELECT ops.protect_internal('ops.migration_row');

CREATE TABLE ops.migration_reject (
	migration_id bigint NOT NULL REFERENCES ops.migration ON DELETE CASCADE,
	step       integer NOT NULL,
	source_key text COLLATE "C" NOT NULL,
	reason     text NOT NULL,
	data       jsonb NOT NULL,	-- the row as it was read, without columns that are encrypted
	at         timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (migration_id, step, source_key)
);
SELECT ops.protect_internal('ops.migration_reject');

-- What the rules of a journey found.
CREATE TABLE ops.migration_rule (
	migration_id bigint NOT NULL REFERENCES ops.migration ON DELETE CASCADE,
	moment     text NOT NULL CONSTRAINT migration_rule_moment_check
		CHECK (moment IN ('before', 'after', 'rollback')),
	rule       text NOT NULL,
	title      text NOT NULL,
	found      bigint NOT NULL,
	sum        numeric NOT NULL,	-- of the keys
	examples   jsonb NOT NULL,
	PRIMARY KEY (migration_id, moment, rule)
);
SELECT ops.protect_internal('ops.migration_rule');

CREATE TABLE ops.migration_report (
	migration_id bigint NOT NULL REFERENCES ops.migration ON DELETE CASCADE,
	at         timestamptz NOT NULL DEFAULT clock_timestamp(),
	go         boolean NOT NULL,
	sum        text NOT NULL,	-- SHA-256 of the text
	report     text NOT NULL,	-- JSON
	PRIMARY KEY (migration_id, at)
);
SELECT ops.protect_internal('ops.migration_report');

-- Who implemented, tested, reviewed and signed what; of a plan, so an edited plan needs new entries.
CREATE TABLE ops.migration_signoff (
	journey  text NOT NULL,
	plan_sum text NOT NULL,
	task     text NOT NULL,
	stage    text NOT NULL CONSTRAINT migration_signoff_stage_check
		CHECK (stage IN ('implemented', 'tested', 'reviewed', 'signed')),
	name     text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
	at       timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (journey, plan_sum, task, stage)
);
SELECT ops.protect_internal('ops.migration_signoff');
-- down
DROP TABLE ops.migration_signoff, ops.migration_report, ops.migration_rule, ops.migration_reject, ops.migration_row,
	ops.migration_step, ops.migration_progress, ops.migration;
DROP SCHEMA IF EXISTS migration_backup CASCADE;
