-- Operators of the installation.

-- An operator has all permissions of the admin plugin. Other users have none.

-- Returns whether the caller is an operator. The role is read from the row each time, so that a demotion takes effect
-- immediately. An impersonator has the permissions of the user, and operators cannot be impersonated.
CREATE OR REPLACE FUNCTION identity.is_operator() RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ops.impersonator() IS NULL
		AND EXISTS (SELECT FROM identity."user" u
			WHERE u.id = ops.caller()
			  AND 'admin' = ANY (string_to_array(u.role, ',')));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.operate(refusal text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF NOT identity.is_operator() THEN
		PERFORM identity.refuse(refusal);
	END IF;
END $$;

-- Ends impersonations by or of a user whose role changes, since only operators may impersonate, and operators cannot be
-- impersonated.
CREATE OR REPLACE FUNCTION identity.role_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	DELETE FROM identity.session s WHERE s.opened_from IS NOT NULL AND (s.user_id = NEW.id
		OR s.opened_from IN (SELECT x.id FROM identity.session x WHERE x.user_id = NEW.id));
	RETURN NULL;
END $$;

-- Creates a link for a new operator, for the command line. A second link for the same address invalidates the first
-- link.
CREATE OR REPLACE FUNCTION identity.invite_operator(email text, secret text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM identity.verification v
	 WHERE v.identifier LIKE 'operator:%' AND v.value = lower(email);
	PERFORM identity.keep_proof('operator', secret, lower(email), interval '24 hours');
END $$;

-- Returns the address of a link, and whether the address has an account, or null for an invalid link.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.find_operator_link(secret text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	address text := identity.find_proof('operator', secret);
BEGIN
	RETURN CASE WHEN address IS NOT NULL THEN json_build_object('email', address,
		'known', EXISTS (SELECT FROM identity."user" u WHERE u.email = address)) END;
END $$;

-- Creates an organization for the first user of an installation. Without it, the next person who
-- signs up would own the installation.
CREATE OR REPLACE FUNCTION identity.own_installation(u identity."user") RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT identity.init_state() THEN
		PERFORM set_config('app.user_id', u.id, true);
		UPDATE identity."user" x SET last_organization_id = identity.found_first(u)
		 WHERE x.id = u.id;
	END IF;
END $$;

-- Creates a user for "tenantry user create".
CREATE OR REPLACE FUNCTION identity.enroll_user(user_id text, email text, name text) RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('tenantry sign-up', 0));
	u := identity.create_user(user_id, email, name, 'user', '{}', NULL);
	PERFORM identity.own_installation(u);
	RETURN u;
END $$;

-- Makes the holder of a link an operator and sets the password. An existing user with a verified address keeps
-- everything except the sessions. For the first user of the installation, also creates an organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.become_operator(secret text, user_id text, name text, password text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	address text;
	u identity."user";
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('tenantry sign-up', 0));
	address := identity.take_proof('operator', secret);
	IF address IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT * INTO u FROM identity."user" x WHERE x.email = address FOR NO KEY UPDATE;
	PERFORM set_config('app.user_id', coalesce(u.id, become_operator.user_id), true);
	IF u.id IS NOT NULL THEN
		IF NOT u.email_verified THEN
			PERFORM identity.remove_credentials(u.id);
		END IF;
		PERFORM identity.put_password(u.id, become_operator.password);
		UPDATE identity."user" x SET role = identity.user_roles(
			concat_ws(',', x.role, 'admin'), x.role, false),
			email_verified = true, updated_at = now()
		 WHERE x.id = u.id;
	ELSIF trim(coalesce(become_operator.name, '')) = '' THEN
		PERFORM ops.refuse('required', 'name');
	ELSE
		u := identity.create_user(become_operator.user_id, address, become_operator.name,
			'admin', '{"emailVerified": true}', become_operator.password);
		PERFORM identity.own_installation(u);
	END IF;
	RETURN json_build_object('id', u.id, 'email', address);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.operate_organization(organization text, suspend boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	o identity.organization;
BEGIN
	IF NOT identity.is_operator() THEN
		PERFORM ops.refuse('operators_only');
	END IF;
	SELECT * INTO o FROM identity.organization x
	 WHERE x.id = identity.uuid_or_null(organization) OR x.slug = organization
	 ORDER BY x.slug = organization LIMIT 1 FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_organization');
	END IF;
	PERFORM identity.suspend_organization(o.id, suspend);
	RETURN json_build_object('id', o.id, 'slug', o.slug, 'name', o.name, 'suspended', suspend);
END $$;

-- Refuses callers who are not operators.
CREATE OR REPLACE FUNCTION identity.need_operator() RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT identity.is_operator() THEN
		PERFORM ops.refuse('operators_only');
	END IF;
END $$;

-- Returns organizations, newest first, including suspended and deleted organizations: their names and sizes, without
-- content.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.operate_organizations(wanted text, state text, before text, most integer)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN (SELECT coalesce(json_agg(json_build_object('id', o.id, 'name', o.name,
			'slug', o.slug, 'created_at', o.created_at, 'suspended_at', o.suspended_at,
			'deleted_at', o.deleted_at, 'members', m.staff, 'portal_users', m.portal_users)
			ORDER BY o.created_at DESC, o.id DESC), '[]')
	  FROM (SELECT x.* FROM identity.organization x
		WHERE (wanted IS NULL OR strpos(lower(x.name), lower(wanted)) > 0
			OR strpos(x.slug, lower(wanted)) > 0)
		  AND (state IS NULL OR state = CASE WHEN x.deleted_at IS NOT NULL THEN 'deleted'
			WHEN x.suspended_at IS NOT NULL THEN 'suspended' ELSE 'open' END)
		  AND (before IS NULL OR (x.created_at, x.id) < (SELECT b.created_at, b.id
			FROM identity.organization b WHERE b.id = identity.uuid_or_null(before)))
		ORDER BY x.created_at DESC, x.id DESC
		LIMIT coalesce(most, 50)) o
	  CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.acts_as <> 'portal') AS staff,
			count(*) FILTER (WHERE x.acts_as = 'portal') AS portal_users
		FROM identity.organization_member x JOIN identity."user" u ON u.id = x.user_id
		WHERE x.organization_id = o.id AND u.service_of IS NULL) m);
END $$;

CREATE OR REPLACE TRIGGER role_changed AFTER UPDATE OF role ON identity."user"
	FOR EACH ROW WHEN (NEW.role IS DISTINCT FROM OLD.role)
	EXECUTE FUNCTION identity.role_changed();
