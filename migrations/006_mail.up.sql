-- Mail to be sent: written in the transaction of its cause, delivered by
-- tenantry-jobs, and looked at with tenantry mail.
--
-- A mail goes from waiting to sending right before a server could accept it,
-- and from there to sent.  What ends in between, nobody can know the outcome
-- of: it becomes uncertain and is not sent again unless an operator says so.

CREATE TABLE ops.mail (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	created_at timestamptz NOT NULL DEFAULT now(),
	template   text NOT NULL,
	recipient  text NOT NULL,
	language   text NOT NULL CONSTRAINT mail_language_check CHECK (language IN ('en', 'fr')),
	-- What the template shows.  It holds secrets, so it goes with delivery.
	data       jsonb,
	status     text NOT NULL DEFAULT 'waiting' CONSTRAINT mail_status_check
		CHECK (status IN ('waiting', 'sending', 'sent', 'failed', 'uncertain')),
	-- How often it was claimed; whoever has the last claim may act on it.
	attempts   integer NOT NULL DEFAULT 0,
	-- Waiting: when it may be claimed.  Sending: when the outcome is overdue.
	due_at     timestamptz NOT NULL DEFAULT now(),
	give_up_at timestamptz NOT NULL DEFAULT now() + interval '1 day',
	-- The same for every attempt, so that who gets it twice can tell.
	message_id text,
	-- A log has said that there is no server to send it to.
	told       boolean NOT NULL DEFAULT false,
	ended_at   timestamptz,
	error      text
);
CREATE INDEX mail_due ON ops.mail (due_at) WHERE status IN ('waiting', 'sending');

-- The members of data that a template shows, each a text; more are ignored.
-- What the words promise is there too: keep secrets valid for as long.
CREATE FUNCTION ops.mail_members(template text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE template
	-- to an address, to prove that it is the user's; 1 hour
	WHEN 'verify-email' THEN ARRAY['url']
	-- 1 hour
	WHEN 'reset-password' THEN ARRAY['url']
	-- to the current address: shall the account move to newEmail?  1 hour
	WHEN 'change-email' THEN ARRAY['newEmail', 'url']
	-- 1 day
	WHEN 'delete-account' THEN ARRAY['url']
	-- 5 minutes
	WHEN 'magic-link' THEN ARRAY['url']
	-- 5 minutes; for sign-in, verification and reset alike
	WHEN 'email-otp' THEN ARRAY['code']
	-- 3 minutes
	WHEN 'two-factor-otp' THEN ARRAY['code']
	-- inviter is a person's name; 2 days
	WHEN 'invitation' THEN ARRAY['inviter', 'organization', 'url']
	WHEN 'password-changed' THEN ARRAY[]::text[]
	-- to the former address
	WHEN 'email-changed' THEN ARRAY['newEmail']
	-- the one-time link of the first administrator; 1 day
	WHEN 'new-administrator' THEN ARRAY['url']
	END
$$;

-- To be called inside the definer function that is the mail's cause.  Refuses
-- what could never be shown, which is a fault of that function.
CREATE FUNCTION ops.send_mail(template text, recipient text, language text, data jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	members text[] := ops.mail_members(template);
	missing text[] := ARRAY(SELECT m FROM unnest(members) m
		WHERE coalesce(jsonb_typeof(data -> m), 'null') <> 'string');
BEGIN
	IF members IS NULL THEN
		RAISE EXCEPTION 'there is no mail "%"', template;
	END IF;
	IF missing <> '{}' THEN
		RAISE EXCEPTION 'the mail "%" wants the text %', template,
			array_to_string(missing, ', ');
	END IF;
	INSERT INTO ops.mail (template, recipient, language, data)
	VALUES (template, recipient, language, data);
	PERFORM pg_catalog.pg_notify('tenantry_mail', '');
END $$;

-- What has no outcome after its time, and what could not be sent in a day.
CREATE FUNCTION ops.expire_mail()
RETURNS TABLE (mail bigint, template text, recipient text, status text, error text)
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.mail m SET ended_at = now(),
		status = CASE m.status WHEN 'sending' THEN 'uncertain' ELSE 'failed' END,
		error = CASE m.status
			WHEN 'sending' THEN 'the sender died between the message and the server''s answer'
			ELSE 'not delivered in time; last: ' || coalesce(m.error, 'never tried') END
	FROM (SELECT late.id FROM ops.mail late
		WHERE late.status IN ('waiting', 'sending') AND late.due_at <= now()
		  AND (late.status = 'sending' OR late.give_up_at <= now())
		LIMIT 100 FOR UPDATE SKIP LOCKED) late
	WHERE m.id = late.id
	RETURNING m.id, m.template, m.recipient, m.status, m.error
$$;

-- Gives mails to a sender until the lease ends; new ones before those that
-- failed.
CREATE FUNCTION ops.claim_mail(most integer, lease interval, domain text)
RETURNS TABLE (mail bigint, attempt integer, template text, recipient text, language text,
	data jsonb, message_id text)
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.mail m SET attempts = m.attempts + 1, due_at = now() + lease,
		message_id = coalesce(m.message_id, format('<%s@%s>', gen_random_uuid(), domain))
	FROM (SELECT due.id FROM ops.mail due
		WHERE due.status = 'waiting' AND due.due_at <= now() AND due.give_up_at > now()
		ORDER BY due.attempts, due.due_at LIMIT most FOR UPDATE SKIP LOCKED) due
	WHERE m.id = due.id
	RETURNING m.id, m.attempts, m.template, m.recipient, m.language, m.data, m.message_id
$$;

-- From here on the server may have it.  False when the claim is lost.
CREATE FUNCTION ops.start_mail(mail bigint, attempt integer, lease interval) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	WITH started AS (
		UPDATE ops.mail m SET status = 'sending', due_at = now() + lease
		WHERE m.id = start_mail.mail AND m.attempts = attempt AND m.status = 'waiting'
		RETURNING 1)
	SELECT EXISTS (SELECT FROM started)
$$;

-- What became of an attempt: sent, deferred for a pause, failed or uncertain.
-- Answers with the status, or null where another attempt has begun since.
-- What is known late corrects what was uncertain.
CREATE FUNCTION ops.end_mail(mail bigint, attempt integer, outcome text, reason text,
	pause interval)
RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.mail m SET
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
	RETURNING m.status
$$;

-- What waits for a server that nobody has named; each is told of once.
CREATE FUNCTION ops.hold_mail()
RETURNS TABLE (mail bigint, template text, recipient text)
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.mail m SET told = true
	FROM (SELECT new.id FROM ops.mail new WHERE new.status = 'waiting' AND NOT new.told
		ORDER BY new.id LIMIT 100 FOR UPDATE SKIP LOCKED) new
	WHERE m.id = new.id
	RETURNING m.id, m.template, m.recipient
$$;

-- Secrets do not outlive their use, and nothing a month.
CREATE FUNCTION ops.sweep_mail() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.mail SET data = NULL
	WHERE data IS NOT NULL AND give_up_at <= now() - interval '3 days'
	  AND status IN ('failed', 'uncertain', 'waiting');
	DELETE FROM ops.mail WHERE give_up_at <= now() - interval '30 days';
$$;

GRANT EXECUTE ON FUNCTION
	ops.expire_mail(),
	ops.claim_mail(integer, interval, text),
	ops.start_mail(bigint, integer, interval),
	ops.end_mail(bigint, integer, text, text, interval),
	ops.hold_mail(),
	ops.sweep_mail()
	TO tenantry_app;
