-- The queue of rows to embed.
-- needs: ops/queue.sql

-- Enables or disables embeddings and sets the model; a new model embeds all rows again.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.switch_assistant(wanted boolean, model text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF NOT wanted THEN
		DELETE FROM ops.assistant_on;
		DELETE FROM ops.job j WHERE j.queue = 'embeddings';
		DELETE FROM ops.embedding_backlog;
		DELETE FROM ops.embedding_pause;
		RETURN;
	END IF;
	INSERT INTO ops.assistant_on AS a (model) VALUES (switch_assistant.model)
	ON CONFLICT ON CONSTRAINT assistant_on_pkey DO UPDATE SET model = excluded.model
		WHERE a.model <> excluded.model;
	IF FOUND THEN
		INSERT INTO ops.embedding_backlog (org_id, table_name)
		SELECT o.id, t FROM identity.organization o, unnest(ops.resources_with('assistant')) t
		ON CONFLICT ON CONSTRAINT embedding_backlog_pkey DO UPDATE SET after_id = 0;
	END IF;
END $$;

-- Queues rows of the backlog if the queue is empty. Returns true if there is work.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.queue_embeddings(most integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	b ops.embedding_backlog;
	ids bigint[];
BEGIN
	IF EXISTS (SELECT FROM ops.job j WHERE j.queue = 'embeddings' AND j.due_at <= now() AND j.held_until <= now()
		AND NOT EXISTS (SELECT FROM ops.embedding_pause p WHERE p.org_id = j.org_id AND p.until > now())) THEN
		RETURN true;
	END IF;
	SELECT * INTO b FROM ops.embedding_backlog LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM ops.set_org(b.org_id);
	EXECUTE format('SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM crm.%I '
		'WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3) x', b.table_name)
		INTO ids USING b.org_id, b.after_id, most;
	PERFORM ops.set_org(other);
	PERFORM ops.enqueue('embeddings', b.org_id, b.table_name || '/' || x) FROM unnest(ids) x;
	IF coalesce(cardinality(ids), 0) < most THEN
		DELETE FROM ops.embedding_backlog x
		 WHERE x.org_id = b.org_id AND x.table_name = b.table_name;
	ELSE
		UPDATE ops.embedding_backlog x SET after_id = ids[most]
		 WHERE x.org_id = b.org_id AND x.table_name = b.table_name;
	END IF;
	RETURN true;
END $$;

-- Updates the parts of a row to match its current text.
CREATE OR REPLACE FUNCTION ops.renew_parts(org uuid, resource text, row_id bigint, model text)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	contents text[] := ARRAY(SELECT p.content FROM crm.context_parts(
		crm.context_document(renew_parts.resource, renew_parts.row_id)) p
		WHERE p.content <> '' ORDER BY p.part);
BEGIN
	DELETE FROM crm.context_embeddings e WHERE e.org_id = org
		AND e.resource = renew_parts.resource AND e.row_id = renew_parts.row_id
		AND NOT coalesce(e.model = renew_parts.model
			AND e.content_hash = sha256(convert_to(contents[e.part + 1], 'UTF8')), false);
	INSERT INTO crm.context_embeddings (org_id, resource, row_id, part, content, content_hash,
		model)
	SELECT org, renew_parts.resource, renew_parts.row_id, n - 1, c,
		sha256(convert_to(c, 'UTF8')), renew_parts.model
	  FROM unnest(contents) WITH ORDINALITY AS x (c, n)
	ON CONFLICT ON CONSTRAINT context_embeddings_part DO NOTHING;
END $$;

-- Claims parts of rows of one organization to embed, with a lease, so that another process can claim the rows of a
-- killed process. A text that was refused twice is claimed separately, so that other texts do not fail with it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.claim_embeddings(lease interval, most integer)
RETURNS TABLE (wanted_id bigint, attempt integer, part_id bigint, content text, encrypted_key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	wanted_model text := (SELECT a.model FROM ops.assistant_on a);
	paused uuid[] := ARRAY(SELECT p.org_id FROM ops.embedding_pause p WHERE p.until > now());
	org uuid;
	j ops.job;
	n integer := 0;
	more integer;
BEGIN
	WHILE wanted_model IS NOT NULL AND n < most LOOP
		SELECT * INTO j FROM ops.claim_jobs('embeddings', 1, lease, org, paused);
		EXIT WHEN NOT FOUND;
		IF n > 0 AND j.attempts > 2 THEN	-- this text must be claimed separately
			UPDATE ops.job x SET attempts = x.attempts - 1, held_until = '-infinity', holder = NULL WHERE x.id = j.id;
			EXIT;
		END IF;
		org := j.org_id;
		PERFORM ops.set_org(org);
		encrypted_key := (SELECT k.encrypted_key FROM identity.assistant_key k
			WHERE k.organization_id = org AND k.user_id IS NULL);
		BEGIN
			PERFORM ops.renew_parts(org, ops.job_table(j), ops.job_row(j), wanted_model);
			PERFORM ops.end_aside('embeddings', org, j.entry::text);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			PERFORM ops.set_job_aside(j, SQLSTATE, SQLERRM);
			CONTINUE;
		END;
		more := 0;
		FOR part_id, content IN SELECT e.id, e.content FROM crm.context_embeddings e
		    WHERE e.org_id = org AND e.resource = ops.job_table(j) AND e.row_id = ops.job_row(j)
		      AND e.embedding IS NULL ORDER BY e.part LIMIT most - n LOOP
			wanted_id := j.id;
			attempt := j.attempts;
			more := more + 1;
			RETURN NEXT;
		END LOOP;
		IF more = 0 THEN
			PERFORM ops.end_job(j.id, j.attempts);
		END IF;
		n := n + more;
		EXIT WHEN n > 0 AND j.attempts > 2;
	END LOOP;
	PERFORM ops.set_org(other);
END $$;

-- Stores embeddings, which are an array of arrays. Skips parts of rows that have changed in the meantime. Returns the
-- number of stored embeddings.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.keep_embeddings(wanted bigint[], attempts integer[], parts bigint[],
	vectors json) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	org uuid := (SELECT j.org_id FROM ops.job j WHERE j.id = wanted[1]);
	v real[];
	n integer := 0;
BEGIN
	IF org IS NULL THEN
		RETURN 0;
	END IF;
	PERFORM ops.set_org(org);
	FOR i IN 1 .. cardinality(parts) LOOP
		v := crm.unit_vector(ARRAY(SELECT x::float8::real
			FROM json_array_elements_text(vectors->(i - 1)) x));
		UPDATE crm.context_embeddings e SET embedding = v, signs = crm.vector_signs(v),
			embedded_at = now()
		 WHERE e.org_id = org AND e.id = parts[i] AND v IS NOT NULL;
		n := n + CASE WHEN FOUND THEN 1 ELSE 0 END;
	END LOOP;
	-- The remaining parts of a long row are next.
	UPDATE ops.job j SET attempts = 0, due_at = now(), since = now(), held_until = '-infinity', holder = NULL
	  FROM unnest(wanted, keep_embeddings.attempts) AS x (id, attempt)
	 WHERE j.id = x.id AND j.attempts = x.attempt AND EXISTS (SELECT
		FROM crm.context_embeddings e WHERE e.org_id = org AND e.resource = ops.job_table(j)
		AND e.row_id = ops.job_row(j) AND e.embedding IS NULL AND e.id <> ALL (parts));
	PERFORM ops.end_job(x.id, x.attempt) FROM unnest(wanted, keep_embeddings.attempts) AS x (id, attempt);
	DELETE FROM ops.embedding_pause p WHERE p.org_id = org;
	PERFORM ops.set_org(other);
	RETURN n;
END $$;

-- Handles a failure. If "refused" is true, these texts are the cause, and they are dropped after several attempts.
-- Otherwise the cause is the provider or the key, and the organization is paused.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.fail_embeddings(wanted bigint[], attempts integer[], refused boolean)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF refused THEN
		PERFORM ops.end_job(x.id, x.attempt, 'the provider refused the text',
			CASE WHEN x.attempt < 5 THEN x.attempt * x.attempt * interval '1 second' END)
		  FROM (SELECT DISTINCT * FROM unnest(wanted, fail_embeddings.attempts) AS y (id, attempt)) x;
		RETURN;
	END IF;
	INSERT INTO ops.embedding_pause AS p (org_id, until, failures)
	SELECT j.org_id, now() + interval '5 seconds', 1 FROM ops.job j WHERE j.id = wanted[1]
	ON CONFLICT ON CONSTRAINT embedding_pause_pkey DO UPDATE SET failures = p.failures + 1,
		until = now() + least(power(2, least(p.failures, 10)) * interval '5 seconds',
			interval '15 minutes');
	PERFORM ops.end_job(x.id, x.attempt, 'the provider could not be used', interval '0')
	  FROM (SELECT DISTINCT * FROM unnest(wanted, fail_embeddings.attempts) AS y (id, attempt)) x;
	UPDATE ops.job j SET attempts = x.attempt - 1 FROM unnest(wanted, fail_embeddings.attempts) AS x (id, attempt)
	 WHERE j.id = x.id AND j.attempts = x.attempt;
END $$;
