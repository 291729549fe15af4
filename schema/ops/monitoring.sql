-- The part of GET /metrics that the database knows: queues, jobs, mail, backups, its own size.
-- needs: ops/backup.sql
-- needs: ops/host_check.sql
-- needs: ops/job.sql
-- needs: ops/webhook.sql

-- One gauge in Prometheus' text format, with a line for each value of a label, or without labels.
CREATE OR REPLACE FUNCTION ops.gauge(name text, about text, label text, labels text[], amounts numeric[])
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT format(E'# HELP tenantry_%1$s %2$s\n# TYPE tenantry_%1$s gauge\n', name, about)
		|| coalesce(string_agg(format(E'tenantry_%s%s %s\n', name, format('{%s="%s"}', label, x.said), x.amount), ''
			ORDER BY x.place), '')
	  FROM unnest(labels, amounts) WITH ORDINALITY x (said, amount, place)
$$;

CREATE OR REPLACE FUNCTION ops.gauge(name text, about text, amount numeric) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT format(E'# HELP tenantry_%1$s %2$s\n# TYPE tenantry_%1$s gauge\ntenantry_%1$s %3$s\n', name, about, coalesce(amount, 0))
$$;

-- The connections of clients to all databases of the server, and how many it allows to those that are no superusers.
CREATE OR REPLACE FUNCTION ops.connections(OUT used bigint, OUT allowed integer)
LANGUAGE sql STABLE AS $$
	SELECT count(*), current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
		- coalesce(current_setting('reserved_connections', true)::int, 0)
	  FROM pg_catalog.pg_stat_activity a
	-- Walsenders have no database, the server's own processes no user, and parallel workers a leader.
	 WHERE a.datid IS NOT NULL AND a.usesysid IS NOT NULL AND a.leader_pid IS NULL
$$;

-- All of them. Times are seconds of Unix, or 0.
CREATE OR REPLACE FUNCTION ops.metrics_text() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	q record;
	t record;
	b record;
	c record;
BEGIN
	SELECT * INTO c FROM ops.connections();
	SELECT array_agg(x.name) AS names, array_agg(x.waiting) AS waiting, array_agg(x.due) AS due,
		array_agg(coalesce(round(extract(epoch FROM now() - x.since)), 0)) AS age, array_agg(coalesce(x.attempts, 0)) AS attempts
	  INTO q FROM ops.queues() x;
	SELECT array_agg(x.name) AS names, array_agg(round(extract(epoch FROM x.ended_at))) AS ended,
		array_agg(x.failed::int) AS failed, array_agg(x.took_ms / 1000.0) AS took
	  INTO t FROM (SELECT * FROM ops.periodic_task y ORDER BY y.name) x;
	SELECT round(extract(epoch FROM max(x.ended_at) FILTER (WHERE x.state = 'verified'))) AS verified,
		round(extract(epoch FROM max(x.ended_at) FILTER (WHERE x.state = 'failed'))) AS failed
	  INTO b FROM ops.backup x;
	RETURN ops.gauge('queue_waiting', 'Entries of a queue, at most 10000.', 'queue', q.names, q.waiting)
		|| ops.gauge('queue_due', 'Those that could be done now.', 'queue', q.names, q.due)
		|| ops.gauge('queue_oldest_seconds', 'How long an entry has waited that was due, at most.', 'queue', q.names, q.age)
		|| ops.gauge('queue_oldest_attempts', 'The attempts of that entry.', 'queue', q.names, q.attempts)
		|| ops.gauge('webhooks_failing', 'Webhooks with deliveries that wait because their receiver fails.',
			(SELECT count(*) FROM ops.failing_webhooks()))
		|| ops.gauge('job_run_timestamp_seconds', 'End of the last run of a periodic job.', 'job', t.names, t.ended)
		|| ops.gauge('job_run_failed', '1 if it failed.', 'job', t.names, t.failed)
		|| ops.gauge('job_run_seconds', 'Its duration.', 'job', t.names, t.took)
		|| ops.gauge('mail_undelivered', 'Mails that failed or whose outcome is unknown, at most 10000.',
			ops.undelivered_mail())
		|| ops.gauge('backup_verified_timestamp_seconds', 'Time of the last verified backup.', b.verified)
		|| ops.gauge('backup_failed_timestamp_seconds', 'Time of the last failed backup.', b.failed)
		|| (SELECT ops.gauge('queue_aside', 'Entries that are set aside after an error, by queue or periodic job.', 'queue',
			array_agg(x.queue), array_agg(x.n)) FROM (SELECT a.queue, count(*) AS n FROM ops.aside a GROUP BY 1 ORDER BY 1) x)
		|| ops.gauge('feed_timestamp_seconds', 'When the change feed was last brought up to date.',
			(SELECT CASE WHEN isfinite(f.numbered_at) THEN round(extract(epoch FROM f.numbered_at)) END FROM ops.feed_state f))
		|| ops.gauge('disk_free_bytes', 'Free room on the disk of the uploaded files, on the machine of tenantry-jobs.',
			(SELECT h.amount FROM ops.host_check h WHERE h.name = 'disk_free'))
		|| ops.gauge('disk_bytes', 'Size of that disk.', (SELECT h.amount FROM ops.host_check h WHERE h.name = 'disk_size'))
		|| ops.gauge('certificate_expires_timestamp_seconds', 'End of the certificate of the site, or 0.',
			(SELECT h.amount FROM ops.host_check h WHERE h.name = 'certificate_expires'))
		|| ops.gauge('database_connections', 'Connections of clients to all databases of the server.', c.used)
		|| ops.gauge('database_connections_max', 'Connections that the server allows, without reserved ones.', c.allowed)
		|| ops.gauge('database_bytes', 'Size of this database.', pg_database_size(current_database()));
END $$;
GRANT EXECUTE ON FUNCTION ops.metrics_text() TO tenantry_app;
