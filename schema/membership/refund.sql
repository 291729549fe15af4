-- Refunds of payments. A payment can be refunded in full, or in parts up to its amount.
--
-- membership.payment_refunds contains each known refund: refunds that were requested here, and refunds that the
-- provider has reported. A provider also reports the sum of the refunds of a payment. membership.sum_refunds() is
-- computed from these facts, regardless of their order of arrival. membership.settle_refunds() updates the payment
-- accordingly, and posts the difference to the ledger.
-- needs: membership/alert.sql membership/dispute.sql membership/ledger.sql membership/payment.sql ops/payment_call.sql

SELECT ops.require_module('membership.payment_refunds', 'membership');

-- Returns the refunded amount. The last sum that the provider reported contains refunds with unknown IDs, but not
-- refunds that have failed since then.
CREATE OR REPLACE FUNCTION membership.sum_refunds(p membership.user_payments) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	known bigint := (SELECT coalesce(sum(r.amount), 0) FROM membership.payment_refunds r
		WHERE r.org_id = p.org_id AND r.payment_id = p.id AND r.status = 'refunded');
	told bigint;
	told_at timestamptz;
BEGIN
	SELECT e.refunded, e.said_at INTO told, told_at FROM membership.payment_events e
	 WHERE e.org_id = p.org_id AND e.payment_id = p.id AND e.refunded IS NOT NULL ORDER BY e.said_at DESC, e.refunded DESC LIMIT 1;
	told := told - (SELECT coalesce(sum(r.amount), 0) FROM membership.payment_refunds r WHERE r.org_id = p.org_id AND r.payment_id = p.id
		AND r.status = 'failed' AND r.made_at <= told_at AND r.failed_at >= told_at);
	RETURN least(p.amount, greatest(known, told));
END $$;

-- Locks a payment. If an earlier version without refund rows has refunded the payment, the row is added.
CREATE OR REPLACE FUNCTION membership.lock_refunded(org uuid, payment bigint) RETURNS membership.user_payments
LANGUAGE plpgsql AS $$
DECLARE
	p membership.user_payments;
BEGIN
	p := membership.lock_payment(org, payment);
	IF p.refunded_amount > 0
	    AND NOT EXISTS (SELECT FROM membership.payment_refunds r WHERE r.org_id = org AND r.payment_id = payment)
	    AND NOT EXISTS (SELECT FROM membership.payment_events e WHERE e.org_id = org AND e.payment_id = payment AND e.refunded IS NOT NULL) THEN
		INSERT INTO membership.payment_refunds (org_id, payment_id, amount, status, made_at)
		VALUES (org, payment, p.refunded_amount, 'refunded', coalesce(p.refunded_at, now()));
	END IF;
	RETURN p;
END $$;

-- Updates a locked payment from its refunds. Returns the result. Refunds of a payment that has not been received take
-- effect when it is received.
CREATE OR REPLACE FUNCTION membership.settle_refunds(org uuid, payment bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	p membership.user_payments;
	becomes bigint;
BEGIN
	SELECT * INTO p FROM membership.user_payments x WHERE x.org_id = org AND x.id = payment;
	becomes := membership.sum_refunds(p);
	IF p.status NOT IN ('succeeded', 'refunded') OR becomes = p.refunded_amount THEN
		RETURN 'none: it is ' || p.status;
	END IF;
	UPDATE membership.user_payments x SET refunded_amount = becomes,
		status = CASE WHEN becomes = x.amount THEN 'refunded' ELSE 'succeeded' END
	 WHERE x.org_id = org AND x.id = payment;
	RETURN CASE WHEN becomes < p.refunded_amount THEN 'refund failed' WHEN becomes = p.amount THEN 'refunded' ELSE 'refunded in part' END;
END $$;

-- Posts the difference to the ledger, in the transaction of the change. The lock of the payment keeps the sequence
-- number correct.
CREATE OR REPLACE FUNCTION membership.book_refund() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	back bigint := NEW.refunded_amount - OLD.refunded_amount;
	turn bigint := 1 + (SELECT count(*) FROM membership.ledger_transactions t WHERE t.org_id = NEW.org_id
		AND t.resource = 'user_payments' AND t.row_id = NEW.id AND t.kind IN ('refund', 'refund_failed'));
BEGIN
	PERFORM membership.book(NEW.org_id, concat_ws(' ', 'refund', NEW.id, nullif(turn, 1)), CASE WHEN back > 0 THEN 'refund' ELSE 'refund_failed' END,
		NEW.member_id, NEW.currency, abs(back), CASE WHEN back > 0 THEN 'receivable' ELSE 'cash' END,
		CASE WHEN back > 0 THEN 'cash' ELSE 'receivable' END, 'user_payments', NEW.id);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER book_refund AFTER UPDATE OF refunded_amount ON membership.user_payments
	FOR EACH ROW WHEN (NEW.refunded_amount <> OLD.refunded_amount AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.book_refund();

-- Sets the column in archives of a version that lacks it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.complete_refunded() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.refunded_amount := NEW.amount;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER a_refunded BEFORE INSERT ON membership.user_payments
	FOR EACH ROW WHEN (NEW.status = 'refunded' AND NEW.refunded_amount = 0) EXECUTE FUNCTION membership.complete_refunded();

-- Refunds an amount of a payment (null: the rest), after the permission has been checked. Records the refund, or
-- requests it from the provider that has charged the payment.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.make_refund(payment bigint, amount bigint, currency text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	p membership.user_payments := membership.lock_refunded(org, payment);
	rest bigint := p.amount - p.refunded_amount;
BEGIN
	IF p.status <> 'succeeded' THEN
		PERFORM ops.refuse('changed_meanwhile', 'status');
	ELSIF p.asked IS NOT NULL THEN
		PERFORM ops.refuse('provider_pending', 'asked');
	ELSIF EXISTS (SELECT FROM membership.payment_refunds r WHERE r.org_id = org AND r.payment_id = payment AND r.status = 'uncertain'
	    AND r.provider_refund IS NULL) THEN
		PERFORM ops.refuse('refund_unknown', 'refunded_amount');
	ELSIF membership.is_disputed(payment) THEN
		PERFORM ops.refuse('disputed', 'status');
	ELSIF make_refund.currency <> p.currency THEN
		PERFORM ops.refuse('currency_of_payment', 'currency', p.currency);
	ELSIF make_refund.amount < 1 OR make_refund.amount > rest THEN
		PERFORM ops.refuse('more_than_not_refunded', 'amount', rest::text);
	END IF;
	INSERT INTO membership.payment_refunds (org_id, payment_id, amount, status)
	VALUES (org, payment, coalesce(make_refund.amount, rest), CASE WHEN p.provider_payment IS NULL THEN 'refunded' ELSE 'asked' END);
	UPDATE membership.user_payments x SET reason = make_refund.reason, asked = CASE WHEN p.provider_payment IS NOT NULL THEN 'refund' END
	 WHERE x.org_id = org AND x.id = payment;
	PERFORM membership.settle_refunds(org, payment);
END $$;

-- Refunds a payment, or an amount of it. Returns no row if the caller cannot see the payment.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.refund_payment(payment bigint, amount bigint, currency text, reason text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	p membership.user_payments;
BEGIN
	SELECT * INTO p FROM membership.user_payments x WHERE x.id = payment;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM membership.wanted_transition('user_payments', to_jsonb(p), 'refund'),
		membership.make_refund(payment, refund_payment.amount, refund_payment.currency, refund_payment.reason);
	RETURN QUERY SELECT membership.row_json(x) FROM membership.user_payments x WHERE x.id = payment;
END $$;

-- Notifies the staff once that a refund of a payment requires attention.
CREATE OR REPLACE FUNCTION membership.alert_refund(p membership.user_payments, key text, title text) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO membership.admin_alerts (org_id, key, title, severity, member_id, resource, row_id)
	VALUES (p.org_id, key, left(title, 500), 'high', p.member_id, 'user_payments', p.id) ON CONFLICT ON CONSTRAINT admin_alerts_key_key DO NOTHING
$$;

-- Ends the alert about a refund without a response when the response arrives.
CREATE OR REPLACE FUNCTION membership.end_refund_alert() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE membership.admin_alerts a SET status = 'resolved', reason = CASE NEW.status WHEN 'refused' THEN 'the provider has not made it'
		ELSE 'the provider says that it is ' || NEW.status END, closed_at = now()
	 WHERE a.org_id = NEW.org_id AND a.key = 'refund uncertain ' || NEW.id AND a.status IN ('open', 'acknowledged');
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER end_alert AFTER UPDATE OF status ON membership.payment_refunds
	FOR EACH ROW WHEN (OLD.status = 'uncertain' AND NEW.status <> 'uncertain' AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.end_refund_alert();

-- To look up a refund without a response, requests the list of a payment's refunds from the provider, from the
-- beginning or after an ID.
CREATE OR REPLACE FUNCTION membership.find_refund(p membership.user_payments, refund bigint, after text, due_in interval) RETURNS void
LANGUAGE sql AS $$
	SELECT ops.queue_payment_call(p.org_id, 'membership', p.provider, 'payment_providers', a.id, 'find_refund', refund,
		jsonb_build_object('object', p.provider_payment, 'after', after), due_in)
	  FROM membership.payment_providers a WHERE a.org_id = p.org_id AND a.provider = p.provider
$$;

-- Looks up all refunds at a provider that have no response, since their look-ups ended with the provider's previous
-- account.
CREATE OR REPLACE FUNCTION membership.find_refunds(org uuid, provider text) RETURNS void
LANGUAGE sql AS $$
	SELECT membership.find_refund(p, r.id, NULL, interval '1 hour') FROM membership.payment_refunds r
	  JOIN membership.user_payments p ON p.org_id = r.org_id AND p.id = r.payment_id AND p.provider = find_refunds.provider
	 WHERE r.org_id = org AND r.status = 'uncertain' AND r.provider_refund IS NULL
$$;

-- Processes the response to a refund that was requested from the provider, {"outcome", "refund", "reason"}. The event
-- about the refund may have arrived before.
CREATE OR REPLACE FUNCTION membership.take_refund_answer(org uuid, payment bigint, answer jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	p membership.user_payments := membership.lock_refunded(org, payment);
	r membership.payment_refunds;
BEGIN
	SELECT * INTO r FROM membership.payment_refunds x WHERE x.org_id = org AND x.payment_id = payment
		AND (x.status = 'asked' OR x.provider_refund = answer->>'refund')
	 ORDER BY x.provider_refund IS NOT DISTINCT FROM answer->>'refund' DESC LIMIT 1;
	IF NOT FOUND AND p.refunded_amount < p.amount AND answer->>'outcome' = 'refunded' THEN	-- requested by an earlier version
		INSERT INTO membership.payment_refunds (org_id, payment_id, amount, status)
		VALUES (org, payment, p.amount - p.refunded_amount, 'asked') RETURNING * INTO r;
	END IF;
	UPDATE membership.payment_refunds x SET status = CASE answer->>'outcome' WHEN 'refunded' THEN 'refunded' WHEN 'uncertain' THEN 'uncertain'
			ELSE 'refused' END, provider_refund = coalesce(x.provider_refund, answer->>'refund')
	 WHERE x.org_id = org AND x.id = r.id AND x.status = 'asked';
	IF r.status = 'asked' AND answer->>'outcome' = 'uncertain' THEN
		PERFORM membership.alert_refund(p, 'refund uncertain ' || r.id, format('refund without an answer: %s %s', r.amount, p.currency)),
			-- The last request ended within 30 seconds. A request may still wait in the network or at the
			-- provider, but a refund that does not exist after an hour will not be made.
			membership.find_refund(p, r.id, NULL, interval '1 hour');
	END IF;
	UPDATE membership.user_payments x SET reason = coalesce(left(answer->>'reason', 2000), x.reason), asked = nullif(x.asked, 'refund')
	 WHERE x.org_id = org AND x.id = payment;
	RETURN membership.settle_refunds(org, payment);
END $$;

-- Processes a provider's message about the refund of a locked payment, {"id", "refund", "amount", "currency", "status",
-- "made_at", "reason"}. "refund" is the local ID of a refund that was requested here. A failed refund is never retried.
CREATE OR REPLACE FUNCTION membership.hear_refund(p membership.user_payments, said jsonb, said_at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	r membership.payment_refunds;
BEGIN
	IF said->>'currency' IS DISTINCT FROM p.currency OR coalesce((said->>'amount')::bigint, 0) < 1 THEN
		RETURN 'none: another currency or no amount';
	END IF;
	-- Finds the refund by its ID at the provider or in this database, or else a refund of this amount from before IDs
	-- were stored, or else a refund without a response that has been made elsewhere in the meantime, allowing for
	-- different clocks.
	SELECT * INTO r FROM membership.payment_refunds x WHERE x.org_id = p.org_id AND x.payment_id = p.id AND (x.provider_refund = said->>'id'
		OR x.provider_refund IS NULL AND (x.id::text = said->>'refund' OR x.amount = (said->>'amount')::bigint
			AND (x.status = 'refunded' OR x.status = 'uncertain' AND said->>'refund' IS NULL
				AND to_timestamp((said->>'made_at')::double precision) >= x.made_at - interval '1 minute')))
	 ORDER BY x.provider_refund IS NULL, x.id::text IS NOT DISTINCT FROM said->>'refund' DESC, x.id LIMIT 1;
	IF NOT FOUND THEN
		INSERT INTO membership.payment_refunds (org_id, payment_id, amount, status)
		VALUES (p.org_id, p.id, (said->>'amount')::bigint, 'uncertain') RETURNING * INTO r;
	END IF;
	UPDATE membership.payment_refunds x SET provider_refund = said->>'id', amount = (said->>'amount')::bigint,
		made_at = coalesce(to_timestamp((said->>'made_at')::double precision), x.made_at),
		status = CASE WHEN x.status = 'failed' THEN x.status ELSE said->>'status' END,
		failed_at = coalesce(x.failed_at, CASE WHEN said->>'status' = 'failed' THEN said_at END)
	 WHERE x.org_id = r.org_id AND x.id = r.id;
	IF said->>'status' = 'failed' AND r.status NOT IN ('failed', 'refused') THEN
		UPDATE membership.user_payments x SET reason = left('a refund has failed: ' || coalesce(said->>'reason', 'unknown'), 2000)
		 WHERE x.org_id = p.org_id AND x.id = p.id;
		PERFORM membership.alert_refund(p, 'refund failed ' || r.id,
			format('refund failed: %s %s, %s', said->>'amount', p.currency, coalesce(said->>'reason', 'unknown')));
	END IF;
	RETURN membership.settle_refunds(p.org_id, p.id);
END $$;

-- Processes the look-up of a refund without a response, {"outcome", "refunds", "after", "reason"}: a page of the
-- refunds of its payment. A refund that is on none of the pages was not made. If the provider refuses to list the
-- refunds, only its events can report the refund.
CREATE OR REPLACE FUNCTION membership.take_refund_list(org uuid, refund bigint, answer jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	p membership.user_payments;
	r membership.payment_refunds;
	e jsonb;
BEGIN
	p := membership.lock_refunded(org, (SELECT x.payment_id FROM membership.payment_refunds x WHERE x.org_id = org AND x.id = refund));
	FOR e IN SELECT x FROM jsonb_array_elements(answer->'refunds') x LOOP
		PERFORM membership.hear_refund(p, e, now());
	END LOOP;
	SELECT * INTO r FROM membership.payment_refunds x
	 WHERE x.org_id = org AND x.id = refund AND x.status = 'uncertain' AND x.provider_refund IS NULL;
	IF FOUND AND answer->>'outcome' <> 'listed' THEN
		UPDATE membership.user_payments x SET reason = coalesce(left(answer->>'reason', 2000), x.reason) WHERE x.org_id = org AND x.id = p.id;
	ELSIF FOUND AND answer->>'after' IS NOT NULL THEN
		PERFORM membership.find_refund(p, refund, answer->>'after', interval '0');
	ELSIF FOUND THEN
		UPDATE membership.payment_refunds x SET status = 'refused' WHERE x.org_id = org AND x.id = refund;
		UPDATE membership.user_payments x SET reason = format('the provider has not made the refund of %s %s', r.amount, p.currency)
		 WHERE x.org_id = org AND x.id = p.id;
	END IF;
	RETURN membership.settle_refunds(org, p.id);
END $$;

-- Processes a provider's event about the sum of the refunds of a locked payment, {"amount", "currency"}. A refund
-- without a response was made if the sum has increased by its amount since the request, allowing for different clocks.
CREATE OR REPLACE FUNCTION membership.hear_refunded(p membership.user_payments, event text, said jsonb, said_at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	IF said->>'currency' IS DISTINCT FROM p.currency THEN
		RETURN 'none: another currency';
	END IF;
	UPDATE membership.payment_refunds r SET status = 'refunded'
	 WHERE r.org_id = p.org_id AND r.payment_id = p.id AND r.status = 'uncertain' AND r.provider_refund IS NULL
	   AND r.made_at <= hear_refunded.said_at + interval '1 minute' AND p.refunded_amount + r.amount <= (said->>'amount')::bigint;
	UPDATE membership.payment_events e SET refunded = (said->>'amount')::bigint, said_at = hear_refunded.said_at
	 WHERE e.org_id = p.org_id AND e.provider = p.provider AND e.event = hear_refunded.event;
	RETURN membership.settle_refunds(p.org_id, p.id);
END $$;
