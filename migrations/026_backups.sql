\warn 'tenantry schema up runs this step, once' \quit
-- The index of backups, for operators.
-- needs: ops/tenant.sql

CREATE TABLE ops.backup (
	started_at timestamptz NOT NULL,
	ended_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
	state      text NOT NULL CHECK (state IN ('verified', 'failed')),
	name       text,	-- of the file, null if none was stored
	place      text NOT NULL,
	bytes      bigint,
	reason     text CHECK (char_length(reason) <= 1000)
);
CREATE INDEX backup_started ON ops.backup (started_at DESC);
SELECT ops.protect_internal('ops.backup');
-- down
DROP TABLE ops.backup;
