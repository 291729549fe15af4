-- The mail queue.

-- Returns the members of data that a template requires, each a text or a list of texts. Other members are ignored.
-- The comments state the validity that the templates promise.
CREATE OR REPLACE FUNCTION ops.mail_members(template text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE template
	-- to an address, to verify it; 1 hour
	WHEN 'verify-email' THEN ARRAY['url']
	-- 1 hour
	WHEN 'reset-password' THEN ARRAY['url']
	-- to the current address, to confirm the change to newEmail; 1 hour
	WHEN 'change-email' THEN ARRAY['newEmail', 'url']
	-- to newEmail, to confirm it as the new address of the account with the address email; 1 hour
	WHEN 'new-address' THEN ARRAY['email', 'newEmail', 'url']
	-- 1 day
	WHEN 'delete-account' THEN ARRAY['url']
	-- 5 minutes
	WHEN 'magic-link' THEN ARRAY['url']
	-- 5 minutes; for sign-in, verification and reset
	WHEN 'email-otp' THEN ARRAY['code']
	-- 3 minutes
	WHEN 'two-factor-otp' THEN ARRAY['code']
	-- inviter is a person's name; 2 days
	WHEN 'invitation' THEN ARRAY['inviter', 'organization', 'url']
	WHEN 'password-changed' THEN ARRAY[]::text[]
	-- to the owner of an address, about an account that somebody else had created with it
	WHEN 'password-removed' THEN ARRAY[]::text[]
	-- to the previous address
	WHEN 'email-changed' THEN ARRAY['newEmail']
	-- the one-time link of the first administrator; 1 day
	WHEN 'new-administrator' THEN ARRAY['url']
	-- to a user whom an administrator has created; 7 days
	WHEN 'welcome' THEN ARRAY['inviter', 'name', 'organization', 'url']
	-- to a user, about an appointment or a task
	WHEN 'reminder' THEN ARRAY['title', 'place', 'moment', 'zone']
	-- to a contact, by a rule of the organization
	WHEN 'booking-confirmation' THEN ARRAY['name', 'title', 'moment', 'zone', 'place',
		'organization']
	WHEN 'message' THEN ARRAY['subject', 'text', 'organization']
	-- to administrators, about a webhook that has failed for too long
	WHEN 'webhook-disabled' THEN ARRAY['address', 'reason']
	WHEN 'webhook-failing' THEN ARRAY['address', 'reason']
	-- to administrators; "what" names the quota, such as rows
	WHEN 'quota-near' THEN ARRAY['organization', 'used', 'limit', 'what']
	-- sent by "tenantry mail test"
	WHEN 'mail-test' THEN ARRAY[]::text[]
	WHEN 'backup-failed' THEN ARRAY['reason', 'place', 'time']
	-- to users, about planned maintenance; url is the status page
	WHEN 'maintenance' THEN ARRAY['begins', 'ends', 'zone', 'message', 'url']
	WHEN 'maintenance-changed' THEN ARRAY['begins', 'ends', 'zone', 'message', 'url']
	-- to a user, about one of the user's sessions
	WHEN 'new-sign-in' THEN ARRAY['address', 'program', 'moment']
	-- to a member of an association, about one of the member's memberships
	WHEN 'membership-renewed' THEN ARRAY['tier', 'begins', 'organization']
	WHEN 'membership-cancelled' THEN ARRAY['tier', 'ends', 'organization']
	WHEN 'membership-withdrawn' THEN ARRAY['tier', 'begins', 'organization']	-- a membership that never began
	-- to a member whom the staff calls from the queue
	WHEN 'queue-turn' THEN ARRAY['organization']
	-- to a member, about a message from the staff
	WHEN 'member-message' THEN ARRAY['organization']
	-- to someone on the staff, about a message from a member
	WHEN 'staff-message' THEN ARRAY['organization']
	-- to a member, about the verification of their identity; reason is a text of the reviewer, until is a day
	WHEN 'verification-approved' THEN ARRAY['until', 'organization']
	WHEN 'verification-rejected' THEN ARRAY['reason', 'organization']
	WHEN 'verification-needs-information' THEN ARRAY['reason', 'organization']
	WHEN 'verification-revoked' THEN ARRAY['reason', 'organization']
	WHEN 'verification-ends' THEN ARRAY['until', 'organization']
	WHEN 'verification-expired' THEN ARRAY['organization']
	-- to an email address that a member adds, to verify it; the code is valid for 10 minutes
	WHEN 'contact-code' THEN ARRAY['code', 'organization']
	-- to a visitor who joins an association; the code is valid for 10 minutes, the link for 24 hours
	WHEN 'signup-code' THEN ARRAY['code', 'organization', 'url']
	-- to a visitor who submitted a form, with a link that confirms the address and expires after 2 days
	WHEN 'form-confirm' THEN ARRAY['form', 'organization', 'url']
	WHEN 'maintenance-cancelled' THEN ARRAY['begins', 'ends', 'zone', 'message', 'url']
	-- to a user who enabled it, every week; expected and closed are lists of lines
	WHEN 'weekly-forecast' THEN ARRAY['organization', 'weighted', 'won', 'lost', 'first', 'last', 'expected', 'closed', 'url']
	END
$$;

-- Queues an email and returns its ID. Call this function from the SECURITY DEFINER function that causes the email. Data
-- without a required member raises an exception, since it is an error in the calling function. An email that could not
-- be sent before give_up_at fails. Emails about the data of a sandbox are withheld, but not emails about accounts. If
-- the organization has used up its email quota, emails of tasks are withheld, and requests that need an email are
-- refused.
CREATE OR REPLACE FUNCTION ops.queue_mail(template text, recipient text, language text, data jsonb,
	give_up_at timestamptz DEFAULT now() + interval '1 day') RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	members text[] := ops.mail_members(template);
	missing text[] := ARRAY(SELECT m FROM unnest(members) m
		WHERE coalesce(jsonb_typeof(data -> m), 'null') NOT IN ('string', 'array'));
	about_organization boolean := 'organization' = ANY (members) OR template IN ('reminder', 'webhook-disabled', 'webhook-failing');
	withheld boolean := about_organization AND identity.is_sandbox(ops.org());
	mail bigint;
BEGIN
	IF members IS NULL THEN
		RAISE EXCEPTION 'there is no mail "%"', template;
	END IF;
	IF missing <> '{}' THEN
		RAISE EXCEPTION 'the mail "%" wants the text %', template,
			array_to_string(missing, ', ');
	END IF;
	IF recipient LIKE '%@service.invalid' THEN	-- a service account
		RETURN NULL;
	END IF;
	IF about_organization AND template <> 'quota-near' AND EXISTS (SELECT FROM identity.organization o
	    WHERE o.id = ops.org() AND 'mails' = ANY (o.over_quota)) THEN
		IF ops.request() IS NOT NULL THEN
			PERFORM ops.refuse('quota_mails');
		END IF;
		withheld := true;
	END IF;
	INSERT INTO ops.mail AS m (template, recipient, language, data, give_up_at, status, ended_at)
	VALUES (template, recipient, language, data, give_up_at, CASE WHEN withheld THEN 'withheld' ELSE 'waiting' END,
		CASE WHEN withheld THEN now() END) RETURNING m.id INTO mail;
	PERFORM pg_catalog.pg_notify('tenantry_mail', '');
	RETURN mail;
END $$;

CREATE OR REPLACE FUNCTION ops.send_mail(template text, recipient text, language text, data jsonb)
RETURNS void
LANGUAGE sql AS $$ SELECT ops.queue_mail(template, recipient, language, data) $$;

-- Marks emails without an outcome in time as uncertain, and emails that could not be sent before give_up_at as failed.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.expire_mail()
RETURNS TABLE (mail bigint, template text, recipient text, status text, error text)
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	WITH expired AS (UPDATE ops.mail m SET ended_at = now(),
		status = CASE m.status WHEN 'sending' THEN 'uncertain' ELSE 'failed' END,
		error = CASE m.status
			WHEN 'sending' THEN 'the sender died between the message and the server''s answer'
			ELSE 'not delivered in time; last: ' || coalesce(m.error, 'never tried') END
	FROM (SELECT late.id FROM ops.mail late
		WHERE late.status IN ('waiting', 'sending') AND late.due_at <= now()
		  AND (late.status = 'sending' OR late.give_up_at <= now())
		LIMIT 100 FOR UPDATE SKIP LOCKED) late
	WHERE m.id = late.id
	RETURNING m.id, m.template, m.recipient, m.status, m.error),
	logged AS (INSERT INTO ops.job_log (queue, entry, subject, outcome, error)
		SELECT 'mail', e.id, e.template || ' ' || e.recipient, 'failed', e.error FROM expired e)
	SELECT * FROM expired
$$;

-- Claims emails to send, with a lease. New emails come before retries.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.claim_mail(most integer, lease interval, domain text)
RETURNS TABLE (mail bigint, attempt integer, template text, recipient text, language text,
	data jsonb, message_id text, trace text)
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.mail m SET attempts = m.attempts + 1, due_at = now() + lease,
		message_id = coalesce(m.message_id, format('<%s@%s>', gen_random_uuid(), domain))
	FROM (SELECT due.id FROM ops.mail due
		WHERE due.status = 'waiting' AND due.due_at <= now() AND due.give_up_at > now()
		ORDER BY due.attempts, due.due_at LIMIT most FOR UPDATE SKIP LOCKED) due
	WHERE m.id = due.id
	RETURNING m.id, m.attempts, m.template, m.recipient, m.language, m.data, m.message_id, m.trace
$$;

-- Records that an attempt begins: from now on, the mail server may have received the email. Returns false if the claim
-- was lost.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.start_mail(mail bigint, attempt integer, lease interval) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	WITH started AS (
		UPDATE ops.mail m SET status = 'sending', due_at = now() + lease
		WHERE m.id = start_mail.mail AND m.attempts = attempt AND m.status = 'waiting'
		RETURNING 1)
	SELECT EXISTS (SELECT FROM started)
$$;

-- Stores the outcome of an attempt: sent, deferred, failed or uncertain. Returns the status, or null if another attempt
-- has begun in the meantime. A late outcome replaces the "uncertain" status.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.end_mail(mail bigint, attempt integer, outcome text, reason text,
	pause interval)
RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	WITH ended AS (UPDATE ops.mail m SET
		status = found.status,
		ended_at = CASE WHEN found.status <> 'waiting' THEN now() END,
		due_at = now() + pause,
		error = CASE WHEN outcome = 'deferred' AND found.status = 'failed'
			THEN 'not delivered in time; last: ' || reason ELSE reason END,
		data = CASE WHEN found.status <> 'sent' THEN m.data END
	FROM (SELECT one.id, CASE
			WHEN outcome <> 'deferred' THEN outcome
			WHEN one.give_up_at <= now() + pause THEN 'failed'
			ELSE 'waiting' END AS status
		FROM ops.mail one WHERE one.id = end_mail.mail AND one.attempts = attempt
		  AND one.status IN ('waiting', 'sending', 'uncertain') FOR UPDATE) found
	WHERE m.id = found.id
	RETURNING m.*),
	logged AS (INSERT INTO ops.job_log (queue, entry, subject, outcome, error)
		SELECT 'mail', e.id, e.template || ' ' || e.recipient,
			CASE e.status WHEN 'waiting' THEN 'waiting' ELSE 'failed' END, left(reason, 1000)
		  FROM ended e WHERE e.status <> 'sent')
	SELECT e.status FROM ended e
$$;

-- Returns emails that wait because no mail server is configured. Each email is returned once.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.hold_mail()
RETURNS TABLE (mail bigint, template text, recipient text)
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.mail m SET told = true
	FROM (SELECT new.id FROM ops.mail new WHERE new.status = 'waiting' AND NOT new.told
		ORDER BY new.id LIMIT 100 FOR UPDATE SKIP LOCKED) new
	WHERE m.id = new.id
	RETURNING m.id, m.template, m.recipient
$$;

-- Erases secrets after delivery, and deletes emails after a month, together with the records of who received an email
-- about maintenance.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.sweep_mail() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.mail SET data = NULL
	WHERE data IS NOT NULL AND give_up_at <= now() - interval '3 days'
	  AND status IN ('failed', 'uncertain', 'waiting');
	DELETE FROM ops.mail WHERE give_up_at <= now() - interval '30 days';
	DELETE FROM ops.maintenance_mail l USING ops.maintenance m
	WHERE m.id = l.maintenance_id AND m.state <> 'running'
	  AND coalesce(m.ended_at, m.ends_at) <= now() - interval '30 days';
$$;

CREATE OR REPLACE FUNCTION ops.mail_shown(m ops.mail) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', m.id, 'created_at', m.created_at, 'template', m.template,
		'recipient', m.recipient, 'language', m.language, 'status', m.status,
		'attempts', m.attempts, 'due_at', CASE WHEN m.status = 'waiting' THEN m.due_at END,
		'ended_at', m.ended_at, 'error', m.error, 'kept', m.data IS NOT NULL)
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.list_mail(status text, recipient text, before bigint, most integer)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN (SELECT coalesce(json_agg(ops.mail_shown(m.x) ORDER BY (m.x).id DESC), '[]')
	  FROM (SELECT x FROM ops.mail x
		WHERE (list_mail.status IS NULL OR x.status = list_mail.status)
		  AND (list_mail.recipient IS NULL OR lower(x.recipient) = lower(list_mail.recipient))
		  AND (before IS NULL OR x.id < before)
		ORDER BY x.id DESC LIMIT coalesce(most, 50)) m);
END $$;

-- Queues a failed or uncertain email for another day. Emails that were sent or are being sent are not changed.
CREATE OR REPLACE FUNCTION ops.send_again(mail bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ops.mail m SET status = 'waiting', due_at = now(), since = now(), ended_at = NULL,
		give_up_at = now() + interval '1 day'
	 WHERE m.id = mail AND m.data IS NOT NULL
	   AND m.status IN ('failed', 'uncertain', 'waiting');
	IF FOUND THEN
		PERFORM pg_catalog.pg_notify('tenantry_mail', '');
	END IF;
	RETURN FOUND;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.retry_mail(mail bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	m ops.mail;
	again boolean;
BEGIN
	PERFORM identity.need_operator();
	again := ops.send_again(mail);
	SELECT * INTO m FROM ops.mail x WHERE x.id = mail;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_mail');
	ELSIF NOT again THEN
		IF m.data IS NULL AND m.status <> 'sent' THEN
			PERFORM ops.refuse('mail_erased');
		END IF;
		PERFORM ops.refuse('state_is', NULL, m.status);
	END IF;
	PERFORM identity.log_event(ops.caller(), 'mail.retried',
		json_build_object('mail', m.id, 'template', m.template, 'recipient', m.recipient));
	RETURN ops.mail_shown(m);
END $$;
