-- Users as administrators make and change them.
--
-- An administrator makes a row of crm.sales and an invitation that belongs to
-- it; a user comes of it when whoever has the mailbox says so.  Until then the
-- row waits, under a user_id that nobody has.  So it is the same for an address
-- with an account and for one without: nobody is told which, nobody's account
-- is touched, and nobody is a member who has not agreed.

-- The organization that a user owes their account to, as long as they never
-- belonged to another one: only there an administrator may change the address.
ALTER TABLE identity."user" ADD made_by uuid CONSTRAINT user_made_by_fkey
	REFERENCES identity.organization ON DELETE SET NULL;
CREATE INDEX user_made_by ON identity."user" (made_by) WHERE made_by IS NOT NULL;

ALTER TABLE identity.organization_invitation
	-- The row of crm.sales that waits for the answer.
	ADD sales_id bigint,
	-- The link went to the mailbox and to nobody else: who has it, has that.
	ADD mailed boolean NOT NULL DEFAULT false;

-- As in 006, and one more.
CREATE OR REPLACE FUNCTION ops.mail_members(template text) RETURNS text[]
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
	-- to whom an administrator has made a user; 7 days
	WHEN 'welcome' THEN ARRAY['inviter', 'name', 'organization', 'url']
	END
$$;

CREATE FUNCTION identity.is_address(email text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT email ~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:].]+$'
		AND char_length(email) <= 320
$$;

-- Whoever is a member elsewhere, once, is no organization's own making.
CREATE FUNCTION identity.belongs_elsewhere() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity."user" u SET made_by = NULL
	 WHERE u.id = NEW.user_id AND u.made_by <> NEW.organization_id;
	RETURN NULL;
END $$;
CREATE TRIGGER belongs_elsewhere AFTER INSERT ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION identity.belongs_elsewhere();

-- A link that somebody else was shown proves nothing any more.
CREATE FUNCTION identity.link_renewed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.mailed := false;
	RETURN NEW;
END $$;
CREATE TRIGGER link_renewed BEFORE UPDATE OF token_hash ON identity.organization_invitation
	FOR EACH ROW EXECUTE FUNCTION identity.link_renewed();

-- What waited is the row of whoever accepts, unless they have one from before;
-- who declines, or is not wanted any more, is disabled.
CREATE FUNCTION crm.invitation_answered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	uid text := current_setting('app.user_id', true);
BEGIN
	PERFORM set_config('app.org_id', NEW.organization_id::text, true);
	IF NEW.status = 'accepted' AND uid <> '' AND NOT EXISTS (SELECT FROM crm.sales s
	    WHERE s.org_id = NEW.organization_id AND s.user_id = uid) THEN
		UPDATE crm.sales s SET user_id = uid
		 WHERE s.org_id = NEW.organization_id AND s.id = NEW.sales_id
		   AND s.user_id = 'invited-' || s.id;
	ELSE
		UPDATE crm.sales s SET disabled = true
		 WHERE s.org_id = NEW.organization_id AND s.id = NEW.sales_id
		   AND s.user_id = 'invited-' || s.id;
	END IF;
	PERFORM set_config('app.org_id', other, true);
	RETURN NULL;
END $$;
CREATE TRIGGER crm_answered AFTER UPDATE OF status ON identity.organization_invitation
	FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.sales_id IS NOT NULL)
	EXECUTE FUNCTION crm.invitation_answered();

-- Users in the CRM

-- The caller, who holds the organization until the end: of two administrators
-- who demote one another the second one finds that they are none.
CREATE FUNCTION identity.hold_own_membership() RETURNS identity.organization_member
LANGUAGE plpgsql AS $$
BEGIN
	RETURN identity.hold_membership(nullif(current_setting('app.org_id', true), '')::uuid,
		'MEMBER_NOT_FOUND');
END $$;

-- Invites whom a row waits for, or once more: a former link is worth nothing
-- then.  link has what the workers make: "id", "hash", "page" for a password,
-- "invite" for whoever has an account, "language", and "mailed" when nobody but
-- the mailbox gets it.
CREATE FUNCTION identity.invite_row(s crm.sales, m identity.organization_member, link json,
	limited boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	i identity.organization_invitation;
	given text := CASE WHEN s.administrator THEN 'admin' ELSE 'member' END;
BEGIN
	IF NOT identity.may(m.organization_id, m.role, '{"invitation": ["create"]}')
	    OR NOT identity.covers(m.organization_id, m.role, given) THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	ELSIF NOT identity.is_address(s.email) THEN
		RAISE EXCEPTION 'this user is gone' USING ERRCODE = 'ZH422';
	END IF;
	IF limited THEN
		PERFORM identity.count_attempt('invitations|' || s.org_id, 100, 3600);
		PERFORM identity.count_attempt('invitation|' || s.org_id || '|'
			|| encode(sha256(convert_to(s.email, 'UTF8')), 'hex'), 5, 3600);
	END IF;
	UPDATE identity.organization_invitation x
	   SET token_hash = (link->>'hash')::bytea, expires_at = now() + interval '7 days',
		role = given, email = s.email, inviter_id = m.user_id
	 WHERE x.organization_id = s.org_id AND x.sales_id = s.id AND x.status = 'pending'
	RETURNING * INTO i;
	IF NOT FOUND THEN
		UPDATE identity.organization_invitation x SET status = 'canceled'
		 WHERE x.organization_id = s.org_id AND x.email = s.email AND x.status = 'pending'
		   AND identity.covers(s.org_id, m.role, x.role);
		INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email,
			role, expires_at, inviter_id, sales_id)
		VALUES (link->>'id', (link->>'hash')::bytea, s.org_id, s.email, given,
			now() + interval '7 days', m.user_id, s.id)
		RETURNING * INTO i;
	END IF;
	UPDATE identity.organization_invitation x SET mailed = (link->>'mailed')::boolean
	 WHERE x.id = i.id;
	PERFORM ops.send_mail('welcome', s.email, link->>'language', jsonb_build_object(
		'inviter', (SELECT u.name FROM identity."user" u WHERE u.id = m.user_id),
		'organization', (SELECT o.name FROM identity.organization o WHERE o.id = s.org_id),
		'name', s.first_name,
		'url', CASE WHEN EXISTS (SELECT FROM identity."user" u WHERE u.email = s.email)
			THEN link->>'invite' ELSE link->>'page' END));
END $$;

-- Answers with the row, as the API shows it.
CREATE FUNCTION identity.create_sale(body json, link json, limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_own_membership();
	org uuid := m.organization_id;
	address text := lower(trim(body->>'email'));
	s crm.sales;
	row_id bigint := ops.new_id();
BEGIN
	IF NOT identity.is_address(address) THEN
		RAISE EXCEPTION 'email is not an e-mail address'
			USING ERRCODE = 'ZH422', COLUMN = 'email';
	END IF;
	-- Who left the organization is there, and may be asked back.
	SELECT * INTO s FROM crm.sales x WHERE x.org_id = org AND x.email = address
	 ORDER BY x.disabled, x.id LIMIT 1;
	IF s.id IS NOT NULL AND (s.user_id = 'invited-' || s.id OR EXISTS (
	    SELECT FROM identity.organization_member x
	    WHERE x.organization_id = org AND x.user_id = s.user_id)) THEN
		RAISE EXCEPTION 'a user with this e-mail address exists'
			USING ERRCODE = 'ZH409', HINT = 'user_exists', COLUMN = 'email';
	END IF;
	IF (SELECT (SELECT count(*) FROM identity.organization_member x
			WHERE x.organization_id = org)
		+ (SELECT count(*) FROM crm.sales x WHERE x.org_id = org AND NOT x.disabled
			AND x.user_id = 'invited-' || x.id) >= o.member_limit
	    FROM identity.organization o WHERE o.id = org) THEN
		RAISE EXCEPTION 'the organization has no room for another user'
			USING ERRCODE = 'ZH422';
	END IF;
	IF s.id IS NOT NULL THEN
		UPDATE crm.sales x SET first_name = coalesce(body->>'first_name', x.first_name),
			last_name = coalesce(body->>'last_name', x.last_name),
			administrator = coalesce((body->>'administrator')::boolean, false)
		 WHERE x.org_id = org AND x.id = s.id RETURNING * INTO s;
	ELSE
		INSERT INTO crm.sales AS x (org_id, id, first_name, last_name, email, administrator,
			user_id, avatar, disabled)
		VALUES (org, row_id, coalesce(body->>'first_name', ''),
			coalesce(body->>'last_name', ''), address,
			coalesce((body->>'administrator')::boolean, false), 'invited-' || row_id,
			CASE json_typeof(body->'avatar') WHEN 'object' THEN body->'avatar' END,
			coalesce((body->>'disabled')::boolean, false))
		RETURNING * INTO s;
	END IF;
	IF NOT coalesce((body->>'disabled')::boolean, false) THEN
		PERFORM identity.invite_row(s, m, link, limited);
	END IF;
	RETURN json_build_object('id', s.id, 'first_name', s.first_name, 'last_name', s.last_name,
		'email', s.email, 'administrator', s.administrator, 'user_id', s.user_id,
		'avatar', s.avatar, 'disabled', s.disabled);
END $$;

-- Roles with or without the right to administer the CRM.
CREATE FUNCTION identity.with_administration(org uuid, roles text, administrator boolean)
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN administrator THEN
			coalesce(nullif(array_to_string(array_remove(string_to_array(roles, ','),
				'member'), ','), '') || ',', '') || 'admin'
		ELSE coalesce((SELECT string_agg(r, ',' ORDER BY n)
			FROM unnest(string_to_array(roles, ',')) WITH ORDINALITY AS x (r, n)
			WHERE identity.acts_as(org, r) = 'member'), 'member') END
$$;

-- An account's address, by an administrator: where the organization made it,
-- and nobody else ever had to do with it.
CREATE FUNCTION identity.readdress(org uuid, uid text, address text, language text)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid FOR NO KEY UPDATE;
	IF u.made_by IS DISTINCT FROM org OR 'admin' = ANY (string_to_array(u.role, ',')) THEN
		RAISE EXCEPTION 'only they can change the e-mail address they sign in with'
			USING ERRCODE = 'ZH422', COLUMN = 'email';
	ELSIF EXISTS (SELECT FROM identity."user" x WHERE x.email = address) THEN
		RAISE EXCEPTION 'a user with this e-mail address exists'
			USING ERRCODE = 'ZH409', HINT = 'user_exists', COLUMN = 'email';
	END IF;
	PERFORM identity.forget_links(uid);
	PERFORM ops.send_mail('email-changed', u.email, language,
		jsonb_build_object('newEmail', address));
	UPDATE identity."user" x SET email = address, email_verified = false, updated_at = now()
	 WHERE x.id = uid;
END $$;

-- What an administrator may not do to a member, in words.
CREATE FUNCTION identity.check_member_change(m identity.organization_member,
	who identity.organization_member, roles text, off boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF who.acts_as = 'owner' AND identity.acts_as(who.organization_id, roles) <> 'owner' THEN
		RAISE EXCEPTION 'an owner is an administrator: another owner may change their role first'
			USING ERRCODE = 'ZH422', COLUMN = 'administrator';
	ELSIF NOT identity.may(m.organization_id, m.role, '{"member": ["update"]}')
	    OR NOT identity.covers(m.organization_id, m.role, who.role)
	    OR NOT identity.covers(m.organization_id, m.role, roles) THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	END IF;
	IF (off OR identity.acts_as(who.organization_id, roles) = 'member')
	    AND who.acts_as <> 'member' AND NOT who.disabled AND NOT EXISTS (
		SELECT FROM identity.organization_member x
		WHERE x.organization_id = who.organization_id AND x.id <> who.id
		  AND NOT x.disabled AND CASE who.acts_as WHEN 'owner' THEN x.acts_as = 'owner'
			ELSE x.acts_as <> 'member' END) THEN
		RAISE EXCEPTION 'the last administrator can be neither disabled nor demoted'
			USING ERRCODE = 'ZH422', HINT = 'last_administrator';
	END IF;
END $$;

CREATE FUNCTION identity.change_member(m identity.organization_member,
	who identity.organization_member, address text, administers boolean, off boolean,
	language text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	roles text := who.role;
BEGIN
	IF administers <> (who.acts_as <> 'member') THEN
		roles := identity.with_administration(who.organization_id, roles, administers);
	END IF;
	PERFORM identity.check_member_change(m, who, roles, off);
	IF address IS NOT NULL THEN
		PERFORM identity.readdress(who.organization_id, who.user_id, address, language);
	END IF;
	IF (roles, off) IS DISTINCT FROM (who.role, who.disabled) THEN
		UPDATE identity.organization_member x SET role = roles, disabled = off
		 WHERE x.id = who.id;
	END IF;
END $$;

-- The same for a row that waits.  Whoever is invited as something else, or at
-- another address, gets what they have from here on.
CREATE FUNCTION identity.change_waiting(m identity.organization_member, s crm.sales,
	address text, administers boolean, off boolean, link json, limited boolean)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	renewed boolean;
BEGIN
	IF address IS NOT NULL AND s.user_id <> 'invited-' || s.id THEN
		RAISE EXCEPTION 'only they can change the e-mail address they sign in with'
			USING ERRCODE = 'ZH422', COLUMN = 'email';
	ELSIF NOT identity.covers(s.org_id, m.role,
	    CASE WHEN administers OR s.administrator THEN 'admin' ELSE 'member' END) THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	END IF;
	renewed := NOT off AND (s.disabled OR address IS NOT NULL);
	UPDATE crm.sales x SET email = coalesce(address, x.email), administrator = administers,
		disabled = off OR x.user_id <> 'invited-' || x.id
	 WHERE x.org_id = s.org_id AND x.id = s.id RETURNING * INTO s;
	IF renewed THEN
		PERFORM identity.invite_row(s, m, link, limited);
	ELSE
		UPDATE identity.organization_invitation x
		   SET role = CASE WHEN administers THEN 'admin' ELSE 'member' END,
			status = CASE WHEN off THEN 'canceled' ELSE x.status END
		 WHERE x.organization_id = s.org_id AND x.sales_id = s.id AND x.status = 'pending';
	END IF;
END $$;

-- The members of a row that are rights: administrators give and take them.
-- Leaves the row's id to be read back when the caller may change the row at
-- all.
CREATE FUNCTION identity.change_sale(sale_id bigint, patch json, link json, by_key boolean,
	limited boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_own_membership();
	who identity.organization_member;
	s crm.sales;
	address text := lower(trim(patch->>'email'));
	administers boolean;
	off boolean;
BEGIN
	SELECT * INTO s FROM crm.sales x WHERE x.org_id = m.organization_id AND x.id = sale_id
	   FOR NO KEY UPDATE;
	IF NOT FOUND OR s.user_id <> m.user_id AND m.acts_as = 'member' THEN
		RETURN;
	END IF;
	PERFORM set_config('app.row_id', s.id::text, true);
	-- One's own address is changed by the links that are mailed.
	IF address = s.email OR s.user_id = m.user_id THEN
		address := NULL;
	END IF;
	administers := coalesce((patch->>'administrator')::boolean, s.administrator);
	off := coalesce((patch->>'disabled')::boolean, s.disabled);
	IF m.acts_as = 'member' OR address IS NULL
	    AND (administers, off) = (s.administrator, s.disabled) THEN
		RETURN;
	END IF;
	IF by_key THEN
		RAISE EXCEPTION 'an API key changes names and pictures alone' USING ERRCODE = 'ZH422';
	ELSIF address IS NOT NULL AND NOT identity.is_address(address) THEN
		RAISE EXCEPTION 'email is not an e-mail address'
			USING ERRCODE = 'ZH422', COLUMN = 'email';
	ELSIF address IS NOT NULL AND EXISTS (SELECT FROM crm.sales x
	    WHERE x.org_id = m.organization_id AND x.email = address) THEN
		RAISE EXCEPTION 'a user with this e-mail address exists'
			USING ERRCODE = 'ZH409', HINT = 'user_exists', COLUMN = 'email';
	END IF;
	SELECT * INTO who FROM identity.organization_member x
	 WHERE x.organization_id = m.organization_id AND x.user_id = s.user_id;
	IF who.id IS NULL THEN
		PERFORM identity.change_waiting(m, s, address, administers, off, link, limited);
	ELSE
		PERFORM identity.change_member(m, who, address, administers, off,
			link->>'language');
	END IF;
END $$;

-- Whom a link is for that is to change the caller's own address; no row, when
-- it is not theirs or stays as it is.
CREATE FUNCTION identity.own_address_change(sale_id bigint, new_email text, by_key boolean)
RETURNS TABLE (user_id text, email text, verified boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT x.* INTO u FROM crm.sales s JOIN identity."user" x ON x.id = s.user_id
	 WHERE s.org_id = nullif(current_setting('app.org_id', true), '')::uuid
	   AND s.id = sale_id AND s.user_id = current_setting('app.user_id');
	IF NOT FOUND OR u.email = lower(trim(new_email)) THEN
		RETURN;
	END IF;
	IF by_key OR current_setting('app.impersonator', true) <> '' THEN
		RAISE EXCEPTION 'only they can change the e-mail address they sign in with'
			USING ERRCODE = 'ZH422', COLUMN = 'email';
	ELSIF NOT identity.is_address(new_email) THEN
		RAISE EXCEPTION 'email is not an e-mail address'
			USING ERRCODE = 'ZH422', COLUMN = 'email';
	END IF;
	RETURN QUERY SELECT u.id, u.email, u.email_verified;
END $$;

-- As identity.mail_change() after change_email_begin(), of the other wire.
CREATE FUNCTION identity.mail_own_change(email text, new_email text, verified boolean,
	link text, language text, address text, limited boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.count_mail(limited, '/change-email', address, new_email, 3);
	IF EXISTS (SELECT FROM identity."user" u WHERE u.id = current_setting('app.user_id')
	    AND u.email = mail_own_change.email
	    AND u.email_verified = mail_own_change.verified) THEN
		PERFORM identity.mail_change(email, new_email, verified, link, language);
	END IF;
END $$;

-- A link to a new password, to the user's own address; to whom a row waits for,
-- the invitation once more.  No row, when there is none that the caller may do
-- this for; else whether somebody was invited.
CREATE FUNCTION identity.mail_password(sale_id bigint, secret text, page text, link json,
	by_key boolean, address text, limited boolean) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_own_membership();
	s crm.sales;
	u identity."user";
BEGIN
	SELECT * INTO s FROM crm.sales x WHERE x.org_id = m.organization_id AND x.id = sale_id;
	IF NOT FOUND OR s.user_id <> m.user_id AND m.acts_as = 'member' THEN
		RETURN;
	END IF;
	IF s.disabled THEN
		RAISE EXCEPTION 'this user is disabled' USING ERRCODE = 'ZH422';
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.id = s.user_id;
	IF NOT FOUND AND by_key THEN
		RAISE EXCEPTION 'an API key changes names and pictures alone' USING ERRCODE = 'ZH422';
	ELSIF NOT FOUND THEN
		PERFORM identity.invite_row(s, m, link, limited);
		RETURN NEXT 'true';
		RETURN;
	END IF;
	PERFORM identity.count_mail(limited, '/request-password-reset', address, u.email, 3);
	PERFORM identity.keep_proof('reset-password', secret, u.id, interval '1 hour');
	PERFORM ops.send_mail('reset-password', u.email, link->>'language',
		jsonb_build_object('url', page));
	RETURN NEXT 'false';
END $$;

-- The page where a password is chosen

-- The invitation of one address that a link opens.
CREATE FUNCTION identity.addressed_invitation(token text)
RETURNS identity.organization_invitation
LANGUAGE plpgsql STABLE AS $$
DECLARE
	i identity.organization_invitation;
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE x.token_hash = sha256(convert_to(token, 'UTF8')) AND x.email IS NOT NULL
	   AND x.status = 'pending' AND x.expires_at > now() AND identity.inviter_stays(x);
	RETURN i;
END $$;

-- What a token is good for: 'recovery', 'invite', 'known' where the address has
-- an account already; null: nothing.
CREATE FUNCTION identity.find_password_link(token text)
RETURNS TABLE (good_for text, email text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	email := (identity.addressed_invitation(token)).email;
	good_for := CASE
		WHEN identity.find_proof('reset-password', token) <> '' THEN 'recovery'
		WHEN EXISTS (SELECT FROM identity."user" u
			WHERE u.email = find_password_link.email) THEN 'known'
		WHEN find_password_link.email IS NOT NULL THEN 'invite' END;
	RETURN NEXT;
END $$;

-- Whoever an invitation is for becomes a user; who makes users in the CRM made
-- this one.  gate and the answer are those of identity.enter_or_challenge();
-- null, where a mail is to prove the address first.
CREATE FUNCTION identity.come_in(i identity.organization_invitation, token text, password text,
	who json, session_id text, token_hash bytea, address text, user_agent text, must_verify boolean,
	link text, language text, gate json) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	s crm.sales;
	first text;
	last text;
	u identity."user";
BEGIN
	PERFORM set_config('app.org_id', i.organization_id::text, true);
	SELECT * INTO s FROM crm.sales x WHERE x.org_id = i.organization_id AND x.id = i.sales_id
	   AND x.user_id = 'invited-' || x.id;
	first := left(coalesce(who->>'first_name', nullif(s.first_name, ''),
		CASE WHEN coalesce(s.last_name, '') = '' THEN split_part(i.email, '@', 1) END, ''), 240);
	last := left(coalesce(who->>'last_name', s.last_name, ''), 240);
	u := identity.register(who->>'id', trim(first || ' ' || last), first, last, i.email,
		i.mailed, NULL, sha256(convert_to(token, 'UTF8')), false);
	INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
	VALUES (identity.new_id(), u.id, 'credential', u.id, come_in.password);
	IF s.id IS NOT NULL THEN
		UPDATE identity."user" x SET made_by = i.organization_id WHERE x.id = u.id;
	END IF;
	IF must_verify AND NOT i.mailed THEN
		PERFORM ops.send_mail('verify-email', u.email, language,
			jsonb_build_object('url', link));
		RETURN NULL;
	END IF;
	RETURN identity.enter_or_challenge(u.id, 'invitation', session_id, token_hash, true,
		address, user_agent, gate);
END $$;

CREATE FUNCTION identity.set_password(token text, password text, who json, session_id text,
	token_hash bytea, address text, user_agent text, must_verify boolean, link text,
	language text, gate json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := identity.take_proof('reset-password', token);
	i identity.organization_invitation;
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid FOR NO KEY UPDATE;
	IF FOUND THEN
		PERFORM identity.reset_to(u, password, language);
		RETURN identity.enter_or_challenge(u.id, 'recovery', session_id, token_hash, true,
			address, user_agent, gate);
	END IF;
	i := identity.addressed_invitation(token);
	IF i.id IS NULL THEN
		PERFORM identity.refuse('INVALID_TOKEN/RESET');
	END IF;
	RETURN coalesce(identity.come_in(i, token, password, who, session_id, token_hash, address,
		user_agent, must_verify, link, language, gate), 'null');
END $$;

-- Invitations by REST

-- As in 013, and whether the address has an account: who has one signs in.
CREATE OR REPLACE FUNCTION identity.find_invite(token_hash bytea) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT json_build_object('id', i.id, 'organization_id', i.organization_id,
			'organization_name', o.name, 'email', i.email, 'role', i.role,
			'expires_at', identity.iso(i.expires_at),
			'known', EXISTS (SELECT FROM identity."user" u WHERE u.email = i.email))
		FROM identity.organization_invitation i
		JOIN identity.organization o ON o.id = i.organization_id
		WHERE i.token_hash = find_invite.token_hash AND i.status = 'pending'
		  AND i.expires_at > now() AND identity.inviter_stays(i));
END $$;

CREATE FUNCTION identity.invite_json(i identity.organization_invitation) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', i.id, 'organization_id', i.organization_id, 'email', i.email,
		'role', i.role, 'expires_at', identity.iso(i.expires_at),
		'created_at', identity.iso(i.created_at), 'sales_id', i.sales_id)
$$;

-- Those that wait for an answer, of what the caller could promise as well.
CREATE FUNCTION identity.list_invites() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.own_membership(
		nullif(current_setting('app.org_id', true), '')::uuid);
BEGIN
	RETURN (SELECT coalesce(json_agg(identity.invite_json(i) ORDER BY i.created_at, i.id), '[]')
		FROM identity.organization_invitation i
		WHERE i.organization_id = m.organization_id AND i.status = 'pending'
		  AND i.expires_at > now()
		  AND (identity.may(m.organization_id, m.role, '{"invitation": ["create"]}')
			OR identity.may(m.organization_id, m.role, '{"invitation": ["cancel"]}'))
		  AND identity.covers(m.organization_id, m.role, i.role));
END $$;

-- No row, when there is none that the caller can take back.
CREATE FUNCTION identity.delete_invite(invitation_id text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_own_membership();
	i identity.organization_invitation;
BEGIN
	IF NOT identity.may(m.organization_id, m.role, '{"invitation": ["cancel"]}') THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	END IF;
	UPDATE identity.organization_invitation x SET status = 'canceled'
	 WHERE x.organization_id = m.organization_id AND x.id = invitation_id
	   AND x.status = 'pending' AND x.expires_at > now()
	   AND identity.covers(m.organization_id, m.role, x.role) RETURNING * INTO i;
	IF FOUND THEN
		RETURN NEXT identity.invite_json(i)::text;
	END IF;
END $$;

GRANT EXECUTE ON FUNCTION
	identity.create_sale(json, json, boolean),
	identity.change_sale(bigint, json, json, boolean, boolean),
	identity.own_address_change(bigint, text, boolean),
	identity.mail_own_change(text, text, boolean, text, text, text, boolean),
	identity.mail_password(bigint, text, text, json, boolean, text, boolean),
	identity.find_password_link(text),
	identity.set_password(text, text, json, text, bytea, text, text, boolean, text, text, json),
	identity.list_invites(),
	identity.delete_invite(text)
	TO tenantry_app;
