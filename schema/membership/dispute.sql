-- Disputes about payments and payouts: they are opened, answered with evidence, and won or lost.
-- needs: membership/billing.sql membership/card_number.sql membership/ledger.sql membership/payment.sql membership/payout.sql membership/transition.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.disputes
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();
CREATE OR REPLACE TRIGGER a_card BEFORE INSERT OR UPDATE ON membership.disputes
	FOR EACH ROW EXECUTE FUNCTION membership.refuse_card_numbers();

-- Locks the payment or payout that a dispute is about, together with the payouts that the dispute holds. Returns the
-- payment or payout, or null if it does not exist in the organization of app.org_id. The lock serializes disputes and
-- payout batches.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.lock_disputed(payment bigint, payout bigint,
	OUT payments membership.user_payments, OUT payouts membership.user_payouts)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	SELECT * INTO payments FROM membership.user_payments p WHERE p.org_id = org AND p.id = payment FOR NO KEY UPDATE;
	PERFORM FROM membership.user_payouts p WHERE p.org_id = org AND (p.id = payout OR p.payment_id = payment) ORDER BY p.id FOR NO KEY UPDATE;
	SELECT * INTO payouts FROM membership.user_payouts p WHERE p.org_id = org AND p.id = payout;
END $$;

-- Completes a new dispute. It is about the whole payment, less refunds, or about the whole payout, unless it names a
-- smaller amount. For a dispute that a provider reports, refunds are not deducted.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.complete_dispute() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	l record;
	wrong name;
	most bigint;
BEGIN
	IF NEW.status <> 'open' THEN
		PERFORM ops.refuse('open_at_first', 'status');
	ELSIF membership.is_limited() AND NOT EXISTS (SELECT FROM membership.user_payments p WHERE p.id = NEW.payment_id)
	    AND NOT EXISTS (SELECT FROM membership.user_payouts p WHERE p.id = NEW.payout_id) THEN
		RAISE EXCEPTION 'no such row' USING ERRCODE = 'foreign_key_violation', COLUMN = 'payment_id';
	END IF;
	SELECT * INTO l FROM membership.lock_disputed(NEW.payment_id, NEW.payout_id);
	wrong := CASE WHEN NEW.payment_id IS NOT NULL AND (l.payments).id IS NULL THEN 'payment_id'
		WHEN NEW.payout_id IS NOT NULL AND (l.payouts).id IS NULL THEN 'payout_id'
		WHEN NEW.member_id <> coalesce((l.payments).member_id, (l.payouts).member_id) THEN 'member_id' END;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'no such row' USING ERRCODE = 'foreign_key_violation', COLUMN = wrong;
	END IF;
	NEW.member_id := coalesce((l.payments).member_id, (l.payouts).member_id);
	most := coalesce((l.payments).amount - CASE WHEN current_user = 'tenantry_app' AND (l.payments).status = 'succeeded'
		THEN (l.payments).refunded_amount ELSE 0 END, (l.payouts).amount);
	NEW.amount := coalesce(NEW.amount, most);
	NEW.currency := coalesce((l.payments).currency, (l.payouts).currency);
	IF NEW.amount > most THEN
		PERFORM ops.refuse('more_than_payment', 'amount');
	END IF;
	IF current_user = 'tenantry_app' THEN
		NEW.provider := NULL;
		NEW.provider_dispute := NULL;
	END IF;
	RETURN NEW;
END $$;

-- Checks that a payment or payout can be disputed. If a provider has charged the payment, only the provider can open a
-- dispute. Other payments must have been received.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.check_disputed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	p membership.user_payments;
BEGIN
	IF current_user = 'tenantry_app' THEN
		SELECT (l.payments).* INTO p FROM membership.lock_disputed(NEW.payment_id, NULL) l;
		IF p.provider IS NOT NULL THEN
			PERFORM ops.refuse('opened_by_provider', 'payment_id');
		ELSIF p.status <> 'succeeded' THEN
			PERFORM ops.refuse('payment_state', 'payment_id', p.status);
		END IF;
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER a_check AFTER INSERT ON membership.disputes
	FOR EACH ROW WHEN (NEW.payment_id IS NOT NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.check_disputed();

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.note_decision() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.status = 'evidence' AND NEW.evidence !~ '\S' IS NOT FALSE THEN
		PERFORM ops.refuse('required', 'evidence');
	ELSIF NEW.status = 'evidence' AND NEW.evidence_due_at <= now() THEN
		PERFORM ops.refuse('evidence_too_late', 'evidence_due_at');
	END IF;
	NEW.decided_at := CASE WHEN NEW.status IN ('won', 'lost') THEN now() END;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER b_complete BEFORE INSERT ON membership.disputes
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.complete_dispute();
CREATE OR REPLACE TRIGGER b_status BEFORE UPDATE ON membership.disputes
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_transition('evidence', 'note');
CREATE OR REPLACE TRIGGER c_decision BEFORE UPDATE OF status ON membership.disputes
	FOR EACH ROW WHEN (NEW.status <> OLD.status AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.note_decision();

-- Posts a dispute to the ledger: the money of a disputed payment is held until the dispute is won. If the dispute is
-- lost, the member owes the amount again.
CREATE OR REPLACE FUNCTION membership.book_dispute() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	b record;
BEGIN
	FOR b IN SELECT x.* FROM (VALUES ('open', 'chargeback', 'disputed', 'cash'), ('won', 'chargeback_won', 'cash', 'disputed'),
		('lost', 'chargeback_lost', 'receivable', 'disputed')) x (becomes, kind, debit, credit) WHERE x.becomes = NEW.status LOOP
		PERFORM membership.book(NEW.org_id, 'dispute ' || NEW.id || ' ' || NEW.status, b.kind, NEW.member_id, NEW.currency, NEW.amount,
			b.debit, b.credit, 'disputes', NEW.id);
	END LOOP;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER book_new AFTER INSERT ON membership.disputes
	FOR EACH ROW WHEN (NEW.payment_id IS NOT NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.book_dispute();
CREATE OR REPLACE TRIGGER book AFTER UPDATE OF status ON membership.disputes
	FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.payment_id IS NOT NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.book_dispute();

-- Returns whether a payment is disputed or was charged back. In either case, it cannot be refunded as well.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.is_disputed(payment bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM membership.disputes d WHERE d.org_id = ops.org()
		AND d.payment_id = payment AND d.status <> 'won');
END $$;

-- Processes a provider's message about the dispute of a payment, {"id", "status", "amount", "reason", "due_at"}.
-- Returns the result. The first event that arrives may already report the end of the dispute.
CREATE OR REPLACE FUNCTION membership.hear_dispute(p membership.user_payments, said jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	d membership.disputes;
BEGIN
	INSERT INTO membership.disputes (org_id, payment_id, amount, reason, evidence_due_at, provider, provider_dispute)
	VALUES (p.org_id, p.id, least((said->>'amount')::bigint, p.amount), coalesce(said->>'reason', 'disputed'),
		coalesce(to_timestamp((said->>'due_at')::double precision), now() + interval '7 days'), p.provider, said->>'id')
	ON CONFLICT ON CONSTRAINT disputes_provider_dispute_key DO NOTHING;
	SELECT * INTO STRICT d FROM membership.disputes x
	 WHERE x.org_id = p.org_id AND x.provider = p.provider AND x.provider_dispute = said->>'id' FOR NO KEY UPDATE;
	IF NOT EXISTS (SELECT FROM membership.transitions() t WHERE t.resource = 'disputes' AND 'provider' = ANY (t.callers)
	    AND (t.from_status, t.to_status) = (d.status, said->>'status')) THEN
		RETURN 'dispute: it is ' || d.status;
	END IF;
	UPDATE membership.disputes x SET status = said->>'status' WHERE x.org_id = d.org_id AND x.id = d.id;
	RETURN 'dispute: ' || (said->>'status');
END $$;

-- Marks up to "batch" disputes of an organization as lost when the time for evidence is over. Returns their number.
CREATE OR REPLACE FUNCTION membership.expire_disputes(org uuid, batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	n integer;
BEGIN
	UPDATE membership.disputes x SET status = 'lost', note = 'no evidence in time'
	 WHERE x.org_id = org AND x.id = ANY (ARRAY(SELECT d.id FROM membership.disputes d
		WHERE d.org_id = org AND d.status = 'open' AND d.evidence_due_at <= now()
		ORDER BY d.evidence_due_at, d.id LIMIT batch FOR NO KEY UPDATE SKIP LOCKED));
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;
