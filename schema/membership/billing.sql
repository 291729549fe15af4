-- Subscriptions, and the amounts due for their periods and for memberships.
-- needs: membership/card_number.sql membership/contact.sql membership/ledger.sql membership/membership.sql membership/task.sql membership/transition.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_subscriptions
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_billing_schedules
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();
CREATE OR REPLACE TRIGGER a_card BEFORE INSERT OR UPDATE ON membership.user_subscriptions
	FOR EACH ROW EXECUTE FUNCTION membership.refuse_card_numbers();
CREATE OR REPLACE TRIGGER a_card BEFORE INSERT OR UPDATE ON membership.user_billing_schedules
	FOR EACH ROW EXECUTE FUNCTION membership.refuse_card_numbers();
CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.user_subscriptions
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();
CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.user_billing_schedules
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();
CREATE OR REPLACE TRIGGER keep_member BEFORE UPDATE OF member_id ON membership.user_subscriptions
	FOR EACH ROW WHEN (NEW.member_id <> OLD.member_id) EXECUTE FUNCTION membership.keep_member();

-- Returns the first day of the n-th period, counted from 0. Periods are counted from the first period, so that a
-- subscription that began on the 31st continues on the 31st after a shorter month.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.period_start(starts_on date, interval_months integer, n integer) RETURNS date
LANGUAGE sql IMMUTABLE AS $$ SELECT (starts_on + make_interval(months => interval_months * n))::date $$;

-- Checks a change of a subscription. While a subscription is paused, periods that begin are not billed. A cancellation
-- is final.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.place_subscription() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		IF OLD.status = 'cancelled' AND (NEW.status, NEW.starts_on, NEW.ends_on, NEW.amount, NEW.currency, NEW.interval_months)
		    IS DISTINCT FROM (OLD.status, OLD.starts_on, OLD.ends_on, OLD.amount, OLD.currency, OLD.interval_months) THEN
			PERFORM ops.refuse('subscription_cancelled', 'status');
		ELSIF OLD.periods > 0 AND (NEW.starts_on, NEW.interval_months) <> (OLD.starts_on, OLD.interval_months) THEN
			PERFORM ops.refuse('periods_fixed', 'starts_on');
		END IF;
	END IF;
	IF NEW.status = 'cancelled' THEN
		NEW.cancelled_on := coalesce(NEW.cancelled_on, current_date);
	ELSIF TG_OP = 'UPDATE' AND OLD.status = 'paused' AND NEW.status = 'active' THEN
		WHILE membership.period_start(NEW.starts_on, NEW.interval_months, NEW.periods) < current_date LOOP
			NEW.periods := NEW.periods + 1;
		END LOOP;
	END IF;
	NEW.next_on := membership.period_start(NEW.starts_on, NEW.interval_months, NEW.periods);
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER b_status BEFORE INSERT OR UPDATE ON membership.user_subscriptions
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_subscription();

-- Locks an amount due of the organization of app.org_id until the transaction ends, and returns its status and whether
-- a payment for it is pending. The lock serializes new payments, retried payments and waivers. The function runs as the
-- owner, since a caller who waives amounts need not see payments.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.lock_billing_schedule(schedule bigint) RETURNS TABLE (status text, is_pending boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	SELECT s.status INTO lock_billing_schedule.status FROM membership.user_billing_schedules s
	 WHERE s.org_id = org AND s.id = schedule FOR NO KEY UPDATE;
	IF FOUND THEN
		-- This is a separate statement, so that it sees payments of transactions for which the lock has waited.
		is_pending := EXISTS (SELECT FROM membership.user_payments p
			WHERE p.org_id = org AND p.billing_schedule_id = schedule AND p.status = 'pending');
		RETURN NEXT;
	END IF;
END $$;

-- Checks a change of an amount due. An amount due can only be waived, which is final. Payments change its status
-- between open and paid, see book_payment().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.place_billing_schedule() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		IF NEW.status <> 'open' THEN
			PERFORM ops.refuse('open_at_first', 'status');
		END IF;
	ELSIF to_jsonb(NEW) - '{org_id,status,waive_reason,updated_at}'::text[] <> to_jsonb(OLD) - '{org_id,status,waive_reason,updated_at}'::text[] THEN
		PERFORM ops.refuse('amount_due_fixed');
	ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) <> ('open', 'waived')
	    AND (current_user = 'tenantry_app' OR OLD.status = 'waived') THEN
		PERFORM ops.refuse('state_change', 'status', NEW.status, OLD.status);
	ELSIF NEW.status = 'waived' AND OLD.status = 'open'
	    AND (SELECT d.is_pending FROM membership.lock_billing_schedule(OLD.id) d) THEN
		PERFORM ops.refuse('payment_pending', 'status');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER b_status BEFORE INSERT OR UPDATE ON membership.user_billing_schedules
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_billing_schedule();

-- Posts the amount that the member owes to the ledger, and reverses the posting when the amount is waived.
CREATE OR REPLACE FUNCTION membership.book_billing_schedule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		PERFORM membership.book(NEW.org_id, 'charge ' || NEW.id, 'charge', NEW.member_id, NEW.currency, NEW.amount,
			'receivable', 'income', 'user_billing_schedules', NEW.id);
	ELSIF NEW.status = 'waived' THEN
		PERFORM membership.book(NEW.org_id, 'waiver ' || NEW.id, 'waiver', NEW.member_id, NEW.currency, NEW.amount,
			'income', 'receivable', 'user_billing_schedules', NEW.id);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER book AFTER INSERT ON membership.user_billing_schedules
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.book_billing_schedule();
CREATE OR REPLACE TRIGGER book_waiver AFTER UPDATE OF status ON membership.user_billing_schedules
	FOR EACH ROW WHEN (NEW.status <> OLD.status AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.book_billing_schedule();

-- Waives an amount due. Returns no row if the caller cannot see it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.waive_billing_schedule(schedule bigint, reason text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	status text := (SELECT s.status FROM membership.user_billing_schedules s WHERE s.id = schedule);
BEGIN
	IF status <> 'open' THEN
		PERFORM ops.refuse('waived_in_state', 'status', status);
	END IF;
	RETURN QUERY UPDATE membership.user_billing_schedules s SET status = 'waived', waive_reason = reason
		WHERE s.id = schedule AND s.status = 'open' RETURNING membership.row_json(s);
	IF NOT FOUND AND status IS NOT NULL THEN
		PERFORM ops.refuse('changed_meanwhile', 'status');
	END IF;
END $$;

-- Bills the next period of an organization's subscriptions, and the fees of memberships that have begun, including
-- cancelled memberships, up to "batch" rows in total. Returns the number of rows. A period is billed when it begins. An
-- error in one row does not stop the others.
CREATE OR REPLACE FUNCTION membership.bill(org uuid, batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	s membership.user_subscriptions;
	m membership.user_memberships;
	n integer := 0;
BEGIN
	FOR s IN SELECT x.* FROM membership.user_subscriptions x WHERE x.org_id = org AND x.status = 'active'
		  AND x.next_on <= current_date AND (x.ends_on IS NULL OR x.next_on <= x.ends_on)
		ORDER BY x.next_on, x.id FOR UPDATE SKIP LOCKED LOOP
		EXIT WHEN n >= batch;
		BEGIN
			INSERT INTO membership.user_billing_schedules (org_id, member_id, subscription_id, description,
				period_starts_on, period_ends_on, due_on, amount, currency)
			VALUES (org, s.member_id, s.id, s.plan, s.next_on, membership.period_start(s.starts_on, s.interval_months,
				s.periods + 1) - 1, s.next_on, s.amount, s.currency)
			ON CONFLICT ON CONSTRAINT user_billing_schedules_subscription_id_key DO NOTHING;
			UPDATE membership.user_subscriptions x SET periods = x.periods + 1 WHERE x.org_id = org AND x.id = s.id;
			n := n + 1;
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING 'billing of the subscription % of %: %', s.id, org, SQLERRM;
		END;
	END LOOP;
	FOR m IN SELECT x.* FROM membership.user_memberships x WHERE x.org_id = org AND x.billed_on IS NULL AND x.fee > 0
		  AND (x.status = 'active' OR x.status = 'cancelled' AND x.cancelled_on >= x.starts_on)
		  AND x.starts_on <= current_date
		  AND (x.ends_on IS NULL OR x.ends_on >= x.created_at::date)	-- earlier memberships were billed elsewhere
		ORDER BY x.starts_on, x.id FOR UPDATE SKIP LOCKED LOOP
		EXIT WHEN n >= batch;
		BEGIN
			INSERT INTO membership.user_billing_schedules (org_id, member_id, membership_id, description, period_starts_on,
				period_ends_on, due_on, amount, currency)
			VALUES (org, m.member_id, m.id, m.tier, m.starts_on, m.ends_on, m.starts_on, m.fee, m.currency)
			ON CONFLICT ON CONSTRAINT user_billing_schedules_membership_id_key DO NOTHING;
			UPDATE membership.user_memberships x SET billed_on = current_date WHERE x.org_id = org AND x.id = m.id;
			n := n + 1;
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING 'billing of the membership % of %: %', m.id, org, SQLERRM;
		END;
	END LOOP;
	RETURN n;
END $$;

-- Bills members in organizations whose turn is due.
CREATE OR REPLACE FUNCTION membership.bill_members(batch integer) RETURNS integer
LANGUAGE sql AS $$ SELECT membership.in_organizations('bill', batch) $$;

-- Makes the task due, so that a period that begins today is billed within a minute.
CREATE OR REPLACE FUNCTION membership.bill_soon() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM ops.call_turn(ops.org(), 'membership_bill');
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER bill_soon AFTER INSERT OR UPDATE ON membership.user_subscriptions
	FOR EACH STATEMENT EXECUTE FUNCTION membership.bill_soon();
CREATE OR REPLACE TRIGGER bill_soon AFTER INSERT OR UPDATE ON membership.user_memberships
	FOR EACH STATEMENT EXECUTE FUNCTION membership.bill_soon();
