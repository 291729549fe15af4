-- Effects of automation rules outside the writer's transaction.

-- Mails to the contact or user named by the effect of a rule: it looks up the address itself,
-- and sends at most 200 mails an hour for an organization.
CREATE OR REPLACE FUNCTION ops.mail_by_rule(effect jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	whom jsonb := crm.automation_recipient(org, CASE WHEN effect ? 'sales_id' THEN 'owner'
		ELSE 'contact' END, (effect->>'contact_id')::bigint, (effect->>'sales_id')::bigint);
	organization text := (SELECT o.name FROM identity.organization o WHERE o.id = org);
BEGIN
	IF NOT identity.counts(format('rule mail %s %s', org,
	    to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDDHH24')), 200, 7200) THEN
		RAISE EXCEPTION 'rules have sent 200 mails within the hour' USING ERRCODE = 'ZH429';
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
GRANT EXECUTE ON FUNCTION ops.mail_by_rule(jsonb) TO tenantry_app;

-- Stores the position of a waiting rule, in the transaction of its effects.
CREATE OR REPLACE FUNCTION ops.end_waiting_rule() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.automation_clock c
	   SET ran_until = greatest(c.ran_until, current_setting('app.rule_until', true)::timestamptz)
	 WHERE c.org_id = nullif(current_setting('app.org_id', true), '')::uuid
	   AND c.rule_id = nullif(current_setting('app.rule_id', true), '')::bigint
$$;
GRANT EXECUTE ON FUNCTION ops.end_waiting_rule() TO tenantry_app;
