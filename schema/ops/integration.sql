-- The queue of integration jobs. The function in identity.module.run_integration of their module executes them: f(job
-- bigint, event text, data jsonb) returns jsonb. The "mail" event has no job.
-- needs: crm/module.sql identity/import.sql ops/queue.sql ops/webhook.sql

-- Makes a job due at the given time, for the caller of this transaction. A null time removes the job from the queue.
CREATE OR REPLACE FUNCTION ops.queue_integration(org uuid, module text, job bigint, due timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF due IS NULL THEN
		PERFORM ops.dequeue('integrations', org, 'integration_jobs/' || job);
	ELSE
		PERFORM ops.enqueue('integrations', org, 'integration_jobs/' || job, job, nullif(ops.caller(), ''),
			jsonb_build_object('module', module), due);
	END IF;
END $$;

-- Returns the functions run_integration of the modules of the caller's organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.integration_functions() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT m.run_integration FROM identity.module m WHERE m.run_integration IS NOT NULL
	   AND m.name = ANY (ops.modules()) ORDER BY m.name
$$;

-- Passes an email to the module that has the mailbox, as the "mail" event without a job. The module function runs as
-- the member who sent the email, under row security. The JSON members of the email are from, subject, text, date,
-- message_id and files.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.deliver_mail(mailbox text, mail text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	run text;
	answer jsonb;
BEGIN
	FOR run IN SELECT f FROM ops.integration_functions() f LOOP
		EXECUTE format('SELECT %s(NULL, ''mail'', $1)', run) INTO answer
			USING mail::jsonb || jsonb_build_object('mailbox', lower(mailbox));
		IF answer IS NOT NULL THEN
			RETURN;
		END IF;
	END LOOP;
	PERFORM ops.refuse('no_such_mailbox', NULL, left(mailbox, 50));
END $$;

-- Returns the location and the size of a file to which a job refers, in the organization of the job.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.integration_file(ticket bigint, file text) RETURNS TABLE (place text, size bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT f.place, f.size FROM ops.job j
	  JOIN ops.file_use u ON u.org_id = j.org_id AND u.table_name = 'integration_jobs' AND u.row_id = j.entry
	  JOIN ops.file f ON f.name = u.name AND f.org_id = j.org_id AND NOT f.removing
	 WHERE j.id = ticket AND u.name = file
$$;

-- Passes an event of a job to the module and returns its result. The module function runs as the owner of the database,
-- for the organization of the job.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.call_integration(ticket bigint, event text, data text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	j ops.job;
	run text;
	answer jsonb;
BEGIN
	SELECT * INTO j FROM ops.job x WHERE x.id = ticket FOR UPDATE;
	SELECT m.run_integration INTO run FROM identity.module m WHERE m.name = j.payload->>'module';
	IF run IS NULL THEN
		DELETE FROM ops.job x WHERE x.id = ticket;
		RETURN NULL;
	END IF;
	PERFORM ops.set_org(j.org_id);
	EXECUTE format('SELECT %s($1, $2, $3)', run) INTO answer USING j.entry, event, data::jsonb;
	IF answer ? 'outcome' THEN	-- only failures have an outcome
		INSERT INTO ops.job_log (queue, entry, org_id, subject, outcome, error) VALUES ('integrations', j.entry, j.org_id,
			j.subject, answer->>'outcome', left(data::jsonb->>'error', 1000));
	END IF;
	PERFORM ops.set_org(other);
	RETURN answer;
END $$;

-- Claims the next job.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.claim_integration(lease interval) RETURNS TABLE (ticket bigint, job bigint, tries integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	j ops.job;
	fault text;
BEGIN
	FOR n IN 1 .. 100 LOOP
		SELECT * INTO j FROM ops.claim_jobs('integrations', 1, lease);
		EXIT WHEN NOT FOUND;
		fault := CASE WHEN j.attempts > 10 THEN '10 attempts had no effect: the log of tenantry-jobs says why'
			WHEN NOT identity.may_import(j.org_id, j.user_id) THEN 'its user is not a member of the organization any more' END;
		IF fault IS NULL THEN
			ticket := j.id;
			job := j.entry;
			tries := j.attempts - 1;
			RETURN NEXT;
			EXIT;
		END IF;
		BEGIN
			PERFORM ops.call_integration(j.id, 'fail', jsonb_build_object('error', fault, 'final', true)::text);
			PERFORM ops.end_aside('integrations', j.org_id, j.entry::text);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			PERFORM ops.set_job_aside(j, SQLSTATE, SQLERRM);
		END;
	END LOOP;
END $$;

-- Puts a held job back into the queue because its time slice has ended.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.rest_integration(ticket bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.rest_job(ticket, interval '2 seconds')
$$;

-- Records progress in the same transaction as the work. Returns the job and the function of its module.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.advance_integration(ticket bigint) RETURNS TABLE (job bigint, run text)
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT j.entry, m.run_integration FROM ops.job j JOIN identity.module m ON m.name = j.payload->>'module'
	 WHERE j.id = ticket AND ops.advance_job(j.id, interval '2 minutes')
$$;

-- Passes an event of a job to the module as the user of the job, under row security: the event import with rows of the
-- source, or export, which returns rows to send. Returns null if the job was taken over, canceled or deleted.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.run_integration(ticket bigint, event text, data text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	x record;
	answer jsonb;
BEGIN
	SELECT * INTO x FROM ops.advance_integration(ticket);
	IF FOUND THEN
		EXECUTE format('SELECT %s($1, $2, $3)', x.run) INTO answer USING x.job, event, data::jsonb;
	END IF;
	RETURN answer;
END $$;

-- Returns the view with the rows of a resource, the columns that the API does not show, and the name of its changes
-- in the feed.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.export_source(resource text, OUT source text, OUT changes text, OUT hidden text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT CASE export_source.resource WHEN r.resource THEN r.source ELSE r.source_2 END, r.resource,
		ops.internal_columns() || CASE export_source.resource WHEN r.resource THEN crm.module_columns(r.table_name) END
	  FROM ops.change_resource r WHERE r.resource NOT IN ('automation_rules', 'configuration', 'records') AND (r.resource = export_source.resource
		OR r.resource_2 = export_source.resource AND r.module = ANY (ops.modules()))
$$;

-- Returns the next rows of a resource, for the user of the transaction: first all rows by ID, then the rows that have
-- changed since. A position is {"after": the last ID, "seq": the last change}, without "after" once all rows have been
-- read. The end of the batch, "upto", is added to the position, so that a retried batch contains the same rows. Rows
-- that change in the meantime are in a later batch.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.export_rows(resource text, fields jsonb, place jsonb, most integer) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	x record;
	page jsonb;
	ids bigint[];
	rows jsonb;
	gone jsonb := '[]';
BEGIN
	SELECT * INTO x FROM ops.export_source(resource);
	IF x.source IS NULL OR ops.scope(resource, 'export') IS NULL OR ops.scope(resource, 'export') NOT IN ('all', ops.scope(resource, 'read')) THEN
		RETURN jsonb_build_object('fault', 'the setting resource names none that the user of the job may export');
	END IF;
	IF place ? 'after' THEN
		EXECUTE format('SELECT array_agg(y.id) FROM (SELECT v.id FROM %s v WHERE v.id > $1 AND v.id <= $2 ORDER BY v.id LIMIT $3) y', x.source)
			INTO ids USING (place->>'after')::bigint, coalesce((place->>'upto')::bigint, 9223372036854775807),
				CASE WHEN NOT place ? 'upto' THEN most END;
		IF ids IS NULL AND NOT place ? 'upto' THEN
			place := place - 'after';
		ELSE
			place := place || jsonb_build_object('upto', coalesce((place->>'upto')::bigint, ids[array_upper(ids, 1)]));
		END IF;
	END IF;
	IF NOT place ? 'after' THEN
		page := ops.changes_after((place->>'seq')::bigint, coalesce((place->>'upto')::integer - (place->>'seq')::integer, 1000));
		IF (page->>'reset')::boolean THEN
			RETURN jsonb_build_object('place', place, 'next', place - 'upto' || jsonb_build_object('after', 0, 'seq', page->'seq'),
				'rows', '[]'::jsonb, 'deleted', '[]'::jsonb, 'ended', false);
		END IF;
		place := place || jsonb_build_object('upto', page->'seq');
		ids := ARRAY(SELECT DISTINCT (c->>'id')::bigint FROM jsonb_array_elements(page->'changes') c WHERE c->>'resource' = x.changes);
	END IF;
	EXECUTE format('SELECT coalesce(jsonb_agg(r.row ORDER BY r.id), ''[]'') FROM (SELECT v.id, (SELECT jsonb_object_agg(e.key, e.value)
		FROM jsonb_each(crm.with_custom($4, to_jsonb(v) - $2)) e WHERE $3 IS NULL OR $3 ? e.key OR e.key = ''id'') AS row FROM %s v WHERE v.id = ANY ($1)) r', x.source)
		INTO rows USING ids, x.hidden, CASE jsonb_typeof(fields) WHEN 'array' THEN fields END, x.changes;
	IF page IS NOT NULL THEN
		gone := coalesce((SELECT jsonb_agg(DISTINCT c->'id') FROM jsonb_array_elements(page->'changes') c WHERE c->>'resource' = x.changes
			AND c->>'verb' = 'delete' AND NOT EXISTS (SELECT FROM jsonb_array_elements(rows) r WHERE r->'id' = c->'id')), '[]');
	END IF;
	RETURN jsonb_build_object('place', place, 'rows', rows, 'deleted', gone, 'ended', coalesce(NOT (page->>'more')::boolean, false),
		'next', place - 'upto' || jsonb_build_object(CASE WHEN place ? 'after' THEN 'after' ELSE 'seq' END, place->'upto'));
END $$;
