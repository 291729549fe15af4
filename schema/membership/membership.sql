-- Memberships: the tier of a member in a period, renewal and cancellation. The audit log contains the history.
-- needs: crm/uniqueness.sql membership/card_number.sql membership/contact.sql membership/module.sql membership/transition.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_memberships
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

-- The tier becomes the text of bills, so it is checked as well.
CREATE OR REPLACE TRIGGER a_card BEFORE INSERT OR UPDATE ON membership.user_memberships
	FOR EACH ROW EXECUTE FUNCTION membership.refuse_card_numbers();

CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.user_memberships
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();

CREATE OR REPLACE TRIGGER keep_member BEFORE UPDATE OF member_id ON membership.user_memberships
	FOR EACH ROW WHEN (NEW.member_id <> OLD.member_id) EXECUTE FUNCTION membership.keep_member();

-- Returns the statuses that may follow a status. A cancellation is final, so a new membership is a separate row.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.next_statuses(status text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE status WHEN 'pending' THEN '{active,cancelled}'::text[] WHEN 'active' THEN '{suspended,cancelled}'
		WHEN 'suspended' THEN '{active,cancelled}' ELSE '{}' END
$$;

-- Checks a change of status. A cancelled membership ends on the day of its cancellation, unless it would end earlier. A
-- membership that is cancelled while it is pending has never begun.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.place_status() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		NULL;	-- past memberships can be added with any status
	ELSIF OLD.status = 'cancelled' AND (NEW.tier, NEW.status, NEW.starts_on, NEW.ends_on, NEW.renews, NEW.fee, NEW.currency)
	    IS DISTINCT FROM (OLD.tier, OLD.status, OLD.starts_on, OLD.ends_on, OLD.renews, OLD.fee, OLD.currency) THEN
		PERFORM ops.refuse('membership_cancelled', 'status');
	ELSIF NEW.status <> ALL (membership.next_statuses(OLD.status) || OLD.status)
	    AND NEW.status IN ('pending', 'active', 'suspended', 'cancelled') THEN	-- a constraint refuses other values
		PERFORM ops.refuse('state_change', 'status', NEW.status, OLD.status);
	END IF;
	IF NEW.status = 'cancelled' THEN
		NEW.cancelled_on := coalesce(NEW.cancelled_on, current_date);
		IF TG_OP = 'UPDATE' AND OLD.status = 'pending' THEN
			NEW.cancelled_on := least(NEW.cancelled_on, current_date, NEW.starts_on - 1);
		END IF;
		NEW.renews := false;
		IF NEW.cancelled_on >= NEW.starts_on THEN
			NEW.ends_on := least(NEW.ends_on, NEW.cancelled_on);
		END IF;
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER b_status BEFORE INSERT OR UPDATE ON membership.user_memberships
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_status();

-- Refuses a membership that overlaps with another membership, and names the other membership. The exclusion constraint
-- would refuse it without naming the other membership. The lock serializes writers, which could otherwise deadlock in
-- the constraint.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.refuse_overlap() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	other bigint;
BEGIN
	PERFORM pg_advisory_xact_lock(crm.value_key(NEW.org_id, 'user_memberships ' || coalesce(NEW.member_id, 0)));
	IF NEW.cancelled_on < NEW.starts_on THEN
		RETURN NEW;
	END IF;
	SELECT m.id INTO other FROM membership.user_memberships m
	 WHERE m.member_id = NEW.member_id AND m.id <> NEW.id AND (m.cancelled_on IS NULL OR m.cancelled_on >= m.starts_on)
	   AND (NEW.ends_on IS NULL OR m.starts_on <= NEW.ends_on) AND (m.ends_on IS NULL OR m.ends_on >= NEW.starts_on)
	 ORDER BY m.starts_on LIMIT 1;
	IF FOUND THEN
		PERFORM ops.refuse_with(json_build_object('resource', 'user_memberships', 'id', other)::text,
			'membership_overlaps', 'starts_on', other::text);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER c_overlap BEFORE INSERT OR UPDATE ON membership.user_memberships
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.refuse_overlap();

-- Cancels a membership on a day (default: today). Returns no row if the caller cannot see the membership.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.cancel_membership(membership bigint, on_day date, reason text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	IF on_day < current_date THEN
		PERFORM ops.refuse('in_the_past', 'on');
	ELSIF EXISTS (SELECT FROM membership.user_memberships m WHERE m.id = membership AND m.status = 'cancelled') THEN
		PERFORM ops.refuse('membership_cancelled_already', 'status');
	END IF;
	RETURN QUERY UPDATE membership.user_memberships m
		SET status = 'cancelled', cancelled_on = coalesce(on_day, current_date), cancel_reason = reason
		WHERE m.id = membership AND m.status <> 'cancelled' RETURNING membership.row_json(m);
	IF NOT FOUND AND EXISTS (SELECT FROM membership.user_memberships m WHERE m.id = membership) THEN
		PERFORM ops.refuse('changed_meanwhile', 'status');
	END IF;
END $$;

-- Adds the membership that follows a membership with an end. It has the same length (in months if the previous period
-- consists of whole months), the same tier and the same fee.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.renew_membership(membership bigint, last_day date) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	m membership.user_memberships;
	first date;
	months integer;
BEGIN
	SELECT * INTO m FROM membership.user_memberships x WHERE x.id = membership;
	IF NOT FOUND THEN
		RETURN;
	ELSIF m.status = 'cancelled' THEN
		PERFORM ops.refuse('membership_cancelled', 'status');
	ELSIF m.ends_on IS NULL THEN
		PERFORM ops.refuse('membership_endless', 'ends_on');
	END IF;
	first := m.ends_on + 1;
	SELECT extract(year FROM a) * 12 + extract(month FROM a) INTO months FROM age(first, m.starts_on) a
	 WHERE extract(day FROM a) = 0;
	RETURN QUERY INSERT INTO membership.user_memberships AS r (member_id, tier, status, starts_on, ends_on, renews, fee,
			currency, renewed_from_id)
		VALUES (m.member_id, m.tier, 'active', first, coalesce(last_day, CASE WHEN months > 0
			THEN (first + make_interval(months => months))::date - 1 ELSE first + (m.ends_on - m.starts_on) END),
			m.renews, m.fee, m.currency, m.id)
		RETURNING membership.row_json(r);
END $$;
