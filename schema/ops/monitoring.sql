-- The part of GET /metrics that comes from the database: queues, jobs, mail, backups and the database size.
-- needs: ops/backup.sql
-- needs: ops/host.sql
-- needs: ops/host_check.sql
-- needs: ops/job.sql
-- needs: ops/organization_task.sql
-- needs: ops/webhook.sql

-- Returns one gauge in Prometheus' text format, with a line for each value of a label, or without labels.
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

-- Returns the number of client connections to all databases of the server, and the number that the server allows to
-- roles without superuser rights.
CREATE OR REPLACE FUNCTION ops.connections(OUT used bigint, OUT allowed integer)
LANGUAGE sql STABLE AS $$
	SELECT count(*), current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
		- coalesce(current_setting('reserved_connections', true)::int, 0)
	  FROM pg_catalog.pg_stat_activity a
	-- Excludes walsenders, which have no database, the server's own processes, which have no user, and parallel
	-- workers, which have a leader.
	 WHERE a.datid IS NOT NULL AND a.usesysid IS NOT NULL AND a.leader_pid IS NULL
$$;

-- Returns conditions that make a server fail, now or later: exhausted connections, a transaction that remains open,
-- transaction IDs that run out, write-ahead log that a replication slot retains, and a standby that lags behind.
-- Transactions of backups are not counted. Only members of pg_read_all_stats can see the position of a standby.
CREATE OR REPLACE FUNCTION ops.server_state() RETURNS TABLE (name text, amount numeric, verdict text, said text)
LANGUAGE sql STABLE AS $$
	WITH used AS (SELECT c.used, c.allowed, c.used > 0.8 * c.allowed AS most, c.used > 0.95 * c.allowed AS almost_all FROM ops.connections() c),
	here AS (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn),
	standby AS (
		SELECT r.application_name, pg_wal_lsn_diff(h.lsn, coalesce(r.replay_lsn, r.flush_lsn, r.sent_lsn)) AS bytes, count(*) OVER () AS n
		  FROM pg_catalog.pg_stat_replication r, here h WHERE r.state IS DISTINCT FROM 'backup' ORDER BY 2 DESC NULLS LAST LIMIT 1),
	open AS (
		SELECT extract(epoch FROM clock_timestamp() - o.began) AS seconds, o.who
		  FROM (SELECT a.xact_start, format('of the session %s; end it with SELECT pg_terminate_backend(%1$s)', a.pid)
			  FROM pg_catalog.pg_stat_activity a
			 WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.application_name <> 'pg_dump'
			UNION ALL
			SELECT p.prepared, format('that is prepared as %s; end it with ROLLBACK PREPARED %1$L', p.gid)
			  FROM pg_catalog.pg_prepared_xacts p WHERE p.database = current_database()) o (began, who)
		 WHERE o.began IS NOT NULL ORDER BY 1 DESC LIMIT 1),
	oldest AS (SELECT d.datname, age(d.datfrozenxid)::numeric AS age FROM pg_catalog.pg_database d ORDER BY 2 DESC LIMIT 1),
	slot AS (
		SELECT s.slot_name, pg_wal_lsn_diff(h.lsn, s.restart_lsn) AS bytes
		  FROM pg_catalog.pg_replication_slots s, here h WHERE s.restart_lsn IS NOT NULL ORDER BY 2 DESC LIMIT 1),
	archive AS ( -- the name of a segment contains the number of its 4 GiB, and of the segment within them
		SELECT a.last_failed_time > coalesce(a.last_archived_time, '-infinity') AS failing, coalesce(a.last_archived_time, a.stats_reset) AS since,
			greatest(pg_wal_lsn_diff(h.lsn, '0/0') - ('x' || substr(n.name, 9, 8))::bit(32)::bigint * 4294967296
				- (('x' || substr(n.name, 17, 8))::bit(32)::bigint + 1) * pg_size_bytes(current_setting('wal_segment_size')), 0) AS bytes
		  FROM pg_catalog.pg_stat_archiver a, here h, LATERAL (SELECT substring(a.last_archived_wal FROM '^[0-9A-F]{24}')) n (name)
		 WHERE current_setting('archive_mode') <> 'off')
	SELECT 'connections', u.used, CASE WHEN u.almost_all THEN 'fail' WHEN u.most THEN 'warn' ELSE 'ok' END,
		format('%s of the %s that the server allows are in use', u.used, u.allowed) || CASE WHEN u.most THEN ', by all its databases; see '
			'pg_stat_activity, end idle ones, raise max_connections, or use a pooler' ELSE '' END
	  FROM used u
	UNION ALL
	SELECT 'transactions', coalesce(round(o.seconds), 0), CASE WHEN o.seconds > 3600 THEN 'warn' ELSE 'ok' END,
		CASE WHEN o.seconds > 3600 THEN format('one has been open for %s minutes, and VACUUM keeps all rows that were deleted since: that %s',
			round(o.seconds / 60), o.who)
		ELSE format('none has been open for longer than %s s', coalesce(ceil(o.seconds), 0)) END
	  FROM (SELECT 1) one LEFT JOIN open o ON true
	UNION ALL
	SELECT 'transaction numbers', o.age, CASE WHEN o.age > 1.8e9 THEN 'fail' WHEN o.age > 1e9 THEN 'warn' ELSE 'ok' END,
		CASE WHEN o.age > 1e9 THEN format('%s %% are used in the database %s, which accepts no write when all are: end old transactions, '
			'and run VACUUM in it', round(100 * o.age / 2147483648), o.datname)
		ELSE format('%s %% are used', round(100 * o.age / 2147483648)) END
	  FROM oldest o
	UNION ALL
	SELECT 'replication slots', coalesce(s.bytes, 0), CASE WHEN s.bytes > 10 * 1024 ^ 3 THEN 'warn' ELSE 'ok' END,
		CASE WHEN s.bytes > 10 * 1024 ^ 3 THEN format('%s keeps %s of the write-ahead log, which fills the disk of Postgres: repair what '
			'reads it, or run SELECT pg_drop_replication_slot(%L)', s.slot_name, pg_size_pretty(s.bytes), s.slot_name)
		WHEN s.bytes IS NULL THEN 'none' ELSE format('they keep at most %s', pg_size_pretty(s.bytes)) END
	  FROM (SELECT 1) one LEFT JOIN slot s ON true
	UNION ALL
	SELECT 'archive', coalesce(a.bytes, 0), CASE WHEN a.bytes > 1024 ^ 3 AND a.failing THEN 'fail' WHEN a.bytes > 1024 ^ 3 OR a.failing THEN 'warn' ELSE 'ok' END,
		CASE WHEN a.since IS NULL AND a.failing IS NULL THEN 'the write-ahead log is not archived'
		WHEN a.failing THEN format('the write-ahead log cannot be archived since %s UTC, and fills the disk of Postgres, with %s so far: see its log, and archive_command',
			to_char(a.since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), coalesce(pg_size_pretty(a.bytes), 'all'))
		WHEN a.bytes > 1024 ^ 3 THEN format('%s of the write-ahead log wait for the archive, and fill the disk of Postgres', pg_size_pretty(a.bytes))
		ELSE format('%s of the write-ahead log wait for it', pg_size_pretty(coalesce(a.bytes, 0))) END
	  FROM (SELECT 1) one LEFT JOIN archive a ON true
	UNION ALL
	SELECT 'standbys', coalesce(b.bytes, 0), CASE WHEN b.bytes > 1024 ^ 3 THEN 'warn' ELSE 'ok' END,
		CASE WHEN b.n IS NULL THEN 'none is connected'
		WHEN b.bytes IS NULL THEN format('%s are connected; GRANT pg_read_all_stats TO %I shows how far they are behind', b.n, current_user)
		WHEN b.bytes > 1024 ^ 3 THEN format('%s is %s behind: without this server, those changes would be lost; see its log and its network',
			b.application_name, pg_size_pretty(b.bytes))
		ELSE format('%s are connected, at most %s behind', b.n, pg_size_pretty(b.bytes)) END
	  FROM (SELECT 1) one LEFT JOIN standby b ON true
$$;

-- Returns all metrics. Times are in seconds since 1970, or 0.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.metrics_text() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	q record;
	t record;
	b record;
	c record;
	s jsonb := (SELECT jsonb_object_agg(x.name, x.amount) FROM ops.server_state() x);
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
		|| (SELECT ops.gauge('job_late_seconds', 'How late a periodic job is in the organization that has waited longest.', 'task',
			array_agg(l.task), array_agg(l.seconds)) FROM ops.task_lags() l)
		|| ops.gauge('mail_undelivered', 'Mails that failed or whose outcome is unknown, at most 10000.',
			ops.undelivered_mail())
		|| ops.gauge('backup_verified_timestamp_seconds', 'Time of the last verified backup.', b.verified)
		|| ops.gauge('backup_failed_timestamp_seconds', 'Time of the last failed backup.', b.failed)
		|| (SELECT ops.gauge('queue_aside', 'Entries that are set aside after an error, by queue or periodic job.', 'queue',
			array_agg(x.queue), array_agg(x.n)) FROM (SELECT a.queue, count(*) AS n FROM ops.aside a GROUP BY 1 ORDER BY 1) x)
		|| ops.gauge('feed_timestamp_seconds', 'When the change feed was last brought up to date.',
			(SELECT CASE WHEN isfinite(f.numbered_at) THEN round(extract(epoch FROM f.numbered_at)) END FROM ops.feed_state f))
		|| (SELECT ops.gauge('feed_reached_timestamp_seconds', 'When an event of the change feed last came back from the nginx of a host.', 'host',
			array_agg(x.host), array_agg(round(extract(epoch FROM x.reached_at)))) FROM ops.feed_hosts() x)
		|| (SELECT ops.gauge('host_connections', 'Connections to the database that a host may open.', 'host',
			array_agg(x.name), array_agg(x.connections)) FROM ops.hosts() x)
		|| ops.gauge('disk_free_bytes', 'Free room on the disk of the uploaded files, on the machine of tenantry-jobs.',
			(SELECT h.amount FROM ops.host_check h WHERE h.name = 'disk_free'))
		|| ops.gauge('disk_bytes', 'Size of that disk.', (SELECT h.amount FROM ops.host_check h WHERE h.name = 'disk_size'))
		|| ops.gauge('certificate_expires_timestamp_seconds', 'End of the certificate of the site, or 0.',
			(SELECT h.amount FROM ops.host_check h WHERE h.name = 'certificate_expires'))
		|| ops.gauge('clock_error_seconds', 'How wrong the clock of the machine of tenantry watch may be, at most.',
			(SELECT h.amount FROM ops.host_check h WHERE h.name = 'clock_error'))
		|| ops.gauge('database_connections', 'Connections of clients to all databases of the server.', c.used)
		|| ops.gauge('database_connections_max', 'Connections that the server allows, without reserved ones.', c.allowed)
		|| ops.gauge('database_oldest_transaction_seconds', 'How long a transaction of this database has been open, at most.',
			(s->>'transactions')::numeric)
		|| ops.gauge('database_transaction_age', 'Transactions since the oldest row that is not frozen; at 2^31 writes stop.',
			(s->>'transaction numbers')::numeric)
		|| ops.gauge('replication_slot_bytes', 'Write-ahead log that a replication slot keeps, at most.',
			(s->>'replication slots')::numeric)
		|| ops.gauge('archive_bytes', 'Write-ahead log that waits for the archive, or 0 without one.', (s->>'archive')::numeric)
		|| ops.gauge('replication_lag_bytes', 'Write-ahead log that a connected standby has not replayed, at most.',
			(s->>'standbys')::numeric)
		|| (SELECT ops.gauge('doctor_verdict', 'What tenantry doctor found: 0, 1 for a warning, 2 for a failure.', 'check',
			array_agg(d.name ORDER BY d.name), array_agg(d.verdict ORDER BY d.name)) FROM ops.doctor_verdicts() d)
		|| ops.gauge('doctor_timestamp_seconds', 'When tenantry watch last recorded that.',
			(SELECT round(extract(epoch FROM max(d.checked_at))) FROM ops.doctor_verdicts() d))
		|| ops.gauge('database_bytes', 'Size of this database.', pg_database_size(current_database()));
END $$;
