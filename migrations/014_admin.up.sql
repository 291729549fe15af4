-- Operators of the instance: users whose role is admin.  What the admin plugin
-- offers them, how they act in somebody else's name, and how one becomes an
-- operator: by the command line, or by a link that it printed, never by a
-- request of another operator.

-- An impersonation ends with the session that it was opened from.
ALTER TABLE identity.session ADD COLUMN opened_from text
	CONSTRAINT session_opened_from_fkey REFERENCES identity.session ON DELETE CASCADE;
CREATE INDEX session_opened_from ON identity.session (opened_from)
	WHERE opened_from IS NOT NULL;

-- Who really acted.  The default fills it, so whoever writes to the log need
-- not know of it and pays for it only here.
ALTER TABLE ops.audit_log ADD COLUMN impersonator text
	DEFAULT nullif(current_setting('app.impersonator', true), '');

-- As before, but that it leaves who really acts in a setting, and reads what the
-- member is to the CRM in place of working it out.
CREATE OR REPLACE FUNCTION identity.begin_request(token_hash bytea, org text, request_id text,
	address text, read_only boolean, need text, idempotency_key text, fingerprint bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid;
	session_id text;
	uid text;
	impersonator text;
	expires timestamptz;
	created timestamptz;
	remembered boolean;
	member_org uuid;
	member_role text;
	member_disabled boolean;
	member_sales bigint;
	slid boolean := false;
	ignored text;
BEGIN
	IF org IS NOT NULL THEN
		wanted := identity.uuid_or_null(org);
	END IF;
	SELECT s.id, s.user_id, s.impersonated_by, s.expires_at, s.created_at, s.remember,
		m.organization_id, m.acts_as, m.disabled, m.sales_id
	  INTO session_id, uid, impersonator, expires, created, remembered,
		member_org, member_role, member_disabled, member_sales
	  FROM identity.session s LEFT JOIN identity.organization_member m
	    ON m.organization_id = coalesce(wanted, s.active_organization_id)
	   AND m.user_id = s.user_id
	 WHERE s.token_hash = begin_request.token_hash AND s.expires_at > now();
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no session' USING ERRCODE = 'ZH401';
	END IF;
	IF org IS NOT NULL AND (wanted IS NULL OR member_org IS NULL) THEN
		RAISE EXCEPTION 'no such organization' USING ERRCODE = 'ZH404';
	END IF;
	IF need IN ('organization', 'admin') THEN
		IF member_org IS NULL THEN
			RAISE EXCEPTION 'no organization is active'
				USING ERRCODE = 'ZH409', HINT = 'no_organization';
		ELSIF member_disabled THEN
			RAISE EXCEPTION 'this account is disabled' USING ERRCODE = 'ZH401';
		END IF;
	ELSIF need = 'fresh' AND created <= now() - interval '1 day' THEN
		PERFORM identity.refuse('SESSION_NOT_FRESH');
	END IF;
	-- Assignments, since plpgsql evaluates them without the executor.
	ignored := set_config('app.user_id', uid, true);
	IF impersonator IS NOT NULL THEN
		ignored := set_config('app.impersonator', impersonator, true);
	END IF;
	IF NOT member_disabled THEN
		ignored := set_config('app.org_id', member_org::text, true);
		ignored := set_config('app.role', member_role, true);
		IF need = 'admin' AND member_role = 'member' THEN
			RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
		END IF;
	END IF;
	IF need NOT IN ('organization', 'admin') THEN
		ignored := set_config('app.session_id', session_id, true);
	END IF;
	IF remembered AND expires <= now() + interval '6 days' THEN
		UPDATE identity.session s SET expires_at = now() + interval '7 days', updated_at = now()
		 WHERE s.id = session_id;
		slid := true;
	END IF;
	IF read_only THEN
		ignored := set_config('transaction_read_only', 'on', true);
		RETURN slid;
	END IF;
	IF NOT member_disabled THEN
		ignored := set_config('app.sales_id', member_sales::text, true);
	END IF;
	ignored := set_config('app.request_id', request_id, true);
	ignored := set_config('app.address', address, true);
	IF idempotency_key IS NOT NULL THEN
		PERFORM ops.claim_key(uid || '/' || CASE
			WHEN need IN ('organization', 'admin') THEN member_org::text ELSE '' END,
			idempotency_key, fingerprint);
	END IF;
	RETURN slid;
END $$;

-- Rights: an operator has all that the plugin calls admin, anybody else none.

-- Read from the row each time, so that a demotion works at once.  Who acts in
-- somebody else's name has their rights, and nobody impersonates an operator.
CREATE FUNCTION identity.is_operator() RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce(current_setting('app.impersonator', true), '') = ''
		AND EXISTS (SELECT FROM identity."user" u
			WHERE u.id = current_setting('app.user_id', true)
			  AND 'admin' = ANY (string_to_array(u.role, ',')));
END $$;

CREATE FUNCTION identity.operate(refusal text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF NOT identity.is_operator() THEN
		PERFORM identity.refuse(refusal);
	END IF;
END $$;

CREATE FUNCTION identity.admin_has_permission(permissions jsonb) RETURNS text
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

-- Users

CREATE FUNCTION identity.find_user(uid text) RETURNS identity."user"
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

-- Members of the wire's user by which a list can be sorted and filtered.
CREATE FUNCTION identity.user_column(member text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE member WHEN 'id' THEN 'id' WHEN 'name' THEN 'name' WHEN 'email' THEN 'email'
		WHEN 'image' THEN 'image' WHEN 'role' THEN 'role' WHEN 'banReason' THEN 'ban_reason'
		WHEN 'emailVerified' THEN 'email_verified' WHEN 'banned' THEN 'banned'
		WHEN 'twoFactorEnabled' THEN 'two_factor_enabled' WHEN 'createdAt' THEN 'created_at'
		WHEN 'updatedAt' THEN 'updated_at' WHEN 'banExpires' THEN 'ban_expires' END
$$;

-- "u.column operator value" in SQL, where the value is the place of a text[];
-- null for a member that nobody knows.  Every word of it is from here.
CREATE FUNCTION identity.user_condition(member text, operator text, place text) RETURNS text
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

-- A page of users, and how many there are in all.  A member that nobody knows
-- or a value that its type does not take finds nobody.
CREATE FUNCTION identity.list_users(search_value text, search_field text,
	search_operator text, filter_field text, filter_operator text, filter_value text[],
	sort_by text, sort_direction text, user_limit integer, user_offset integer,
	OUT users json, OUT total bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	condition text := 'true';
	sorted text := identity.user_column(coalesce(nullif(sort_by, ''), 'createdAt'));
	direction text := CASE WHEN sort_by <> '' AND sort_direction = 'desc' THEN 'DESC'
		ELSE 'ASC' END;
BEGIN
	users := '[]';
	total := 0;
	IF coalesce(search_value, '') <> '' THEN
		condition := identity.user_condition(coalesce(search_field, 'email'),
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

CREATE FUNCTION identity.admin_list_users(search_value text, search_field text,
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

CREATE FUNCTION identity.admin_get_user(uid text) RETURNS text
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

-- Roles of the instance as a clean comma list; "Admin" would only look like
-- one.  Operators may be made where by_operator is false: on the command line.
CREATE FUNCTION identity.user_roles(roles text, had text, by_operator boolean) RETURNS text
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

CREATE FUNCTION identity.admin_set_role(uid text, roles text) RETURNS text
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

-- What an impersonation rests on: one operator, one who is none.
CREATE FUNCTION identity.role_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	DELETE FROM identity.session s WHERE s.opened_from IS NOT NULL AND (s.user_id = NEW.id
		OR s.opened_from IN (SELECT x.id FROM identity.session x WHERE x.user_id = NEW.id));
	RETURN NULL;
END $$;
CREATE TRIGGER role_changed AFTER UPDATE OF role ON identity."user"
	FOR EACH ROW WHEN (NEW.role IS DISTINCT FROM OLD.role)
	EXECUTE FUNCTION identity.role_changed();

-- Before a password is hashed, which costs.
CREATE FUNCTION identity.admin_create_begin(email text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS');
	IF EXISTS (SELECT FROM identity."user" u WHERE u.email = lower(admin_create_begin.email)) THEN
		PERFORM identity.refuse('USER_EXISTS');
	END IF;
END $$;

CREATE FUNCTION identity.create_user(user_id text, email text, name text, roles text,
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

CREATE FUNCTION identity.admin_create_user(user_id text, email text, name text, roles text,
	more jsonb, password text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS');
	RETURN json_build_object('user', identity.user_json(identity.create_user(user_id, email,
		name, identity.user_roles(coalesce(roles, 'user'), NULL, true), more, password)));
END $$;

-- A new address is nobody's yet, unless the operator says so.
CREATE FUNCTION identity.admin_update_user(uid text, patch jsonb, roles text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
	address text := lower(patch->>'email');
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS');
	IF (patch->>'banned')::boolean AND uid = current_setting('app.user_id') THEN
		PERFORM identity.refuse('YOU_CANNOT_BAN_YOURSELF');
	END IF;
	IF EXISTS (SELECT FROM identity."user" x WHERE x.email = address AND x.id <> uid) THEN
		PERFORM identity.refuse('USER_EXISTS');
	END IF;
	u := identity.find_user(uid);
	IF address <> u.email THEN
		PERFORM identity.forget_links(u.id);
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

-- Bans.  The sessions end by the trigger on banned.

CREATE FUNCTION identity.ban_user(uid text, reason text, seconds double precision)
RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user" := identity.find_user(uid);
BEGIN
	IF u.id = current_setting('app.user_id', true) THEN
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

CREATE FUNCTION identity.unban_user(uid text) RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user" := identity.find_user(uid);
BEGIN
	UPDATE identity."user" x
	   SET banned = false, ban_reason = NULL, ban_expires = NULL, updated_at = now()
	 WHERE x.id = u.id RETURNING * INTO u;
	RETURN u;
END $$;

CREATE FUNCTION identity.admin_ban_user(uid text, reason text, seconds double precision)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_BAN_USERS');
	RETURN json_build_object('user', identity.user_json(identity.ban_user(uid, reason, seconds)));
END $$;

CREATE FUNCTION identity.admin_unban_user(uid text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_BAN_USERS');
	RETURN json_build_object('user', identity.user_json(identity.unban_user(uid)));
END $$;

-- Passwords

CREATE FUNCTION identity.admin_password_begin(uid text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD');
	IF NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = uid) THEN
		PERFORM identity.refuse('USER_NOT_FOUND');
	END IF;
END $$;

-- Somebody else may know the old one, so no session but the caller's lives on.
CREATE FUNCTION identity.put_password(uid text, password text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.account a SET password = put_password.password, updated_at = now()
	 WHERE a.user_id = uid AND a.provider_id = 'credential';
	IF NOT FOUND THEN
		INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
		VALUES (identity.new_id(), uid, 'credential', uid, put_password.password);
	END IF;
	DELETE FROM identity.session s WHERE s.user_id = uid
	   AND s.id IS DISTINCT FROM current_setting('app.session_id', true);
END $$;

CREATE FUNCTION identity.admin_set_password(uid text, password text, language text)
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

-- Sessions of others.  A handle stands in for each token, as in list_sessions.

CREATE FUNCTION identity.admin_list_sessions(uid text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS');
	RETURN json_build_object('sessions', (SELECT coalesce(json_agg(
			jsonb_build_object('token', s.id) || identity.session_json(s)::jsonb
			ORDER BY s.created_at, s.id), '[]')
		FROM identity.session s WHERE s.user_id = uid AND s.expires_at > now()));
END $$;

CREATE FUNCTION identity.admin_revoke_session(handle text, token_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS');
	DELETE FROM identity.session s
	 WHERE s.id = handle OR s.token_hash = admin_revoke_session.token_hash;
END $$;

CREATE FUNCTION identity.admin_revoke_sessions(uid text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS');
	DELETE FROM identity.session s WHERE s.user_id = uid;
END $$;

-- Acting in somebody else's name

-- The answer's members but the token, which only the caller's cookie holds.
CREATE FUNCTION identity.session_answer(s identity.session, u identity."user") RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT substr(identity.session_json(s)::text, 2) || ',"user":' || identity.user_json(u) || '}'
$$;

CREATE FUNCTION identity.impersonate(uid text, session_id text, token_hash bytea, address text,
	user_agent text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	u identity."user";
	s identity.session;
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS');
	u := identity.find_user(uid);
	IF 'admin' = ANY (string_to_array(u.role, ',')) THEN
		PERFORM identity.refuse('YOU_CANNOT_IMPERSONATE_ADMINS');
	END IF;
	PERFORM identity.enter(u.id, 'impersonation', session_id, token_hash, false, address,
		user_agent);
	UPDATE identity.session x SET expires_at = now() + interval '1 hour',
		impersonated_by = current_setting('app.user_id'),
		opened_from = current_setting('app.session_id')
	 WHERE x.id = session_id RETURNING * INTO s;
	PERFORM identity.log_event(u.id, 'impersonation.started',
		json_build_object('session', s.id));
	SELECT * INTO u FROM identity."user" x WHERE x.id = u.id;
	RETURN identity.session_answer(s, u);
END $$;

-- Back to the session that it was opened from, which the browser has to know.
CREATE FUNCTION identity.stop_impersonating(admin_hash bytea)
RETURNS TABLE (answer text, remember boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	mine identity.session;
	s identity.session;
	u identity."user";
BEGIN
	SELECT * INTO mine FROM identity.session x WHERE x.id = current_setting('app.session_id');
	IF mine.impersonated_by IS NULL THEN
		PERFORM identity.refuse('NOT_IMPERSONATING');
	END IF;
	SELECT * INTO s FROM identity.session x
	 WHERE x.id = mine.opened_from AND x.token_hash = admin_hash
	   AND x.user_id = mine.impersonated_by AND x.expires_at > now();
	IF NOT FOUND THEN
		PERFORM identity.refuse('NO_ADMIN_SESSION');
	END IF;
	PERFORM identity.log_event(mine.user_id, 'impersonation.stopped',
		json_build_object('session', mine.id));
	DELETE FROM identity.session x WHERE x.id = mine.id;
	SELECT * INTO u FROM identity."user" x WHERE x.id = s.user_id;
	answer := identity.session_answer(s, u);
	remember := s.remember;
	RETURN NEXT;
END $$;

-- Whatever proves who somebody is stays in their own hands: routes about it
-- ask here first, and the tables refuse whatever route it was.
CREATE FUNCTION identity.check_own_name() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('app.impersonator', true) <> '' THEN
		RAISE EXCEPTION 'NOT_WHILE_IMPERSONATING' USING ERRCODE = 'ZH000';
	END IF;
END $$;

CREATE FUNCTION identity.own_hands() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM identity.refuse('NOT_WHILE_IMPERSONATING');
	RETURN NULL;
END $$;
CREATE TRIGGER own_hands BEFORE UPDATE OF email, email_verified, two_factor_enabled OR DELETE
	ON identity."user" FOR EACH STATEMENT
	WHEN (current_setting('app.impersonator', true) <> '') EXECUTE FUNCTION identity.own_hands();
CREATE TRIGGER own_hands BEFORE INSERT OR UPDATE OR DELETE ON identity.account
	FOR EACH STATEMENT WHEN (current_setting('app.impersonator', true) <> '')
	EXECUTE FUNCTION identity.own_hands();
CREATE TRIGGER own_hands BEFORE INSERT OR UPDATE OR DELETE ON identity.backup_code
	FOR EACH STATEMENT WHEN (current_setting('app.impersonator', true) <> '')
	EXECUTE FUNCTION identity.own_hands();
CREATE TRIGGER own_hands BEFORE INSERT OR UPDATE OR DELETE ON identity.passkey
	FOR EACH STATEMENT WHEN (current_setting('app.impersonator', true) <> '')
	EXECUTE FUNCTION identity.own_hands();
CREATE TRIGGER own_hands BEFORE INSERT OR UPDATE OR DELETE ON identity.two_factor
	FOR EACH STATEMENT WHEN (current_setting('app.impersonator', true) <> '')
	EXECUTE FUNCTION identity.own_hands();

-- The end of a user

-- Their memberships see to it that no organization is left without an owner;
-- one that nobody else is a member of is deleted with the user.
CREATE FUNCTION identity.remove_user(uid text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM identity."user" x WHERE x.id = uid FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM identity.refuse('USER_NOT_FOUND');
	END IF;
	DELETE FROM identity.verification v WHERE v.value = uid;
	DELETE FROM identity."user" x WHERE x.id = uid;
END $$;

CREATE FUNCTION identity.admin_remove_user(uid text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.operate('YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS');
	IF uid = current_setting('app.user_id') THEN
		PERFORM identity.refuse('YOU_CANNOT_REMOVE_YOURSELF');
	END IF;
	PERFORM identity.remove_user(uid);
END $$;

-- How one becomes an operator

-- For the command line.  A second link for an address voids the first.
CREATE FUNCTION identity.invite_operator(email text, secret text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM identity.verification v
	 WHERE v.identifier LIKE 'operator:%' AND v.value = lower(email);
	PERFORM identity.keep_proof('operator', secret, lower(email), interval '24 hours');
END $$;

-- For whom the link is, and whether they are a user already; null: for nobody.
CREATE FUNCTION identity.find_operator_link(secret text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	address text := identity.find_proof('operator', secret);
BEGIN
	RETURN CASE WHEN address IS NOT NULL THEN json_build_object('email', address,
		'known', EXISTS (SELECT FROM identity."user" u WHERE u.email = address)) END;
END $$;

-- The holder of the link chooses a password.  A known user keeps everything
-- but that and their sessions, unless the address is unproven: whoever signed
-- up with it need not be whom the link is for.  The first one of all founds an
-- organization.
CREATE FUNCTION identity.become_operator(secret text, user_id text, name text, password text)
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
			PERFORM identity.drop_access(u.id);
		END IF;
		PERFORM identity.put_password(u.id, become_operator.password);
		UPDATE identity."user" x SET role = identity.user_roles(
			concat_ws(',', x.role, 'admin'), x.role, false),
			email_verified = true, updated_at = now()
		 WHERE x.id = u.id;
	ELSIF trim(coalesce(become_operator.name, '')) = '' THEN
		RAISE EXCEPTION 'name is missing' USING ERRCODE = 'ZH422';
	ELSE
		u := identity.create_user(become_operator.user_id, address, become_operator.name,
			'admin', '{"emailVerified": true}', become_operator.password);
		IF NOT identity.init_state() THEN
			UPDATE identity."user" x SET last_organization_id = identity.found_first(u)
			 WHERE x.id = u.id;
		END IF;
	END IF;
	RETURN json_build_object('id', u.id, 'email', address);
END $$;

GRANT EXECUTE ON FUNCTION
	identity.operate(text),
	identity.admin_has_permission(jsonb),
	identity.admin_list_users(text, text, text, text, text, jsonb, text, text, integer, integer),
	identity.admin_get_user(text),
	identity.admin_set_role(text, text),
	identity.admin_create_begin(text),
	identity.admin_create_user(text, text, text, text, jsonb, text),
	identity.admin_update_user(text, jsonb, text),
	identity.admin_ban_user(text, text, double precision),
	identity.admin_unban_user(text),
	identity.admin_password_begin(text),
	identity.admin_set_password(text, text, text),
	identity.admin_list_sessions(text),
	identity.admin_revoke_session(text, bytea),
	identity.admin_revoke_sessions(text),
	identity.impersonate(text, text, bytea, text, text),
	identity.stop_impersonating(bytea),
	identity.check_own_name(),
	identity.admin_remove_user(text),
	identity.find_operator_link(text),
	identity.become_operator(text, text, text, text)
	TO tenantry_app;
