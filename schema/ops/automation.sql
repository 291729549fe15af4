-- Effects of automation rules outside the writer's transaction.
-- needs: ops/aside.sql

-- Sends an email to the contact or user that the effect of a rule names. The function looks up the address itself. An
-- owner of the organization must have a verified address or be an operator. Otherwise, with open sign-up, anyone could
-- send any text to strangers. Hourly limits apply to the organization, to all organizations of its longest-standing
-- owner who meets this condition, and to the installation.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.mail_by_rule(effect jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	whom jsonb := crm.automation_recipient(org, CASE WHEN effect ? 'sales_id' THEN 'owner'
		ELSE 'contact' END, (effect->>'contact_id')::bigint, (effect->>'sales_id')::bigint);
	organization text := (SELECT o.name FROM identity.organization o WHERE o.id = org);
	hour text := to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDDHH24');
	payer text := (SELECT u.id FROM identity.organization_member m
		JOIN identity."user" u ON u.id = m.user_id
		WHERE m.organization_id = org AND m.acts_as = 'owner' AND NOT m.disabled
		  AND (u.email_verified OR u.role = 'admin') AND NOT coalesce(u.banned, false)
		ORDER BY u.created_at, u.id LIMIT 1);
BEGIN
	IF payer IS NULL THEN
		PERFORM ops.refuse('owner_unverified');
	ELSIF NOT identity.counts(format('rule mail %s %s', org, hour), 200, 7200) THEN
		PERFORM ops.refuse('rule_mails_of_organization');
	ELSIF NOT identity.counts(format('rule mail user %s %s', payer, hour), 500, 7200) THEN
		PERFORM ops.refuse('rule_mails_of_owner');
	ELSIF NOT identity.counts(format('rule mail all %s', hour), 10000, 7200) THEN
		PERFORM ops.refuse('rule_mails_of_all');
	END IF;
	IF effect->>'template' = 'booking_confirmation' THEN
		PERFORM ops.send_mail('booking-confirmation', whom->>'address',
			coalesce(effect->>'language', 'en'), jsonb_build_object(
			'name', left(coalesce(whom->>'name', '-'), 200), 'title', left(effect->>'title', 200),
			'moment', effect->>'moment', 'zone', effect->>'zone',
			'place', left(effect->>'place', 200), 'organization', organization));
	ELSE
		PERFORM ops.send_mail('message', whom->>'address', coalesce(effect->>'language', 'en'),
			jsonb_build_object('subject', left(effect->>'subject', 500),
			'text', left(effect->>'text', 10000), 'organization', organization));
	END IF;
END $$;

-- Stores the position of a waiting rule in the transaction of its effects.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.end_waiting_rule() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.automation_clock c
	   SET ran_until = greatest(c.ran_until, current_setting('app.rule_until', true)::timestamptz)
	 WHERE c.org_id = ops.org()
	   AND c.rule_id = nullif(current_setting('app.rule_id', true), '')::bigint
$$;

-- Sets the waiting rule of this transaction aside, to be retried later.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.set_rule_aside(state text, fault text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.automation_clock c SET looked_at = ops.set_aside('automation_waits', c.org_id, c.rule_id::text, state, fault)
	 WHERE c.org_id = ops.org()
	   AND c.rule_id = nullif(current_setting('app.rule_id', true), '')::bigint
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.end_rule_aside() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.end_aside('automation_waits', ops.org(),
		current_setting('app.rule_id', true))
$$;
