-- Backwards through 014_admin.up.sql.
DROP TRIGGER own_hands ON identity.passkey;
DROP TRIGGER own_hands ON identity.backup_code;
DROP TRIGGER own_hands ON identity.two_factor;
DROP TRIGGER own_hands ON identity.account;
DROP TRIGGER own_hands ON identity."user";
DROP TRIGGER role_changed ON identity."user";
DROP FUNCTION identity.become_operator,
	identity.find_operator_link,
	identity.invite_operator,
	identity.admin_remove_user,
	identity.remove_user,
	identity.own_hands,
	identity.check_own_name,
	identity.stop_impersonating,
	identity.impersonate,
	identity.session_answer,
	identity.admin_revoke_sessions,
	identity.admin_revoke_session,
	identity.admin_list_sessions,
	identity.admin_set_password,
	identity.put_password,
	identity.admin_password_begin,
	identity.admin_unban_user,
	identity.admin_ban_user,
	identity.unban_user,
	identity.ban_user,
	identity.admin_update_user,
	identity.admin_create_user,
	identity.create_user,
	identity.admin_create_begin,
	identity.role_changed,
	identity.admin_set_role,
	identity.user_roles,
	identity.admin_get_user,
	identity.admin_list_users,
	identity.list_users,
	identity.user_condition,
	identity.user_column,
	identity.find_user,
	identity.admin_has_permission,
	identity.operate,
	identity.is_operator;
CREATE OR REPLACE FUNCTION identity.begin_request(token_hash bytea, org text, request_id text,
	address text, read_only boolean, need text, idempotency_key text, fingerprint bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid;
	session_id text;
	uid text;
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
	SELECT s.id, s.user_id, s.expires_at, s.created_at, s.remember,
		m.organization_id, m.role, m.disabled, m.sales_id
	  INTO session_id, uid, expires, created, remembered,
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
	IF NOT member_disabled THEN
		ignored := set_config('app.org_id', member_org::text, true);
		member_role := identity.strongest_role(member_role);
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
ALTER TABLE ops.audit_log DROP COLUMN impersonator;
ALTER TABLE identity.session DROP COLUMN opened_from;
