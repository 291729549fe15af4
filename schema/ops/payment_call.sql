-- Calls to payment providers, which tenantry-jobs makes. Modules queue them in the transaction of the change, and take the
-- answers with identity.module.take_answer.
-- needs: ops/aside.sql ops/sealed_value.sql

CREATE OR REPLACE FUNCTION ops.queue_payment_call(org uuid, module text, provider text, sealed_resource text, sealed_row_id bigint,
	kind text, row_id bigint, parameters jsonb, due_in interval) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ops.payment_call (org_id, module, provider, sealed_resource, sealed_row_id, kind, row_id, parameters, due_at)
	VALUES (org, queue_payment_call.module, queue_payment_call.provider, queue_payment_call.sealed_resource,
		queue_payment_call.sealed_row_id, queue_payment_call.kind, queue_payment_call.row_id, queue_payment_call.parameters,
		now() + due_in);
END $$;

-- Takes back a call that nobody has begun; false if there is none.
CREATE OR REPLACE FUNCTION ops.withdraw_payment_call(org uuid, module text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM ops.payment_call c WHERE c.org_id = org AND c.module = withdraw_payment_call.module
		AND c.row_id = withdraw_payment_call.row_id AND c.status = 'waiting' AND c.attempt = 0;
	RETURN FOUND;
END $$;

-- Drops the calls with the key of a row that is gone: nobody can make them.
CREATE OR REPLACE FUNCTION ops.drop_payment_calls(org uuid, sealed_resource text, sealed_row_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM ops.payment_call c WHERE c.org_id = org AND c.sealed_resource = drop_payment_calls.sealed_resource
		AND c.sealed_row_id = drop_payment_calls.sealed_row_id AND c.status = 'waiting';
END $$;

-- Ends calls that nobody could repeat for so long that their provider forgets the key, for example while no process ran: repeated
-- after that, they would be done a second time.
CREATE OR REPLACE FUNCTION ops.end_old_payment_calls(most integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	c ops.payment_call;
BEGIN
	FOR c IN SELECT x.* FROM ops.payment_call x WHERE x.status = 'waiting' AND x.kind <> 'find_refund' AND x.held_until <= now()
	     AND x.began_at <= now() - interval '23 hours' LIMIT most FOR UPDATE SKIP LOCKED LOOP
		BEGIN
			PERFORM ops.end_payment_call(c.org_id, c.id, c.attempt, jsonb_build_object('reason', coalesce(c.error, 'no answer for 23 hours')));
			PERFORM ops.end_aside('payments', c.org_id, c.id::text);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			UPDATE ops.payment_call x SET held_until = ops.set_aside('payments', c.org_id, c.id::text, SQLSTATE, SQLERRM)
			 WHERE x.org_id = c.org_id AND x.id = c.id;
		END;
	END LOOP;
END $$;

-- Claims calls that are due, for a minute: after it, another process repeats them under their keys. encrypted_key is null if
-- the organization has removed its key. Calls of a suspended or deleted organization wait.
CREATE OR REPLACE FUNCTION ops.claim_payment_calls(most integer, OUT org uuid, OUT id bigint, OUT attempt integer,
	OUT provider text, OUT kind text, OUT idempotency_key text, OUT encrypted_key text, OUT parameters text)
RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM ops.end_old_payment_calls(most);
	RETURN QUERY WITH due AS MATERIALIZED (
		SELECT c.org_id, c.id FROM ops.payment_call c
		 WHERE c.status = 'waiting' AND c.due_at <= now() AND c.held_until <= now()
		   AND EXISTS (SELECT FROM identity.organization o
			WHERE o.id = c.org_id AND o.suspended_at IS NULL AND o.deleted_at IS NULL)
		 ORDER BY c.due_at LIMIT most FOR UPDATE SKIP LOCKED)
	UPDATE ops.payment_call c SET attempt = c.attempt + 1, held_until = now() + interval '1 minute',
		began_at = coalesce(c.began_at, now())
	  FROM due d WHERE c.org_id = d.org_id AND c.id = d.id
	RETURNING c.org_id, c.id, c.attempt, c.provider, c.kind, c.idempotency_key,
		ops.sealed_text(c.org_id, c.sealed_resource, c.sealed_row_id, 'key'), c.parameters::text;
END $$;
GRANT EXECUTE ON FUNCTION ops.claim_payment_calls(integer) TO tenantry_app;

-- The pause before another attempt: it doubles from 5 seconds to 15 minutes. Half of it is random.
CREATE OR REPLACE FUNCTION ops.payment_pause(attempt integer) RETURNS interval
LANGUAGE sql VOLATILE AS $$
	SELECT least(interval '15 minutes', interval '5 seconds' * 2 ^ least(attempt - 1, 10)) * (0.5 + random() / 2)
$$;

-- Records how an attempt ended. answer is what jobs/outbound/payments.c has read; without an outcome the call is repeated, for 23 hours:
-- after a day, a provider forgets the key. What the module then gets is the outcome "uncertain": only its provider knows. Calls that
-- look a refund up do nothing there, so they are repeated until there is an outcome, or no key any more.
-- An answer of an attempt that another process has repeated since is as good as the other one's, as both have the same key; the first
-- one counts.
CREATE OR REPLACE FUNCTION ops.end_payment_call(org uuid, id bigint, attempt integer, answer jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	c ops.payment_call;
	take text;
	ending text := 'answered';
BEGIN
	SELECT * INTO c FROM ops.payment_call x WHERE x.org_id = org AND x.id = end_payment_call.id FOR UPDATE;
	IF NOT FOUND OR c.status <> 'waiting' THEN
		RETURN 'lost';
	ELSIF c.kind = 'find_refund' AND ops.sealed_text(org, c.sealed_resource, c.sealed_row_id, 'key') IS NULL THEN
		DELETE FROM ops.payment_call x WHERE x.org_id = org AND x.id = c.id;
		RETURN 'dropped';
	ELSIF answer->>'outcome' IS NULL THEN
		IF c.kind = 'find_refund' OR c.began_at > now() - interval '23 hours' THEN
			UPDATE ops.payment_call x SET error = answer->>'reason', held_until = '-infinity',
				due_at = now() + ops.payment_pause(c.attempt)
			 WHERE x.org_id = org AND x.id = c.id AND x.status = 'waiting' AND x.attempt = end_payment_call.attempt;
			RETURN 'waiting';
		END IF;
		ending := 'uncertain';
		answer := answer || '{"outcome": "uncertain"}';
	END IF;
	-- First, since the module may queue the next call about the row.
	IF ending = 'uncertain' THEN
		UPDATE ops.payment_call x SET status = 'uncertain', error = answer->>'reason' WHERE x.org_id = org AND x.id = c.id;
	ELSE
		DELETE FROM ops.payment_call x WHERE x.org_id = org AND x.id = c.id;
	END IF;
	SELECT m.take_answer INTO take FROM identity.module m WHERE m.name = c.module;
	PERFORM ops.set_org(org);
	EXECUTE format('SELECT %s($1, $2, $3, $4)', take) USING org, c.row_id, c.kind, answer;
	PERFORM ops.set_org(other);
	RETURN ending;
END $$;
GRANT EXECUTE ON FUNCTION ops.end_payment_call(uuid, bigint, integer, jsonb) TO tenantry_app;
