-- Weekly emails to users who have enabled them, sent on Mondays at 07:00 in the time zone of the organization.
-- needs: ops/aside.sql ops/mail.sql ops/permission.sql

-- Returns the Monday of the last email before a time.
CREATE OR REPLACE FUNCTION ops.mail_week(at timestamptz, zone text) RETURNS date
LANGUAGE sql STABLE AS $$
	SELECT date_trunc('week', (at AT TIME ZONE zone) - interval '7 hours')::date
$$;

-- Returns the time at which the email of the following week is due.
CREATE OR REPLACE FUNCTION ops.next_mail_at(week date, zone text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
	SELECT (week + 7 + time '07:00') AT TIME ZONE zone
$$;

-- Moves the due times of emails when the time zone of the organization changes.
CREATE OR REPLACE FUNCTION ops.move_weekly_mail() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	UPDATE ops.weekly_mail_recipient r SET due_at = ops.next_mail_at(r.week, coalesce(NEW.time_zone, 'UTC'))
	 WHERE r.org_id = NEW.org_id;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER weekly_mail AFTER UPDATE OF time_zone ON crm.configuration
	FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION ops.move_weekly_mail();
CREATE OR REPLACE TRIGGER weekly_mail_of_new AFTER INSERT ON crm.configuration
	FOR EACH ROW WHEN (NEW.time_zone IS NOT NULL) EXECUTE FUNCTION ops.move_weekly_mail();

-- Returns the caller's setting. When it is off, next_at and language are null.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.show_weekly_mail(mail text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT json_build_object('enabled', r.id IS NOT NULL, 'language', r.language, 'next_at', r.due_at,
		'email_verified', (SELECT u.email_verified FROM identity."user" u WHERE u.id = ops.caller()))
	  FROM (SELECT) one LEFT JOIN ops.weekly_mail_recipient r
	    ON r.org_id = ops.org()
	   AND r.user_id = ops.caller() AND r.mail = show_weekly_mail.mail
$$;

-- Switches an email on or off for the caller. Switching it on again only changes the language, so that a user does not
-- get two emails in a week.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.set_weekly_mail(mail text, enabled boolean, language text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	uid text := ops.caller();
	zone text := crm.time_zone();
	this_week date := ops.mail_week(now(), zone);
BEGIN
	IF NOT enabled THEN
		DELETE FROM ops.weekly_mail_recipient r
		 WHERE r.org_id = org AND r.user_id = uid AND r.mail = set_weekly_mail.mail;
	ELSIF language NOT IN ('en', 'fr') THEN
		PERFORM ops.refuse('language_unknown', 'language');
	ELSIF ops.portal() OR ops.scope((SELECT m.resource FROM ops.weekly_mail m
	    WHERE m.name = set_weekly_mail.mail), 'read') IS NULL THEN
		PERFORM ops.refuse('role');
	ELSIF NOT (SELECT u.email_verified FROM identity."user" u WHERE u.id = uid) THEN
		PERFORM ops.refuse('email_unverified');
	ELSE
		INSERT INTO ops.weekly_mail_recipient AS r (org_id, user_id, mail, language, week, due_at)
		VALUES (org, uid, set_weekly_mail.mail, set_weekly_mail.language, this_week, ops.next_mail_at(this_week, zone))
		ON CONFLICT ON CONSTRAINT weekly_mail_recipient_key DO UPDATE SET language = excluded.language;
	END IF;
	RETURN ops.show_weekly_mail(mail);
END $$;

-- Returns a recipient whose email is due, for ops.send_weekly_mail(), or null if there is none. Recipients that another
-- process has locked are skipped.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.next_weekly_mail() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT r.id FROM ops.weekly_mail_recipient r WHERE r.due_at <= now()
	 ORDER BY r.due_at LIMIT 1 FOR UPDATE SKIP LOCKED
$$;

-- Returns whether the email must be written: the member must still have permission for it and a verified address, and
-- the organization must have the module.
CREATE OR REPLACE FUNCTION ops.wants_weekly_mail(kind ops.weekly_mail, m identity.organization_member) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT NOT m.disabled AND m.acts_as <> 'portal' AND EXISTS (SELECT FROM identity.organization o
		WHERE o.id = m.organization_id AND o.deleted_at IS NULL AND o.suspended_at IS NULL
		  AND (kind.module IS NULL OR kind.module = ANY (o.modules)))
	   AND EXISTS (SELECT FROM identity."user" u WHERE u.id = m.user_id AND u.email_verified
		AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true)))
$$;

-- Ends the week of a recipient, and lets the rest of the transaction act as the recipient. Returns no row if another
-- process has done so, or if there is no email to write.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.claim_weekly_mail(recipient bigint) RETURNS TABLE (language text, week date, source text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	r ops.weekly_mail_recipient;
	kind ops.weekly_mail;
	m identity.organization_member;
	zone text;
BEGIN
	SELECT x.* INTO r FROM ops.weekly_mail_recipient x
	 WHERE x.id = recipient AND x.due_at <= now() FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT x.* INTO m FROM identity.organization_member x WHERE x.organization_id = r.org_id AND x.user_id = r.user_id;
	SELECT x.* INTO kind FROM ops.weekly_mail x WHERE x.name = r.mail;
	PERFORM identity.act_as(m);
	zone := crm.time_zone();
	r.week := ops.mail_week(now(), zone);
	UPDATE ops.weekly_mail_recipient x SET week = r.week, due_at = ops.next_mail_at(r.week, zone) WHERE x.id = recipient;
	PERFORM ops.end_aside('weekly_mail', r.org_id, r.id::text);
	IF ops.wants_weekly_mail(kind, m) AND ops.scope(kind.resource, 'read') IS NOT NULL THEN
		RETURN QUERY SELECT r.language, r.week, kind.source;
	END IF;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.queue_weekly_mail(recipient bigint, data jsonb, site text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.send_mail(k.template, u.email, r.language, data || jsonb_build_object('url', site || k.page,
		'organization', (SELECT left(o.name, 200) FROM identity.organization o WHERE o.id = r.org_id)))
	  FROM ops.weekly_mail_recipient r JOIN ops.weekly_mail k ON k.name = r.mail JOIN identity."user" u ON u.id = r.user_id
	 WHERE r.id = recipient
$$;

-- Writes the email to a recipient in the transaction that ends the week, so that it is written once. The function runs
-- with the role of its caller, so that row security applies to the contents. Returns whether there was anything to
-- report.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.send_weekly_mail(recipient bigint, site text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	claimed record;
	data jsonb;
BEGIN
	SELECT * INTO claimed FROM ops.claim_weekly_mail(recipient);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	EXECUTE format('SELECT %s($1, $2)', claimed.source::regproc) INTO data USING claimed.language, claimed.week;
	IF data IS NULL THEN
		RETURN false;
	END IF;
	PERFORM ops.queue_weekly_mail(recipient, data, site);
	RETURN true;
END $$;

-- Sets aside an email that could not be written, so that it does not block others.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.defer_weekly_mail(recipient bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.weekly_mail_recipient r SET due_at = ops.set_aside('weekly_mail', r.org_id, r.id::text, 'P0001',
		'the log of tenantry-jobs has the reason')
	 WHERE r.id = recipient AND r.due_at <= now()
$$;
