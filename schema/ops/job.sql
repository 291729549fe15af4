-- The state of the background jobs, for operators.

CREATE OR REPLACE FUNCTION ops.record_periodic_task(name text, took_ms integer, failed boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	INSERT INTO ops.periodic_task AS c VALUES (record_periodic_task.name, clock_timestamp(), record_periodic_task.took_ms,
		record_periodic_task.failed, CASE WHEN record_periodic_task.failed THEN clock_timestamp() END)
	ON CONFLICT ON CONSTRAINT periodic_task_pkey DO UPDATE SET ended_at = excluded.ended_at,
		took_ms = excluded.took_ms, failed = excluded.failed,
		failed_at = coalesce(excluded.failed_at, c.failed_at)
$$;
GRANT EXECUTE ON FUNCTION ops.record_periodic_task(text, integer, boolean) TO tenantry_app;

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
		SELECT v.place, v.name, NULL FROM (VALUES (1, 'mail'), (2, 'imports'), (3, 'webhooks'),
			(4, 'pictures'), (5, 'embeddings'), (6, 'reminders')) v (place, name)) q
	 GROUP BY q.place, q.name ORDER BY q.place
$$;

CREATE OR REPLACE FUNCTION ops.list_jobs() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN json_build_object(
		'queues', (SELECT json_agg(q) FROM ops.queues() q),
		'mail_failed', (SELECT count(*) FROM (SELECT FROM ops.mail m
			WHERE m.status IN ('failed', 'uncertain') LIMIT 10000) x),
		'backups', ops.backups(),
		'chores', (SELECT coalesce(json_agg(c ORDER BY c.name), '[]') FROM ops.periodic_task c));
END $$;
GRANT EXECUTE ON FUNCTION ops.list_jobs() TO tenantry_app;
