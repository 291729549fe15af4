-- The state of the background jobs, for operators.
-- needs: ops/aside.sql
-- needs: ops/host_check.sql
-- needs: ops/mail.sql
-- needs: ops/queue.sql
-- needs: ops/reminder.sql

-- Records a run of a periodic task, and logs a failed run.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.end_periodic_task(name text, took_ms integer, failed boolean, seconds integer)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	INSERT INTO ops.job_log (queue, entry, outcome, error)
	SELECT 'tasks', end_periodic_task.name, 'waiting', 'the log of tenantry-jobs has the reason'
	 WHERE end_periodic_task.failed;
	INSERT INTO ops.periodic_task AS c VALUES (end_periodic_task.name, clock_timestamp(), end_periodic_task.took_ms,
		end_periodic_task.failed, CASE WHEN end_periodic_task.failed THEN clock_timestamp() END, end_periodic_task.seconds)
	ON CONFLICT ON CONSTRAINT periodic_task_pkey DO UPDATE SET ended_at = excluded.ended_at,
		took_ms = excluded.took_ms, failed = excluded.failed,
		failed_at = coalesce(excluded.failed_at, c.failed_at), seconds = excluded.seconds
$$;

-- Calls ops.end_periodic_task() for tenantry-jobs of the previous release.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.record_periodic_task(name text, took_ms integer, failed boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.end_periodic_task(name, took_ms, failed, NULL)
$$;

-- Returns the periodic tasks, each with the time of its next run. tenantry-jobs records runs at most once a minute,
-- so more frequent tasks may have run since.
CREATE OR REPLACE FUNCTION ops.periodic_tasks()
RETURNS TABLE (name text, ended_at timestamptz, took_ms integer, failed boolean, failed_at timestamptz,
	next_at timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT t.name, t.ended_at, t.took_ms, t.failed, t.failed_at, t.ended_at + interval '1 second' * t.seconds
		* greatest(ceil(extract(epoch FROM now() - t.ended_at) / nullif(t.seconds, 0)), 1)
	  FROM ops.periodic_task t ORDER BY t.name
$$;
-- Returns the seconds since the last run of each periodic task.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.periodic_task_ages() RETURNS TABLE (name text, seconds bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT t.name, floor(extract(epoch FROM clock_timestamp() - t.ended_at))::bigint FROM ops.periodic_task t
$$;

-- Returns for each queue the numbers of waiting and due entries, counted up to 10,000. For the entry that has waited
-- longest, also returns the start of its wait, its attempts and its last error. After a failed attempt, an entry is due
-- later, but its wait continues. Entries of suspended organizations, and retries that depend on another server, are not
-- counted, since operators cannot influence them. Running imports and integrations that make progress are not counted
-- either.
CREATE OR REPLACE FUNCTION ops.queues()
RETURNS TABLE (name text, waiting bigint, due bigint, since timestamptz, attempts integer, error text)
LANGUAGE sql STABLE SET plan_cache_mode = force_custom_plan AS $$
	WITH entry AS MATERIALIZED (
		(SELECT 'mail' AS name, m.id::text AS entry, m.due_at, m.since, m.attempts, m.error FROM ops.mail m
		  WHERE m.status IN ('waiting', 'sending') ORDER BY m.due_at LIMIT 10000)
		UNION ALL
		(SELECT j.queue, j.entry::text, j.due_at, CASE WHEN (j.holder IS NULL OR j.held_until <= now() OR j.queue IN ('pictures', 'embeddings'))
			AND NOT (j.queue = 'payments' AND j.began_at IS NOT NULL)
			AND EXISTS (SELECT FROM identity.organization o
				WHERE o.id = j.org_id AND o.suspended_at IS NULL AND o.read_only_at IS NULL AND o.deleted_at IS NULL) THEN j.since END, j.attempts, NULL FROM unnest('{pictures,embeddings,imports,integrations,payments}'::text[]) q (name)
		 CROSS JOIN LATERAL (SELECT x.* FROM ops.job x WHERE x.queue = q.name ORDER BY x.due_at LIMIT 10000) j)
		UNION ALL
		(SELECT 'webhooks', w.delivery_id::text, w.due_at, CASE WHEN EXISTS (SELECT FROM identity.organization o
				WHERE o.id = w.org_id AND o.suspended_at IS NULL AND o.read_only_at IS NULL AND o.deleted_at IS NULL) AND NOT EXISTS (
			SELECT FROM ops.webhook_receiver r WHERE r.org_id = w.org_id AND r.webhook_id = w.webhook_id AND r.failures > 0)
			THEN w.began_at END, w.attempt, NULL FROM ops.webhook_queue w LIMIT 10000)
		UNION ALL
		(SELECT 'reminders', ops.reminder_key(r), r.due_at, r.due_at, 0, NULL
		   FROM ops.reminder r ORDER BY r.due_at LIMIT 10000)),
	oldest AS (SELECT DISTINCT ON (e.name) e.* FROM entry e WHERE e.since <= now() ORDER BY e.name, e.since)
	SELECT q.name, count(e.entry), count(e.entry) FILTER (WHERE e.due_at <= now()), o.since,
		greatest(o.attempts, (SELECT a.failures FROM ops.aside a WHERE a.queue = o.name AND a.entry = o.entry LIMIT 1)),
		coalesce(o.error, (SELECT a.error FROM ops.aside a WHERE a.queue = o.name AND a.entry = o.entry LIMIT 1),
			(SELECT l.error FROM ops.job_log l WHERE l.queue = o.name AND l.entry = o.entry ORDER BY l.id DESC LIMIT 1))
	  FROM unnest(ARRAY['mail', 'imports', 'webhooks', 'pictures', 'embeddings', 'reminders', 'integrations', 'payments'])
		WITH ORDINALITY q (name, place)
	  LEFT JOIN entry e ON e.name = q.name LEFT JOIN oldest o ON o.name = q.name
	 GROUP BY q.place, q.name, o.name, o.entry, o.since, o.attempts, o.error ORDER BY q.place
$$;

-- Returns the number of emails that failed or whose outcome is unknown, counted up to 10,000. Canceled emails do not
-- count.
CREATE OR REPLACE FUNCTION ops.undelivered_mail() RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT count(*) FROM (SELECT FROM ops.mail m WHERE m.status IN ('failed', 'uncertain')
		AND m.error IS DISTINCT FROM 'canceled by an operator' LIMIT 10000) x
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.list_jobs() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN json_build_object(
		'queues', (SELECT json_agg(q) FROM ops.queues() q),
		'mail_failed', ops.undelivered_mail(),
		'backups', ops.backups(),
		'host', (SELECT coalesce(json_agg(h), '[]') FROM ops.host_problems() h),
		'aside', (SELECT coalesce(json_agg(a), '[]') FROM (SELECT * FROM ops.set_aside_rows() LIMIT 200) a),
		'chores', (SELECT coalesce(json_agg(c), '[]') FROM ops.periodic_tasks() c));
END $$;
