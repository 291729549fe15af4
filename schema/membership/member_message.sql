-- Messages between a member and the staff: one thread for each member. Messages cannot be changed.
-- needs: membership/card_number.sql membership/module.sql membership/settings.sql

CREATE OR REPLACE TRIGGER a_card BEFORE INSERT OR UPDATE ON membership.member_messages
	FOR EACH ROW EXECUTE FUNCTION membership.refuse_card_numbers();
CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.member_messages
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();

-- Contains the messages in the form of the API. Portal users do not see the names of the staff.
CREATE OR REPLACE VIEW membership.shown_messages WITH (security_invoker) AS
SELECT x.org_id, x.id, x.member_id, x.body, x.from_member,
	CASE WHEN NOT ops.portal() THEN x.author_id END AS author_id, x.read_at, x.created_at, x.updated_at
  FROM membership.member_messages x;
GRANT SELECT ON membership.shown_messages TO tenantry_app;

-- Sets the sender: the member for messages in the member's own thread, and otherwise the staff.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.sign_message() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.from_member := coalesce(NEW.member_id = membership.own_id(), false);
	NEW.author_id := CASE WHEN NOT NEW.from_member THEN ops.sale() END;
	NEW.mailed := false;
	NEW.told := '{}';
	NEW.read_at := NULL;
	NEW.created_at := now();
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER b_sign BEFORE INSERT ON membership.member_messages
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.sign_message();

-- Refuses changes to a message, except that the time at which the other side read it can be set once. Functions that
-- run as the owner may also erase the text and remove the author.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.keep_message() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF current_user <> 'tenantry_app' THEN
		RETURN NEW;
	ELSIF OLD.read_at IS NOT NULL AND NEW.read_at IS DISTINCT FROM OLD.read_at
	    OR to_jsonb(NEW) - '{org_id,author_id,read_at}'::text[] <> to_jsonb(OLD) - '{org_id,author_id,read_at}'::text[]
	    OR NEW.author_id IS DISTINCT FROM OLD.author_id
	    OR NEW.read_at IS NOT NULL AND OLD.read_at IS NULL
	       AND OLD.from_member = coalesce(OLD.member_id = membership.own_id(), false) THEN
		PERFORM ops.refuse('message_fixed');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER keep BEFORE UPDATE ON membership.member_messages
	FOR EACH ROW EXECUTE FUNCTION membership.keep_message();

-- Notifies the member by email, without the text, unless an email about an earlier unread message was sent. Messages to
-- the same member are serialized here.
CREATE OR REPLACE FUNCTION membership.tell_message() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM FROM membership.user_profiles m WHERE m.org_id = NEW.org_id AND m.id = NEW.member_id FOR NO KEY UPDATE;
	IF NOT EXISTS (SELECT FROM membership.member_messages x WHERE x.org_id = NEW.org_id AND x.member_id = NEW.member_id
	    AND NOT x.from_member AND x.read_at IS NULL AND x.mailed) THEN
		NEW.mailed := membership.try_notify(NEW.member_id, 'messages', 'member-message', '{}');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER tell BEFORE INSERT ON membership.member_messages
	FOR EACH ROW WHEN (NOT NEW.from_member AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.tell_message();

-- Notifies the staff who may respond and mark messages as read, except those who got an email about an earlier unread
-- message of the thread. Messages from the same member are serialized here.
CREATE OR REPLACE FUNCTION membership.tell_staff() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	profile bigint;
BEGIN
	PERFORM FROM membership.user_profiles m WHERE m.org_id = NEW.org_id AND m.id = NEW.member_id FOR NO KEY UPDATE;
	FOR profile IN SELECT p.id FROM identity.organization_member m
	      JOIN membership.user_profiles p ON p.org_id = m.organization_id AND p.user_id = m.user_id AND p.id <> NEW.member_id
	     WHERE m.organization_id = NEW.org_id AND m.acts_as <> 'portal'
	       AND identity.may(NEW.org_id, m.role, '{"member_messages": ["read"]}')
	       AND identity.may(NEW.org_id, m.role, '{"member_messages": ["create"]}')
	       AND identity.may(NEW.org_id, m.role, '{"member_messages": ["update"]}')
	       AND NOT EXISTS (SELECT FROM membership.member_messages x WHERE x.org_id = NEW.org_id AND x.member_id = NEW.member_id
		AND x.from_member AND x.read_at IS NULL AND p.id = ANY (x.told)) LOOP
		IF membership.try_notify(profile, 'member_messages', 'staff-message', '{}') THEN
			NEW.told := NEW.told || profile;
		END IF;
	END LOOP;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER tell_staff BEFORE INSERT ON membership.member_messages
	FOR EACH ROW WHEN (NEW.from_member AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.tell_staff();

-- Marks a message and the earlier messages of its thread as read by the caller's side. Returns the number of messages
-- that were unread. Returns no row if the caller cannot see the message.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.mark_messages(message bigint) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	m membership.member_messages;
	mine boolean;
	n integer;
BEGIN
	SELECT * INTO m FROM membership.member_messages x WHERE x.id = message;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	mine := coalesce(m.member_id = membership.own_id(), false);
	IF NOT mine AND NOT coalesce(ops.permits('member_messages', 'update', NULL), false) THEN
		PERFORM ops.refuse('role');
	END IF;
	UPDATE membership.member_messages x SET read_at = now()
	 WHERE x.member_id = m.member_id AND x.id <= m.id AND x.from_member <> mine AND x.read_at IS NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN NEXT json_build_object('id', m.id, 'read', n)::text;
END $$;

-- Returns the number of unread messages for the caller: from all members whom the caller can see, or in the caller's
-- own thread.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.unread_messages() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('unread', count(*))::text FROM membership.member_messages x
	 WHERE x.read_at IS NULL AND x.from_member <> (x.member_id IS NOT DISTINCT FROM (SELECT membership.own_id()))
$$;
