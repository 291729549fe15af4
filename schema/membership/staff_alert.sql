-- Alerts about sessions of the staff, in each organization with the module to whose staff the user belongs.
-- needs: identity/event.sql identity/staff_session.sql membership/alert.sql

-- Raises an alert, once for each key, in the organizations to whose staff the user belongs.
CREATE OR REPLACE FUNCTION membership.alert_staff(uid text, key text, title text, severity text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	m identity.organization_member;
BEGIN
	FOR m IN SELECT x.* FROM identity.organization_member x
	      JOIN identity.organization o ON o.id = x.organization_id AND 'membership' = ANY (o.modules)
	     WHERE x.user_id = uid AND x.acts_as <> 'portal' AND NOT x.disabled ORDER BY x.organization_id LOOP
		PERFORM ops.set_org(m.organization_id);
		INSERT INTO membership.admin_alerts (org_id, key, title, severity, resource, row_id)
		SELECT m.organization_id, alert_staff.key, left(u.name, 200) || ': ' || left(alert_staff.title, 290), alert_staff.severity,
			'sales', m.sales_id
		  FROM identity."user" u WHERE u.id = uid
		ON CONFLICT ON CONSTRAINT admin_alerts_key_key DO NOTHING;
	END LOOP;
	PERFORM ops.set_org(other);
END $$;

-- Raises an alert about a sign-in from an address or with a program that the event log does not list for the user. The
-- first sign-in raises no alert.
CREATE OR REPLACE FUNCTION membership.alert_staff_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	before integer;
	same_address integer;
	same_program integer;
BEGIN
	SELECT count(*), count(*) FILTER (WHERE e.address IS NOT DISTINCT FROM NEW.ip_address),
		count(*) FILTER (WHERE e.user_agent IS NOT DISTINCT FROM NEW.user_agent)
	  INTO before, same_address, same_program
	  FROM identity.event e WHERE e.user_id = NEW.user_id AND e.action = 'session.created' AND e.data->>'session' <> NEW.id;
	IF before > 0 AND (same_address = 0 OR same_program = 0) THEN
		PERFORM membership.alert_staff(NEW.user_id, 'session ' || NEW.id, format('sign-in from a new %s: %s, %s',
			CASE WHEN same_program > 0 THEN 'address' WHEN same_address > 0 THEN 'device' ELSE 'address and device' END,
			coalesce(NEW.ip_address, '?'), left(coalesce(NEW.user_agent, '?'), 200)),
			CASE WHEN same_address + same_program = 0 THEN 'medium' ELSE 'low' END);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER membership_staff_alert AFTER INSERT ON identity.session
	FOR EACH ROW WHEN (NEW.impersonated_by IS NULL) EXECUTE FUNCTION membership.alert_staff_session();

CREATE OR REPLACE FUNCTION membership.alert_staff_factor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM membership.alert_staff(NEW.id, format('second factor %s %s', NEW.id, pg_current_xact_id()), 'second factor switched off',
		'high');
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER membership_staff_alert AFTER UPDATE OF two_factor_enabled ON identity."user"
	FOR EACH ROW WHEN (OLD.two_factor_enabled AND NEW.two_factor_enabled IS NOT TRUE)
	EXECUTE FUNCTION membership.alert_staff_factor();

CREATE OR REPLACE FUNCTION membership.alert_staff_policy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
BEGIN
	PERFORM ops.set_org(NEW.id);
	INSERT INTO membership.admin_alerts (org_id, key, title, severity)
	VALUES (NEW.id, 'staff policy ' || pg_current_xact_id(), format('%s: policy for the staff changed: second factor %s, idle %s, in all %s',
		coalesce((SELECT left(u.name, 200) FROM identity."user" u WHERE u.id = ops.caller()), 'the operator'),
		CASE WHEN NEW.staff_second_factor THEN 'required' ELSE 'not required' END,
		coalesce(NEW.staff_idle_minutes || ' min', 'any'), coalesce(NEW.staff_max_minutes || ' min', 'any')), 'high')
	ON CONFLICT ON CONSTRAINT admin_alerts_key_key DO NOTHING;
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER membership_staff_alert
	AFTER UPDATE OF staff_second_factor, staff_idle_minutes, staff_max_minutes ON identity.organization
	FOR EACH ROW WHEN ('membership' = ANY (NEW.modules) AND (OLD.staff_second_factor <> NEW.staff_second_factor
		OR OLD.staff_idle_minutes IS DISTINCT FROM NEW.staff_idle_minutes
		OR OLD.staff_max_minutes IS DISTINCT FROM NEW.staff_max_minutes))
	EXECUTE FUNCTION membership.alert_staff_policy();

-- Raises an alert about five refused attempts within 15 minutes, at most once an hour.
CREATE OR REPLACE FUNCTION membership.alert_staff_refusals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF (SELECT count(*) FROM identity.event e WHERE e.user_id = NEW.user_id AND e.at > now() - interval '15 minutes'
	    AND e.action IN ('sign-in.refused', 'second-factor.refused')) >= 5 THEN
		PERFORM membership.alert_staff(NEW.user_id, format('refusals %s %s', NEW.user_id, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')),
			'several failed sign-ins, the last one from ' || coalesce(NEW.address, '?'), 'medium');
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER membership_staff_alert AFTER INSERT ON identity.event
	FOR EACH ROW WHEN (NEW.user_id IS NOT NULL AND NEW.action IN ('sign-in.refused', 'second-factor.refused'))
	EXECUTE FUNCTION membership.alert_staff_refusals();
