-- Payment providers: their accounts, the requests to them, and their messages.
--
-- Two sources call membership.hear_provider(): the response to a call, which tenantry-jobs passes on, and the events of
-- a provider. Responses and events may arrive in any order, concurrently and repeatedly. Each of them locks the
-- payment, and makes only the changes that membership.transitions() permits to a provider.
-- needs: membership/dispute.sql membership/payment.sql membership/refund.sql ops/payment_call.sql ops/sealed_value.sql

UPDATE identity.module SET take_answer = 'membership.take_provider_answer' WHERE name = 'membership';

SELECT ops.require_module('membership.payment_providers', 'membership');
SELECT ops.require_module('membership.payment_events', 'membership');

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.payment_providers
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();
CREATE OR REPLACE TRIGGER sealed AFTER DELETE ON membership.payment_providers
	FOR EACH ROW EXECUTE FUNCTION ops.delete_sealed_values();

-- Returns the settings of a provider for administrators, with dots instead of the secrets.
CREATE OR REPLACE FUNCTION membership.payment_provider_json(p membership.payment_providers) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', p.provider, 'enabled', p.enabled, 'events_path', '/api/payment_events/' || p.org_id || '.' || p.endpoint,
		'key', CASE WHEN ops.sealed_text(p.org_id, 'payment_providers', p.id, 'key') IS NOT NULL THEN '••••••••' END,
		'signing_secret', CASE WHEN ops.sealed_text(p.org_id, 'payment_providers', p.id, 'signing') IS NOT NULL THEN '••••••••' END,
		'created_at', p.created_at, 'updated_at', p.updated_at)
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.list_payment_providers() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT coalesce(json_agg(membership.payment_provider_json(p) ORDER BY p.provider), '[]')::text
	  FROM membership.payment_providers p WHERE p.org_id = ops.org()
	   AND ops.administers()
$$;

-- Adds or changes a provider. A secret that is null remains unchanged.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.set_payment_provider(provider text, encrypted_key text, encrypted_signing text, enabled text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	fresh boolean := NOT EXISTS (SELECT FROM membership.payment_providers x WHERE x.org_id = org AND x.provider = set_payment_provider.provider);
	p membership.payment_providers;
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	END IF;
	INSERT INTO membership.payment_providers AS x (org_id, provider, enabled)
	VALUES (org, set_payment_provider.provider, coalesce(set_payment_provider.enabled::boolean, true))
	ON CONFLICT ON CONSTRAINT payment_providers_provider_key
		DO UPDATE SET enabled = coalesce(set_payment_provider.enabled::boolean, x.enabled), updated_at = now() RETURNING * INTO p;
	IF encrypted_key IS NOT NULL THEN
		PERFORM ops.seal_value(org, 'payment_providers', p.id, 'key', encrypted_key);
	END IF;
	IF encrypted_signing IS NOT NULL THEN
		PERFORM ops.seal_value(org, 'payment_providers', p.id, 'signing', encrypted_signing);
	END IF;
	IF ops.sealed_text(org, 'payment_providers', p.id, 'key') IS NULL THEN
		PERFORM ops.refuse('required', 'key');
	ELSIF ops.sealed_text(org, 'payment_providers', p.id, 'signing') IS NULL THEN
		PERFORM ops.refuse('required', 'signing_secret');
	END IF;
	IF fresh THEN
		PERFORM membership.find_refunds(org, p.provider);
	END IF;
	RETURN membership.payment_provider_json(p)::text;
END $$;

-- Removes a provider with its secrets. Returns no row if the provider does not exist.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.delete_payment_provider(provider text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	p membership.payment_providers;
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	ELSIF EXISTS (SELECT FROM membership.user_payments x WHERE x.org_id = org AND x.provider = delete_payment_provider.provider
	    AND (x.asked IS NOT NULL OR x.status = 'pending')) THEN
		PERFORM ops.refuse('payments_under_way');
	END IF;
	DELETE FROM membership.payment_providers x WHERE x.org_id = org AND x.provider = delete_payment_provider.provider
	RETURNING * INTO p;
	IF FOUND THEN
		PERFORM ops.drop_payment_calls(org, 'payment_providers', p.id);	-- calls that look up refunds are dropped, too
		RETURN NEXT json_build_object('id', p.provider)::text;
	END IF;
END $$;

-- Chooses the provider that charges a new or retried payment: the provider of the payment method, if it is enabled.
CREATE OR REPLACE FUNCTION membership.choose_provider() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		NEW.provider_payment := NULL;
		SELECT p.provider INTO NEW.provider FROM membership.user_payment_methods m
		  JOIN membership.payment_providers p ON p.org_id = m.org_id AND p.provider = m.provider AND p.enabled
		 WHERE m.org_id = NEW.org_id AND m.id = NEW.payment_method_id
		   AND ops.sealed_text(p.org_id, 'payment_providers', p.id, 'key') IS NOT NULL;	-- archives contain no keys
	ELSIF NEW.payment_method_id IS NULL THEN
		PERFORM ops.refuse('payment_method_deleted', 'payment_method_id');
	END IF;
	NEW.asked := CASE WHEN NEW.provider IS NOT NULL THEN 'charge' END;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER c_provider BEFORE INSERT ON membership.user_payments
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.choose_provider();
CREATE OR REPLACE TRIGGER d_provider BEFORE UPDATE OF status ON membership.user_payments
	FOR EACH ROW WHEN (NEW.status = 'pending' AND OLD.status <> 'pending' AND NEW.provider IS NOT NULL
		AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.choose_provider();

-- Queues a payment's request to its provider.
CREATE OR REPLACE FUNCTION membership.queue_ask() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	account bigint := (SELECT p.id FROM membership.payment_providers p WHERE p.org_id = NEW.org_id AND p.provider = NEW.provider);
	m membership.user_payment_methods;
	r membership.payment_refunds;
BEGIN
	IF account IS NULL THEN
		PERFORM ops.refuse('no_provider_account', NULL, NEW.provider);
	END IF;
	SELECT * INTO m FROM membership.user_payment_methods x WHERE x.org_id = NEW.org_id AND x.id = NEW.payment_method_id;
	IF NEW.asked = 'refund' THEN
		SELECT * INTO r FROM membership.payment_refunds x WHERE x.org_id = NEW.org_id AND x.payment_id = NEW.id AND x.status = 'asked';
	END IF;
	PERFORM ops.queue_payment_call(NEW.org_id, 'membership', NEW.provider, 'payment_providers', account, NEW.asked, NEW.id,
		jsonb_build_object('organization', NEW.org_id, 'payment', NEW.id::text, 'object', NEW.provider_payment, 'amount', coalesce(r.amount, NEW.amount)::text,
			'refund', r.id::text, 'currency', NEW.currency, 'method', m.token, 'customer', m.customer, 'description', NEW.description),
		interval '0');
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ask_new AFTER INSERT ON membership.user_payments
	FOR EACH ROW WHEN (NEW.asked IS NOT NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.queue_ask();
CREATE OR REPLACE TRIGGER ask AFTER UPDATE ON membership.user_payments
	FOR EACH ROW WHEN (NEW.asked IS NOT NULL AND OLD.asked IS NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.queue_ask();

-- Performs an action of the caller on a payment that a provider charges. The permission has already been checked. If
-- the provider has not responded for a day, the staff records the status that the provider shows.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.ask_provider(payment bigint, action text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	p membership.user_payments;
	becomes text;
BEGIN
	SELECT * INTO p FROM membership.user_payments x WHERE x.org_id = org AND x.id = payment FOR NO KEY UPDATE;
	SELECT t.to_status INTO becomes FROM membership.transitions() t
	 WHERE (t.resource, t.action, t.from_status) = ('user_payments', ask_provider.action, p.status);
	IF becomes IS NULL THEN
		PERFORM ops.refuse('changed_meanwhile', 'status');
	ELSIF p.asked = 'charge' AND action = 'cancel' AND ops.withdraw_payment_call(org, 'membership', payment) THEN
		UPDATE membership.user_payments x SET status = becomes, reason = ask_provider.reason, asked = NULL
		 WHERE x.org_id = org AND x.id = payment;
	ELSIF p.asked IS NOT NULL THEN
		PERFORM ops.refuse('provider_pending', 'asked');
	ELSIF p.provider_payment IS NULL AND action <> 'cancel' THEN
		UPDATE membership.user_payments x SET status = becomes, reason = ask_provider.reason WHERE x.org_id = org AND x.id = payment;
	ELSIF p.provider_payment IS NULL OR action IN ('succeed', 'fail') THEN
		PERFORM ops.refuse('decided_by_provider', 'status');
	ELSE
		UPDATE membership.user_payments x SET asked = ask_provider.action, reason = ask_provider.reason
		 WHERE x.org_id = org AND x.id = payment;
	END IF;
END $$;

-- Processes a provider's message about a payment. The argument answers is the call to which the message responds, or
-- null for an event. Returns the result. During a charge, only the response to the charge can report a failure, since
-- an event may be about an earlier attempt.
CREATE OR REPLACE FUNCTION membership.hear_provider(org uuid, payment bigint, outcome text, object text, reason text, answers text)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	p membership.user_payments;
	changes boolean;
BEGIN
	p := membership.lock_payment(org, payment);
	IF p.id IS NULL OR p.provider_payment <> object THEN
		RETURN 'none: another payment';
	END IF;
	changes := EXISTS (SELECT FROM membership.transitions() t WHERE t.resource = 'user_payments' AND t.from_status = p.status
		AND t.to_status = outcome AND 'provider' = ANY (t.callers))
		AND NOT (answers IS NULL AND outcome = 'failed' AND p.asked IS NOT NULL);
	UPDATE membership.user_payments x SET status = CASE WHEN changes THEN outcome ELSE x.status END,
		provider_payment = coalesce(x.provider_payment, object),
		reason = CASE WHEN changes OR answers IS NOT NULL THEN coalesce(left(hear_provider.reason, 2000), x.reason) ELSE x.reason END,
		asked = CASE WHEN x.asked = answers THEN NULL ELSE x.asked END
	 WHERE x.org_id = org AND x.id = payment;
	IF changes AND outcome = 'succeeded' THEN	-- includes refunds that the provider has reported earlier
		PERFORM membership.settle_refunds(org, payment);
	END IF;
	RETURN CASE WHEN changes THEN outcome ELSE 'none: it is ' || p.status END;
END $$;

-- Processes the response to a call of tenantry-jobs about a payment, or about the look-up of a refund. A refused charge
-- makes the payment fail. Any other refusal changes nothing.
CREATE OR REPLACE FUNCTION membership.take_provider_answer(org uuid, row_id bigint, kind text, answer jsonb) RETURNS text
LANGUAGE sql AS $$
	SELECT CASE kind WHEN 'refund' THEN membership.take_refund_answer(org, row_id, answer)
		WHEN 'find_refund' THEN membership.take_refund_list(org, row_id, answer)
		ELSE membership.hear_provider(org, row_id, CASE WHEN answer->>'outcome' = 'refused' AND kind = 'charge' THEN 'failed'
			ELSE answer->>'outcome' END, answer->>'object', answer->>'reason', kind) END
$$;

-- Returns the account whose events arrive at an endpoint, and its signing secret. The workers use it to check the
-- signature.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.payment_endpoint(endpoint text)
RETURNS TABLE (provider text, encrypted_signing text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT p.provider, ops.sealed_text(p.org_id, 'payment_providers', p.id, 'signing')
	  FROM membership.endpoint_account(endpoint) p;
END $$;

-- The tenant guard also applies to the owner, so this function searches one organization after another for the
-- endpoint.
CREATE OR REPLACE FUNCTION membership.endpoint_account(endpoint text) RETURNS SETOF membership.payment_providers
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := identity.uuid_or_null(split_part(endpoint, '.', 1));
BEGIN
	IF NOT EXISTS (SELECT FROM identity.organization o
	    WHERE o.id = org AND o.deleted_at IS NULL AND o.modules @> '{membership}') THEN
		RETURN;
	END IF;
	PERFORM ops.set_org(org);
	RETURN QUERY SELECT p.* FROM membership.payment_providers p WHERE p.org_id = org AND p.endpoint = identity.uuid_or_null(split_part(endpoint_account.endpoint, '.', 2));
END $$;

-- Processes an event that its provider has signed, once: {"id", "kind", "object", "organization", "payment", "outcome",
-- "amount", "currency", "reason", "dispute", "at", "refunded", "refund"}. An event about an unknown payment has no
-- effect.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.take_payment_event(endpoint text, event text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	e jsonb := event;
	p membership.payment_providers;
	m membership.user_payments;
	at timestamptz := to_timestamp((e->>'at')::double precision);
	became text;
BEGIN
	SELECT * INTO p FROM membership.endpoint_account(endpoint);
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_path');
	ELSIF e->>'organization' <> p.org_id::text THEN
		PERFORM ops.refuse('notice_of_another');
	END IF;
	SELECT * INTO m FROM membership.user_payments x
	 WHERE x.org_id = p.org_id AND x.provider = p.provider AND x.provider_payment = e->>'object';
	IF NOT FOUND AND e->>'payment' ~ '^[0-9]{1,18}$' AND e->>'organization' IS NOT NULL THEN
		SELECT * INTO m FROM membership.user_payments x
		 WHERE x.org_id = p.org_id AND x.provider = p.provider AND x.id = (e->>'payment')::bigint;
	END IF;
	IF m.id IS NULL THEN
		RETURN json_build_object('received', true, 'effect', 'none: no payment of this organization');
	END IF;
	-- Locks the payment before the event refers to it. Otherwise, the foreign key would take a shared lock, and two
	-- events that then change the payment would deadlock.
	m := membership.lock_refunded(p.org_id, m.id);
	INSERT INTO membership.payment_events (org_id, provider, event, kind, payment_id, effect)
	VALUES (p.org_id, p.provider, e->>'id', e->>'kind', m.id, 'none') ON CONFLICT ON CONSTRAINT payment_events_event_key DO NOTHING;
	IF NOT FOUND THEN
		RETURN json_build_object('received', true, 'effect', 'none: it was taken before');
	END IF;
	IF e->>'outcome' = 'succeeded' AND (e->>'amount', e->>'currency') IS DISTINCT FROM (m.amount::text, m.currency) THEN
		became := 'none: another amount';
		RAISE WARNING 'the event % of % is about % %, not the % % of the payment %', e->>'id', p.provider, e->>'amount',
			e->>'currency', m.amount, m.currency, m.id;
	ELSIF m.provider_payment <> coalesce(e->>'object', '') THEN	-- another payment with this metadata
		became := 'none: another payment';
	ELSIF e->'dispute' IS NOT NULL THEN
		became := membership.hear_dispute(m, e->'dispute');
	ELSIF e->'refund' IS NOT NULL THEN
		became := membership.hear_refund(m, e->'refund', at);
	ELSIF e->'refunded' IS NOT NULL THEN
		became := membership.hear_refunded(m, e->>'id', e->'refunded', at);
	ELSE
		became := membership.hear_provider(p.org_id, m.id, e->>'outcome', e->>'object', e->>'reason', NULL);
	END IF;
	UPDATE membership.payment_events x SET effect = became
	 WHERE x.org_id = p.org_id AND x.provider = p.provider AND x.event = e->>'id';
	RETURN json_build_object('received', true, 'effect', became);
END $$;
