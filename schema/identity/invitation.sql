-- Invitations to an organization.
-- needs: ops/touch.sql

SELECT ops.touch('identity.organization_invitation');

CREATE OR REPLACE FUNCTION identity.invitation_json(i identity.organization_invitation) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN identity.has_teams(i.organization_id)
		THEN identity.with_members(shown, json_build_object('teamId',
			nullif(array_to_string(i.team_ids, ','), '')))
		ELSE shown END
	  FROM json_build_object('organizationId', i.organization_id, 'email', i.email,
		'role', i.role, 'status', i.status, 'expiresAt', identity.iso(i.expires_at),
		'createdAt', identity.iso(i.created_at), 'inviterId', i.inviter_id, 'id', i.id) shown
$$;

-- Returns the invitation of a link, if it is still valid.
CREATE OR REPLACE FUNCTION identity.usable_invitation(invite_hash bytea, email text)
RETURNS identity.organization_invitation
LANGUAGE plpgsql STABLE AS $$
DECLARE
	i identity.organization_invitation;
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE x.token_hash = invite_hash AND x.status = 'pending' AND x.expires_at > now()
	   AND (x.email IS NULL OR x.email = lower(usable_invitation.email))
	   AND identity.inviter_may_invite(x);
	RETURN i;
END $$;

-- Cancels the previous invitation of an address, unless it belongs to the row sale. An address has at most one pending
-- invitation to an organization. Returns false if the previous invitation is valid and either its role exceeds the
-- roles of the caller, or it belongs to another row of crm.sales, which sends its own invitation.
CREATE OR REPLACE FUNCTION identity.replace_invitation(org uuid, roles text, address text, sale bigint DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	i identity.organization_invitation;
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE x.organization_id = org AND x.email = address AND x.status = 'pending'
	   AND (sale IS NULL OR x.sales_id IS DISTINCT FROM sale);
	IF NOT FOUND THEN
		RETURN true;
	ELSIF i.expires_at > now() AND (i.sales_id IS NOT NULL OR NOT identity.covers(org, roles, i.role)) THEN
		RETURN false;
	END IF;
	UPDATE identity.organization_invitation x SET status = 'canceled' WHERE x.id = i.id;
	RETURN true;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.invite_member(invitation_id text, token_hash bytea,
	organization_id text, email text, role text, resend boolean, url text, language text,
	limited boolean, team json DEFAULT NULL) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	address text := lower(email);
	wanted uuid;
	m identity.organization_member;
	i identity.organization_invitation;
	roles text;
BEGIN
	IF NOT crm.is_address(address) THEN
		PERFORM identity.refuse('INVALID_EMAIL');
	END IF;
	wanted := identity.named_organization(organization_id, 'ORGANIZATION_NOT_FOUND');
	-- The lock serializes concurrent invitations of one address.
	m := identity.hold_membership(wanted, 'MEMBER_NOT_FOUND');
	IF NOT identity.may(wanted, m.role, '{"invitation": ["create"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION');
	END IF;
	roles := identity.clean_roles(wanted, role, 'ROLE_NOT_FOUND');
	IF NOT identity.covers(wanted, m.role, roles) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
	END IF;
	IF EXISTS (SELECT FROM identity.organization_member x
	    JOIN identity."user" u ON u.id = x.user_id
	    WHERE x.organization_id = wanted AND u.email = address) THEN
		PERFORM identity.refuse('USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION');
	END IF;
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE x.organization_id = wanted AND x.email = address
	   AND x.status = 'pending' AND x.expires_at > now()
	 ORDER BY x.created_at DESC LIMIT 1;
	IF FOUND THEN
		IF NOT coalesce(resend, false) OR i.sales_id IS NOT NULL AND i.role <> roles THEN
			PERFORM identity.refuse('USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION');
		END IF;
		IF NOT identity.covers(wanted, m.role, i.role) THEN
			PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
		END IF;
		-- The new hash invalidates the old link. The new link has the new role.
		UPDATE identity.organization_invitation x
		   SET expires_at = now() + interval '48 hours', token_hash = invite_member.token_hash,
			role = roles, inviter_id = m.user_id,
			team_ids = CASE WHEN team IS NULL THEN x.team_ids ELSE identity.invited_teams(wanted, team) END
		 WHERE x.id = i.id RETURNING * INTO i;
	ELSIF (SELECT count(*) >= 100 FROM identity.organization_invitation x
	    WHERE x.organization_id = wanted AND x.status = 'pending' AND x.expires_at > now()) THEN
		PERFORM identity.refuse('INVITATION_LIMIT_REACHED');
	ELSE
		PERFORM identity.replace_invitation(wanted, m.role, address); -- cancels an expired invitation
		INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email,
			role, team_ids, expires_at, inviter_id)
		VALUES (invitation_id, invite_member.token_hash, wanted, address, roles,
			identity.invited_teams(wanted, team), now() + interval '48 hours', m.user_id)
		RETURNING * INTO i;
	END IF;
	PERFORM identity.mail_invitation(i, url, language, limited);
	RETURN identity.invitation_json(i);
END $$;

-- Accepts an invitation. The caller's session gains the permissions of a member, so it gets a new ID and token.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.accept_invitation(invitation_id text, must_verify boolean,
	session_id text, token_hash bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	i identity.organization_invitation := identity.received_invitation(invitation_id,
		must_verify, 'INVITATION_NOT_FOUND',
		'EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION');
	m identity.organization_member;
BEGIN
	PERFORM FROM identity.organization o WHERE o.id = i.organization_id FOR NO KEY UPDATE;
	IF NOT identity.inviter_may_invite(i) THEN
		PERFORM identity.refuse('INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION');
	END IF;
	UPDATE identity.organization_invitation x SET status = 'accepted'
	 WHERE x.id = i.id AND x.status = 'pending' RETURNING * INTO i;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	END IF;
	SELECT * INTO m FROM identity.organization_member x
	 WHERE x.organization_id = i.organization_id
	   AND x.user_id = ops.caller();
	IF m.disabled THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	ELSIF m.id IS NOT NULL THEN -- otherwise the invitation would be consumed without effect
		PERFORM identity.refuse('USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION');
	END IF;
	INSERT INTO identity.organization_member (id, organization_id, user_id, role)
	VALUES (identity.new_id(), i.organization_id, ops.caller(), i.role)
	RETURNING * INTO m;
	PERFORM identity.activate(i.organization_id);
	PERFORM identity.join_teams(i.organization_id, i.team_ids, m.user_id);
	IF cardinality(i.team_ids) = 1 THEN
		PERFORM identity.activate_team(i.team_ids[1]);
	END IF;
	PERFORM identity.rotate_session(ops.session(), session_id, token_hash, false);
	RETURN json_build_object('invitation', identity.invitation_json(i),
		'member', identity.member_json(m));
END $$;

-- Creates a link to the caller's organization, for one address or for any holder.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_invite(invitation_id text, token_hash bytea,
	email text, role text, expires_in integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	given text := coalesce(role, 'member');
	m identity.organization_member := identity.hold_own_membership();
	i identity.organization_invitation;
BEGIN
	IF NOT coalesce(identity.may(org, m.role, '{"invitation": ["create"]}'), false) THEN
		PERFORM ops.refuse('role');
	END IF;
	IF identity.role_permission(given) IS NULL AND NOT EXISTS (
	    SELECT FROM identity.organization_role x
	    WHERE x.organization_id = org AND x.role = given) THEN
		PERFORM ops.fault('role_invalid', 'role');
	ELSIF given = 'owner' AND m.acts_as <> 'owner' THEN
		PERFORM ops.fault('owner_by_owner', 'role');
	ELSIF NOT identity.covers(org, m.role, given) THEN
		PERFORM ops.fault('role_exceeds', 'role');
	END IF;
	IF expires_in NOT BETWEEN 60 AND 2592000 THEN
		PERFORM ops.fault('expires_in_range', 'expires_in');
	END IF;
	IF NOT crm.is_address(email) THEN
		PERFORM ops.fault(crm.address_fault(email), 'email');
	END IF;
	PERFORM ops.refuse_faults();
	IF EXISTS (SELECT FROM identity.organization_member x
	    JOIN identity."user" u ON u.id = x.user_id
	    WHERE x.organization_id = org AND u.email = lower(create_invite.email)) THEN
		PERFORM ops.refuse('already_member');
	END IF;
	IF NOT identity.replace_invitation(org, m.role, lower(email)) THEN
		PERFORM ops.refuse('already_invited');
	END IF;
	INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email, role,
		expires_at, inviter_id)
	VALUES (invitation_id, create_invite.token_hash, org, lower(create_invite.email), given,
		now() + make_interval(secs => coalesce(expires_in, 604800)),
		ops.caller())
	RETURNING * INTO i;
	RETURN identity.invite_json(i);
END $$;

-- Returns the invitation of a link if the inviter could still send it. Callers need not be signed in. Includes whether
-- the address has an account, since the owner of an account signs in instead of signing up.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.find_invite(token_hash bytea) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT json_build_object('id', i.id, 'organization_id', i.organization_id,
			'organization_name', o.name, 'email', i.email, 'role', i.role,
			'expires_at', identity.iso(i.expires_at),
			'inviter', (SELECT u.name FROM identity."user" u WHERE u.id = i.inviter_id),
			'known', EXISTS (SELECT FROM identity."user" u WHERE u.email = i.email))
		FROM identity.organization_invitation i
		JOIN identity.organization o ON o.id = i.organization_id
		WHERE i.token_hash = find_invite.token_hash AND i.status = 'pending'
		  AND i.expires_at > now() AND identity.inviter_may_invite(i));
END $$;

-- Returns why a link is invalid: used, revoked or expired. Returns null for a link that never existed.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.stale_invite(token_hash bytea) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT CASE i.status WHEN 'accepted' THEN 'used' WHEN 'pending' THEN
			CASE WHEN i.expires_at > now() THEN 'revoked' ELSE 'expired' END ELSE 'revoked' END
		FROM identity.organization_invitation i WHERE i.token_hash = stale_invite.token_hash);
END $$;

-- Returns the pending invitations with roles that the caller could grant. Each role is checked once, since an
-- organization may have many invitations.
CREATE OR REPLACE FUNCTION identity.invitations_json(org uuid, roles text) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(identity.invitation_json(i) ORDER BY i.created_at, i.id), '[]')
	  FROM identity.organization_invitation i
	 WHERE i.organization_id = org
	   AND (SELECT identity.may(org, roles, '{"invitation": ["create"]}')
		OR identity.may(org, roles, '{"invitation": ["cancel"]}'))
	   AND i.role = ANY (ARRAY(SELECT d.role FROM (
		SELECT DISTINCT x.role FROM identity.organization_invitation x
		 WHERE x.organization_id = org OFFSET 0) d
		 WHERE identity.covers(org, roles, d.role)))
$$;

-- Emails the link to the invited address, within a limit for each address and each inviter.
CREATE OR REPLACE FUNCTION identity.mail_invitation(i identity.organization_invitation, url text,
	language text, limited boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	o identity.organization;
	u identity."user";
	other uuid := ops.org();
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt('invitation|' || i.organization_id || '|'
			|| encode(sha256(convert_to(i.email, 'UTF8')), 'hex'), 5, 3600);
		PERFORM identity.count_attempt('invitation by|' || i.inviter_id, 100, 3600);
	END IF;
	SELECT * INTO o FROM identity.organization x WHERE x.id = i.organization_id;
	SELECT * INTO u FROM identity."user" x WHERE x.id = i.inviter_id;
	PERFORM ops.set_org(o.id), ops.send_mail('invitation', i.email, language, jsonb_build_object('url', url,
		'organization', o.name, 'inviter', u.name)), ops.set_org(other);
END $$;

-- Returns the invitation that the caller may answer, by its ID or link. An ID is not secret, so only the invited user
-- may use it. A link without an address may be used by anyone who has it.
CREATE OR REPLACE FUNCTION identity.received_invitation(invitation_id text, must_verify boolean,
	unknown_code text, unverified_code text) RETURNS identity.organization_invitation
LANGUAGE plpgsql STABLE AS $$
DECLARE
	i identity.organization_invitation;
	u identity."user";
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE (x.id = invitation_id AND x.email IS NOT NULL
		OR x.token_hash = sha256(convert_to(invitation_id, 'UTF8')))
	   AND x.status = 'pending' AND x.expires_at > now();
	IF NOT FOUND THEN
		PERFORM identity.refuse(unknown_code);
	END IF;
	IF i.email IS NOT NULL THEN
		SELECT * INTO u FROM identity."user" x WHERE x.id = ops.caller();
		IF u.email IS DISTINCT FROM i.email THEN
			PERFORM identity.refuse('YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION');
		ELSIF must_verify AND NOT u.email_verified THEN
			PERFORM identity.refuse(unverified_code);
		END IF;
	END IF;
	RETURN i;
END $$;

-- Refuses an invitation whose inviter could no longer send it. Otherwise, members could prepare an invitation for
-- themselves before they are removed, demoted or banned.
CREATE OR REPLACE FUNCTION identity.inviter_may_invite(i identity.organization_invitation) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM identity.organization_member m
		JOIN identity."user" u ON u.id = m.user_id
			AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
		WHERE m.organization_id = i.organization_id AND m.user_id = i.inviter_id
		  AND NOT m.disabled
		  AND identity.may(m.organization_id, m.role, '{"invitation": ["create"]}')
		  AND identity.covers(m.organization_id, m.role, i.role))
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.reject_invitation(invitation_id text, must_verify boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	i identity.organization_invitation := identity.received_invitation(invitation_id,
		must_verify, 'INVITATION_NOT_FOUND/REJECT',
		'EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION');
BEGIN
	-- A link without an address remains valid for others.
	IF i.email IS NULL THEN
		PERFORM identity.refuse('YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION');
	END IF;
	UPDATE identity.organization_invitation x SET status = 'rejected'
	 WHERE x.id = i.id AND x.status = 'pending' RETURNING * INTO i;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND/REJECT');
	END IF;
	RETURN json_build_object('invitation', identity.invitation_json(i), 'member', NULL);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.cancel_invitation(invitation_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	i identity.organization_invitation;
	m identity.organization_member;
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x WHERE x.id = invitation_id;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	END IF;
	m := identity.hold_membership(i.organization_id, 'MEMBER_NOT_FOUND');
	IF NOT identity.may(m.organization_id, m.role, '{"invitation": ["cancel"]}')
	    OR NOT identity.covers(m.organization_id, m.role, i.role) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_CANCEL_THIS_INVITATION');
	END IF;
	UPDATE identity.organization_invitation x SET status = 'canceled'
	 WHERE x.id = i.id AND x.status = 'pending' AND x.expires_at > now() RETURNING * INTO i;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	END IF;
	RETURN identity.invitation_json(i);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.get_invitation(invitation_id text, must_verify boolean) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	i identity.organization_invitation := identity.received_invitation(invitation_id,
		must_verify, 'INVITATION_NOT_FOUND', 'EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION');
BEGIN
	IF NOT identity.inviter_may_invite(i) THEN
		PERFORM identity.refuse('INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION');
	END IF;
	RETURN (SELECT identity.with_members(identity.invitation_json(i), json_build_object(
			'organizationName', o.name, 'organizationSlug', o.slug, 'inviterEmail', u.email))
		FROM identity.organization o, identity."user" u
		WHERE o.id = i.organization_id AND u.id = i.inviter_id);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_invitations(organization_id text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.need_membership(
		identity.named_organization(organization_id, 'ORGANIZATION_ID_REQUIRED/LIST'),
		'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION/BARE');
BEGIN
	IF NOT identity.may(m.organization_id, m.role, '{"invitation": ["create"]}')
	    AND NOT identity.may(m.organization_id, m.role, '{"invitation": ["cancel"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS');
	END IF;
	RETURN identity.invitations_json(m.organization_id, m.role);
END $$;

-- Returns the invitations of the caller, whose address must be verified, since the IDs of invitations are not secret.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_user_invitations() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = ops.caller();
	IF NOT u.email_verified THEN
		PERFORM identity.refuse('EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION');
	END IF;
	RETURN (SELECT coalesce(json_agg(identity.with_members(identity.invitation_json(i),
			json_build_object('organizationName', o.name)) ORDER BY i.created_at, i.id), '[]')
		FROM identity.organization_invitation i
		JOIN identity.organization o ON o.id = i.organization_id
		WHERE i.email = u.email AND i.status = 'pending' AND i.expires_at > now()
		  AND identity.inviter_may_invite(i));
END $$;

-- Returns the invitation of a link for one address.
CREATE OR REPLACE FUNCTION identity.addressed_invitation(token text)
RETURNS identity.organization_invitation
LANGUAGE plpgsql STABLE AS $$
DECLARE
	i identity.organization_invitation;
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE x.token_hash = sha256(convert_to(token, 'UTF8')) AND x.email IS NOT NULL
	   AND x.status = 'pending' AND x.expires_at > now() AND identity.inviter_may_invite(x);
	RETURN i;
END $$;

-- Creates the user of an invitation. second_factor and the result are those of identity.enter_or_challenge(). Returns
-- null if the address must first be verified by email.
CREATE OR REPLACE FUNCTION identity.sign_up_invited(i identity.organization_invitation, token text, password text,
	who json, session_id text, token_hash bytea, address text, user_agent text, must_verify boolean,
	link text, language text, second_factor json) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	s crm.sales;
	first text;
	last text;
	u identity."user";
BEGIN
	PERFORM ops.set_org(i.organization_id);
	SELECT * INTO s FROM crm.sales x WHERE x.org_id = i.organization_id AND x.id = i.sales_id
	   AND x.user_id = 'invited-' || x.id;
	first := left(coalesce(who->>'first_name', nullif(s.first_name, ''),
		CASE WHEN coalesce(s.last_name, '') = '' THEN split_part(i.email, '@', 1) END, ''), 240);
	last := left(coalesce(who->>'last_name', s.last_name, ''), 240);
	u := identity.register(who->>'id', trim(first || ' ' || last), first, last, i.email,
		i.mailed, NULL, sha256(convert_to(token, 'UTF8')), false);
	INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
	VALUES (identity.new_id(), u.id, 'credential', u.id, sign_up_invited.password);
	IF s.id IS NOT NULL THEN
		UPDATE identity."user" x SET made_by = i.organization_id WHERE x.id = u.id;
	END IF;
	IF must_verify AND NOT i.mailed THEN
		PERFORM ops.send_mail('verify-email', u.email, language,
			jsonb_build_object('url', link));
		RETURN NULL;
	END IF;
	RETURN identity.enter_or_challenge(u.id, 'invitation', session_id, token_hash, true,
		address, user_agent, second_factor);
END $$;

CREATE OR REPLACE FUNCTION identity.invite_json(i identity.organization_invitation) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', i.id, 'organization_id', i.organization_id, 'email', i.email,
		'role', i.role, 'expires_at', identity.iso(i.expires_at),
		'created_at', identity.iso(i.created_at), 'updated_at', identity.iso(i.updated_at), 'sales_id', i.sales_id)
$$;

-- Returns the pending invitations that the caller could have sent.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_invites() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.own_membership(
		ops.org());
BEGIN
	RETURN (SELECT coalesce(json_agg(identity.invite_json(i) ORDER BY i.created_at, i.id), '[]')
		FROM identity.organization_invitation i
		WHERE i.organization_id = m.organization_id AND i.status = 'pending'
		  AND i.expires_at > now()
		  AND (identity.may(m.organization_id, m.role, '{"invitation": ["create"]}')
			OR identity.may(m.organization_id, m.role, '{"invitation": ["cancel"]}'))
		  AND identity.covers(m.organization_id, m.role, i.role));
END $$;

-- Withdraws an invitation. Returns no row if the caller cannot withdraw it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_invite(invitation_id text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_own_membership();
	i identity.organization_invitation;
BEGIN
	IF NOT identity.may(m.organization_id, m.role, '{"invitation": ["cancel"]}') THEN
		PERFORM ops.refuse('role');
	END IF;
	UPDATE identity.organization_invitation x SET status = 'canceled'
	 WHERE x.organization_id = m.organization_id AND x.id = invitation_id
	   AND x.status = 'pending' AND x.expires_at > now()
	   AND identity.covers(m.organization_id, m.role, x.role) RETURNING * INTO i;
	IF FOUND THEN
		RETURN NEXT identity.invite_json(i)::text;
	END IF;
END $$;
