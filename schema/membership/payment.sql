-- Payments and payment methods of members.
-- needs: membership/billing.sql membership/card_number.sql membership/contact.sql membership/ledger.sql membership/transition.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_payment_methods
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_payments
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();
CREATE OR REPLACE TRIGGER a_card BEFORE INSERT OR UPDATE ON membership.user_payment_methods
	FOR EACH ROW EXECUTE FUNCTION membership.refuse_card_numbers();
CREATE OR REPLACE TRIGGER a_card BEFORE INSERT OR UPDATE ON membership.user_payments
	FOR EACH ROW EXECUTE FUNCTION membership.refuse_card_numbers();

CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.user_payment_methods
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();
CREATE OR REPLACE TRIGGER keep_member BEFORE UPDATE OF member_id ON membership.user_payment_methods
	FOR EACH ROW WHEN (NEW.member_id <> OLD.member_id) EXECUTE FUNCTION membership.keep_member();
CREATE OR REPLACE TRIGGER place_default BEFORE INSERT OR UPDATE OF kind, is_default ON membership.user_payment_methods
	FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_default();
CREATE OR REPLACE TRIGGER promote_default AFTER DELETE ON membership.user_payment_methods
	FOR EACH ROW WHEN (OLD.is_default AND pg_trigger_depth() = 0
		AND current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION membership.promote_default();
CREATE OR REPLACE TRIGGER promote_default_of_kind AFTER UPDATE OF kind ON membership.user_payment_methods
	FOR EACH ROW WHEN (OLD.is_default AND NEW.kind <> OLD.kind) EXECUTE FUNCTION membership.promote_default();

-- Returns whether the caller may see only some rows. In this case, a foreign key would reveal the existence of other
-- rows.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.is_limited() RETURNS boolean
LANGUAGE sql STABLE AS $$ SELECT current_setting('app.grants', true) NOT IN ('', '*') $$;

-- Refuses a payment for an amount due that is not open, and keeps the amount due open until the transaction ends.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.check_open(schedule bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	status text := (SELECT d.status FROM membership.lock_billing_schedule(schedule) d);
BEGIN
	IF status <> 'open' THEN
		PERFORM ops.refuse('amount_due_state', 'billing_schedule_id', status);
	END IF;
END $$;

-- Completes a payment. A new payment gets the member, the amount and the currency of the amount due. Rows that the
-- caller cannot see, and rows of a different member, are refused like missing rows.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.complete_payment() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	due membership.user_billing_schedules;
BEGIN
	IF NEW.status <> 'pending' THEN
		PERFORM ops.refuse('pending_at_first', 'status');
	END IF;
	IF NEW.billing_schedule_id IS NOT NULL THEN
		SELECT * INTO due FROM membership.user_billing_schedules s WHERE s.id = NEW.billing_schedule_id;
		NEW.member_id := coalesce(NEW.member_id, due.member_id);
		IF NEW.member_id <> due.member_id OR NOT FOUND AND membership.is_limited() THEN
			RAISE EXCEPTION 'no such row' USING ERRCODE = 'foreign_key_violation', COLUMN = 'billing_schedule_id';
		END IF;
		NEW.amount := coalesce(NEW.amount, due.amount);
		NEW.currency := coalesce(NEW.currency, due.currency);
		IF (NEW.amount, NEW.currency) <> (due.amount, due.currency) THEN
			PERFORM ops.refuse('not_the_amount_due', 'amount');
		END IF;
		PERFORM membership.check_open(NEW.billing_schedule_id);
	END IF;
	IF NEW.amount IS NULL OR NEW.currency IS NULL THEN
		PERFORM ops.refuse('required', CASE WHEN NEW.amount IS NULL THEN 'amount' ELSE 'currency' END);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER a_due BEFORE INSERT ON membership.user_payments
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.complete_payment();
CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.user_payments
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();

-- Refuses a payment method of a different member like a missing row.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.check_payment_method() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	owner bigint := (SELECT m.member_id FROM membership.user_payment_methods m WHERE m.id = NEW.payment_method_id);
BEGIN
	IF owner <> NEW.member_id OR owner IS NULL AND membership.is_limited() THEN
		RAISE EXCEPTION 'no such row' USING ERRCODE = 'foreign_key_violation', COLUMN = 'payment_method_id';
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER b_method BEFORE INSERT ON membership.user_payments
	FOR EACH ROW WHEN (NEW.payment_method_id IS NOT NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.check_payment_method();

-- Applies the consequences of a change of the status, which membership.place_transition() has allowed, or of the
-- refunded amount.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.date_payment() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.status = 'pending' AND NEW.billing_schedule_id IS NOT NULL THEN
		PERFORM membership.check_open(NEW.billing_schedule_id);
	ELSIF NEW.status = 'succeeded' AND OLD.status NOT IN ('pending', 'succeeded') AND EXISTS (SELECT FROM membership.user_payments p
	    WHERE p.org_id = NEW.org_id AND p.billing_schedule_id = NEW.billing_schedule_id AND p.id <> NEW.id
	      AND p.status IN ('pending', 'succeeded')) THEN
		NEW.billing_schedule_id := NULL;	-- the amount due was already paid, so this late payment is a prepayment
	END IF;
	IF NEW.refunded_amount <> OLD.refunded_amount AND current_user = 'tenantry_app' THEN
		PERFORM ops.refuse('row_fixed');
	END IF;
	NEW.succeeded_at := CASE WHEN NEW.status = 'succeeded' THEN coalesce(OLD.succeeded_at, now()) ELSE OLD.succeeded_at END;
	NEW.refunded_at := CASE WHEN NEW.refunded_amount > OLD.refunded_amount THEN now() WHEN NEW.refunded_amount > 0 THEN OLD.refunded_at END;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER b_status BEFORE UPDATE ON membership.user_payments
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_transition('reason', 'payment_method_id', 'succeeded_at', 'refunded_at', 'refunded_amount', 'provider_payment', 'asked');
CREATE OR REPLACE TRIGGER c_date BEFORE UPDATE OF status, refunded_amount ON membership.user_payments
	FOR EACH ROW WHEN ((NEW.status <> OLD.status OR NEW.refunded_amount <> OLD.refunded_amount) AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.date_payment();

-- Posts received money to the ledger in the transaction of the change, and marks the amount due as paid.
-- membership.book_refund() posts refunds.
CREATE OR REPLACE FUNCTION membership.book_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF NEW.status = 'succeeded' THEN
		PERFORM membership.book(NEW.org_id, 'payment ' || NEW.id, 'payment', NEW.member_id, NEW.currency, NEW.amount,
			'cash', 'receivable', 'user_payments', NEW.id);
		UPDATE membership.user_billing_schedules s SET status = 'paid'
		 WHERE s.org_id = NEW.org_id AND s.id = NEW.billing_schedule_id AND s.status = 'open';
	ELSE
		UPDATE membership.user_billing_schedules s SET status = 'open'
		 WHERE s.org_id = NEW.org_id AND s.id = NEW.billing_schedule_id AND s.status = 'paid';
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER book AFTER UPDATE OF status ON membership.user_payments
	FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.status IN ('succeeded', 'refunded')
		AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.book_payment();

-- Locks a payment of the organization, after its amount due.
CREATE OR REPLACE FUNCTION membership.lock_payment(org uuid, payment bigint) RETURNS membership.user_payments
LANGUAGE plpgsql AS $$
DECLARE
	p membership.user_payments;
BEGIN
	PERFORM membership.lock_billing_schedule(x.billing_schedule_id) FROM membership.user_payments x
	 WHERE x.org_id = org AND x.id = payment AND x.billing_schedule_id IS NOT NULL;
	SELECT * INTO p FROM membership.user_payments x WHERE x.org_id = org AND x.id = payment FOR NO KEY UPDATE;
	RETURN p;
END $$;

-- Changes the status of a payment by an action of the state machine. Returns no row if the caller cannot see the
-- payment. A payment that a provider charges is cancelled at the provider, and the row changes after the provider has
-- responded.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.move_payment(payment bigint, action text, reason text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	p membership.user_payments;
BEGIN
	SELECT * INTO p FROM membership.user_payments x WHERE x.id = payment;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF action = 'refund' THEN
		RETURN QUERY SELECT * FROM membership.refund_payment(payment, NULL, NULL, reason);
		RETURN;
	END IF;
	PERFORM membership.wanted_transition('user_payments', to_jsonb(p), action);
	-- Locks the amount due first, in the same order as a new payment, to avoid a deadlock.
	IF p.billing_schedule_id IS NOT NULL THEN
		PERFORM membership.lock_billing_schedule(p.billing_schedule_id);
	END IF;
	IF p.provider IS NOT NULL AND action <> 'retry' THEN
		PERFORM membership.ask_provider(payment, action, reason);
		RETURN QUERY SELECT membership.row_json(x) FROM membership.user_payments x WHERE x.id = payment;
		RETURN;
	END IF;
	RETURN QUERY SELECT * FROM membership.move_row('user_payments', payment, action, 'reason', reason);
END $$;

-- Refuses to delete rows with amounts due or payments, since amounts due and payments are records.
CREATE OR REPLACE FUNCTION membership.keep_billed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM membership.user_billing_schedules s WHERE s.org_id = OLD.org_id AND OLD.id = CASE TG_TABLE_NAME
			WHEN 'user_profiles' THEN s.member_id WHEN 'user_memberships' THEN s.membership_id ELSE s.subscription_id END)
	    OR TG_TABLE_NAME = 'user_profiles' AND EXISTS (
		SELECT FROM membership.user_payments p WHERE p.org_id = OLD.org_id AND p.member_id = OLD.id) THEN
		PERFORM ops.refuse('payments_kept');
	END IF;
	RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER keep_billed BEFORE DELETE ON membership.user_profiles
	FOR EACH ROW WHEN (current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION membership.keep_billed();
CREATE OR REPLACE TRIGGER keep_billed BEFORE DELETE ON membership.user_memberships
	FOR EACH ROW WHEN (current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION membership.keep_billed();
CREATE OR REPLACE TRIGGER keep_billed BEFORE DELETE ON membership.user_subscriptions
	FOR EACH ROW WHEN (current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION membership.keep_billed();
