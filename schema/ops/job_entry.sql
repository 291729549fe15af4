-- The individual entries of the queues with their attempts, for operators. An entry has a name such as "mail-12" or
-- "webhooks-7".
-- needs: ops/job.sql

-- Returns entries of a queue, or of all queues, in a state. Waiting and running entries are sorted by due time. Entries
-- that have failed permanently follow. Returns at most "most" entries.
CREATE OR REPLACE FUNCTION ops.job_entries(wanted_queue text, wanted_state text, most integer)
RETURNS TABLE (id text, queue text, state text, organization text, subject text, attempts integer,
	due_at timestamptz, error text)
LANGUAGE sql STABLE SET plan_cache_mode = force_custom_plan AS $$
	SELECT e.queue || '-' || e.entry, e.queue, e.state, o.name, e.subject, e.attempts, e.due_at, coalesce(e.error,
		(SELECT l.error FROM ops.job_log l WHERE l.queue = e.queue AND l.entry = e.entry ORDER BY l.id DESC LIMIT 1))
	  FROM (
		(SELECT 'mail' AS queue, m.id::text AS entry, CASE m.status WHEN 'waiting' THEN 'waiting' ELSE 'running' END AS state,
			NULL::uuid AS org_id, m.template || ' ' || m.recipient AS subject, m.attempts, m.due_at, m.error,
			NULL::timestamptz AS ended_at
		   FROM ops.mail m WHERE m.status IN ('waiting', 'sending')
		    AND (wanted_state IS NULL OR (m.status = 'waiting') = (wanted_state = 'waiting')) ORDER BY m.due_at LIMIT most)
		UNION ALL
		(SELECT 'mail', m.id::text, 'failed', NULL, m.template || ' ' || m.recipient, m.attempts, NULL, m.error, m.ended_at
		   FROM ops.mail m WHERE m.status IN ('failed', 'uncertain')
		    AND m.error IS DISTINCT FROM 'canceled by an operator' ORDER BY m.id DESC LIMIT most)
		UNION ALL
		(SELECT j.queue, j.entry::text, CASE WHEN j.held_until > now() THEN 'running' ELSE 'waiting' END, j.org_id, j.subject, j.attempts,
			j.due_at, NULL, NULL FROM ops.job j WHERE (wanted_queue IS NULL OR j.queue = wanted_queue)
		    AND (wanted_state IS NULL OR (j.held_until <= now()) = (wanted_state = 'waiting')) ORDER BY j.due_at LIMIT most)
		UNION ALL
		(SELECT 'webhooks', w.delivery_id::text, CASE WHEN w.held_until > clock_timestamp() THEN 'running' ELSE 'waiting' END,
			w.org_id, 'webhooks/' || w.webhook_id, w.attempt, w.due_at, NULL, NULL
		   FROM ops.webhook_queue w WHERE (wanted_queue IS NULL OR wanted_queue = 'webhooks')
		    AND (wanted_state IS NULL OR (w.held_until <= clock_timestamp()) = (wanted_state = 'waiting')) ORDER BY w.due_at LIMIT most)
		UNION ALL
		(SELECT l.queue, l.entry, 'failed', l.org_id, l.subject, NULL, NULL, l.error, l.at FROM ops.job_log l
		  WHERE l.outcome = 'failed' AND l.queue <> 'mail' AND (wanted_queue IS NULL OR l.queue = wanted_queue)
		    AND NOT EXISTS (SELECT FROM ops.job_log y WHERE y.queue = l.queue AND y.entry = l.entry AND y.id > l.id)
		  ORDER BY l.id DESC LIMIT most)) e
	  LEFT JOIN identity.organization o ON o.id = e.org_id
	 WHERE (wanted_queue IS NULL OR e.queue = wanted_queue) AND (wanted_state IS NULL OR e.state = wanted_state)
	 ORDER BY e.due_at NULLS LAST, e.ended_at DESC NULLS LAST LIMIT most
$$;

-- Returns the log of an entry or, with "tasks-NAME", of a periodic task: its last 100 rows, newest first.
CREATE OR REPLACE FUNCTION ops.job_attempts(job text)
RETURNS TABLE (at timestamptz, outcome text, error text)
LANGUAGE sql STABLE AS $$
	SELECT l.at, l.outcome, l.error FROM ops.job_log l
	 WHERE l.queue = split_part(job, '-', 1) AND l.entry = substr(job, strpos(job, '-') + 1)
	 ORDER BY l.id DESC LIMIT 100
$$;

-- Returns the number in the name of an entry, or null if there is none.
CREATE OR REPLACE FUNCTION ops.job_number(job text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT (regexp_match(job, '^[a-z]+-(\d{1,18})$'))[1]::bigint
$$;

-- Makes a waiting or failed entry due now. Returns false if there is no such entry, or if it is running.
CREATE OR REPLACE FUNCTION ops.retry_job(job text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	number bigint := ops.job_number(job);
	last ops.job_log;
	again boolean := false;
BEGIN
	SELECT * INTO last FROM ops.job_log l WHERE l.queue = split_part(job, '-', 1) AND l.entry = number::text
	 ORDER BY l.id DESC LIMIT 1;
	CASE split_part(job, '-', 1)
	WHEN 'mail' THEN
		again := ops.send_again(number);
	WHEN 'webhooks' THEN
		last.org_id := coalesce((SELECT q.org_id FROM ops.webhook_queue q WHERE q.delivery_id = number),
			CASE last.outcome WHEN 'failed' THEN last.org_id END);
		IF last.org_id IS NOT NULL THEN
			PERFORM ops.set_org(last.org_id);
			PERFORM ops.requeue_deliveries(ARRAY[number]);
			again := EXISTS (SELECT FROM ops.webhook_queue q WHERE q.org_id = last.org_id AND q.delivery_id = number
				AND q.held_until < clock_timestamp());
			PERFORM ops.set_org(other);
		END IF;
	WHEN 'pictures', 'embeddings', 'imports', 'integrations', 'payments' THEN
		UPDATE ops.job j SET due_at = now(), since = least(j.since, now()), attempts = CASE j.queue WHEN 'payments' THEN j.attempts ELSE 0 END
		 WHERE j.queue = split_part(job, '-', 1) AND j.entry = number AND j.held_until <= now();
		again := FOUND;
		-- A failed import or integration runs as a member, so only a member can queue it again.
		IF NOT again AND last.outcome = 'failed' AND last.queue IN ('pictures', 'embeddings') THEN
			PERFORM ops.enqueue(last.queue, last.org_id, last.subject);
			again := true;
		END IF;
	ELSE
		UPDATE ops.aside a SET retry_at = now()
		 WHERE a.queue = split_part(job, '-', 1) AND a.entry = substr(job, strpos(job, '-') + 1);
		RETURN FOUND;
	END CASE;
	-- ops.requeue_deliveries() has already logged a failed delivery.
	IF again AND (job NOT LIKE 'webhooks-%' OR last.outcome IS DISTINCT FROM 'failed') THEN
		INSERT INTO ops.job_log (queue, entry, org_id, subject, outcome)
		VALUES (split_part(job, '-', 1), number, last.org_id, last.subject, 'retried');
	END IF;
	RETURN coalesce(again, false);
END $$;

-- Removes a waiting entry from its queue, so that it is not retried. Imports and integrations may also be running.
-- Returns false if there is no such entry.
CREATE OR REPLACE FUNCTION ops.cancel_job(job text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	why constant text := 'canceled by an operator';
	other uuid := ops.org();
	number bigint := ops.job_number(job);
	org uuid;
	about text;
BEGIN
	CASE split_part(job, '-', 1)
	WHEN 'mail' THEN
		UPDATE ops.mail m SET status = 'failed', ended_at = now(), error = why
		 WHERE m.id = number AND m.status = 'waiting' RETURNING m.template || ' ' || m.recipient INTO about;
	WHEN 'imports' THEN
		DELETE FROM ops.job j WHERE j.queue = 'imports' AND j.entry = number RETURNING j.org_id, j.subject INTO org, about;
		PERFORM ops.set_org(org);
		PERFORM crm.fail_import(number, why);
	WHEN 'integrations' THEN
		SELECT j.org_id, j.subject INTO org, about FROM ops.job j WHERE j.queue = 'integrations' AND j.entry = number;
		PERFORM ops.call_integration(j.id, 'cancel', '{}') FROM ops.job j WHERE j.queue = 'integrations' AND j.entry = number;
	WHEN 'webhooks' THEN
		DELETE FROM ops.webhook_queue q WHERE q.delivery_id = number AND q.held_until < clock_timestamp()
		RETURNING q.org_id, 'webhooks/' || q.webhook_id INTO org, about;
		PERFORM ops.set_org(org);
		UPDATE crm.webhook_deliveries d SET status = 'failed', next_at = NULL
		 WHERE d.org_id = org AND d.id = number;
	WHEN 'pictures', 'embeddings' THEN
		DELETE FROM ops.job j WHERE j.queue = split_part(job, '-', 1) AND j.entry = number RETURNING j.org_id, j.subject INTO org, about;
	ELSE
		RETURN false;
	END CASE;
	PERFORM ops.set_org(other);
	IF about IS NOT NULL THEN
		INSERT INTO ops.job_log (queue, entry, org_id, subject, outcome, error)
		VALUES (split_part(job, '-', 1), number, org, about, 'canceled', why);
	END IF;
	RETURN about IS NOT NULL;
END $$;

-- Returns the result of ops.job_entries() for operators through the API.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.list_job_entries(wanted_queue text, wanted_state text, most integer) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN (SELECT coalesce(json_agg(e), '[]') FROM ops.job_entries(wanted_queue, wanted_state,
		coalesce(most, 50)) e);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.list_job_attempts(job text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN (SELECT coalesce(json_agg(a), '[]') FROM ops.job_attempts(job) a);
END $$;

-- Retries or cancels an entry for operators through the API: The argument deed is "retry" or "cancel".
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.change_job(job text, deed text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	IF NOT (CASE deed WHEN 'retry' THEN ops.retry_job(job) ELSE ops.cancel_job(job) END) THEN
		PERFORM ops.refuse('no_such_entry');
	END IF;
	PERFORM identity.log_event(ops.caller(), 'job.' || deed, json_build_object('job', job));
	RETURN json_build_object('id', job);
END $$;
