-- The admin endpoints, with which operators manage users and sessions.

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_has_permission(permissions jsonb) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	all_of jsonb := '{"session": ["list", "revoke", "delete"],
		"user": ["create", "list", "set-role", "ban", "impersonate", "delete",
			"set-password", "set-email", "get", "update"]}';
BEGIN
	RETURN json_build_object('error', NULL, 'success', identity.is_operator()
		AND permissions <> '{}' AND NOT EXISTS (
			SELECT FROM jsonb_each(permissions) p
			 WHERE p.value = '[]' OR NOT coalesce(p.value <@ (all_of->p.key), false)));
END $$;

CREATE OR REPLACE FUNCTION identity.find_user(uid text) RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('USER_NOT_FOUND');
	END IF;
	RETURN u;
END $$;

-- Returns the column for a member of a user's JSON by which a list of users can be sorted and filtered, or null.
CREATE OR REPLACE FUNCTION identity.user_column(member text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE member WHEN 'id' THEN 'id' WHEN 'name' THEN 'name' WHEN 'email' THEN 'email'
		WHEN 'image' THEN 'image' WHEN 'role' THEN 'role' WHEN 'banReason' THEN 'ban_reason'
		WHEN 'emailVerified' THEN 'email_verified' WHEN 'banned' THEN 'banned'
		WHEN 'twoFactorEnabled' THEN 'two_factor_enabled' WHEN 'createdAt' THEN 'created_at'
		WHEN 'updatedAt' THEN 'updated_at' WHEN 'banExpires' THEN 'ban_expires' END
$$;

-- Returns the condition "u.column operator value" in SQL, where the value is an element of a text[], or null for an
-- unknown member. The condition contains no input from the caller.
CREATE OR REPLACE FUNCTION identity.user_condition(member text, operator text, place text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT format(CASE operator
		WHEN 'eq' THEN 'u.%1$s = %2$s[1]::%3$s'
		WHEN 'ne' THEN 'u.%1$s <> %2$s[1]::%3$s'
		WHEN 'lt' THEN 'u.%1$s < %2$s[1]::%3$s'
		WHEN 'lte' THEN 'u.%1$s <= %2$s[1]::%3$s'
		WHEN 'gt' THEN 'u.%1$s > %2$s[1]::%3$s'
		WHEN 'gte' THEN 'u.%1$s >= %2$s[1]::%3$s'
		WHEN 'in' THEN 'u.%1$s = ANY (%2$s::%3$s[])'
		WHEN 'not_in' THEN 'u.%1$s <> ALL (%2$s::%3$s[])'
		WHEN 'contains' THEN 'strpos(u.%1$s::text, %2$s[1]) > 0'
		WHEN 'starts_with' THEN 'starts_with(u.%1$s::text, %2$s[1])'
		WHEN 'ends_with' THEN 'right(u.%1$s::text, char_length(%2$s[1])) = %2$s[1]' END,
		identity.user_column(member), place, CASE
		WHEN member IN ('emailVerified', 'banned', 'twoFactorEnabled') THEN 'boolean'
		WHEN member IN ('createdAt', 'updatedAt', 'banExpires') THEN 'timestamptz'
		ELSE 'text' END)
	 WHERE identity.user_column(member) IS NOT NULL
$$;

-- Returns a page of users and the total number. An unknown member, or a value of the wrong type, matches no user.
CREATE OR REPLACE FUNCTION identity.list_users(search_value text, search_field text,
	search_operator text, filter_field text, filter_operator text, filter_value text[],
	sort_by text, sort_direction text, user_limit integer, user_offset integer,
	OUT users json, OUT total bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	condition text := 'u.service_of IS NULL';
	sorted text := identity.user_column(coalesce(nullif(sort_by, ''), 'createdAt'));
	direction text := CASE WHEN sort_by <> '' AND sort_direction = 'desc' THEN 'DESC'
		ELSE 'ASC' END;
BEGIN
	users := '[]';
	total := 0;
	IF coalesce(search_value, '') <> '' THEN
		condition := condition || ' AND ' || identity.user_condition(coalesce(search_field, 'email'),
			coalesce(search_operator, 'contains'), '(ARRAY[$1])');
	END IF;
	IF filter_value IS NOT NULL THEN
		IF filter_operator NOT IN ('in', 'not_in') AND cardinality(filter_value) <> 1 THEN
			RETURN;
		END IF;
		condition := condition || ' AND ' || identity.user_condition(
			coalesce(filter_field, 'email'), coalesce(filter_operator, 'eq'), '$2');
	END IF;
	IF condition IS NULL OR sorted IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT coalesce(json_agg(identity.user_json(p.u)
				ORDER BY (p.u).%2$s %3$s, (p.u).id), ''[]''),
			(SELECT count(*) FROM identity."user" u WHERE %1$s)
		  FROM (SELECT u FROM identity."user" u WHERE %1$s
			ORDER BY u.%2$s %3$s, u.id LIMIT $3 OFFSET $4) p',
		condition, sorted, direction)
	   INTO users, total USING search_value, filter_value, user_limit, user_offset;
EXCEPTION WHEN data_exception THEN
	users := '[]';
	total := 0;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_list_users(search_value text, search_field text,
	search_operator text, filter_field text, filter_operator text, filter_values jsonb,
	sort_by text, sort_direction text, user_limit integer, user_offset integer)
RETURNS TABLE (users text, total text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_LIST_USERS');
	RETURN QUERY SELECT l.users::text, l.total::text
		FROM identity.list_users(search_value, search_field, search_operator, filter_field,
			filter_operator, CASE WHEN filter_values IS NOT NULL THEN
				ARRAY(SELECT jsonb_array_elements_text(filter_values)) END,
			sort_by, sort_direction, user_limit, user_offset) l;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_get_user(uid text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_GET_USER');
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid;
	IF NOT FOUND THEN
		PERFORM identity.refuse('USER_NOT_FOUND');
	END IF;
	RETURN identity.user_json(u);
END $$;

-- Returns roles of the installation as a normalized comma-separated list. "Admin" is refused, since it would look
-- like the "admin" role. On the command line, where by_operator is false, operators may be created.
CREATE OR REPLACE FUNCTION identity.user_roles(roles text, had text, by_operator boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	list text[];
BEGIN
	SELECT array_agg(r ORDER BY n) INTO list FROM (
		SELECT trim(part) AS r, min(n) AS n
		  FROM unnest(string_to_array(roles, ',')) WITH ORDINALITY AS x (part, n)
		 WHERE trim(part) <> '' GROUP BY 1) named;
	IF list IS NULL OR char_length(roles) > 500
	    OR EXISTS (SELECT FROM unnest(list) r WHERE r <> 'admin' AND lower(r) = 'admin') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE');
	END IF;
	IF by_operator AND 'admin' = ANY (list)
	    AND 'admin' <> ALL (coalesce(string_to_array(had, ','), '{}')) THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE');
	END IF;
	RETURN array_to_string(list, ',');
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_set_role(uid text, roles text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE');
	u := identity.find_user(uid);
	UPDATE identity."user" x
	   SET role = identity.user_roles(roles, u.role, true), updated_at = now()
	 WHERE x.id = u.id RETURNING * INTO u;
	RETURN json_build_object('user', identity.user_json(u));
END $$;

-- Checks the request before the password is hashed, which is slow.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_create_begin(email text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS');
	IF EXISTS (SELECT FROM identity."user" u WHERE u.email = lower(admin_create_begin.email)) THEN
		PERFORM identity.refuse('USER_EXISTS');
	END IF;
END $$;

CREATE OR REPLACE FUNCTION identity.create_user(user_id text, email text, name text, roles text,
	more jsonb, password text) RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	INSERT INTO identity."user" (id, email, name, role, email_verified, image, banned,
		ban_reason, ban_expires)
	VALUES (create_user.user_id, lower(create_user.email), create_user.name, roles,
		coalesce((more->>'emailVerified')::boolean, false), more->>'image',
		coalesce((more->>'banned')::boolean, false), more->>'banReason',
		(more->>'banExpires')::timestamptz)
	ON CONFLICT ON CONSTRAINT user_email_key DO NOTHING RETURNING * INTO u;
	IF NOT FOUND THEN
		PERFORM identity.refuse('USER_EXISTS');
	END IF;
	IF password IS NOT NULL THEN
		INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
		VALUES (identity.new_id(), u.id, 'credential', u.id, create_user.password);
	END IF;
	RETURN u;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_create_user(user_id text, email text, name text, roles text,
	more jsonb, password text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS');
	RETURN json_build_object('user', identity.user_json(identity.create_user(user_id, email,
		name, identity.user_roles(coalesce(roles, 'user'), NULL, true), more, password)));
END $$;

-- Changes a user. A new address is unverified, unless the operator marks it as verified.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_update_user(uid text, patch jsonb, roles text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
	address text := lower(patch->>'email');
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS');
	IF (patch->>'banned')::boolean AND uid = ops.caller() THEN
		PERFORM identity.refuse('YOU_CANNOT_BAN_YOURSELF');
	END IF;
	IF EXISTS (SELECT FROM identity."user" x WHERE x.email = address AND x.id <> uid) THEN
		PERFORM identity.refuse('USER_EXISTS');
	END IF;
	u := identity.find_user(uid);
	-- The sessions of an unverified account may belong to a stranger.
	IF NOT u.email_verified AND (patch->>'emailVerified')::boolean THEN
		PERFORM identity.sign_out_everywhere(u.id);
	END IF;
	UPDATE identity."user" x SET
		name = coalesce(patch->>'name', x.name),
		email = coalesce(address, x.email),
		email_verified = coalesce((patch->>'emailVerified')::boolean,
			x.email_verified AND coalesce(address, x.email) = x.email),
		image = CASE WHEN patch ? 'image' THEN patch->>'image' ELSE x.image END,
		role = CASE WHEN roles IS NOT NULL
			THEN identity.user_roles(roles, x.role, true) ELSE x.role END,
		banned = CASE WHEN patch ? 'banned'
			THEN coalesce((patch->>'banned')::boolean, false) ELSE x.banned END,
		ban_reason = CASE WHEN patch ? 'banReason' THEN patch->>'banReason'
			WHEN patch->'banned' = 'false' THEN NULL ELSE x.ban_reason END,
		ban_expires = CASE WHEN patch ? 'banExpires' THEN (patch->>'banExpires')::timestamptz
			WHEN patch->'banned' = 'false' THEN NULL ELSE x.ban_expires END,
		updated_at = now()
	 WHERE x.id = u.id RETURNING * INTO u;
	RETURN identity.user_json(u);
END $$;

-- Bans a user. A trigger on the banned column ends the sessions.
CREATE OR REPLACE FUNCTION identity.ban_user(uid text, reason text, seconds double precision)
RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user" := identity.find_user(uid);
BEGIN
	IF u.id = ops.caller() THEN
		PERFORM identity.refuse('YOU_CANNOT_BAN_YOURSELF');
	END IF;
	IF seconds NOT BETWEEN 0 AND 3155760000 THEN
		RAISE EXCEPTION '[body.banExpiresIn] Invalid input: expected 0 to 3155760000 seconds'
			USING ERRCODE = 'ZH422';
	END IF;
	UPDATE identity."user" x
	   SET banned = true, ban_reason = coalesce(nullif(reason, ''), 'No reason'),
		ban_expires = now() + make_interval(secs => nullif(seconds, 0)), updated_at = now()
	 WHERE x.id = u.id RETURNING * INTO u;
	RETURN u;
END $$;

CREATE OR REPLACE FUNCTION identity.unban_user(uid text) RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user" := identity.find_user(uid);
BEGIN
	UPDATE identity."user" x
	   SET banned = false, ban_reason = NULL, ban_expires = NULL, updated_at = now()
	 WHERE x.id = u.id RETURNING * INTO u;
	RETURN u;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_ban_user(uid text, reason text, seconds double precision)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_BAN_USERS');
	RETURN json_build_object('user', identity.user_json(identity.ban_user(uid, reason, seconds)));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_unban_user(uid text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_BAN_USERS');
	RETURN json_build_object('user', identity.user_json(identity.unban_user(uid)));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_password_begin(uid text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD');
	IF NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = uid) THEN
		PERFORM identity.refuse('USER_NOT_FOUND');
	END IF;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_set_password(uid text, password text, language text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD');
	u := identity.find_user(uid);
	PERFORM identity.put_password(u.id, admin_set_password.password);
	PERFORM ops.send_mail('password-changed', u.email, language, '{}');
END $$;

-- Returns the sessions of a user. A handle replaces each token, as in identity.list_sessions().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_list_sessions(uid text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS');
	RETURN json_build_object('sessions', (SELECT coalesce(json_agg(
			jsonb_build_object('token', s.id) || identity.session_json(s)::jsonb
			ORDER BY s.created_at, s.id), '[]')
		FROM identity.session s WHERE s.user_id = uid AND s.expires_at > now()));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_revoke_session(handle text, token_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS');
	DELETE FROM identity.session s
	 WHERE s.id = handle OR s.token_hash = admin_revoke_session.token_hash;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_revoke_sessions(uid text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS');
	PERFORM identity.sign_out_everywhere(uid);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.admin_remove_user(uid text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS');
	IF uid = ops.caller() THEN
		PERFORM identity.refuse('YOU_CANNOT_REMOVE_YOURSELF');
	END IF;
	PERFORM identity.remove_user(uid);
END $$;
