-- Payouts to members: requested by one user, approved by another, sent to the bank in a batch, and paid or failed
-- according to the bank's statement.
-- needs: crm/deal.sql membership/card_number.sql membership/contact.sql membership/kyc.sql membership/ledger.sql membership/payment.sql membership/transition.sql ops/sealed_value.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_payouts
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();
CREATE OR REPLACE TRIGGER a_card BEFORE INSERT OR UPDATE ON membership.user_payouts
	FOR EACH ROW EXECUTE FUNCTION membership.refuse_card_numbers();
CREATE OR REPLACE TRIGGER sealed AFTER DELETE ON membership.payout_accounts
	FOR EACH ROW EXECUTE FUNCTION ops.delete_sealed_values();

-- Adds an account of a member (default: the caller) or of the organization, for which the caller must be an owner or
-- admin. The worker has checked and encrypted the IBAN. Imported payouts of the member without an account that are not
-- approved yet are assigned to this account.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.add_payout_account(member bigint, organization boolean, holder text, bic text, country text,
	last4 text, encrypted_iban text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	own bigint := membership.own_id();
	a membership.payout_accounts;
BEGIN
	IF organization THEN
		IF NOT ops.administers() OR member IS NOT NULL THEN
			PERFORM ops.refuse('role', 'organization');
		END IF;
	ELSE
		member := coalesce(member, own);
		IF ops.permits('payout_accounts', 'create', NULL) IS NOT TRUE AND member IS DISTINCT FROM own
		    OR NOT EXISTS (SELECT FROM membership.user_profiles p WHERE p.org_id = org AND p.id = member) THEN
			RAISE EXCEPTION 'no such row' USING ERRCODE = 'foreign_key_violation', COLUMN = 'member_id';
		END IF;
	END IF;
	INSERT INTO membership.payout_accounts (org_id, member_id, holder, bic, country, last4)
	VALUES (org, member, btrim(add_payout_account.holder), add_payout_account.bic, add_payout_account.country, add_payout_account.last4)
	RETURNING * INTO a;
	PERFORM ops.seal_value(org, 'payout_accounts', a.id, 'iban', encrypted_iban);
	PERFORM ops.set_mode('restoring', true);
	UPDATE membership.user_payouts p SET account_id = a.id
	 WHERE p.org_id = org AND p.member_id = a.member_id AND p.account_id IS NULL AND p.status = 'requested';
	PERFORM ops.set_mode('restoring', false);
	RETURN membership.row_json(a);
END $$;

-- Returns the remaining amount of a payment for a payout: the received amount, less completed and requested refunds,
-- and less the payouts that precede this payout, in the order paid, sent, approved, requested. The result is 0 if the
-- payment has not been received or has a different currency, and null if there is no such payment.
CREATE OR REPLACE FUNCTION membership.left_of_payment(org uuid, payout bigint, payment bigint, currency text, status text) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN m.status = 'succeeded' AND m.currency = left_of_payment.currency THEN greatest(0, m.amount - m.refunded_amount
		- (SELECT coalesce(sum(r.amount), 0) FROM membership.payment_refunds r
			WHERE r.org_id = org AND r.payment_id = m.id AND r.status IN ('asked', 'uncertain'))
		- (SELECT coalesce(sum(o.amount), 0) FROM membership.user_payouts o, (VALUES ('{paid,sent,approved,requested}'::text[])) t (turns)
			WHERE o.org_id = org AND o.payment_id = m.id AND o.id <> payout AND o.status = ANY (t.turns)
			  AND (array_position(t.turns, o.status), o.id) < (coalesce(array_position(t.turns, left_of_payment.status), 5), payout)))
		ELSE 0 END
	  FROM membership.user_payments m WHERE m.org_id = org AND m.id = payment
$$;

-- Completes a new payout. The caller requests it, and it is paid to an account of its member.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.complete_payout() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	account membership.payout_accounts;
	wrong name;	-- the column that refers to a row of a different member, or to a row that the caller cannot see
BEGIN
	SELECT * INTO account FROM membership.payout_accounts a WHERE a.id = NEW.account_id;
	wrong := CASE WHEN account.id IS NULL AND (NEW.member_id IS NULL OR membership.is_limited())
			OR account.id IS NOT NULL AND account.member_id IS NULL THEN 'account_id'
		WHEN account.member_id <> NEW.member_id THEN 'member_id'
		WHEN NEW.payment_id IS NOT NULL AND membership.is_limited()
			AND NOT EXISTS (SELECT FROM membership.user_payments p WHERE p.id = NEW.payment_id) THEN 'payment_id' END;
	IF NEW.status <> 'requested' THEN
		PERFORM ops.refuse('requested_at_first', 'status');
	ELSIF NEW.account_id IS NULL THEN
		PERFORM ops.refuse('required', 'account_id');
	ELSIF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'no such row' USING ERRCODE = 'foreign_key_violation', COLUMN = wrong;
	END IF;
	IF NEW.payment_id IS NOT NULL THEN
		PERFORM membership.lock_disputed(NEW.payment_id, NULL);	-- serializes payouts and disputes of the payment
	END IF;
	NEW.member_id := coalesce(account.member_id, NEW.member_id);
	NEW.reference := 'PO-' || NEW.id;
	NEW.requested_by := ops.caller();
	NEW.approved_by := NULL;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER a_complete BEFORE INSERT ON membership.user_payouts
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.complete_payout();

-- The a_complete trigger holds the lock of the payment, so all earlier payouts, refunds and disputes are visible.
CREATE OR REPLACE FUNCTION membership.check_payable() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	rest bigint := membership.left_of_payment(NEW.org_id, NEW.id, NEW.payment_id, NEW.currency, NULL);
BEGIN
	IF NEW.amount > rest THEN
		PERFORM ops.refuse('more_than_left', 'amount', rest::text);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER a_payable AFTER INSERT ON membership.user_payouts
	FOR EACH ROW WHEN (NEW.payment_id IS NOT NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.check_payable();

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.note_approval() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.account_id IS NULL THEN
		PERFORM ops.refuse('no_payout_account', 'account_id');
	END IF;
	NEW.approved_by := ops.caller();
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER b_status BEFORE UPDATE ON membership.user_payouts
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_transition('reason', 'approved_by', 'batch_id');
CREATE OR REPLACE TRIGGER c_approval BEFORE UPDATE OF status ON membership.user_payouts
	FOR EACH ROW WHEN (NEW.status = 'approved' AND OLD.status = 'requested' AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.note_approval();

-- Posts a payout to the ledger: the organization owes the approved amount until it is paid or cancelled.
CREATE OR REPLACE FUNCTION membership.book_payout() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	b record;
BEGIN
	FOR b IN SELECT x.* FROM (VALUES ('requested', 'approved', 'approved', 'payouts', 'payable'), ('sent', 'paid', 'paid', 'payable', 'cash'),
			('paid', 'failed', 'returned', 'cash', 'payable'), ('paid', 'failed', 'reversed', 'payable', 'payouts'),
			('sent', 'failed', 'reversed', 'payable', 'payouts'), ('approved', 'cancelled', 'reversed', 'payable', 'payouts'))
		x (was, becomes, event, debit, credit) WHERE (x.was, x.becomes) = (OLD.status, NEW.status) LOOP
		PERFORM membership.book(NEW.org_id, 'payout ' || NEW.id || ' ' || b.event, 'payout_' || b.event, NEW.member_id, NEW.currency,
			NEW.amount, b.debit, b.credit, 'user_payouts', NEW.id);
	END LOOP;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER book AFTER UPDATE OF status ON membership.user_payouts
	FOR EACH ROW WHEN (NEW.status <> OLD.status AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.book_payout();

-- Returns the reasons why a payout of the organization of app.org_id is not sent, or an empty array. Money that was
-- charged back or refunded is not paid out.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.payout_holds(payout bigint) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	RETURN ARRAY(SELECT h.reason FROM membership.user_payouts p,
		LATERAL (VALUES ('dispute', EXISTS (SELECT FROM membership.disputes d WHERE d.org_id = org AND d.status <> 'won'
				AND (d.payout_id = p.id OR d.payment_id = p.payment_id))),
			('payment', p.payment_id IS NOT NULL AND p.amount > membership.left_of_payment(org, p.id, p.payment_id, p.currency, p.status)),
			('kyc', membership.kyc_approved(org, p.member_id) IS NOT TRUE),
			('account', ops.sealed_text(org, 'payout_accounts', p.account_id, 'iban') IS NULL)) h (reason, holds)
		WHERE p.org_id = org AND p.id = payout AND h.holds ORDER BY h.reason);
END $$;

CREATE OR REPLACE VIEW membership.user_payouts_summary WITH (security_invoker) AS
SELECT p.org_id, p.id, p.member_id, p.account_id, p.payment_id, p.amount, p.currency, p.status, p.description, p.reason, p.reference,
	p.requested_by, p.approved_by, p.batch_id, p.created_at, p.updated_at,
	CASE WHEN p.status IN ('requested', 'approved', 'sent') THEN to_jsonb(membership.payout_holds(p.id)) ELSE '[]' END AS holds
  FROM membership.user_payouts p;
GRANT SELECT ON membership.user_payouts_summary TO tenantry_app;

CREATE OR REPLACE FUNCTION membership.check_sender() RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF membership.names_action('user_payouts', 'send') IS NOT TRUE THEN
		PERFORM ops.refuse('role');
	END IF;
END $$;

-- Sends up to 10,000 approved payouts in a currency, unless something holds them. Each payout is in one batch only.
-- Disputes and refunds lock the payment, and disputes then lock its payouts, so they are serialized with this function.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.create_payout_batch(account bigint, currency text, execute_on date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	b membership.payout_batches;
	payments bigint[];
	ready bigint[] := '{}';
	sum bigint := 0;
	p membership.user_payouts;
BEGIN
	PERFORM membership.check_sender();
	IF NOT EXISTS (SELECT FROM membership.payout_accounts a WHERE a.org_id = org AND a.id = account AND a.member_id IS NULL) THEN
		RAISE EXCEPTION 'no such row' USING ERRCODE = 'foreign_key_violation', COLUMN = 'account_id';
	ELSIF ops.sealed_text(org, 'payout_accounts', account, 'iban') IS NULL THEN
		PERFORM ops.refuse('iban_gone', 'account_id');
	ELSIF execute_on < current_date THEN
		PERFORM ops.refuse('in_the_past', 'execute_on');
	END IF;
	payments := ARRAY(SELECT m.id FROM membership.user_payments m WHERE m.org_id = org AND m.id IN (SELECT x.payment_id
		FROM membership.user_payouts x WHERE x.org_id = org AND x.status = 'approved'
		   AND x.currency = coalesce(create_payout_batch.currency, 'EUR')) ORDER BY m.id FOR NO KEY UPDATE);
	FOR p IN SELECT * FROM membership.user_payouts x WHERE x.org_id = org AND x.status = 'approved'
		  AND x.currency = coalesce(create_payout_batch.currency, 'EUR') AND (x.payment_id IS NULL OR x.payment_id = ANY (payments))
		 ORDER BY x.id LIMIT 10000 FOR NO KEY UPDATE SKIP LOCKED LOOP
		-- This is a separate statement, so that it sees a dispute for which the lock has waited.
		IF membership.payout_holds(p.id) = '{}' THEN
			ready := ready || p.id;
			sum := sum + p.amount;
		END IF;
	END LOOP;
	IF ready = '{}' THEN
		PERFORM ops.refuse('no_payout_ready');
	END IF;
	INSERT INTO membership.payout_batches (org_id, account_id, currency, execute_on, payouts, total, created_by)
	VALUES (org, account, coalesce(create_payout_batch.currency, 'EUR'), coalesce(create_payout_batch.execute_on, current_date),
		cardinality(ready), sum, ops.caller()) RETURNING * INTO b;
	UPDATE membership.user_payouts x SET status = 'sent', batch_id = b.id WHERE x.org_id = org AND x.id = ANY (ready);
	RETURN membership.row_json(b);
END $$;

-- Returns the exact amount in the format that banks use: 1250 is 12.50 in EUR.
CREATE OR REPLACE FUNCTION membership.major_units(amount bigint, currency text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT round(amount::numeric / crm.minor_units(currency), CASE crm.minor_units(currency) WHEN 1 THEN 0 WHEN 1000 THEN 3 ELSE 2 END)::text
$$;

-- Returns the contents of a batch file as text, with encrypted IBANs. The first row is for the organization. Returns no
-- row if the caller cannot see the batch. Payouts that the bank has not settled are checked again. Failed and withdrawn
-- payouts are not in the file.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.payout_file(batch bigint)
RETURNS TABLE (reference text, amount text, currency text, holder text, bic text, encrypted_iban text, about text, payouts text,
	execute_on text, created_at text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	held text;
BEGIN
	PERFORM membership.check_sender();
	SELECT string_agg(format('%s (%s)', x.reference, array_to_string(x.holds, ', ')), ', ' ORDER BY x.id) INTO held
	  FROM (SELECT p.id, p.reference, membership.payout_holds(p.id) AS holds FROM membership.user_payouts p
		WHERE p.org_id = org AND p.batch_id = batch AND p.status = 'sent') x
	 WHERE x.holds <> '{}';
	IF held IS NOT NULL THEN
		PERFORM ops.refuse('payouts_held', NULL, left(held, 1000));
	ELSIF NOT EXISTS (SELECT FROM membership.user_payouts p WHERE p.org_id = org AND p.batch_id = batch AND p.status <> 'failed')
	    AND EXISTS (SELECT FROM membership.payout_batches b WHERE b.org_id = org AND b.id = batch) THEN
		PERFORM ops.refuse('batch_empty');
	END IF;
	RETURN QUERY SELECT 'PB-' || b.id, membership.major_units(n.total::bigint, b.currency), b.currency, a.holder, a.bic,
			ops.sealed_text(org, 'payout_accounts', a.id, 'iban'), NULL::text, n.payouts::text, b.execute_on::text,
			to_char(b.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
		  FROM membership.payout_batches b JOIN membership.payout_accounts a ON a.org_id = b.org_id AND a.id = b.account_id,
			LATERAL (SELECT count(*) AS payouts, sum(p.amount) AS total FROM membership.user_payouts p
				WHERE p.org_id = org AND p.batch_id = b.id AND p.status <> 'failed') n
		 WHERE b.org_id = org AND b.id = batch;
	RETURN QUERY SELECT p.reference, membership.major_units(p.amount, p.currency), p.currency, a.holder, a.bic,
			ops.sealed_text(org, 'payout_accounts', a.id, 'iban'), coalesce(p.description, p.reference), NULL::text, NULL::text, NULL::text
		  FROM membership.user_payouts p JOIN membership.payout_accounts a ON a.org_id = p.org_id AND a.id = p.account_id
		 WHERE p.org_id = org AND p.batch_id = batch AND p.status <> 'failed' ORDER BY p.id;
END $$;

-- Processes the entries of a bank's statement, [{"reference", "status", "amount", "currency", "reason"}]. The status is
-- "paid" or "failed", and the amount is in minor units, or in major units as "decimal". Each payout changes its status
-- only once. Returns the result for each entry.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.take_payout_statement(entries text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	e record;
	p membership.user_payouts;
	effects jsonb := '[]';
	effect text;
BEGIN
	PERFORM membership.check_sender();
	-- The order of IDs prevents deadlocks between concurrent statements.
	FOR e IN SELECT x.* FROM jsonb_array_elements(entries::jsonb) WITH ORDINALITY t (entry, place),
		LATERAL (SELECT t.place, t.entry->>'reference' AS reference, t.entry->>'status' AS status, coalesce(t.entry->>'amount',
			CASE WHEN t.entry->>'decimal' ~ '^[0-9]{1,15}([.][0-9]{1,5})?$' THEN trim_scale((t.entry->>'decimal')::numeric
				* crm.minor_units(t.entry->>'currency'))::text END) AS amount,
			t.entry->>'currency' AS currency, left(t.entry->>'reason', 2000) AS reason) x
		ORDER BY substring(x.reference FROM '^PO-([0-9]{1,18})$')::bigint, x.place LOOP
		SELECT * INTO p FROM membership.user_payouts x WHERE x.org_id = org AND x.reference = e.reference FOR NO KEY UPDATE;
		effect := CASE WHEN NOT FOUND THEN 'unknown'
			WHEN (e.amount, e.currency) IS DISTINCT FROM (p.amount::text, p.currency) THEN 'another amount'
			WHEN e.status = p.status THEN 'known'
			WHEN e.status IN ('paid', 'failed') AND p.batch_id IS NOT NULL AND EXISTS (SELECT FROM membership.transitions() t
				WHERE (t.resource, t.action, t.from_status, t.to_status) = ('user_payouts', 'settle', p.status, e.status)) THEN e.status
			ELSE 'it is ' || p.status END;
		IF effect IN ('paid', 'failed') THEN
			UPDATE membership.user_payouts x SET status = e.status, reason = e.reason WHERE x.org_id = org AND x.id = p.id;
		END IF;
		effects := effects || jsonb_build_object('reference', e.reference, 'effect', effect);
	END LOOP;
	RETURN effects::text;
END $$;

DROP POLICY IF EXISTS readers ON membership.payout_batches;
CREATE POLICY readers ON membership.payout_batches FOR SELECT TO tenantry_app USING (true);
SELECT ops.require_module('membership.payout_batches', 'membership');
SELECT ops.restrict('membership.payout_batches', 'payout_batches');
