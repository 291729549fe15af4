-- Alerts for the staff, and rules that raise them for payments. Members cannot see alerts.
-- needs: membership/billing.sql membership/ledger.sql membership/payment.sql membership/transition.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.admin_alerts
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.monitoring_rules
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

-- Only functions that run as the owner add alerts.
DROP POLICY IF EXISTS readers ON membership.admin_alerts;
CREATE POLICY readers ON membership.admin_alerts FOR SELECT TO tenantry_app USING (true);
DROP POLICY IF EXISTS writers ON membership.admin_alerts;
CREATE POLICY writers ON membership.admin_alerts FOR UPDATE TO tenantry_app USING (true);
SELECT membership.append_only('transaction_monitoring');
SELECT ops.require_module('membership.monitoring_rules', 'membership');
SELECT ops.restrict('membership.monitoring_rules', 'monitoring_rules');

-- Returns the permitted changes of the status, and the callers who can make each of them. "staff" are callers whose
-- roles permit updates of alerts, "assignee" is the staff member to whom the alert is assigned, and "administrator" is
-- an owner or admin. None of them may be the member whom the alert is about.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.alert_transitions()
RETURNS TABLE (action text, from_status text, to_status text, callers text[])
LANGUAGE sql IMMUTABLE AS $$
	VALUES	('acknowledge', 'open', 'acknowledged', '{staff}'::text[]),
		('resolve', 'acknowledged', 'resolved', '{assignee,administrator}'),
		('dismiss', 'acknowledged', 'dismissed', '{assignee,administrator}'),
		('reopen', 'resolved', 'open', '{administrator}'),
		('reopen', 'dismissed', 'open', '{administrator}')
$$;

-- Returns the relations of the caller to an alert, by the words of the state machine.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.alert_callers(member bigint, assigned_to bigint) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF member = membership.own_id() OR NOT coalesce(ops.permits('admin_alerts', 'update', NULL), false) THEN
		RETURN '{}';
	END IF;
	RETURN ARRAY(SELECT w.word FROM (VALUES ('staff', true),
		('assignee', assigned_to = ops.sale()),
		('administrator', ops.administers())) w (word, holds) WHERE w.holds);
END $$;

-- Allows only changes of the status, its reason and the assignee.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.place_alert() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	allowed text[];
	caller text[];
BEGIN
	IF current_user <> 'tenantry_app' THEN
		RETURN NEW;
	ELSIF to_jsonb(NEW) - '{org_id,status,reason,assigned_to,acknowledged_at,closed_at,updated_at}'::text[]
	    <> to_jsonb(OLD) - '{org_id,status,reason,assigned_to,acknowledged_at,closed_at,updated_at}'::text[] THEN
		PERFORM ops.refuse('role');
	END IF;
	caller := membership.alert_callers(OLD.member_id, OLD.assigned_to);
	IF NEW.status = OLD.status THEN
		IF NOT (caller && '{administrator}' OR caller && '{staff}'
		    AND NEW.assigned_to IS NOT DISTINCT FROM ops.sale()) THEN
			PERFORM ops.refuse('role');
		ELSIF OLD.status IN ('resolved', 'dismissed') THEN
			PERFORM ops.refuse('state_is', 'status', OLD.status);
		END IF;
		RETURN NEW;
	END IF;
	SELECT t.callers INTO allowed FROM membership.alert_transitions() t
	 WHERE (t.from_status, t.to_status) = (OLD.status, NEW.status);
	IF NOT FOUND THEN
		PERFORM ops.refuse('state_change', 'status', NEW.status, OLD.status);
	ELSIF NOT allowed && caller THEN
		PERFORM ops.refuse('role');
	END IF;
	IF NEW.status = 'acknowledged' THEN
		NEW.assigned_to := coalesce(OLD.assigned_to, ops.sale());
		NEW.acknowledged_at := now();
	END IF;
	NEW.closed_at := CASE WHEN NEW.status IN ('resolved', 'dismissed') THEN now() END;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER place_status BEFORE UPDATE ON membership.admin_alerts
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_alert();

-- Changes the status of an alert by an action of the state machine. Returns no row if the caller cannot see the
-- alert.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.move_alert(alert bigint, action text, reason text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	a membership.admin_alerts;
	caller text[];
	next text;
BEGIN
	SELECT * INTO a FROM membership.admin_alerts x WHERE x.id = alert;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	caller := membership.alert_callers(a.member_id, a.assigned_to);
	IF NOT EXISTS (SELECT FROM membership.alert_transitions() t WHERE t.action = move_alert.action AND t.callers && caller) THEN
		PERFORM ops.refuse('role');
	END IF;
	SELECT t.to_status INTO next FROM membership.alert_transitions() t
	 WHERE t.action = move_alert.action AND t.from_status = a.status;
	IF NOT FOUND THEN
		PERFORM ops.refuse('action_in_state', 'status', action, a.status);
	END IF;
	UPDATE membership.admin_alerts x SET status = next, reason = move_alert.reason
	 WHERE x.id = alert AND x.status = a.status RETURNING x.* INTO a;
	IF NOT FOUND THEN
		PERFORM ops.refuse('changed_meanwhile', 'status');
	END IF;
	RETURN NEXT membership.row_json(a);
END $$;

-- Assigns an alert to a user of the organization. Returns no row if the caller cannot see the alert.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.assign_alert(alert bigint, sales_id bigint) RETURNS SETOF text
LANGUAGE sql AS $$
	UPDATE membership.admin_alerts x SET assigned_to = assign_alert.sales_id WHERE x.id = alert RETURNING membership.row_json(x)
$$;

-- Acknowledges the next open and unassigned alert for the caller: the most severe alert first, then the oldest.
-- Concurrent callers get different alerts, and nobody gets an alert about themselves. Returns null if there is none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.claim_alert() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	a membership.admin_alerts;
BEGIN
	IF NOT coalesce(ops.permits('admin_alerts', 'update', NULL), false) THEN
		PERFORM ops.refuse('role');
	END IF;
	SELECT * INTO a FROM membership.admin_alerts x WHERE x.status = 'open' AND x.assigned_to IS NULL
		AND x.member_id IS DISTINCT FROM membership.own_id()
	 ORDER BY CASE x.severity WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END, x.created_at, x.id
	 LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 'null';
	END IF;
	UPDATE membership.admin_alerts x SET status = 'acknowledged', reason = NULL WHERE x.id = a.id RETURNING x.* INTO a;
	RETURN membership.row_json(a);
END $$;

-- Returns what a rule finds in a received payment, or null. Checks of a member's payments are serialized until the
-- transaction ends, since a rule counts earlier payments.
CREATE OR REPLACE FUNCTION membership.rule_finding(r membership.monitoring_rules, p membership.user_payments) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	payments bigint;
	total numeric;
	country text;
BEGIN
	IF r.kind = 'amount' THEN
		RETURN CASE WHEN p.currency = r.currency AND p.amount >= r.amount THEN p.amount || ' ' || p.currency END;
	ELSIF r.kind = 'country' THEN
		SELECT a.country INTO country FROM membership.user_addresses a
		 WHERE a.org_id = p.org_id AND a.member_id = p.member_id AND a.is_default AND a.kind IN ('billing', 'home')
		 ORDER BY a.kind LIMIT 1;
		RETURN CASE WHEN country = ANY (string_to_array(r.countries, ' ')) THEN country END;
	END IF;
	SELECT count(*), coalesce(sum(x.amount) FILTER (WHERE x.currency = r.currency), 0) INTO payments, total
	  FROM membership.user_payments x WHERE x.org_id = p.org_id AND x.member_id = p.member_id AND x.status = 'succeeded'
	   AND x.succeeded_at > p.succeeded_at - make_interval(hours => r.hours);
	RETURN CASE WHEN payments >= r.payments OR total >= r.amount AND p.currency = r.currency
		THEN concat_ws(', ', payments || ' payments', total || ' ' || r.currency) END;
END $$;

CREATE OR REPLACE FUNCTION membership.monitor_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	r membership.monitoring_rules;
	finding text;
BEGIN
	FOR r IN SELECT x.* FROM membership.monitoring_rules x WHERE x.org_id = NEW.org_id AND x.enabled ORDER BY x.id LOOP
		PERFORM pg_advisory_xact_lock(crm.value_key(NEW.org_id, 'monitoring ' || NEW.member_id));
		finding := membership.rule_finding(r, NEW);
		CONTINUE WHEN finding IS NULL;
		INSERT INTO membership.transaction_monitoring (org_id, payment_id, rule_id, member_id, found)
		VALUES (NEW.org_id, NEW.id, r.id, NEW.member_id, finding)
		ON CONFLICT ON CONSTRAINT transaction_monitoring_payment_id_key DO NOTHING;
		CONTINUE WHEN NOT FOUND;
		INSERT INTO membership.admin_alerts (org_id, key, title, severity, member_id, resource, row_id)
		VALUES (NEW.org_id, format('payment %s rule %s', NEW.id, r.id), left(r.name || ': ' || finding, 500), r.severity,
			NEW.member_id, 'user_payments', NEW.id);
	END LOOP;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER monitor AFTER UPDATE OF status ON membership.user_payments
	FOR EACH ROW WHEN (NEW.status = 'succeeded' AND OLD.status <> 'succeeded' AND OLD.status <> 'refunded'
		AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.monitor_payment();
