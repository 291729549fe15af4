-- The settings of members: six rows for each profile, which are created with the profile, and their effects.
-- needs: crm/time_zone.sql membership/membership.sql membership/module.sql membership/profile.sql ops/mail.sql

-- Adds the settings of a profile, except during the import of an archive, which contains them.
CREATE OR REPLACE FUNCTION membership.add_settings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF ops.mode('restoring') AND ops.archive() THEN
		RETURN NULL;
	END IF;
	INSERT INTO membership.user_settings (org_id, id) SELECT w.org_id, w.id FROM written w;
	INSERT INTO membership.user_security_settings (org_id, id) SELECT w.org_id, w.id FROM written w;
	INSERT INTO membership.user_notification_preferences (org_id, id) SELECT w.org_id, w.id FROM written w;
	INSERT INTO membership.user_payment_settings (org_id, id) SELECT w.org_id, w.id FROM written w;
	INSERT INTO membership.user_privacy_settings (org_id, id) SELECT w.org_id, w.id FROM written w;
	INSERT INTO membership.user_appearance_settings (org_id, id) SELECT w.org_id, w.id FROM written w;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER settings AFTER INSERT ON membership.user_profiles REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION membership.add_settings();

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY '{user_settings,user_security_settings,user_notification_preferences,user_payment_settings,user_privacy_settings,user_appearance_settings}'::text[] LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.%I FOR EACH ROW '
			'WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row()', t);
		PERFORM membership.audit_by_statement(format('membership.%I', t));
	END LOOP;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.check_time_zone() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM crm.check_time_zone(NEW.time_zone);
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON membership.user_settings
	FOR EACH ROW WHEN (NEW.time_zone IS NOT NULL) EXECUTE FUNCTION membership.check_time_zone();

-- Queues an email to a member of the organization in app.org_id. kind is the column of user_notification_preferences
-- that permits it. Returns false, without an email, for a former or suspended member, a member without an account, and
-- a member who has disabled these emails.
CREATE OR REPLACE FUNCTION membership.try_notify(member bigint, kind text, template text, data jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	address text;
	wanted boolean;
	language text;
BEGIN
	SELECT u.email, p.email AND coalesce(p.muted_until <= now(), true)
		AND coalesce((to_jsonb(p)->>kind)::boolean, false), coalesce(s.language, 'en')
	  INTO address, wanted, language
	  FROM membership.user_profiles m
	  JOIN identity."user" u ON u.id = m.user_id AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
	  JOIN identity.organization_member o ON o.organization_id = org AND o.user_id = u.id AND NOT o.disabled
	  JOIN membership.user_notification_preferences p ON p.org_id = org AND p.id = m.id
	  JOIN membership.user_settings s ON s.org_id = org AND s.id = m.id
	 WHERE m.org_id = org AND m.id = member;
	IF wanted THEN
		PERFORM ops.send_mail(template, address, language, data || jsonb_build_object('organization',
			(SELECT o.name FROM identity.organization o WHERE o.id = org)));
	END IF;
	RETURN wanted IS TRUE;
END $$;

CREATE OR REPLACE FUNCTION membership.notify(member bigint, kind text, template text, data jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM membership.try_notify(member, kind, template, data);
END $$;

-- Sets the defaults for the renewal of a membership and the currency of its fee to the choices of the member.
CREATE OR REPLACE FUNCTION membership.apply_payment_settings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	s membership.user_payment_settings;
BEGIN
	IF NEW.renews IS NULL OR NEW.fee IS NOT NULL AND NEW.currency IS NULL THEN
		SELECT * INTO s FROM membership.user_payment_settings x WHERE x.org_id = NEW.org_id AND x.id = NEW.member_id;
		NEW.renews := coalesce(NEW.renews, s.renews, false);
		IF NEW.fee IS NOT NULL THEN
			NEW.currency := coalesce(NEW.currency, s.currency);
		END IF;
	END IF;
	RETURN NEW;
END $$;

-- Because of its name, this trigger runs after a_member, which completes the member.
CREATE OR REPLACE TRIGGER ab_payment_settings BEFORE INSERT OR UPDATE OF renews, fee, currency ON membership.user_memberships
	FOR EACH ROW EXECUTE FUNCTION membership.apply_payment_settings();

-- Notifies a member that somebody else has renewed or cancelled the member's membership.
CREATE OR REPLACE FUNCTION membership.tell_membership() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM membership.notify(NEW.member_id, 'memberships', 'membership-' || CASE WHEN NEW.cancelled_on < NEW.starts_on
		THEN 'withdrawn' ELSE TG_ARGV[0] END, jsonb_build_object('tier', NEW.tier, 'begins', NEW.starts_on::text,
		'ends', least(NEW.ends_on, NEW.cancelled_on)::text));
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER tell_renewal AFTER INSERT ON membership.user_memberships
	FOR EACH ROW WHEN (NEW.renewed_from_id IS NOT NULL AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.tell_membership('renewed');
CREATE OR REPLACE TRIGGER tell_cancellation AFTER UPDATE OF status ON membership.user_memberships
	FOR EACH ROW WHEN (NEW.status = 'cancelled' AND OLD.status <> 'cancelled')
	EXECUTE FUNCTION membership.tell_membership('cancelled');

-- Sends an email about a sign-in from an address or with a program that no other session of the user has, if the user
-- has enabled these emails in one of their organizations.
CREATE OR REPLACE FUNCTION membership.alert_sign_in() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	org uuid;
	language text;
BEGIN
	FOR org IN SELECT m.organization_id FROM identity.organization_member m
	      JOIN identity.organization o ON o.id = m.organization_id AND 'membership' = ANY (o.modules)
	     WHERE m.user_id = NEW.user_id AND NOT m.disabled LOOP
		PERFORM ops.set_org(org);
		SELECT coalesce(g.language, 'en') INTO language FROM membership.user_profiles p
		  JOIN membership.user_security_settings s ON s.org_id = org AND s.id = p.id AND s.sign_in_alerts
		  JOIN membership.user_settings g ON g.org_id = org AND g.id = p.id
		 WHERE p.org_id = org AND p.user_id = NEW.user_id;
		EXIT WHEN FOUND;
	END LOOP;
	PERFORM ops.set_org(other);
	IF language IS NOT NULL AND NOT EXISTS (SELECT FROM identity.session s WHERE s.user_id = NEW.user_id AND s.id <> NEW.id
	    AND (s.ip_address, s.user_agent) IS NOT DISTINCT FROM (NEW.ip_address, NEW.user_agent)) THEN
		PERFORM ops.send_mail('new-sign-in', u.email, language, jsonb_build_object('address', coalesce(NEW.ip_address, '?'),
			'program', left(coalesce(NEW.user_agent, '?'), 200), 'moment', to_char(NEW.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')))
		  FROM identity."user" u WHERE u.id = NEW.user_id;
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER membership_alert AFTER INSERT ON identity.session
	FOR EACH ROW WHEN (NEW.impersonated_by IS NULL) EXECUTE FUNCTION membership.alert_sign_in();

-- Returns the members who have chosen to be in the directory, with the data that they show in it. Members with a
-- profile, and users whose role permits it, can read the directory.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.listed_members()
RETURNS TABLE (id bigint, first_name text, last_name text, headline text, bio text, birth_date date, city text, country text, email text,
	phone text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF 'membership' <> ALL (ops.modules())
	    OR membership.own_id() IS NULL AND ops.scope('member_directory', 'read') IS DISTINCT FROM 'all' THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT p.id, p.first_name, p.last_name, p.headline, CASE WHEN v.show_bio THEN p.bio END,
			CASE WHEN v.show_birth_date THEN p.birth_date END, a.city, a.country, e.value, f.value
		  FROM membership.user_privacy_settings v
		  JOIN membership.user_profiles p ON p.org_id = org AND p.id = v.id
		  JOIN identity.organization_member m ON m.organization_id = org AND m.user_id = p.user_id AND NOT m.disabled
		  LEFT JOIN membership.user_addresses a ON a.org_id = org AND a.member_id = p.id AND a.kind = 'home' AND a.is_default
			AND v.show_city
		  LEFT JOIN membership.user_contacts e ON e.org_id = org AND e.member_id = p.id AND e.kind = 'email' AND e.is_default
			AND v.show_email
		  LEFT JOIN membership.user_contacts f ON f.org_id = org AND f.member_id = p.id AND f.kind = 'phone' AND f.is_default
			AND v.show_phone
		 WHERE v.org_id = org AND v.listed;
END $$;

CREATE OR REPLACE VIEW membership.member_directory WITH (security_invoker) AS SELECT * FROM membership.listed_members();
GRANT SELECT ON membership.member_directory TO tenantry_app;
