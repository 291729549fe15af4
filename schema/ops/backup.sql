-- The results of "tenantry backup", for operators.
-- needs: ops/mail.sql

-- Records a result, and reports a failure to all operators by email. The owner of the schema calls this function.
CREATE OR REPLACE FUNCTION ops.record_backup(started timestamptz, state text, name text, place text,
	bytes bigint, reason text, language text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ops.backup (started_at, state, name, place, bytes, reason)
	VALUES (started, state, nullif(name, ''), place, bytes, left(reason, 1000));
	DELETE FROM ops.backup b WHERE b.started_at < now() - interval '400 days';
	IF state = 'failed' THEN
		PERFORM ops.send_mail('backup-failed', u.email, language,
			jsonb_build_object('reason', left(coalesce(reason, 'unknown'), 1000), 'place', place,
				'time', to_char(started AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')))
		  FROM identity."user" u WHERE 'admin' = ANY (string_to_array(u.role, ','));
	END IF;
END $$;

-- Returns the newest backups and any problems with backups.
CREATE OR REPLACE FUNCTION ops.backups() RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object(
		'list', (SELECT coalesce(json_agg(b), '[]') FROM (SELECT * FROM ops.backup b
			ORDER BY b.started_at DESC LIMIT 30) b),
		'verified_at', (SELECT max(b.ended_at) FROM ops.backup b WHERE b.state = 'verified'),
		'wrong', (SELECT CASE
			WHEN b.state = 'failed' THEN 'failed'
			WHEN coalesce(b.started_at, i.since) < now() - interval '2 days' THEN 'old'
			END FROM (SELECT min(m.applied_at) AS since FROM ops.schema_migration m) i
			LEFT JOIN ops.backup b ON true ORDER BY b.started_at DESC LIMIT 1))
$$;
