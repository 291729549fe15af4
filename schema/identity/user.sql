-- Users.

CREATE OR REPLACE FUNCTION identity.user_json(u identity."user") RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('name', u.name, 'email', u.email, 'emailVerified', u.email_verified,
		'image', u.image, 'createdAt', identity.iso(u.created_at),
		'updatedAt', identity.iso(u.updated_at), 'role', u.role, 'banned', u.banned,
		'banReason', u.ban_reason, 'banExpires', identity.iso(u.ban_expires),
		'twoFactorEnabled', u.two_factor_enabled, 'id', u.id)
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.update_user(patch json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	changes jsonb := patch;
	u identity."user";
BEGIN
	UPDATE identity."user" x
	   SET name = CASE WHEN changes ? 'name' THEN changes->>'name' ELSE x.name END,
		image = CASE WHEN changes ? 'image' THEN changes->>'image' ELSE x.image END,
		updated_at = now()
	 WHERE x.id = ops.caller() RETURNING * INTO u;
	RETURN identity.user_json(u);
END $$;

-- Splits a name into the first word and the rest.
CREATE OR REPLACE FUNCTION identity.split_name() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	name text := trim(NEW.name);
BEGIN
	IF TG_OP = 'INSERT' AND NEW.first_name IS NOT NULL AND NEW.last_name IS NOT NULL THEN
		RETURN NEW;
	END IF;
	NEW.first_name := split_part(name, ' ', 1);
	NEW.last_name := trim(substr(name, char_length(NEW.first_name) + 1));
	RETURN NEW;
END $$;

-- Returns what the grants '*' stand for, in the form of /api/me.
CREATE OR REPLACE FUNCTION identity.all_grants(administrator boolean) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('crm', (SELECT json_object_agg(a, 'all') FROM identity.resource r, unnest(r.actions) a
		WHERE r.name = 'crm' AND (a <> 'administer' OR administrator)))
$$;

-- Returns the caller in the format of the CRM, with the grants of the caller's roles. A portal user has no row in the
-- CRM.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.me() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	portal boolean := ops.portal();
	grants text := current_setting('app.grants', true);
	by_module jsonb := nullif(current_setting('app.module_grants', true), '');
	modules text[] := ops.modules();
	viewing json := identity.viewing();
	kind text;
	told json;
	-- The actions that members may perform on rows about themselves.
	own json := (SELECT json_object_agg(r.name, a.actions ORDER BY r.name) FROM identity.resource r
		CROSS JOIN LATERAL (SELECT ARRAY(SELECT x FROM unnest(r.own_actions) x WHERE ops.own_action(r.name, x))) a (actions)
		WHERE a.actions <> '{}');
	s crm.sales;
	me json;
BEGIN
	s.org_id := ops.org();
	s.user_id := ops.caller();
	IF portal THEN
		SELECT u.first_name, u.last_name, u.email, false, false,
			CASE WHEN u.image IS NOT NULL THEN jsonb_build_object('src', u.image) END
		  INTO s.first_name, s.last_name, s.email, s.administrator, s.disabled, s.avatar
		  FROM identity."user" u WHERE u.id = s.user_id;
	ELSE
		SELECT x.* INTO s FROM crm.sales x WHERE x.org_id = s.org_id AND x.user_id = s.user_id;
	END IF;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	told := CASE WHEN grants <> '*' THEN grants::json
		WHEN s.administrator OR NOT ops.reads_audit_log() THEN identity.all_grants(s.administrator)
		ELSE identity.with_members(identity.all_grants(false), '{"audit_log" : {"read" : "all"}}') END;
	me := json_build_object('id', s.id, 'user_id', s.user_id,
		'first_name', s.first_name, 'last_name', s.last_name, 'email', s.email,
		'avatar', s.avatar, 'administrator', s.administrator, 'disabled', s.disabled,
		'organization_id', s.org_id, 'grants', CASE WHEN by_module IS NULL THEN told ELSE (told::jsonb || by_module)::json END);
	me := identity.with_members(me, CASE WHEN portal THEN '{"portal" : true}' ELSE json_build_object('modules', modules, 'resources',
		(SELECT json_object_agg(r.name, CASE WHEN r.administrators AND NOT s.administrator THEN '{}'
				WHEN by_module ? r.name THEN ARRAY(SELECT a FROM unnest(r.actions) a WHERE by_module->r.name ? a)
				ELSE r.actions END ORDER BY r.name)
		   FROM identity.resource r
		  WHERE r.same_as IS NULL AND NOT r.reserved AND r.name <> 'crm'
		   AND (r.module IS NULL OR r.module = ANY (modules)))) END);
	FOREACH kind IN ARRAY ops.portal_functions('me') LOOP
		EXECUTE format('SELECT %s()', kind) INTO told;
		me := CASE WHEN told IS NULL THEN me ELSE identity.with_members(me, told) END;
	END LOOP;
	IF portal AND own IS NOT NULL THEN
		me := identity.with_members(me, json_build_object('own', own));
	END IF;
	IF ops.read_only(s.org_id) THEN
		me := identity.with_members(me, '{"read_only" : true}');
	END IF;
	IF identity.is_sandbox(s.org_id) THEN
		me := identity.with_members(me, '{"sandbox" : true}');
	END IF;
	IF viewing IS NOT NULL THEN
		me := identity.with_members(me, json_build_object('viewing', viewing));
	END IF;
	RETURN me;
END $$;

-- Deletes rows that refer to a deleted user without a foreign key. The logs keep the ID.
CREATE OR REPLACE FUNCTION identity.forget_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.end_all_issued(array_agg(g.id), array_agg(g.email), 'deletion', NULL) FROM gone g HAVING count(*) > 0;
	DELETE FROM identity.session s USING gone g WHERE s.impersonated_by = g.id;
	-- Compares the whole value with its quotes, since an imported ID may be as short as "1".
	DELETE FROM identity.verification v USING gone g
	 WHERE v.value = g.id OR strpos(v.value, to_json(g.id)::text) > 0;
	DELETE FROM ops.idempotency_key k USING gone g WHERE split_part(k.scope, '/', 1) = g.id;
	DELETE FROM ops.idempotency_key k USING gone g
	 WHERE starts_with(k.scope, 'address:') AND strpos(k.body, to_json(g.id)::text) > 0;
	-- An imported ID may contain a slash.
	DELETE FROM ops.idempotency_key k USING gone g WHERE strpos(g.id, '/') > 0 AND starts_with(k.scope, g.id || '/');
	RETURN NULL;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.request_deletion(token text, link text, language text, address text,
	limited boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := ops.caller();
	email text;
BEGIN
	SELECT u.email INTO email FROM identity."user" u WHERE u.id = uid;
	PERFORM identity.count_mail(limited, '/delete-user', address, email, 3);
	-- Tries the deletion and rolls it back, so that a refusal is reported before the email is sent.
	BEGIN
		PERFORM identity.remove_user(uid);
		RAISE SQLSTATE 'ZH001';
	EXCEPTION WHEN SQLSTATE 'ZH001' THEN
		NULL;
	END;
	PERFORM identity.keep_proof('delete-account', token, uid, interval '1 day');
	PERFORM ops.send_mail('delete-account', email, language, jsonb_build_object('url', link));
	RETURN 'Verification email sent';
END $$;

-- Deletes the caller immediately. Without a password, the session must be recent.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_user(shown_password boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF NOT shown_password AND NOT EXISTS (SELECT FROM identity.session s
	    WHERE s.id = ops.session()
	      AND s.created_at > now() - interval '1 day') THEN
		PERFORM identity.refuse('SESSION_EXPIRED');
	END IF;
	PERFORM identity.remove_user(ops.caller());
	RETURN 'User deleted';
END $$;

-- Deletes the caller by the emailed link, in a session of the same user.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_user_by_token(caller_hash bytea, token text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := (identity.caller(caller_hash)).id;
BEGIN
	IF uid IS NULL THEN
		PERFORM identity.refuse('FAILED_TO_GET_USER_INFO/DELETION');
	ELSIF identity.take_proof('delete-account', token) IS DISTINCT FROM uid THEN
		PERFORM identity.refuse('INVALID_TOKEN/DELETION');
	END IF;
	PERFORM set_config('app.user_id', uid, true);
	PERFORM identity.remove_user(uid);
	RETURN 'User deleted';
END $$;

-- Deletes a user. Triggers on memberships prevent an organization from losing its last owner. An organization without
-- other members is deleted with the user.
CREATE OR REPLACE FUNCTION identity.remove_user(uid text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM identity."user" x WHERE x.id = uid FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('USER_NOT_FOUND');
	END IF;
	DELETE FROM identity."user" x WHERE x.id = uid;
END $$;

CREATE OR REPLACE TRIGGER split_name BEFORE INSERT OR UPDATE OF name ON identity."user"
	FOR EACH ROW EXECUTE FUNCTION identity.split_name();

CREATE OR REPLACE TRIGGER forget_user AFTER DELETE ON identity."user"
	REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION identity.forget_user();
