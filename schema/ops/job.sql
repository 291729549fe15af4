-- The state of the background jobs, for operators.
-- needs: ops/aside.sql
-- needs: ops/host_check.sql
-- needs: ops/mail.sql

-- Records a run of a periodic task, and a failed one in the log.
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
GRANT EXECUTE ON FUNCTION ops.end_periodic_task(text, integer, boolean, integer) TO tenantry_app;

-- The same for tenantry-jobs of the previous release.
CREATE OR REPLACE FUNCTION ops.record_periodic_task(name text, took_ms integer, failed boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.end_periodic_task(name, took_ms, failed, NULL)
$$;
GRANT EXECUTE ON FUNCTION ops.record_periodic_task(text, integer, boolean) TO tenantry_app;

-- The periodic tasks with the time of their next run. tenantry-jobs records a run at most once a
-- minute, so that more frequent tasks have run since.
CREATE OR REPLACE FUNCTION ops.periodic_tasks()
RETURNS TABLE (name text, ended_at timestamptz, took_ms integer, failed boolean, failed_at timestamptz,
	next_at timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT t.name, t.ended_at, t.took_ms, t.failed, t.failed_at, t.ended_at + interval '1 second' * t.seconds
		* greatest(ceil(extract(epoch FROM now() - t.ended_at) / nullif(t.seconds, 0)), 1)
	  FROM ops.periodic_task t ORDER BY t.name
$$;
-- The seconds since the last run of each periodic task.
CREATE OR REPLACE FUNCTION ops.periodic_task_ages() RETURNS TABLE (name text, seconds bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT t.name, floor(extract(epoch FROM clock_timestamp() - t.ended_at))::bigint FROM ops.periodic_task t
$$;
GRANT EXECUTE ON FUNCTION ops.periodic_task_ages() TO tenantry_app;

-- Each queue, counted up to 10,000: the number of waiting and of due entries, and the time of
-- the oldest due one.
CREATE OR REPLACE FUNCTION ops.queues()
RETURNS TABLE (name text, waiting bigint, due bigint, since timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT q.name, count(q.due_at), count(q.due_at) FILTER (WHERE q.due_at <= now()),
		min(q.due_at) FILTER (WHERE q.due_at <= now())
	  FROM (
		(SELECT 1 AS place, 'mail' AS name, m.due_at FROM ops.mail m
		  WHERE m.status IN ('waiting', 'sending') ORDER BY m.due_at LIMIT 10000)
		UNION ALL
		(SELECT 2, 'imports', i.due_at FROM ops.import_queue i ORDER BY i.due_at LIMIT 10000)
		UNION ALL
		(SELECT 3, 'webhooks', w.due_at FROM ops.webhook_queue w LIMIT 10000)
		UNION ALL
		(SELECT 4, 'pictures', p.due_at FROM ops.picture_wanted p ORDER BY p.due_at LIMIT 10000)
		UNION ALL
		(SELECT 5, 'embeddings', e.due_at FROM ops.embedding_wanted e
		  ORDER BY e.due_at LIMIT 10000)
		UNION ALL
		(SELECT 6, 'reminders', r.due_at FROM ops.reminder r ORDER BY r.due_at LIMIT 10000)
		UNION ALL
		(SELECT 7, 'integrations', i.due_at FROM ops.integration_queue i ORDER BY i.due_at LIMIT 10000)
		UNION ALL
		SELECT v.place, v.name, NULL FROM (VALUES (1, 'mail'), (2, 'imports'), (3, 'webhooks'),
			(4, 'pictures'), (5, 'embeddings'), (6, 'reminders'), (7, 'integrations')) v (place, name)) q
	 GROUP BY q.place, q.name ORDER BY q.place
$$;

-- Mails that failed or whose outcome is unknown, counted up to 10,000, without canceled ones.
CREATE OR REPLACE FUNCTION ops.undelivered_mail() RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT count(*) FROM (SELECT FROM ops.mail m WHERE m.status IN ('failed', 'uncertain')
		AND m.error IS DISTINCT FROM 'canceled by an operator' LIMIT 10000) x
$$;

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
GRANT EXECUTE ON FUNCTION ops.list_jobs() TO tenantry_app;
