-- Service accounts: members of an organization that are programs. An organization owns them, so they outlast their
-- creator. They have a role and API keys, but no password and no session.

-- Refuses credentials that would let a service account sign in.
CREATE OR REPLACE FUNCTION identity.no_service_account() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM identity."user" u WHERE u.id = NEW.user_id AND u.service_of IS NOT NULL) THEN
		PERFORM ops.refuse('service_account_signs_in');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER no_service_account BEFORE INSERT ON identity.session
	FOR EACH ROW EXECUTE FUNCTION identity.no_service_account();

CREATE OR REPLACE TRIGGER no_service_account BEFORE INSERT ON identity.account
	FOR EACH ROW EXECUTE FUNCTION identity.no_service_account();

CREATE OR REPLACE TRIGGER no_service_account BEFORE INSERT ON identity.passkey
	FOR EACH ROW EXECUTE FUNCTION identity.no_service_account();

-- Returns the caller's membership for a change of service accounts: an administrator with a session, since an API key
-- that creates keys could renew itself forever.
CREATE OR REPLACE FUNCTION identity.hold_service_accounts() RETURNS identity.organization_member
LANGUAGE plpgsql AS $$
DECLARE
	m identity.organization_member;
BEGIN
	IF nullif(current_setting('app.api_key_id', true), '') IS NOT NULL THEN
		PERFORM ops.refuse('key_without_access');
	END IF;
	PERFORM identity.key_holder();
	m := identity.hold_own_membership();
	IF m.acts_as NOT IN ('owner', 'admin') THEN
		PERFORM ops.refuse('role');
	END IF;
	RETURN m;
END $$;

-- Returns a service account of the caller's organization, by the ID of its row in the CRM.
CREATE OR REPLACE FUNCTION identity.named_service_account(account_id text) RETURNS identity.organization_member
LANGUAGE plpgsql STABLE AS $$
DECLARE
	a identity.organization_member;
BEGIN
	IF account_id ~ '^[0-9]{1,18}$' THEN
		SELECT x.* INTO a FROM identity.organization_member x JOIN identity."user" u ON u.id = x.user_id
		 WHERE x.organization_id = ops.org() AND x.sales_id = account_id::bigint AND u.service_of = x.organization_id;
	END IF;
	IF a.id IS NULL THEN
		PERFORM ops.refuse('service_account_not_found');
	END IF;
	RETURN a;
END $$;

CREATE OR REPLACE FUNCTION identity.service_account_json(a identity.organization_member) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT json_build_object('id', a.sales_id, 'user_id', u.id, 'name', u.name, 'role', a.role, 'disabled', a.disabled,
			'created_at', identity.iso(u.created_at), 'updated_at', identity.iso(u.updated_at), 'keys', (SELECT count(*) FROM identity.api_key k WHERE k.user_id = u.id),
			'last_request', (SELECT identity.iso(max(k.last_request)) FROM identity.api_key k WHERE k.user_id = u.id))
		FROM identity."user" u WHERE u.id = a.user_id);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_service_accounts() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(identity.service_account_json(m) ORDER BY u.name, m.sales_id), '[]')
		FROM identity."user" u JOIN identity.organization_member m ON m.organization_id = u.service_of AND m.user_id = u.id
		WHERE u.service_of = ops.org());
END $$;

-- Checks that the caller may give a role to a service account.
CREATE OR REPLACE FUNCTION identity.service_role(m identity.organization_member, roles text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	given text;
BEGIN
	IF NOT identity.are_roles(m.organization_id, roles) THEN
		PERFORM ops.refuse('no_such_role', 'role');
	END IF;
	given := identity.clean_roles(m.organization_id, roles, 'ROLE_NOT_FOUND');
	IF identity.acts_as(m.organization_id, given) IN ('owner', 'portal') THEN
		PERFORM ops.refuse('service_account_role', 'role');
	ELSIF NOT identity.covers(m.organization_id, m.role, given) THEN
		PERFORM ops.refuse('role', 'role');
	END IF;
	RETURN given;
END $$;

CREATE OR REPLACE FUNCTION identity.service_name(name text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	IF char_length(trim(name)) NOT BETWEEN 1 AND 100 THEN
		PERFORM ops.refuse('service_account_name', 'name');
	END IF;
	RETURN trim(name);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_service_account(body json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_service_accounts();
	named text := identity.service_name(body->>'name');
	given text := identity.service_role(m, coalesce(body->>'role', 'member'));
	uid text := identity.new_id();
	made identity.organization_member;
BEGIN
	IF (SELECT count(*) >= 100 FROM identity."user" u WHERE u.service_of = m.organization_id) THEN
		PERFORM ops.refuse('too_many_service_accounts');
	END IF;
	-- ops.queue_mail() sends no email to this domain.
	INSERT INTO identity."user" (id, name, email, service_of)
	VALUES (uid, named, gen_random_uuid() || '@service.invalid', m.organization_id);
	INSERT INTO identity.organization_member (id, organization_id, user_id, role)
	VALUES (identity.new_id(), m.organization_id, uid, given) RETURNING * INTO made;
	PERFORM identity.log_event(ops.caller(), 'service-account.created', json_build_object('id', made.sales_id, 'name', named, 'role', given));
	RETURN identity.service_account_json(made);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.update_service_account(account_id text, body json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_service_accounts();
	a identity.organization_member := identity.named_service_account(account_id);
	given text := a.role;
	off boolean := coalesce((body->>'disabled')::boolean, a.disabled);
BEGIN
	IF NOT identity.covers(m.organization_id, m.role, a.role) THEN
		PERFORM ops.refuse('role');
	END IF;
	IF body->>'name' IS NOT NULL THEN
		UPDATE identity."user" u SET name = identity.service_name(body->>'name'), updated_at = now() WHERE u.id = a.user_id;
	END IF;
	IF body->>'role' IS NOT NULL THEN
		given := identity.service_role(m, body->>'role');
	END IF;
	IF (given, off) IS DISTINCT FROM (a.role, a.disabled) THEN
		UPDATE identity.organization_member x SET role = given, disabled = off WHERE x.id = a.id RETURNING * INTO a;
		UPDATE identity."user" u SET updated_at = now() WHERE u.id = a.user_id;
	END IF;
	PERFORM identity.log_event(ops.caller(), 'service-account.updated',
		json_build_object('id', a.sales_id, 'name', (SELECT u.name FROM identity."user" u WHERE u.id = a.user_id), 'role', a.role,
			'disabled', a.disabled));
	RETURN identity.service_account_json(a);
END $$;

-- Deletes a service account and its keys. Its records keep its name.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_service_account(account_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_service_accounts();
	a identity.organization_member := identity.named_service_account(account_id);
	said json := identity.service_account_json(a);
BEGIN
	IF NOT identity.covers(m.organization_id, m.role, a.role) THEN
		PERFORM ops.refuse('role');
	END IF;
	DELETE FROM identity."user" u WHERE u.id = a.user_id;
	PERFORM identity.log_event(ops.caller(), 'service-account.deleted', json_build_object('id', a.sales_id, 'name', said->>'name'));
	RETURN said;
END $$;

-- Creates a key of a service account. Administrators can change, rotate and delete the key like their own keys.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_service_key(account_id text, key_id text, key_hash bytea, start text, body json)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_service_accounts();
	a identity.organization_member := identity.named_service_account(account_id);
BEGIN
	IF NOT identity.covers(m.organization_id, m.role, a.role) THEN
		PERFORM ops.refuse('role');
	END IF;
	RETURN identity.make_key(a.user_id, a.organization_id, key_id, key_hash, start, body::jsonb);
END $$;
