-- Backwards through 013_organization.up.sql.
DROP FUNCTION ops.purge_organizations,
	identity.get_role, identity.list_roles, identity.readable_roles, identity.delete_role,
	identity.update_role, identity.create_role, identity.find_role, identity.clean_role_name,
	identity.clean_permission, identity.role_json, identity.list_user_invitations,
	identity.list_invitations, identity.get_invitation, identity.cancel_invitation,
	identity.reject_invitation, identity.accept_invitation, identity.received_invitation,
	identity.invite_member, identity.mail_invitation, identity.has_permission,
	identity.member_role, identity.active_member, identity.leave_organization,
	identity.transfer_organization, identity.update_member_role, identity.remove_member,
	identity.clean_roles, identity.get_organization, identity.delete_organization,
	identity.update_organization, identity.check_slug, identity.organization_json,
	identity.hold_membership, identity.need_membership, identity.named_organization,
	identity.restore_organization;

CREATE OR REPLACE FUNCTION ops.audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	said text := current_setting('app.org_id', true);
	org uuid;
	id bigint := ((extract(epoch FROM clock_timestamp()) - 1735689600) * 1000)::bigint << 12
		| (nextval('ops.row_id') & 4095);
BEGIN
	IF TG_OP = 'DELETE' THEN
		org := OLD.org_id;
	ELSE
		org := NEW.org_id;
	END IF;
	IF said IS DISTINCT FROM org::text THEN
		PERFORM set_config('app.org_id', org::text, true);
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO ops.audit_log VALUES (org, id, now(),
			current_setting('app.user_id', true), current_setting('app.request_id', true),
			current_setting('app.address', true), TG_TABLE_NAME, NEW.id, 'insert',
			NULL, row_to_json(NEW));
	ELSIF TG_OP = 'UPDATE' THEN
		INSERT INTO ops.audit_log VALUES (org, id, now(),
			current_setting('app.user_id', true), current_setting('app.request_id', true),
			current_setting('app.address', true), TG_TABLE_NAME, OLD.id, 'update',
			row_to_json(OLD), row_to_json(NEW));
	ELSE
		INSERT INTO ops.audit_log VALUES (org, id, now(),
			current_setting('app.user_id', true), current_setting('app.request_id', true),
			current_setting('app.address', true), TG_TABLE_NAME, OLD.id, 'delete',
			row_to_json(OLD), NULL);
	END IF;
	IF said IS DISTINCT FROM org::text THEN
		PERFORM set_config('app.org_id', said, true);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION identity.usable_invitation(invite_hash bytea, email text)
RETURNS identity.organization_invitation
LANGUAGE plpgsql STABLE AS $$
DECLARE
	i identity.organization_invitation;
BEGIN
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE x.token_hash = invite_hash AND x.status = 'pending' AND x.expires_at > now()
	   AND (x.email IS NULL OR x.email = lower(usable_invitation.email));
	RETURN i;
END $$;

CREATE OR REPLACE FUNCTION identity.find_invite(token_hash bytea) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT json_build_object('id', i.id, 'organization_id', i.organization_id,
			'organization_name', o.name, 'email', i.email, 'role', i.role,
			'expires_at', identity.iso(i.expires_at))
		FROM identity.organization_invitation i
		JOIN identity.organization o ON o.id = i.organization_id
		WHERE i.token_hash = find_invite.token_hash AND i.status = 'pending'
		  AND i.expires_at > now());
END $$;

CREATE OR REPLACE FUNCTION identity.create_invite(invitation_id text, token_hash bytea, email text,
	role text, expires_in integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	i identity.organization_invitation;
BEGIN
	IF coalesce(role, 'member') NOT IN ('owner', 'admin', 'member') THEN
		RAISE EXCEPTION 'role must be owner, admin or member' USING ERRCODE = 'ZH422';
	END IF;
	IF role = 'owner' AND current_setting('app.role', true) <> 'owner' THEN
		RAISE EXCEPTION 'only an owner may invite an owner' USING ERRCODE = 'ZH422';
	END IF;
	IF expires_in NOT BETWEEN 60 AND 2592000 THEN
		RAISE EXCEPTION 'expires_in must be between 60 seconds and 30 days'
			USING ERRCODE = 'ZH422';
	END IF;
	IF email !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:].]+$' THEN
		RAISE EXCEPTION 'email is not an e-mail address' USING ERRCODE = 'ZH422';
	END IF;
	IF EXISTS (SELECT FROM identity.organization_member m
	    JOIN identity."user" u ON u.id = m.user_id
	    WHERE m.organization_id = org AND u.email = lower(create_invite.email)) THEN
		RAISE EXCEPTION 'this user is already a member of the organization'
			USING ERRCODE = 'ZH409', HINT = 'already_member';
	END IF;
	INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email, role,
		expires_at, inviter_id)
	VALUES (invitation_id, create_invite.token_hash, org, lower(create_invite.email),
		coalesce(create_invite.role, 'member'),
		now() + make_interval(secs => coalesce(expires_in, 604800)),
		current_setting('app.user_id'))
	RETURNING * INTO i;
	RETURN json_build_object('id', i.id, 'organization_id', i.organization_id, 'email', i.email,
		'role', i.role, 'expires_at', identity.iso(i.expires_at),
		'created_at', identity.iso(i.created_at));
END $$;

CREATE OR REPLACE FUNCTION identity.full_json(o identity.organization, caller_role text,
	members_limit integer)
RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN json_build_object('name', o.name, 'slug', o.slug, 'logo', o.logo,
		'createdAt', identity.iso(o.created_at), 'metadata', o.metadata, 'id', o.id,
		'invitations', (SELECT coalesce(json_agg(identity.invitation_json(i)
				ORDER BY i.created_at, i.id), '[]')
			FROM identity.organization_invitation i
			WHERE i.organization_id = o.id
			  AND identity.strongest_role(caller_role) <> 'member'
			  AND (identity.strongest_role(i.role) <> 'owner'
				OR identity.strongest_role(caller_role) = 'owner')),
		'members', (SELECT coalesce(json_agg(identity.member_user_json(m, u)
				ORDER BY m.created_at, m.id), '[]')
			FROM (SELECT * FROM identity.organization_member x
				WHERE x.organization_id = o.id ORDER BY x.created_at, x.id
				LIMIT least(greatest(coalesce(members_limit, 100), 0), 1000)) m
			JOIN identity."user" u ON u.id = m.user_id));
END $$;

CREATE OR REPLACE FUNCTION identity.meant_organization(organization_id text, slug text)
RETURNS identity.organization
LANGUAGE plpgsql STABLE AS $$
DECLARE
	o identity.organization;
BEGIN
	IF slug IS NOT NULL THEN
		SELECT * INTO o FROM identity.organization x WHERE x.slug = meant_organization.slug;
	ELSIF organization_id IS NOT NULL THEN
		SELECT * INTO o FROM identity.organization x
		 WHERE x.id = identity.uuid_or_null(organization_id);
	ELSE
		SELECT x.* INTO o FROM identity.session s
		  JOIN identity.organization x ON x.id = s.active_organization_id
		 WHERE s.id = current_setting('app.session_id', true);
		RETURN o;
	END IF;
	IF NOT FOUND THEN
		PERFORM identity.refuse('ORGANIZATION_NOT_FOUND');
	END IF;
	RETURN o;
END $$;

CREATE OR REPLACE FUNCTION crm.member_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
BEGIN
	IF TG_OP = 'DELETE' THEN
		PERFORM set_config('app.org_id', OLD.organization_id::text, true);
		UPDATE crm.sales s SET disabled = true, administrator = false
		 WHERE s.org_id = OLD.organization_id AND s.user_id = OLD.user_id;
		PERFORM set_config('app.org_id', other, true);
		RETURN OLD;
	END IF;
	PERFORM set_config('app.org_id', NEW.organization_id::text, true);
	INSERT INTO crm.sales AS s (org_id, user_id, first_name, last_name, email, avatar,
		administrator, disabled)
	SELECT NEW.organization_id, u.id, left(u.first_name, 500), left(u.last_name, 500), u.email,
		CASE WHEN u.image IS NOT NULL THEN jsonb_build_object('src', u.image) END,
		identity.strongest_role(NEW.role) <> 'member', NEW.disabled
	  FROM identity."user" u WHERE u.id = NEW.user_id
	ON CONFLICT (org_id, user_id) DO UPDATE
		SET administrator = excluded.administrator, disabled = excluded.disabled,
			email = excluded.email
	RETURNING s.id INTO NEW.sales_id;
	PERFORM set_config('app.org_id', other, true);
	RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION identity.strongest_role(roles text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN strpos(roles, 'owner') > 0 THEN 'owner'
		WHEN strpos(roles, 'admin') > 0 THEN 'admin' ELSE 'member' END
$$;

CREATE FUNCTION identity.clean_roles(roles text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	list text[];
	unknown text;
BEGIN
	SELECT array_agg(r ORDER BY n) INTO list FROM (
		SELECT trim(part) AS r, min(n) AS n
		  FROM unnest(string_to_array(roles, ',')) WITH ORDINALITY AS x (part, n)
		 WHERE trim(part) <> '' GROUP BY 1) named;
	IF list IS NULL THEN
		PERFORM identity.refuse('ROLE_NOT_FOUND');
	END IF;
	SELECT string_agg(r, ', ') INTO unknown FROM unnest(list) r
	 WHERE r NOT IN ('owner', 'admin', 'member');
	IF unknown IS NOT NULL THEN
		PERFORM identity.refuse('ROLE_NOT_FOUND: ' || unknown);
	END IF;
	RETURN array_to_string(list, ',');
END $$;

CREATE FUNCTION identity.invite_member(invitation_id text, token_hash bytea,
	organization_id text, email text, role text, resend boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	address text := lower(email);
	wanted uuid;
	m identity.organization_member;
	i identity.organization_invitation;
	roles text;
BEGIN
	IF address !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:].]+$' THEN
		PERFORM identity.refuse('INVALID_EMAIL');
	END IF;
	IF organization_id IS NULL THEN
		wanted := (identity.meant_organization(NULL, NULL)).id;
		IF wanted IS NULL THEN
			PERFORM identity.refuse('ORGANIZATION_NOT_FOUND');
		END IF;
	ELSE
		wanted := identity.uuid_or_null(organization_id);
	END IF;
	m := identity.own_membership(wanted);
	IF m.id IS NULL THEN
		PERFORM identity.refuse('MEMBER_NOT_FOUND');
	END IF;
	IF identity.strongest_role(m.role) = 'member' THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION');
	END IF;
	roles := identity.clean_roles(role);
	IF identity.strongest_role(roles) = 'owner'
	    AND identity.strongest_role(m.role) <> 'owner' THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
	END IF;
	-- Two invitations of one address at once must not both pass.
	PERFORM FROM identity.organization o WHERE o.id = wanted FOR NO KEY UPDATE;
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
		IF NOT coalesce(resend, false) THEN
			PERFORM identity.refuse('USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION');
		END IF;
		IF identity.strongest_role(i.role) = 'owner'
		    AND identity.strongest_role(m.role) <> 'owner' THEN
			PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
		END IF;
		-- The old link is lost with its hash; the new one takes its place.
		UPDATE identity.organization_invitation x
		   SET expires_at = now() + interval '48 hours', token_hash = invite_member.token_hash
		 WHERE x.id = i.id RETURNING * INTO i;
		RETURN identity.invitation_json(i);
	END IF;
	IF (SELECT count(*) >= 100 FROM identity.organization_invitation x
	    WHERE x.organization_id = wanted AND x.status = 'pending' AND x.expires_at > now()) THEN
		PERFORM identity.refuse('INVITATION_LIMIT_REACHED');
	END IF;
	INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email, role,
		expires_at, inviter_id)
	VALUES (invitation_id, invite_member.token_hash, wanted, address, roles,
		now() + interval '48 hours', m.user_id)
	RETURNING * INTO i;
	RETURN identity.invitation_json(i);
END $$;

CREATE FUNCTION identity.accept_invitation(invitation_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := current_setting('app.user_id');
	i identity.organization_invitation;
	m identity.organization_member;
BEGIN
	-- The id serves whom the invitation names; the token of a link, which
	-- administrators do not see, serves whoever was given it as well.
	SELECT * INTO i FROM identity.organization_invitation x
	 WHERE (x.id = invitation_id AND x.email IS NOT NULL
		OR x.token_hash = sha256(convert_to(invitation_id, 'UTF8')))
	   AND x.status = 'pending' AND x.expires_at > now();
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	END IF;
	IF i.email IS NOT NULL AND NOT EXISTS (SELECT FROM identity."user" u
	    WHERE u.id = uid AND u.email = i.email) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION');
	END IF;
	PERFORM FROM identity.organization o WHERE o.id = i.organization_id FOR NO KEY UPDATE;
	UPDATE identity.organization_invitation x SET status = 'accepted'
	 WHERE x.id = i.id AND x.status = 'pending' RETURNING * INTO i;
	IF NOT FOUND THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	END IF;
	SELECT * INTO m FROM identity.organization_member x
	 WHERE x.organization_id = i.organization_id AND x.user_id = uid;
	IF m.disabled THEN
		PERFORM identity.refuse('INVITATION_NOT_FOUND');
	ELSIF m.id IS NULL THEN
		IF (SELECT count(*) >= 100 FROM identity.organization_member x
		    WHERE x.organization_id = i.organization_id) THEN
			PERFORM identity.refuse('ORGANIZATION_MEMBERSHIP_LIMIT_REACHED');
		END IF;
		INSERT INTO identity.organization_member (id, organization_id, user_id, role)
		VALUES (identity.new_id(), i.organization_id, uid, i.role) RETURNING * INTO m;
	END IF;
	PERFORM identity.activate(i.organization_id);
	RETURN json_build_object('invitation', identity.invitation_json(i),
		'member', identity.member_json(m));
END $$;

GRANT EXECUTE ON FUNCTION
	identity.invite_member(text, bytea, text, text, text, boolean),
	identity.accept_invitation(text)
	TO tenantry_app;

DROP TRIGGER owner_gone ON identity."user";
DROP TRIGGER member_comes ON identity.organization_member;
DROP TRIGGER member_gone ON identity.organization_member;
DROP TRIGGER keep_owner ON identity.organization_member;
DROP TRIGGER acts_as ON identity.organization_member;
-- What was deleted and what roles of one's own allowed is lost.
DELETE FROM identity.organization WHERE deleted_at IS NOT NULL;
UPDATE identity.organization_member SET role = identity.strongest_role(role)
 WHERE role !~ '^(owner|admin|member)(,(owner|admin|member))*$';
UPDATE identity.organization_invitation SET role = identity.strongest_role(role)
 WHERE role !~ '^(owner|admin|member)(,(owner|admin|member))*$';
DROP TABLE identity.deleted_member, identity.organization_role;
DROP FUNCTION identity.owner_gone,
	identity.bury_organization,
	identity.member_comes,
	identity.member_gone,
	identity.keep_owner,
	identity.inviter_stays,
	identity.invitations_json,
	identity.organization_role_changed,
	identity.set_acts_as,
	identity.acts_as,
	identity.covers,
	identity.grants,
	identity.may,
	identity.permissions_of,
	identity.role_permission;
DROP INDEX identity.organization_invitation_email;
ALTER TABLE identity.organization_invitation
	DROP CONSTRAINT organization_invitation_role_check,
	ADD CONSTRAINT organization_invitation_role_check
		CHECK (role ~ '^(owner|admin|member)(,(owner|admin|member))*$');
ALTER TABLE identity.organization_member
	DROP COLUMN acts_as,
	DROP CONSTRAINT organization_member_role_check,
	ADD CONSTRAINT organization_member_role_check
		CHECK (role ~ '^(owner|admin|member)(,(owner|admin|member))*$');
ALTER TABLE identity.organization
	DROP COLUMN deleted_at,
	DROP COLUMN purging,
	DROP COLUMN member_limit;
