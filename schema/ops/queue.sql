-- The queue of background work: pictures, embeddings, imports, integrations and calls to payment providers.
-- tenantry-jobs claims an entry; another process claims it if the first process has ended or its lease has expired.
-- needs: ops/aside.sql

-- Adds an entry about a row, "contacts/17", or makes the existing entry due and resets its attempts, so that a running
-- attempt no longer ends it. If entry is null, it becomes the ID of the job.
CREATE OR REPLACE FUNCTION ops.enqueue(queue text, org uuid, subject text, entry bigint DEFAULT NULL, user_id text DEFAULT NULL,
	payload jsonb DEFAULT NULL, due timestamptz DEFAULT now()) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	job bigint := ops.new_id();
BEGIN
	INSERT INTO ops.job AS j (id, queue, org_id, entry, subject, user_id, payload, due_at, since)
	VALUES (job, queue, org, coalesce(entry, job), subject, user_id, payload, due, due)
	ON CONFLICT ON CONSTRAINT job_subject DO UPDATE SET id = excluded.id, due_at = excluded.due_at, since = excluded.since, attempts = 0,
		began_at = NULL, held_until = '-infinity', holder = NULL, payload = excluded.payload, user_id = coalesce(excluded.user_id, j.user_id);
END $$;

-- Takes an entry out of its queue.
CREATE OR REPLACE FUNCTION ops.dequeue(queue text, org uuid, subject text) RETURNS void
LANGUAGE sql AS $$
	DELETE FROM ops.job j WHERE j.queue = dequeue.queue AND j.org_id = org AND j.subject = dequeue.subject
$$;

-- Returns organizations with due entries of a queue, starting after the organization that was served last. Suspended,
-- read-only, deleted and paused organizations wait. The index scan ends when it has found enough organizations, so
-- its cost depends only on the skipped organizations, which have only entries that are not due.
CREATE OR REPLACE FUNCTION ops.job_line(queue text, most integer, paused uuid[]) RETURNS uuid[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	last uuid := (SELECT t.served FROM ops.job_turn t WHERE t.queue = job_line.queue);
BEGIN
	RETURN ARRAY(WITH RECURSIVE after AS (
			(SELECT j.org_id FROM ops.job j WHERE j.queue = job_line.queue AND j.org_id > last ORDER BY j.org_id LIMIT 1)
			UNION ALL
			SELECT (SELECT j.org_id FROM ops.job j WHERE j.queue = job_line.queue AND j.org_id > l.org_id ORDER BY j.org_id LIMIT 1)
			  FROM after l WHERE l.org_id IS NOT NULL),
		before AS (
			(SELECT j.org_id FROM ops.job j WHERE j.queue = job_line.queue ORDER BY j.org_id LIMIT 1)
			UNION ALL
			SELECT (SELECT j.org_id FROM ops.job j WHERE j.queue = job_line.queue AND j.org_id > l.org_id ORDER BY j.org_id LIMIT 1)
			  FROM before l WHERE l.org_id IS NOT NULL)
		SELECT l.org_id FROM (SELECT x.org_id FROM after x UNION ALL SELECT x.org_id FROM before x WHERE x.org_id <= last OR last IS NULL) l
		 WHERE l.org_id <> ALL (paused)
		   AND (SELECT o.suspended_at IS NULL AND o.read_only_at IS NULL AND o.deleted_at IS NULL FROM identity.organization o WHERE o.id = l.org_id)
		   AND (SELECT true FROM ops.job j WHERE j.queue = job_line.queue AND j.org_id = l.org_id AND j.due_at <= now()
			AND j.held_until <= now() LIMIT 1)
		 LIMIT most);
END $$;

-- Claims due entries with a lease, from all organizations in turn or from one organization. Other processes can claim
-- them when the lease expires, or when the connection of this process is closed.
CREATE OR REPLACE FUNCTION ops.claim_jobs(queue text, most integer, lease interval, org uuid DEFAULT NULL,
	paused uuid[] DEFAULT '{}') RETURNS SETOF ops.job
LANGUAGE plpgsql AS $$
DECLARE
	-- Examines more entries than it needs, since other processes may claim some of them concurrently.
	others constant integer := 8;
	orgs uuid[];
BEGIN
	UPDATE ops.job j SET held_until = '-infinity', holder = NULL WHERE j.id IN (
		SELECT x.id FROM ops.job x WHERE x.queue = claim_jobs.queue AND x.holder IS NOT NULL
		   AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = x.holder) FOR UPDATE SKIP LOCKED);
	orgs := CASE WHEN org IS NULL THEN ops.job_line(queue, most + others, paused) ELSE ARRAY[org] END;
	RETURN QUERY WITH due AS MATERIALIZED (
			SELECT d.id, row_number() OVER (ORDER BY d.place, o.n) AS n FROM unnest(orgs) WITH ORDINALITY o (id, n)
			 CROSS JOIN LATERAL (SELECT x.id, row_number() OVER (ORDER BY x.due_at, x.id) AS place FROM (
				SELECT j.id, j.due_at FROM ops.job j WHERE j.queue = claim_jobs.queue AND j.org_id = o.id AND j.due_at <= now()
				   AND j.held_until <= now() ORDER BY j.due_at, j.id LIMIT most + others) x) d
			 ORDER BY n LIMIT most + others),
		mine AS MATERIALIZED (SELECT j.id, j.org_id, due.n FROM due JOIN ops.job j USING (id)
			WHERE j.held_until <= now() AND j.due_at <= now() ORDER BY due.n LIMIT most FOR UPDATE OF j SKIP LOCKED),
		claimed AS (UPDATE ops.job j SET attempts = j.attempts + 1, began_at = coalesce(j.began_at, now()),
				held_until = clock_timestamp() + lease, holder = pg_backend_pid()
			FROM mine WHERE j.id = mine.id RETURNING j.*),
		served AS (UPDATE ops.job_turn t SET served = (SELECT m.org_id FROM mine m ORDER BY m.n DESC LIMIT 1)
			WHERE org IS NULL AND EXISTS (SELECT FROM mine) AND t.queue IN (
				SELECT x.queue FROM ops.job_turn x WHERE x.queue = claim_jobs.queue FOR UPDATE SKIP LOCKED))
		SELECT * FROM claimed;
END $$;

-- Sets aside an entry whose row has an error.
CREATE OR REPLACE FUNCTION ops.set_job_aside(job ops.job, state text, fault text) RETURNS void
LANGUAGE sql AS $$
	UPDATE ops.job j SET held_until = '-infinity', holder = NULL,
		due_at = ops.set_aside(job.queue, job.org_id, job.entry::text, state, fault) WHERE j.id = job.id
$$;

-- Records progress in the same transaction as the work, and renews the lease. Returns false if the entry was deleted.
CREATE OR REPLACE FUNCTION ops.advance_job(job bigint, lease interval) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ops.job j SET held_until = now() + lease, since = now(), attempts = 0 WHERE j.id = job;
	RETURN FOUND;
END $$;

-- Puts a held entry back into its queue. Without progress, its delay increases with each attempt: step, twice the step,
-- and so on.
CREATE OR REPLACE FUNCTION ops.rest_job(job bigint, step interval) RETURNS void
LANGUAGE sql AS $$
	UPDATE ops.job j SET due_at = now() + least(j.attempts, 10) * step, held_until = '-infinity', holder = NULL
	 WHERE j.id = job AND j.holder IS NOT NULL
$$;

-- Ends an attempt, unless a later attempt has begun. With a pause, the entry is retried; without a pause, it is
-- deleted. An error is logged; if the entry is deleted, it is logged as failed.
CREATE OR REPLACE FUNCTION ops.end_job(job bigint, attempt integer, error text DEFAULT NULL, pause interval DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	j ops.job;
BEGIN
	IF pause IS NULL THEN
		DELETE FROM ops.job x WHERE x.id = job AND x.attempts = attempt RETURNING * INTO j;
	ELSE
		UPDATE ops.job x SET due_at = now() + pause, held_until = '-infinity', holder = NULL
		 WHERE x.id = job AND x.attempts = attempt RETURNING * INTO j;
	END IF;
	IF j.id IS NOT NULL AND error IS NOT NULL THEN
		INSERT INTO ops.job_log (queue, entry, org_id, subject, outcome, error)
		VALUES (j.queue, j.entry, j.org_id, j.subject, CASE WHEN pause IS NULL THEN 'failed' ELSE 'waiting' END, left(error, 1000));
	END IF;
	RETURN j.id IS NOT NULL;
END $$;

-- Returns the number of the row that a job is about.
CREATE OR REPLACE FUNCTION ops.job_row(job ops.job) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT split_part(job.subject, '/', 2)::bigint $$;

-- Returns the name of the table of the row that a job is about.
CREATE OR REPLACE FUNCTION ops.job_table(job ops.job) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT split_part(job.subject, '/', 1) $$;
