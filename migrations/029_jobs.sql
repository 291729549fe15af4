\warn 'tenantry schema up runs this step, once' \quit
-- The log of the background jobs, and the time between two runs of a periodic task.
-- needs: ops/tenant.sql

-- Attempts of the entries of queues that did not succeed, failed runs of periodic tasks, and what
-- operators did with entries. Rows are deleted after 30 days.
CREATE TABLE ops.job_log (
	id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,	-- in order, unlike ops.new_id() within a millisecond
	at      timestamptz NOT NULL DEFAULT clock_timestamp(),
	queue   text NOT NULL,
	entry   text NOT NULL,	-- the id of an entry, or the name of a periodic task
	org_id  uuid,
	subject text,	-- what the entry is about: a template and a recipient, or a table and a row
	-- waiting: it is tried again
	outcome text NOT NULL CONSTRAINT job_log_outcome_check
		CHECK (outcome IN ('waiting', 'failed', 'canceled', 'retried')),
	error   text
);
CREATE INDEX job_log_entry ON ops.job_log (queue, entry, id);
CREATE INDEX job_log_failed ON ops.job_log (id) WHERE outcome = 'failed';
CREATE INDEX job_log_at ON ops.job_log (at);
SELECT ops.protect_internal('ops.job_log');

-- From one run to the next; null until tenantry-jobs of this release has recorded a run.
ALTER TABLE ops.periodic_task ADD COLUMN seconds integer;
-- down
ALTER TABLE ops.periodic_task DROP COLUMN seconds;
DROP TABLE ops.job_log;
