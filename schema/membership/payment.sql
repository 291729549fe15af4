-- Payments and how members pay.
-- needs: membership/billing.sql membership/card_number.sql membership/contact.sql membership/ledger.sql

-- Members cancel their own payments, which is an update.
INSERT INTO identity.resource (name, actions, own_actions, module) VALUES
	('user_payment_methods', '{read,create,update,delete,export}', '{read,create,update,delete}', 'membership'),
	('user_payments', '{read,create,update,refund,export}', '{read,create,update}', 'membership')
ON CONFLICT (name) DO UPDATE
	SET actions = excluded.actions, own_actions = excluded.own_actions, module = excluded.module;

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_payment_methods
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION membership.touch_row();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_payments
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION membership.touch_row();
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

-- The state machine of payments: the changes, and who may make them. "member" is whom the payment is about, "staff" whose
-- roles permit to update payments, "administrator" an owner or admin, or whose roles permit refunds. Everything else is
-- refused.
CREATE OR REPLACE FUNCTION membership.payment_transitions()
RETURNS TABLE (action text, from_status text, to_status text, callers text[])
LANGUAGE sql IMMUTABLE AS $$
	VALUES	('succeed', 'pending', 'succeeded', '{staff}'::text[]),
		('fail', 'pending', 'failed', '{staff}'),
		('cancel', 'pending', 'cancelled', '{member,staff}'),
		('retry', 'failed', 'pending', '{member,staff}'),
		('refund', 'succeeded', 'refunded', '{administrator}')
$$;
GRANT EXECUTE ON FUNCTION membership.payment_transitions() TO tenantry_app;

-- Whether a role of the caller names refunds. The grants do not say so: those of a member are for all actions.
CREATE OR REPLACE FUNCTION membership.may_refund() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN current_setting('app.grants', true) <> '*' OR EXISTS (SELECT FROM identity.organization_member m
		WHERE m.organization_id = nullif(current_setting('app.org_id', true), '')::uuid
		  AND m.user_id = current_setting('app.user_id', true)
		  AND identity.may(m.organization_id, m.role, '{"user_payments": ["refund"]}'));
END $$;
GRANT EXECUTE ON FUNCTION membership.may_refund() TO tenantry_app;

-- What the caller is to a payment of a member. Functions of the owner are staff.
CREATE OR REPLACE FUNCTION membership.payment_callers(member bigint) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF current_user <> 'tenantry_app' THEN
		RETURN '{staff,administrator}';
	END IF;
	RETURN ARRAY(SELECT w.word FROM (VALUES ('member', member = membership.own_id()),
		('staff', ops.permits('user_payments', 'update', NULL)),
		('administrator', current_setting('app.role', true) IN ('owner', 'admin')
			OR ops.permits('user_payments', 'refund', NULL) AND membership.may_refund())) w (word, holds)
		WHERE w.holds);
END $$;
GRANT EXECUTE ON FUNCTION membership.payment_callers(bigint) TO tenantry_app;

-- Whether the caller may not see all rows: a foreign key would tell them of the others.
CREATE OR REPLACE FUNCTION membership.is_limited() RETURNS boolean
LANGUAGE sql STABLE AS $$ SELECT current_setting('app.grants', true) NOT IN ('', '*') $$;
GRANT EXECUTE ON FUNCTION membership.is_limited() TO tenantry_app;

-- Refuses a payment of an amount due that is not open, and keeps it so until the transaction ends.
CREATE OR REPLACE FUNCTION membership.check_open(schedule bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	status text := (SELECT d.status FROM membership.lock_billing_schedule(schedule) d);
BEGIN
	IF status <> 'open' THEN
		RAISE EXCEPTION 'the amount is %', status USING ERRCODE = 'ZH409', COLUMN = 'billing_schedule_id';
	END IF;
END $$;
GRANT EXECUTE ON FUNCTION membership.check_open(bigint) TO tenantry_app;

-- A new payment has the member, amount and currency of what it pays. Rows that the caller may not see, and those of another
-- member, are refused like missing ones.
CREATE OR REPLACE FUNCTION membership.complete_payment() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	due membership.user_billing_schedules;
BEGIN
	IF NEW.status <> 'pending' THEN
		RAISE EXCEPTION 'must be pending at first' USING ERRCODE = 'ZH422', COLUMN = 'status';
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
			RAISE EXCEPTION 'is not the amount due' USING ERRCODE = 'ZH422', COLUMN = 'amount';
		END IF;
		PERFORM membership.check_open(NEW.billing_schedule_id);
	END IF;
	IF NEW.amount IS NULL OR NEW.currency IS NULL THEN
		RAISE EXCEPTION 'is required' USING ERRCODE = 'ZH422',
			COLUMN = CASE WHEN NEW.amount IS NULL THEN 'amount' ELSE 'currency' END;
	END IF;
	RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION membership.complete_payment() TO tenantry_app;

CREATE OR REPLACE TRIGGER a_due BEFORE INSERT ON membership.user_payments
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.complete_payment();
CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.user_payments
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();

-- The method of another member is refused like a missing one.
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
GRANT EXECUTE ON FUNCTION membership.check_payment_method() TO tenantry_app;

CREATE OR REPLACE TRIGGER b_method BEFORE INSERT ON membership.user_payments
	FOR EACH ROW WHEN (NEW.payment_method_id IS NOT NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.check_payment_method();

-- Only the status changes, as membership.payment_transitions() says.
CREATE OR REPLACE FUNCTION membership.place_payment() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	allowed text[];
BEGIN
	IF to_jsonb(NEW) - '{org_id,status,reason,payment_method_id,succeeded_at,refunded_at,updated_at}'::text[]
	    <> to_jsonb(OLD) - '{org_id,status,reason,payment_method_id,succeeded_at,refunded_at,updated_at}'::text[] THEN
		RAISE EXCEPTION 'a payment cannot be changed' USING ERRCODE = 'ZH409';
	END IF;
	IF NEW.status <> OLD.status THEN
		SELECT t.callers INTO allowed FROM membership.payment_transitions() t
		 WHERE (t.from_status, t.to_status) = (OLD.status, NEW.status);
		IF NOT FOUND THEN
			RAISE EXCEPTION 'cannot become % while it is %', NEW.status, OLD.status
				USING ERRCODE = 'ZH409', COLUMN = 'status';
		ELSIF NOT allowed && membership.payment_callers(OLD.member_id) THEN
			RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
		ELSIF NEW.status = 'pending' AND NEW.billing_schedule_id IS NOT NULL THEN
			PERFORM membership.check_open(NEW.billing_schedule_id);
		END IF;
	END IF;
	NEW.succeeded_at := CASE WHEN NEW.status = 'succeeded' THEN coalesce(OLD.succeeded_at, now()) ELSE OLD.succeeded_at END;
	NEW.refunded_at := CASE WHEN NEW.status = 'refunded' THEN coalesce(OLD.refunded_at, now()) ELSE OLD.refunded_at END;
	RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION membership.place_payment() TO tenantry_app;

CREATE OR REPLACE TRIGGER b_status BEFORE UPDATE ON membership.user_payments
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_payment();

-- Books what has come in or was paid back, in the transaction of the change, and says whether the amount due is paid.
CREATE OR REPLACE FUNCTION membership.book_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF NEW.status = 'succeeded' THEN
		PERFORM membership.book(NEW.org_id, 'payment ' || NEW.id, 'payment', NEW.member_id, NEW.currency, NEW.amount,
			'cash', 'receivable', 'user_payments', NEW.id);
		UPDATE membership.user_billing_schedules s SET status = 'paid'
		 WHERE s.org_id = NEW.org_id AND s.id = NEW.billing_schedule_id AND s.status = 'open';
	ELSE
		PERFORM membership.book(NEW.org_id, 'refund ' || NEW.id, 'refund', NEW.member_id, NEW.currency, NEW.amount,
			'receivable', 'cash', 'user_payments', NEW.id);
		UPDATE membership.user_billing_schedules s SET status = 'open'
		 WHERE s.org_id = NEW.org_id AND s.id = NEW.billing_schedule_id AND s.status = 'paid';
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER book AFTER UPDATE OF status ON membership.user_payments
	FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.status IN ('succeeded', 'refunded')
		AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.book_payment();

-- Changes the status of a payment by an action of the state machine; no row if the caller may not see it.
CREATE OR REPLACE FUNCTION membership.move_payment(payment bigint, action text, reason text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	p membership.user_payments;
	t record;
BEGIN
	SELECT * INTO p FROM membership.user_payments x WHERE x.id = payment;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT * INTO STRICT t FROM membership.payment_transitions() x WHERE x.action = move_payment.action;
	IF NOT t.callers && membership.payment_callers(p.member_id) THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	ELSIF p.status <> t.from_status THEN
		RAISE EXCEPTION 'cannot become % while it is %', t.to_status, p.status USING ERRCODE = 'ZH409', COLUMN = 'status';
	END IF;
	-- The amount due first, as whoever adds a payment does, so that no two wait for each other.
	IF p.billing_schedule_id IS NOT NULL THEN
		PERFORM membership.lock_billing_schedule(p.billing_schedule_id);
	END IF;
	UPDATE membership.user_payments x SET status = t.to_status, reason = move_payment.reason
	 WHERE x.id = payment AND x.status = t.from_status RETURNING x.* INTO p;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'another request has changed it' USING ERRCODE = 'ZH409', COLUMN = 'status';
	END IF;
	RETURN NEXT membership.row_json(p);
END $$;
GRANT EXECUTE ON FUNCTION membership.move_payment(bigint, text, text) TO tenantry_app;

SELECT membership.restrict('user_payment_methods', 'member_id');
SELECT membership.restrict('user_payments', 'member_id');

-- Rows with amounts due or payments are kept, as those are records.
CREATE OR REPLACE FUNCTION membership.keep_billed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM membership.user_billing_schedules s WHERE s.org_id = OLD.org_id AND OLD.id = CASE TG_TABLE_NAME
			WHEN 'user_profiles' THEN s.member_id WHEN 'user_memberships' THEN s.membership_id ELSE s.subscription_id END)
	    OR TG_TABLE_NAME = 'user_profiles' AND EXISTS (
		SELECT FROM membership.user_payments p WHERE p.org_id = OLD.org_id AND p.member_id = OLD.id) THEN
		RAISE EXCEPTION 'it has amounts due or payments, which are kept' USING ERRCODE = 'ZH409';
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
