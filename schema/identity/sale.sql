-- Creating and changing users, by administrators.
--
-- An administrator creates a row of crm.sales with an invitation. The user is created when the owner of the mailbox
-- accepts. Until then, the user_id of the row is a placeholder. The procedure is the same for addresses with and
-- without an account. Administrators therefore cannot find out which addresses have an account, cannot change accounts,
-- and cannot add members without their consent.

-- Ends the management of an account by the organization that created it, when the user becomes a member of another
-- organization.
CREATE OR REPLACE FUNCTION identity.belongs_elsewhere() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity."user" u SET made_by = NULL
	 WHERE u.id = NEW.user_id AND u.made_by <> NEW.organization_id;
	RETURN NULL;
END $$;

-- Records that an invitation whose link was shown to the inviter no longer proves ownership of the mailbox.
CREATE OR REPLACE FUNCTION identity.link_renewed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.mailed := false;
	RETURN NEW;
END $$;

-- Invites the user of a waiting row, or repeats the invitation, which invalidates the previous link. link contains
-- values from the workers: "id", "hash", "page" for a password, "invite" for an existing account, "language", and
-- "mailed" if the link is only sent by email.
CREATE OR REPLACE FUNCTION identity.invite_row(s crm.sales, m identity.organization_member, link json,
	limited boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	i identity.organization_invitation;
	given text := CASE WHEN s.administrator THEN 'admin' ELSE 'member' END;
BEGIN
	IF NOT identity.may(m.organization_id, m.role, '{"invitation": ["create"]}')
	    OR NOT identity.covers(m.organization_id, m.role, given) THEN
		PERFORM ops.refuse('role');
	ELSIF NOT crm.is_address(s.email) THEN
		PERFORM ops.refuse('user_gone');
	END IF;
	IF limited THEN
		PERFORM identity.count_attempt('invitations|' || s.org_id, 100, 3600);
		PERFORM identity.count_attempt('invitation|' || s.org_id || '|'
			|| encode(sha256(convert_to(s.email, 'UTF8')), 'hex'), 5, 3600);
	END IF;
	IF NOT identity.replace_invitation(s.org_id, m.role, s.email, s.id) THEN
		PERFORM ops.refuse('already_invited');
	END IF;
	UPDATE identity.organization_invitation x
	   SET token_hash = (link->>'hash')::bytea, expires_at = now() + interval '7 days',
		role = given, email = s.email, inviter_id = m.user_id
	 WHERE x.organization_id = s.org_id AND x.sales_id = s.id AND x.status = 'pending'
	RETURNING * INTO i;
	IF NOT FOUND THEN
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

-- Creates a row of crm.sales with an invitation. Returns the row in the format of the API.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_sale(body json, link json, limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_own_membership();
	org uuid := m.organization_id;
	address text := lower(trim(body->>'email'));
	s crm.sales;
	row_id bigint := ops.new_id();
	shown text;
BEGIN
	IF NOT crm.is_address(address) THEN
		PERFORM ops.refuse(crm.address_fault(address), 'email');
	END IF;
	-- A user who left the organization still has a row, and may be invited again.
	SELECT * INTO s FROM crm.sales x WHERE x.org_id = org AND x.email = address
	 ORDER BY x.disabled, x.id LIMIT 1;
	IF s.id IS NOT NULL AND (s.user_id = 'invited-' || s.id OR EXISTS (
	    SELECT FROM identity.organization_member x
	    WHERE x.organization_id = org AND x.user_id = s.user_id))
	    -- A portal user is not invited: assigning another role creates the row.
	    OR EXISTS (SELECT FROM identity.organization_member x JOIN identity."user" u ON u.id = x.user_id
		WHERE x.organization_id = org AND u.email = address AND x.acts_as = 'portal') THEN
		PERFORM ops.refuse('user_exists', 'email');
	END IF;
	IF (SELECT identity.count_staff(org)
		+ (SELECT count(*) FROM crm.sales x WHERE x.org_id = org AND NOT x.disabled
			AND x.user_id = 'invited-' || x.id) >= o.member_limit
	    FROM identity.organization o WHERE o.id = org) THEN
		PERFORM ops.refuse('organization_full');
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
	shown := json_build_object('id', s.id, 'first_name', s.first_name, 'last_name', s.last_name,
		'email', s.email, 'administrator', s.administrator, 'user_id', s.user_id,
		'avatar', s.avatar, 'disabled', s.disabled, 'basics_api_key', NULL, 'created_at', s.created_at, 'updated_at', s.updated_at);
	IF json_typeof(body->'external_ids') = 'object' THEN
		PERFORM set_config('app.row_id', s.id::text, true);
		PERFORM crm.put_external_ids('sales', body::jsonb->'external_ids', false);
		shown := left(shown, -1) || ', "external_ids" : ' || crm.external_ids_of('sales', s.id) || '}';
	END IF;
	RETURN shown;
END $$;

-- Adds a role that administers the CRM to a list of roles, or removes all such roles.
CREATE OR REPLACE FUNCTION identity.with_administration(org uuid, roles text, administrator boolean)
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN administrator THEN
			coalesce(nullif(array_to_string(array_remove(string_to_array(roles, ','),
				'member'), ','), '') || ',', '') || 'admin'
		ELSE coalesce((SELECT string_agg(r, ',' ORDER BY n)
			FROM unnest(string_to_array(roles, ',')) WITH ORDINALITY AS x (r, n)
			WHERE identity.acts_as(org, r) NOT IN ('owner', 'admin')), 'member') END
$$;

-- Changes the address of an account for an administrator, if the organization created the account and the user was
-- never a member of another organization.
CREATE OR REPLACE FUNCTION identity.change_managed_address(org uuid, uid text, address text, language text)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid FOR NO KEY UPDATE;
	IF u.made_by IS DISTINCT FROM org OR 'admin' = ANY (string_to_array(u.role, ',')) THEN
		PERFORM ops.refuse('address_of_others', 'email');
	ELSIF EXISTS (SELECT FROM identity."user" x WHERE x.email = address) THEN
		PERFORM ops.refuse('user_exists', 'email');
	END IF;
	PERFORM ops.send_mail('email-changed', u.email, language,
		jsonb_build_object('newEmail', address));
	UPDATE identity."user" x SET email = address, email_verified = false, updated_at = now()
	 WHERE x.id = uid;
END $$;

-- Changes a waiting row. The invitation gets the new role or address.
CREATE OR REPLACE FUNCTION identity.change_waiting(m identity.organization_member, s crm.sales,
	address text, administers boolean, off boolean, link json, limited boolean)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	renewed boolean;
BEGIN
	IF address IS NOT NULL AND s.user_id <> 'invited-' || s.id THEN
		PERFORM ops.refuse('address_of_others', 'email');
	ELSIF NOT identity.covers(s.org_id, m.role,
	    CASE WHEN administers OR s.administrator THEN 'admin' ELSE 'member' END) THEN
		PERFORM ops.refuse('role');
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

-- Stores the encrypted key that a change of a user's row contains. Null deletes the caller's key. It is ignored in the
-- rows of others and during an impersonation: they show null, and clients send rows as they have read them.
CREATE OR REPLACE FUNCTION identity.change_assistant_key(user_id text, encrypted_key text, by_key boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF by_key AND encrypted_key IS NOT NULL THEN
		PERFORM ops.refuse('key_changes_names_only');
	ELSIF change_assistant_key.user_id = ops.caller() AND NOT by_key AND ops.impersonator() IS NULL THEN
		PERFORM identity.set_assistant_key(encrypted_key, false);
	ELSIF encrypted_key IS NOT NULL AND change_assistant_key.user_id = ops.caller() THEN
		PERFORM identity.check_own_name();
	ELSIF encrypted_key IS NOT NULL THEN
		PERFORM ops.refuse('key_of_others', 'basics_api_key');
	END IF;
END $$;

-- Changes the permissions in a row, which only administrators may do, and the caller's key. Sets app.row_id, for the
-- response, if the caller may change the row at all.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.change_sale(sale_id bigint, patch json, link json, by_key boolean,
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
	IF NOT FOUND OR s.user_id <> m.user_id AND m.acts_as NOT IN ('owner', 'admin') THEN
		RETURN;
	END IF;
	PERFORM set_config('app.row_id', s.id::text, true);
	IF patch->'basics_api_key' IS NOT NULL THEN
		PERFORM identity.change_assistant_key(s.user_id, patch->>'basics_api_key', by_key);
	END IF;
	-- Users can change their own address only by emailed links.
	IF address = s.email OR s.user_id = m.user_id THEN
		address := NULL;
	END IF;
	administers := coalesce((patch->>'administrator')::boolean, s.administrator);
	off := coalesce((patch->>'disabled')::boolean, s.disabled);
	IF m.acts_as NOT IN ('owner', 'admin') OR address IS NULL
	    AND (administers, off) = (s.administrator, s.disabled) THEN
		RETURN;
	END IF;
	IF by_key THEN
		PERFORM ops.refuse('key_changes_names_only');
	ELSIF address IS NOT NULL AND NOT crm.is_address(address) THEN
		PERFORM ops.refuse(crm.address_fault(address), 'email');
	ELSIF address IS NOT NULL AND EXISTS (SELECT FROM crm.sales x
	    WHERE x.org_id = m.organization_id AND x.email = address) THEN
		PERFORM ops.refuse('user_exists', 'email');
	END IF;
	SELECT * INTO who FROM identity.organization_member x
	 WHERE x.organization_id = m.organization_id AND x.user_id = s.user_id;
	IF EXISTS (SELECT FROM identity."user" u WHERE u.id = s.user_id AND u.service_of IS NOT NULL) THEN
		PERFORM ops.refuse('service_account');
	ELSIF who.acts_as = 'portal' THEN
		PERFORM ops.refuse('portal_user');
	ELSIF who.id IS NULL THEN
		PERFORM identity.change_waiting(m, s, address, administers, off, link, limited);
	ELSE
		PERFORM identity.change_member(m, who, address, administers, off,
			link->>'language');
	END IF;
END $$;

CREATE OR REPLACE TRIGGER belongs_elsewhere AFTER INSERT ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION identity.belongs_elsewhere();

CREATE OR REPLACE TRIGGER link_renewed BEFORE UPDATE OF token_hash ON identity.organization_invitation
	FOR EACH ROW EXECUTE FUNCTION identity.link_renewed();
