-- Calls to payment providers, which tenantry-jobs sends. Modules queue them in the transaction of the change, and
-- receive the responses through identity.module.take_answer.
-- needs: ops/queue.sql ops/sealed_value.sql

-- Queues a call about a row of the module. sealed_resource and sealed_row_id identify the row whose encrypted value
-- "key" is the API key of the provider. A second call about the same row fails while the first call waits.
CREATE OR REPLACE FUNCTION ops.queue_payment_call(org uuid, module text, provider text, sealed_resource text, sealed_row_id bigint,
	kind text, row_id bigint, parameters jsonb, due_in interval) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ops.job (queue, org_id, entry, subject, payload, due_at, since)
	VALUES ('payments', org, queue_payment_call.row_id, queue_payment_call.module || '/' || queue_payment_call.row_id,
		jsonb_build_object('module', queue_payment_call.module, 'provider', queue_payment_call.provider,
			'sealed_resource', queue_payment_call.sealed_resource, 'sealed_row_id', queue_payment_call.sealed_row_id,
			'kind', queue_payment_call.kind, 'idempotency_key', gen_random_uuid(), 'parameters', queue_payment_call.parameters),
		now() + due_in, now() + due_in);
END $$;

-- Withdraws a call that has not begun. Returns false if there is none.
CREATE OR REPLACE FUNCTION ops.withdraw_payment_call(org uuid, module text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM ops.job j WHERE j.queue = 'payments' AND j.org_id = org AND j.subject = module || '/' || row_id AND j.began_at IS NULL;
	RETURN FOUND;
END $$;

-- Drops the calls that use the key of a deleted row, since they can no longer be sent.
CREATE OR REPLACE FUNCTION ops.drop_payment_calls(org uuid, sealed_resource text, sealed_row_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM ops.job j WHERE j.queue = 'payments' AND j.org_id = org AND j.payload->>'sealed_resource' = drop_payment_calls.sealed_resource
		AND (j.payload->>'sealed_row_id')::bigint = drop_payment_calls.sealed_row_id;
END $$;

-- Returns the encrypted API key of a call, or null if the organization has removed the key.
CREATE OR REPLACE FUNCTION ops.payment_key(job ops.job) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT ops.sealed_text(job.org_id, job.payload->>'sealed_resource', (job.payload->>'sealed_row_id')::bigint, 'key')
$$;

-- Ends calls that were not retried for so long, for example because no process was running, that the provider discards
-- their idempotency keys. The provider would execute a later retry a second time.
CREATE OR REPLACE FUNCTION ops.end_old_payment_calls(most integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	j ops.job;
BEGIN
	FOR j IN SELECT x.* FROM ops.job x WHERE x.queue = 'payments' AND x.payload->>'kind' <> 'find_refund' AND x.held_until <= now()
	     AND x.due_at <= now() AND x.began_at <= now() - interval '23 hours' LIMIT most FOR UPDATE SKIP LOCKED LOOP
		BEGIN
			PERFORM ops.end_payment_call(j.org_id, j.id, j.attempts,
				jsonb_build_object('reason', coalesce(j.payload->>'error', 'no answer for 23 hours')));
			PERFORM ops.end_aside('payments', j.org_id, j.entry::text);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			PERFORM ops.set_job_aside(j, SQLSTATE, SQLERRM);
		END;
	END LOOP;
END $$;

-- Claims due calls for a minute. After that, another process retries them with the same keys.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.claim_payment_calls(most integer, OUT org uuid, OUT id bigint, OUT attempt integer,
	OUT provider text, OUT kind text, OUT idempotency_key text, OUT encrypted_key text, OUT parameters text)
RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM ops.end_old_payment_calls(most);
	RETURN QUERY SELECT j.org_id, j.id, j.attempts, j.payload->>'provider', j.payload->>'kind', j.payload->>'idempotency_key',
		ops.payment_key(j), j.payload->>'parameters' FROM ops.claim_jobs('payments', most, interval '1 minute') j;
END $$;

-- Returns the pause before the next attempt, which doubles from 5 seconds up to 15 minutes. Half of it is random.
CREATE OR REPLACE FUNCTION ops.payment_pause(attempt integer) RETURNS interval
LANGUAGE sql VOLATILE AS $$
	SELECT least(interval '15 minutes', interval '5 seconds' * 2 ^ least(attempt - 1, 10)) * (0.5 + random() / 2)
$$;

-- Records how an attempt ended. answer is the result that jobs/outbound/payments.c has read. Without an outcome, the
-- call is retried for 23 hours, since providers forget the idempotency key after a day. The module then gets the
-- outcome "uncertain": only the provider knows the result. Calls that look up a refund have no effect at the provider,
-- so they are retried until there is an outcome, or the API key was removed. If another process has retried the call in
-- the meantime, both attempts have the same key, so their results are equivalent. The first result counts.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.end_payment_call(org uuid, id bigint, attempt integer, answer jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	j ops.job;
	take text;
	ending text := 'answered';
BEGIN
	SELECT * INTO j FROM ops.job x WHERE x.id = end_payment_call.id AND x.queue = 'payments' AND x.org_id = org FOR UPDATE;
	IF NOT FOUND THEN
		RETURN 'lost';
	ELSIF j.payload->>'kind' = 'find_refund' AND ops.payment_key(j) IS NULL THEN
		PERFORM ops.end_job(j.id, j.attempts);
		RETURN 'dropped';
	ELSIF answer->>'outcome' IS NULL THEN
		IF j.payload->>'kind' = 'find_refund' OR j.began_at > now() - interval '23 hours' THEN
			IF ops.end_job(j.id, attempt, coalesce(answer->>'reason', 'no answer'), ops.payment_pause(j.attempts)) THEN
				UPDATE ops.job x SET payload = x.payload || jsonb_build_object('error', answer->'reason') WHERE x.id = j.id;
			END IF;
			RETURN 'waiting';
		END IF;
		ending := 'uncertain';
		answer := answer || '{"outcome": "uncertain"}';
	END IF;
	-- Ends the job first, since the module may queue the next call about the row.
	PERFORM ops.end_job(j.id, j.attempts, CASE ending WHEN 'uncertain' THEN coalesce(answer->>'reason', 'no answer') END);
	SELECT m.take_answer INTO take FROM identity.module m WHERE m.name = j.payload->>'module';
	PERFORM ops.set_org(org);
	EXECUTE format('SELECT %s($1, $2, $3, $4)', take) USING org, j.entry, j.payload->>'kind', answer;
	PERFORM ops.set_org(other);
	RETURN ending;
END $$;
