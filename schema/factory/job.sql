-- The jobs of integrations: when they run, and what they import.
-- needs: crm/file.sql crm/import.sql factory/integration.sql factory/mapping.sql ops/integration.sql

-- Returns the values of a field of a cron schedule: *, 5, 1-5, */10, 0-30/10, lists of these, and names.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.schedule_values(field text, first integer, last integer, names text[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	piece text;
	m text[];
	low integer;
	high integer;
	made integer[] := '{}';
BEGIN
	FOREACH piece IN ARRAY string_to_array(upper(field), ',') LOOP
		FOR n IN 1 .. coalesce(array_length(names, 1), 0) LOOP
			piece := replace(piece, names[n], (n - 1 + first)::text);
		END LOOP;
		m := regexp_match(piece, '^(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?$');
		low := CASE WHEN m[1] IS NOT NULL THEN first ELSE m[2]::integer END;
		high := CASE WHEN m[1] IS NOT NULL OR m[3] IS NULL AND m[4] IS NOT NULL THEN last ELSE coalesce(m[3], m[2])::integer END;
		IF m IS NULL OR low < first OR high > last OR low > high OR m[4]::integer = 0 THEN
			PERFORM ops.refuse('schedule_unreadable', 'schedule', left(piece, 20), first::text, last::text);
		END IF;
		made := made || ARRAY(SELECT generate_series(low, high, coalesce(m[4]::integer, 1)));
	END LOOP;
	RETURN ARRAY(SELECT DISTINCT x FROM unnest(made) x ORDER BY x);
END $$;

-- Returns the next time of a schedule after a given time, in UTC. As in cron, if the day of the month and the day of
-- the week are both restricted, either may match.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.next_run(schedule text, after timestamptz) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	field text[] := string_to_array(schedule, ' ');
	minutes integer[] := factory_app.schedule_values(field[1], 0, 59, NULL);
	hours integer[] := factory_app.schedule_values(field[2], 0, 23, NULL);
	days integer[] := factory_app.schedule_values(field[3], 1, 31, NULL);
	months integer[] := factory_app.schedule_values(field[4], 1, 12, '{JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC}');
	weekdays integer[] := factory_app.schedule_values(field[5], 0, 7, '{SUN,MON,TUE,WED,THU,FRI,SAT}');
	start timestamp := after AT TIME ZONE 'UTC';
	day date;
	found timestamp;
	by_day boolean;
	by_weekday boolean;
BEGIN
	FOR n IN 0 .. 1500 LOOP
		day := start::date + n;
		CONTINUE WHEN extract(month FROM day)::integer <> ALL (months);
		by_day := extract(day FROM day)::integer = ANY (days);
		by_weekday := extract(dow FROM day)::integer = ANY (weekdays) OR extract(isodow FROM day)::integer = ANY (weekdays);
		CONTINUE WHEN NOT CASE WHEN left(field[3], 1) <> '*' AND left(field[5], 1) <> '*' THEN by_day OR by_weekday ELSE by_day AND by_weekday END;
		found := (SELECT min(day + make_time(h, m, 0)) FROM unnest(hours) h, unnest(minutes) m WHERE day + make_time(h, m, 0) > start);
		IF found IS NOT NULL THEN
			RETURN found AT TIME ZONE 'UTC';
		END IF;
	END LOOP;
	PERFORM ops.refuse('schedule_never', 'schedule');
END $$;

-- Limits the changes that callers may make to a job: they may create, cancel and queue it. The runner writes all other
-- columns, as the owner of the database.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.check_job() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	fresh factory_app.integration_jobs;
BEGIN
	IF ops.mode('restoring') OR current_user NOT IN ('tenantry_app', 'tenantry_mcp_writer') THEN
		RETURN NEW;
	END IF;
	fresh := CASE TG_OP WHEN 'UPDATE' THEN OLD ELSE NEW END;
	IF TG_OP = 'INSERT' AND NEW.status <> 'queued' THEN
		PERFORM ops.refuse('job_not_queued', 'status');
	ELSIF TG_OP = 'UPDATE' AND NEW.status <> OLD.status AND NOT (NEW.status = 'queued' AND OLD.status <> 'running'
	    OR NEW.status = 'cancelled' AND (OLD.status IN ('queued', 'running') OR OLD.schedule IS NOT NULL)) THEN
		PERFORM ops.refuse('job_state', 'status', OLD.status::text, NEW.status::text);
	ELSIF TG_OP = 'INSERT' OR NEW.status <> OLD.status AND NEW.status = 'queued' THEN
		fresh.attempts := 0;
		fresh.progress := 0;
		-- A job that sends rows continues with the changes since its previous run.
		fresh.place := CASE WHEN TG_OP = 'UPDATE' AND fresh.place ? 'run' THEN fresh.place ELSE '{}' END;
		fresh.counts := '{}';
		fresh.error := NULL;
		fresh.started_at := NULL;
		fresh.finished_at := NULL;
		NEW.run_after := CASE TG_OP WHEN 'UPDATE' THEN now() ELSE NEW.run_after END;
	END IF;
	IF TG_OP = 'INSERT' THEN
		fresh.log := '[]';
		fresh.sample := NULL;
	ELSIF NEW.status = 'cancelled' AND OLD.status <> 'cancelled' THEN
		fresh.finished_at := now();
	END IF;
	IF NEW.kind = 'test' AND NEW.schedule IS NOT NULL THEN
		PERFORM ops.refuse('test_with_schedule', 'schedule');
	ELSIF NEW.schedule IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.schedule IS DISTINCT FROM OLD.schedule) AND NEW.run_after <= now() THEN
		NEW.run_after := factory_app.next_run(NEW.schedule, now());
	ELSIF NEW.schedule IS NOT NULL THEN
		PERFORM factory_app.next_run(NEW.schedule, now());
	END IF;
	NEW.attempts := fresh.attempts;
	NEW.progress := fresh.progress;
	NEW.place := fresh.place;
	NEW.counts := fresh.counts;
	NEW.error := fresh.error;
	NEW.started_at := fresh.started_at;
	NEW.finished_at := fresh.finished_at;
	NEW.log := fresh.log;
	NEW.sample := fresh.sample;
	RETURN NEW;
END $$;

-- Queues a job while it waits for its next run.
CREATE OR REPLACE FUNCTION factory_app.queue_job() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF ops.mode('restoring') AND TG_OP = 'INSERT' THEN
		RETURN NULL;	-- a job from an archive or the trash does not run until a user queues it
	ELSIF TG_OP = 'DELETE' THEN
		PERFORM ops.queue_integration(OLD.org_id, 'factory', OLD.id, NULL);
	ELSIF NEW.status <> 'running' THEN
		PERFORM ops.queue_integration(NEW.org_id, 'factory', NEW.id, CASE WHEN NEW.status = 'queued'
			OR NEW.status IN ('succeeded', 'failed') AND NEW.schedule IS NOT NULL THEN NEW.run_after END);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER check_job BEFORE INSERT OR UPDATE ON factory_app.integration_jobs
	FOR EACH ROW EXECUTE FUNCTION factory_app.check_job();
CREATE OR REPLACE TRIGGER queue_changed AFTER INSERT OR DELETE OR UPDATE OF status, run_after, schedule ON factory_app.integration_jobs
	FOR EACH ROW EXECUTE FUNCTION factory_app.queue_job();

-- The files to which a payload refers are kept as long as the job.
SELECT crm.follow_files('factory_app.integration_jobs', 'payload', false);

-- Appends an entry to a log, and removes the oldest entries.
CREATE OR REPLACE FUNCTION factory_app.add_entry(log jsonb, level text, message text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN jsonb_array_length(log) >= 200 THEN log - 0 ELSE log END || jsonb_build_array(jsonb_build_object('at',
		to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'level', level, 'message', left(message, 500)))
$$;

-- Begins a run and returns the runner's input. Returns null if the job must not run.
CREATE OR REPLACE FUNCTION factory_app.open_job(org uuid, job bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	j factory_app.integration_jobs;
	c factory_app.integration_configs;
	again boolean;
	sends boolean;
BEGIN
	SELECT * INTO j FROM factory_app.integration_jobs x WHERE x.org_id = org AND x.id = job FOR UPDATE;
	IF NOT FOUND OR j.status IN ('dead', 'cancelled') OR j.status IN ('failed', 'succeeded') AND j.schedule IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT * INTO c FROM factory_app.integration_configs x WHERE x.org_id = org AND x.id = j.integration_id;
	again := j.status IN ('failed', 'succeeded');
	sends := c.type = 'webhook_out' OR c.type = 'http_json' AND coalesce(c.settings->>'direction', '') = 'push';
	IF j.status <> 'running' THEN
		UPDATE factory_app.integration_jobs x SET status = 'running', started_at = now(), finished_at = NULL, error = NULL,
			attempts = CASE WHEN again THEN 1 ELSE j.attempts + 1 END,
			place = CASE WHEN again AND NOT j.place ? 'run' THEN '{}' ELSE j.place END, counts = CASE WHEN again THEN '{}' ELSE j.counts END,
			progress = CASE WHEN again THEN 0 ELSE j.progress END, log = factory_app.add_entry(j.log, 'info', 'started')
		 WHERE x.org_id = org AND x.id = job RETURNING * INTO j;
	END IF;
	RETURN jsonb_build_object('type', c.type, 'sends', sends, 'organization', (SELECT o.slug FROM identity.organization o WHERE o.id = org), 'settings', c.settings, 'kind', j.kind, 'place', j.place, 'payload', j.payload,
		'fault', CASE WHEN j.kind = 'run' AND c.status <> 'active' THEN 'the integration is not active'
			WHEN j.kind = 'run' AND j.mapping_id IS NULL AND NOT sends THEN 'the job has no mapping' END,
		'secrets', (SELECT coalesce(jsonb_object_agg(v.name, v.sealed), '{}') FROM ops.sealed_value v WHERE v.org_id = org
			AND v.resource = 'integration_configs' AND v.row_id = c.id));
END $$;

-- Ends a run, permanently or until the next run.
CREATE OR REPLACE FUNCTION factory_app.end_job(org uuid, job bigint, failure text, final boolean, sample jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	j factory_app.integration_jobs;
	settings jsonb;
	most integer;
	pause integer;
BEGIN
	SELECT * INTO j FROM factory_app.integration_jobs x WHERE x.org_id = org AND x.id = job
	   AND x.status NOT IN ('cancelled', 'dead') FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT c.settings INTO settings FROM factory_app.integration_configs c WHERE c.org_id = org AND c.id = j.integration_id;
	most := CASE WHEN settings->>'attempts' ~ '^\d{1,2}$' THEN least(greatest((settings->>'attempts')::integer, 1), 20) ELSE 5 END;
	pause := CASE WHEN settings->>'retry_seconds' ~ '^\d{1,4}$' THEN (settings->>'retry_seconds')::integer ELSE 30 END;
	final := failure IS NULL OR final OR j.kind = 'test' OR j.attempts >= most;
	UPDATE factory_app.integration_jobs x SET finished_at = clock_timestamp(), error = left(failure, 10000), sample = end_job.sample,
		status = CASE WHEN failure IS NULL THEN 'succeeded' WHEN NOT final THEN 'queued'
			WHEN j.kind = 'test' OR j.schedule IS NOT NULL THEN 'failed' ELSE 'dead' END::factory_app.job_status,
		progress = CASE WHEN failure IS NULL THEN 100 ELSE j.progress END,
		run_after = CASE WHEN NOT final THEN clock_timestamp() + least(pause * 4 ^ (j.attempts - 1), 3600) * interval '1 second'
			WHEN j.schedule IS NOT NULL THEN factory_app.next_run(j.schedule, now()) ELSE j.run_after END,
		log = factory_app.add_entry(j.log, CASE WHEN failure IS NULL THEN 'info' ELSE 'error' END, CASE WHEN failure IS NULL THEN 'succeeded'
			WHEN final THEN 'given up: ' || failure ELSE 'will be tried again: ' || failure END)
	 WHERE x.org_id = org AND x.id = job;
END $$;

-- Locks a job and returns its mapping if the job is running and is at this position. Otherwise returns null.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.lock_job(job bigint, place jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	mapping bigint;
BEGIN
	SELECT j.mapping_id INTO mapping FROM factory_app.integration_jobs j WHERE j.org_id = org AND j.id = job AND j.status = 'running'
	   AND j.place = lock_job.place FOR UPDATE;
	RETURN (SELECT to_jsonb(m) FROM factory_app.data_mappings m WHERE m.org_id = org AND m.id = mapping);
END $$;

-- Records a batch of a job that lock_job() has locked.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.record_batch(job bigint, place jsonb, progress integer, ended boolean, counts jsonb, problems text[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	j factory_app.integration_jobs;
	problem text;
BEGIN
	SELECT * INTO j FROM factory_app.integration_jobs x WHERE x.org_id = org AND x.id = job;
	FOREACH problem IN ARRAY problems LOOP
		j.log := factory_app.add_entry(j.log, 'warning', problem);
	END LOOP;
	UPDATE factory_app.integration_jobs x SET place = record_batch.place, log = j.log,
		progress = least(greatest(record_batch.progress, j.progress), 100),
		counts = (SELECT jsonb_object_agg(k, coalesce((j.counts->>k)::bigint, 0) + (record_batch.counts->>k)::bigint)
			FROM jsonb_object_keys(record_batch.counts) k)
	 WHERE x.org_id = org AND x.id = job;
	IF ended THEN
		PERFORM factory_app.end_job(org, job, NULL, true, NULL);
	END IF;
END $$;

-- Maps rows of a source and imports them, in one transaction with the new position of the job, so that each batch takes
-- effect once.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.import_rows(job bigint, data jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	mapping jsonb := factory_app.lock_job(job, data->'place');
	compiled jsonb;
	rows json;
	i crm.imports;
	done crm.import_line[];
BEGIN
	IF mapping IS NULL THEN
		RETURN NULL;
	END IF;
	-- The lock serializes this batch with crm.import_batch(), so that concurrent batches do not create the same
	-- company.
	PERFORM pg_advisory_xact_lock(hashtextextended('import ' || ops.org(), 0));
	compiled := factory_app.compile_fields(mapping->>'resource', mapping->'fields');
	rows := (SELECT json_agg(json_build_object('n', (data->>'first')::integer + m.n, 'raw', m.source, 'v', m.made->'v',
			'problem', nullif(m.made->'problem', 'null')) ORDER BY m.n)
		FROM (SELECT x.n, x.source, factory_app.map_row(compiled, mapping->'lookups', x.source) AS made
			FROM jsonb_array_elements(data->'rows') WITH ORDINALITY x (source, n)) m);
	i.id := (mapping->>'integration_id')::bigint;
	i.resource := mapping->>'resource';
	i.format := 'integration';
	i.mode := mapping->>'mode';
	i.match_by := mapping->>'match_by';
	i.blank := 'skip';
	done := CASE WHEN rows IS NULL THEN '{}' ELSE crm.import_any(i, i.resource, rows) END;
	PERFORM factory_app.record_batch(job, data->'next', (data->>'progress')::integer, (data->>'ended')::boolean,
		(SELECT jsonb_build_object('created', count(*) FILTER (WHERE l.outcome = 'created'),
			'updated', count(*) FILTER (WHERE l.outcome = 'updated'), 'unchanged', count(*) FILTER (WHERE l.outcome = 'unchanged'),
			'skipped', count(*) FILTER (WHERE l.outcome = 'skipped'), 'failed', count(*) FILTER (WHERE l.outcome = 'failed'))
			FROM unnest(done) l),
		ARRAY(SELECT format('row %s: %s', l.n, crm.problem_text(l.problem)) FROM unnest(done) l WHERE l.outcome = 'failed' ORDER BY l.n LIMIT 20));
	RETURN '{}';
END $$;

-- Locks a job and returns its settings if the job is running and is at this position. Otherwise returns null.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.lock_export(job bigint, place jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	integration bigint;
BEGIN
	SELECT j.integration_id INTO integration FROM factory_app.integration_jobs j WHERE j.org_id = org AND j.id = job
	   AND j.status = 'running' AND j.place = lock_export.place FOR UPDATE;
	RETURN (SELECT c.settings FROM factory_app.integration_configs c WHERE c.org_id = org AND c.id = integration);
END $$;

-- Returns the next batch of rows that a job sends. A batch consists of a key (the same in a retry), a text (null if
-- there are no rows), the current position, and the next position.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.export_rows(job bigint, data jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	settings jsonb := factory_app.lock_export(job, data->'place');
	place jsonb := data->'place';
	resource text := coalesce(settings->>'resource', '');
	made jsonb;
	sent integer;
	deleted integer;
BEGIN
	IF settings IS NULL THEN
		RETURN NULL;
	ELSIF place->>'resource' IS DISTINCT FROM resource THEN
		place := jsonb_build_object('run', ops.new_id(), 'batch', 0, 'resource', resource, 'after', 0,
			'seq', ops.all_changes_after(NULL, 1)::jsonb->'seq');
	END IF;
	made := ops.export_rows(resource, settings->'fields', place, 200);
	IF made ? 'fault' THEN
		RETURN made;
	END IF;
	place := made->'place';
	sent := jsonb_array_length(made->'rows');
	deleted := jsonb_array_length(made->'deleted');
	PERFORM factory_app.record_batch(job, place, 0, false, '{"sent": 0, "deleted": 0}', '{}');
	RETURN jsonb_build_object('place', place, 'ended', made->'ended', 'counts', jsonb_build_object('sent', sent, 'deleted', deleted),
		'next', made->'next' || jsonb_build_object('batch', (place->>'batch')::bigint + 1),
		'key', format('%s-%s', place->>'run', place->>'batch'), 'body', CASE WHEN sent + deleted > 0 THEN json_build_object(
			'id', format('%s-%s', place->>'run', place->>'batch'), 'resource', resource, 'rows', made->'rows', 'deleted', made->'deleted')::text END);
END $$;

-- Moves a job past a batch that the other system has accepted. Returns null if the job is not at this position.
CREATE OR REPLACE FUNCTION factory_app.record_export(job bigint, data jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
	IF factory_app.lock_export(job, data->'place') IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM factory_app.record_batch(job, data->'next', 0, (data->>'ended')::boolean, data->'counts', '{}');
	RETURN '{}';
END $$;

-- Returns whether the name of a file matches a pattern: * stands for any text, ? for one character.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.matches_name(name text, pattern text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT lower(name) LIKE translate(regexp_replace(lower(pattern), '([\\%_])', '\\\1', 'g'), '*?', '%_')
$$;

-- Returns the date of an email (RFC 5322) in UTC, or null if the email has no readable date.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.mail_date(said text) RETURNS text
LANGUAGE plpgsql STABLE SET DateStyle = 'ISO, DMY' AS $$
DECLARE
	read text := substring(said FROM '^(?:[A-Za-z]{3}, *)?(\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d(?::\d\d)? (?:[-+]\d{4}|GMT|UTC?))\M');
BEGIN
	RETURN to_char(replace(read, ' UT', ' UTC')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END $$;

-- Creates a job from an email, as the member who sent it. Returns null if no active integration has the mailbox. The
-- rows come from the files that the "attachment" setting names or, without this setting, from CSV and JSON files. The
-- text of the email is used only if there is no such file.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.take_mail(mail jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	c factory_app.integration_configs;
	files jsonb;
	others jsonb;
	payload jsonb;
BEGIN
	SELECT * INTO c FROM factory_app.integration_configs x
	 WHERE x.org_id = ops.org() AND x.type = 'email_in' AND x.status = 'active'
	   AND x.settings->>'mailbox' = mail->>'mailbox';
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF ops.scope('integration_jobs', 'create') IS DISTINCT FROM 'all' THEN
		PERFORM ops.refuse('sender_without_jobs');
	END IF;
	SELECT coalesce(jsonb_agg(f.file ORDER BY f.n) FILTER (WHERE f.has_rows), '[]'),
		coalesce(jsonb_agg(f.file->'title' ORDER BY f.n) FILTER (WHERE NOT f.has_rows), '[]') INTO files, others
	  FROM (SELECT x.n, x.f - 'src' AS file, CASE WHEN coalesce(c.settings->>'attachment', '') <> ''
			THEN factory_app.matches_name(x.f->>'title', c.settings->>'attachment')
			ELSE x.f->>'type' IN ('text/csv', 'application/json') OR x.f->>'title' ~* '[.](csv|tsv|json)$' END AS has_rows
		FROM jsonb_array_elements(mail->'files') WITH ORDINALITY x (f, n)) f;
	IF files = '[]' AND coalesce(c.settings->>'attachment', '') = '' AND coalesce(mail->>'text', '') = '' THEN
		PERFORM ops.refuse('mail_without_rows');
	END IF;
	payload := jsonb_build_object('files', files, 'ignored', others, 'mail', mail - '{files,mailbox}'::text[]
		- CASE WHEN files <> '[]' THEN '{text}' ELSE '{}' END::text[] || jsonb_build_object('date', factory_app.mail_date(mail->>'date')));
	IF octet_length(payload::text) > 200000 THEN
		PERFORM ops.refuse('mail_too_large');
	END IF;
	INSERT INTO factory_app.integration_jobs (integration_id, mapping_id, payload)
	VALUES (c.id, (SELECT m.id FROM factory_app.data_mappings m WHERE m.org_id = c.org_id AND m.integration_id = c.id
		AND m.id::text = coalesce(nullif(c.settings->>'mapping_id', ''), m.id::text) ORDER BY m.id DESC LIMIT 1), payload);
	RETURN '{}';
END $$;

-- Handles the events of the queue, see ops/integration.sql. Rows are imported as the user, and everything else runs as
-- the owner of the database.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.run_integration(job bigint, event text, data jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	CASE event
	WHEN 'open' THEN
		RETURN factory_app.open_job(org, job);
	WHEN 'import' THEN
		RETURN factory_app.import_rows(job, data);
	WHEN 'export' THEN
		RETURN factory_app.export_rows(job, data);
	WHEN 'exported' THEN
		RETURN factory_app.record_export(job, data);
	WHEN 'mail' THEN
		RETURN factory_app.take_mail(data);
	WHEN 'sample' THEN
		PERFORM factory_app.end_job(org, job, NULL, true, data->'rows');
	WHEN 'fail' THEN
		PERFORM factory_app.end_job(org, job, data->>'error', coalesce((data->>'final')::boolean, false), NULL);
		RETURN (SELECT jsonb_build_object('outcome', CASE j.status WHEN 'queued' THEN 'waiting' ELSE 'failed' END)
			FROM factory_app.integration_jobs j WHERE j.org_id = org AND j.id = job AND j.kind = 'run' AND j.status <> 'cancelled');
	WHEN 'cancel' THEN
		UPDATE factory_app.integration_jobs j SET status = 'cancelled', finished_at = now(),
			log = factory_app.add_entry(j.log, 'error', 'canceled by an operator')
		 WHERE j.org_id = org AND j.id = job;
	END CASE;
	RETURN '{}';
END $$;

UPDATE identity.module SET run_integration = 'factory_app.run_integration' WHERE name = 'factory';

CREATE OR REPLACE VIEW factory_app.integration_job_rows WITH (security_invoker) AS
SELECT j.org_id, j.id, j.integration_id, j.mapping_id, j.kind, j.status::text AS status, j.schedule, j.attempts, j.run_after, j.started_at,
	j.finished_at, j.progress, j.error, j.payload, j.counts, j.log, j.sample, j.created_at, j.updated_at
  FROM factory_app.integration_jobs j;
GRANT SELECT ON factory_app.integration_job_rows TO tenantry_app;
