-- Reads pg_catalog and returns a line for whatever breaks a rule of tenancy.
-- No row means the schema is as it must be.
CREATE FUNCTION test.catalog() RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
DECLARE
	owner oid := (SELECT nspowner FROM pg_namespace WHERE nspname = 'crm');
	app oid := 'tenantry_app'::regrole;
	search oid := 'tenantry_search'::regrole;
	ours oid[] := ARRAY['crm'::regnamespace, 'identity'::regnamespace, 'ops'::regnamespace];
	-- Reference data, the same for every organization.
	global oid[] := ARRAY['crm.favicons_excluded_domains'::regclass];
	searched oid[] := ARRAY['crm.contacts'::regclass, 'crm.companies'::regclass,
		'crm.deals'::regclass, 'crm.sales'::regclass];
	guard text := '(org_id = ( SELECT (NULLIF(current_setting(''app.org_id''::text, true), '
		'''''::text))::uuid AS "nullif"))';
	-- Functions that see more than their caller.  A new one is added here
	-- by somebody who has read it for what it lets through.
	definers text[] := ARRAY[
		'crm.forget_user',
		'crm.member_changed',
		'crm.organization_founded',
		'crm.organization_gone',
		'crm.search_companies',
		'crm.search_contact_names',
		'crm.search_contacts',
		'crm.search_deals',
		'crm.search_sales',
		'crm.user_changed',
		'identity.accept_invitation',
		'identity.active_member',
		'identity.admin_ban_user',
		'identity.admin_create_begin',
		'identity.admin_create_user',
		'identity.admin_get_user',
		'identity.admin_has_permission',
		'identity.admin_list_sessions',
		'identity.admin_list_users',
		'identity.admin_password_begin',
		'identity.admin_remove_user',
		'identity.admin_revoke_session',
		'identity.admin_revoke_sessions',
		'identity.admin_set_password',
		'identity.admin_set_role',
		'identity.admin_unban_user',
		'identity.admin_update_user',
		'identity.audit',
		'identity.become_operator',
		'identity.begin_key',
		'identity.begin_passkey_registration',
		'identity.begin_passkey_sign_in',
		'identity.begin_public',
		'identity.begin_request',
		'identity.cancel_invitation',
		'identity.change_email',
		'identity.change_email_begin',
		'identity.change_password',
		'identity.check_code',
		'identity.check_slug',
		'identity.confirm_change',
		'identity.count_request',
		'identity.create_api_key',
		'identity.create_invite',
		'identity.create_organization',
		'identity.create_role',
		'identity.credential',
		'identity.delete_api_key',
		'identity.delete_organization',
		'identity.delete_passkey',
		'identity.delete_role',
		'identity.delete_user',
		'identity.delete_user_by_token',
		'identity.disable_two_factor',
		'identity.enable_mailed_codes',
		'identity.enable_totp',
		'identity.end_sessions',
		'identity.enter_by_code',
		'identity.enter_by_link',
		'identity.find_account',
		'identity.find_invite',
		'identity.find_operator_link',
		'identity.find_reset',
		'identity.forget_user',
		'identity.full_organization',
		'identity.get_api_key',
		'identity.get_invitation',
		'identity.get_organization',
		'identity.get_role',
		'identity.get_session',
		'identity.has_permission',
		'identity.impersonate',
		'identity.init_state',
		'identity.invite_member',
		'identity.keep_signing_key',
		'identity.leave_organization',
		'identity.list_accounts',
		'identity.list_api_keys',
		'identity.list_events',
		'identity.list_invitations',
		'identity.list_members',
		'identity.list_organizations',
		'identity.list_passkeys',
		'identity.list_roles',
		'identity.list_sessions',
		'identity.list_user_invitations',
		'identity.log_refusal',
		'identity.mail_change',
		'identity.mail_verification',
		'identity.me',
		'identity.member_role',
		'identity.oauth_begin',
		'identity.oauth_enter',
		'identity.oauth_link',
		'identity.oauth_refused',
		'identity.oauth_return',
		'identity.operate',
		'identity.org_ids_for_user',
		'identity.own_password',
		'identity.passkey_creation',
		'identity.passkey_request',
		'identity.passkey_sign_in',
		'identity.public_keys',
		'identity.ready',
		'identity.refresh_account',
		'identity.register_passkey',
		'identity.reject_invitation',
		'identity.remove_member',
		'identity.rename_passkey',
		'identity.replace_backup_codes',
		'identity.request_code',
		'identity.request_deletion',
		'identity.request_link',
		'identity.request_reset',
		'identity.reset_by_code',
		'identity.reset_password',
		'identity.revoke_other_sessions',
		'identity.revoke_session',
		'identity.revoke_sessions',
		'identity.role_changed',
		'identity.second_factor_secret',
		'identity.send_second_factor',
		'identity.set_active_organization',
		'identity.sign_in',
		'identity.sign_in_begin',
		'identity.sign_out',
		'identity.sign_up',
		'identity.sign_up_begin',
		'identity.sign_up_unverified',
		'identity.stop_impersonating',
		'identity.token_claims',
		'identity.two_factor_settings',
		'identity.unlink_account',
		'identity.update_api_key',
		'identity.update_member_role',
		'identity.update_organization',
		'identity.update_role',
		'identity.update_user',
		'identity.verification_begin',
		'identity.verify_by_code',
		'identity.verify_email',
		'identity.verify_second_factor',
		'ops.audit',
		'ops.claim_mail',
		'ops.end_mail',
		'ops.expire_mail',
		'ops.hold_mail',
		'ops.keep_answer',
		'ops.kept_answer',
		'ops.new_id',
		'ops.purge_organizations',
		'ops.start_mail',
		'ops.sweep',
		'ops.sweep_mail'];
	tenant oid[] := ARRAY(SELECT c.oid FROM pg_class c WHERE c.relkind IN ('r', 'p')
		AND (c.relnamespace = 'crm'::regnamespace OR c.oid = 'ops.audit_log'::regclass)
		AND c.oid <> ALL (global));
BEGIN
	-- Tables

	RETURN QUERY SELECT format('%s: org_id is no uuid not null', t::regclass)
		FROM unnest(tenant) t WHERE NOT EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = t AND a.attname = 'org_id' AND a.attnotnull
			AND a.atttypid = 'uuid'::regtype);
	RETURN QUERY SELECT format('%s: no primary key', t::regclass)
		FROM unnest(tenant) t WHERE NOT EXISTS (SELECT FROM pg_index i
			WHERE i.indrelid = t AND i.indisprimary);
	RETURN QUERY SELECT format('%s: org_id does not lead', i.indexrelid::regclass)
		FROM pg_index i WHERE i.indrelid = ANY (tenant)
		AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid
			AND a.attnum = i.indkey[0] AND a.attname = 'org_id');
	RETURN QUERY SELECT format('%s: org_id does not lead %s', k.conrelid::regclass, k.conname)
		FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = ANY (tenant)
		AND NOT EXISTS (SELECT FROM pg_attribute a, pg_attribute b
			WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1] AND a.attname = 'org_id'
			AND b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
			AND (b.attname = 'org_id' OR k.confrelid = 'identity.organization'::regclass));
	RETURN QUERY SELECT format('%s: row security is off', t::regclass)
		FROM unnest(tenant) t JOIN pg_class c ON c.oid = t WHERE NOT c.relrowsecurity;
	RETURN QUERY SELECT format('%s: row security is not forced', t::regclass)
		FROM unnest(tenant) t JOIN pg_class c ON c.oid = t WHERE NOT c.relforcerowsecurity;
	RETURN QUERY SELECT format('%s: a partition or child', i.inhrelid::regclass)
		FROM pg_inherits i WHERE i.inhparent = ANY (tenant) OR i.inhrelid = ANY (tenant);
	RETURN QUERY SELECT format('%s: no audit trigger', t::regclass)
		FROM unnest(tenant) t WHERE t <> 'ops.audit_log'::regclass
		AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t
			AND g.tgfoid = 'ops.audit'::regproc AND g.tgenabled = 'O'
			AND g.tgtype = 1 | 4 | 8 | 16 AND g.tgqual IS NULL);
	RETURN QUERY SELECT format('%s: can be changed', t)
		FROM unnest(ARRAY['ops.audit_log'::regclass, 'identity.event'::regclass]) t
		WHERE NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t
			AND g.tgfoid = 'ops.refuse_change'::regproc AND g.tgenabled = 'O'
			AND g.tgtype = 2 | 8 | 16 | 32 AND g.tgqual IS NULL);
	RETURN QUERY SELECT format('%s: not valid', k.conname) FROM pg_constraint k
		WHERE k.connamespace = ANY (ours) AND NOT k.convalidated;

	-- Policies

	RETURN QUERY SELECT format('%s: %s guards, there must be one', t::regclass, count(p))
		FROM unnest(tenant) t LEFT JOIN pg_policy p ON p.polrelid = t AND NOT p.polpermissive
		GROUP BY t HAVING count(p) <> 1;
	RETURN QUERY SELECT format('%s: guard %s is not the one every table has',
			p.polrelid::regclass, p.polname)
		FROM pg_policy p WHERE p.polrelid = ANY (tenant) AND NOT p.polpermissive
		AND (p.polcmd <> '*' OR p.polwithcheck IS NOT NULL
			OR pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM guard
			OR NOT (p.polroles @> ARRAY[app, owner] AND p.polroles <@ ARRAY[app, owner]));
	RETURN QUERY SELECT format('%s: policy %s is for a role the guard does not bind',
			p.polrelid::regclass, p.polname)
		FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
		WHERE c.relnamespace = ANY (ours) AND p.polpermissive
		AND NOT p.polroles <@ ARRAY[app, owner]
		AND NOT (p.polrelid = ANY (searched) AND p.polroles = ARRAY[search]
			AND p.polcmd = 'r');

	-- Views

	RETURN QUERY SELECT format('%s: not security_invoker', c.oid::regclass) FROM pg_class c
		WHERE c.relnamespace = ANY (ours) AND c.relkind = 'v'
		AND NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'],
			false);
	RETURN QUERY SELECT format('%s: a materialized view', c.oid::regclass) FROM pg_class c
		WHERE c.relnamespace = ANY (ours) AND c.relkind = 'm';
	RETURN QUERY SELECT format('%s: has rule %s', r.ev_class::regclass, r.rulename)
		FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
		WHERE c.relnamespace = ANY (ours) AND c.relkind <> 'v';

	-- Functions

	RETURN QUERY SELECT format('%s: sees more than its caller and is not on the list',
			p.oid::regprocedure)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE p.pronamespace = ANY (ours) AND p.prosecdef
		AND n.nspname || '.' || p.proname <> ALL (definers);
	RETURN QUERY SELECT format('%s: on the list of definer functions, but none', d)
		FROM unnest(definers) d WHERE NOT EXISTS (SELECT FROM pg_proc p
			WHERE p.oid = to_regproc(d) AND p.prosecdef);
	RETURN QUERY SELECT format('%s: search_path is not pinned', p.oid::regprocedure)
		FROM pg_proc p WHERE p.pronamespace = ANY (ours) AND p.prosecdef
		AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c
			WHERE c ~ '^search_path=(crm|identity|ops), pg_temp$');
	-- A session begins in identity.enter(), which knows who is banned.
	RETURN QUERY SELECT format('%s: opens a session by itself', p.oid::regprocedure)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE p.pronamespace = ANY (ours)
		AND (p.prosrc ~ 'INSERT INTO identity\.session\M'
			AND p.proname NOT IN ('open_session', 'import_session')
		OR p.prosrc ~ '\midentity\.open_session\('
			AND p.proname NOT IN ('enter', 'sign_up', 'change_password'));
	RETURN QUERY SELECT format('%s: anybody may execute it', p.oid::regprocedure)
		FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
		WHERE p.pronamespace = ANY (ours) AND a.grantee = 0;
	RETURN QUERY SELECT format('%s: belongs to %s', p.oid::regprocedure, p.proowner::regrole)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE p.pronamespace = ANY (ours)
		AND p.proowner <> CASE WHEN n.nspname || '.' || p.proname
			IN ('crm.search_companies', 'crm.search_contact_names', 'crm.search_contacts',
			'crm.search_deals', 'crm.search_sales') THEN search ELSE owner END;

	-- Rights

	RETURN QUERY SELECT format('%s: %s on it for %s', c.oid::regclass, a.privilege_type,
			CASE a.grantee WHEN 0 THEN 'public' ELSE a.grantee::regrole::text END)
		FROM pg_class c, aclexplode(c.relacl) a
		WHERE c.relnamespace = ANY (ours) AND a.grantee <> c.relowner
		AND NOT (a.grantee = app AND NOT a.is_grantable AND CASE
			WHEN c.oid = ANY (global) OR c.oid = 'ops.audit_log'::regclass
				THEN a.privilege_type = 'SELECT'
			WHEN c.oid = ANY (tenant)
				THEN a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
			WHEN c.relkind = 'v' THEN a.privilege_type = 'SELECT'
				AND c.relname NOT IN ('organizations', 'users', 'memberships')
			ELSE false END);
	RETURN QUERY SELECT format('%s.%s: %s on it for %s', c.oid::regclass, t.attname,
			a.privilege_type,
			CASE a.grantee WHEN 0 THEN 'public' ELSE a.grantee::regrole::text END)
		FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
		WHERE c.relnamespace = ANY (ours) AND a.grantee <> c.relowner
		AND NOT (a.grantee = search AND a.privilege_type = 'SELECT'
			AND c.oid = ANY (searched))
		AND NOT (a.grantee = app AND a.privilege_type = 'UPDATE'
			AND c.oid = 'crm.sales'::regclass
			AND t.attname IN ('first_name', 'last_name', 'avatar'));
	RETURN QUERY SELECT format('schema %s: %s on it for %s', n.nspname, a.privilege_type,
			CASE a.grantee WHEN 0 THEN 'public' ELSE a.grantee::regrole::text END)
		FROM pg_namespace n, aclexplode(n.nspacl) a
		WHERE n.oid = ANY (ours) AND a.grantee <> n.nspowner
		AND NOT (a.privilege_type = 'USAGE' AND (a.grantee = app
			OR a.grantee = search AND n.nspname = 'crm'));
	RETURN QUERY SELECT format('%s may create in schema %s', r, n.nspname)
		FROM unnest(ARRAY['tenantry_app', 'tenantry_search']) r, pg_namespace n
		WHERE has_schema_privilege(r, n.oid, 'CREATE') AND n.nspname !~ '^pg_temp';
	RETURN QUERY SELECT format('%s may make temporary tables', r)
		FROM unnest(ARRAY['tenantry_app', 'tenantry_search']) r
		WHERE has_database_privilege(r, current_database(), 'TEMPORARY');

	-- Roles

	RETURN QUERY SELECT format('role %s can do more than it must', r.rolname) FROM pg_roles r
		WHERE r.oid IN (app, search) AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole
			OR r.rolcreatedb OR r.rolreplication);
	RETURN QUERY SELECT format('role %s is a member of %s', m.member::regrole, m.roleid::regrole)
		FROM pg_auth_members m WHERE m.member IN (app, search);
	RETURN QUERY SELECT format('role tenantry_app owns %s',
			pg_describe_object(d.classid, d.objid, d.objsubid))
		FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = app
		AND d.deptype = 'o' AND d.dbid IN (0, (SELECT oid FROM pg_database
			WHERE datname = current_database()));
	RETURN QUERY SELECT format('%s: belongs to %s', c.oid::regclass, c.relowner::regrole)
		FROM pg_class c WHERE c.relnamespace = ANY (ours) AND c.relkind <> 'c'
		AND c.relowner <> owner;

	-- Indexes: an operator that is not leakproof cannot use one under row
	-- security.  contacts_document is for the search role, which has none.

	RETURN QUERY SELECT format('%s: not valid', i.indexrelid::regclass) FROM pg_index i
		JOIN pg_class c ON c.oid = i.indexrelid
		WHERE c.relnamespace = ANY (ours) AND NOT (i.indisvalid AND i.indisready);
	RETURN QUERY SELECT format('%s: on an expression', i.indexrelid::regclass) FROM pg_index i
		WHERE i.indrelid = ANY (tenant) AND i.indexprs IS NOT NULL
		AND i.indexrelid IS DISTINCT FROM to_regclass('crm.contacts_document');
	RETURN QUERY SELECT DISTINCT format('%s: operator %s of %s is not leakproof',
			i.indexrelid::regclass, o.amopopr::regoperator, oc.opcname)
		FROM pg_index i, unnest(i.indclass) k JOIN pg_opclass oc ON oc.oid = k
		JOIN pg_amop o ON o.amopfamily = oc.opcfamily AND o.amoplefttype = oc.opcintype
			AND o.amoprighttype = oc.opcintype
		JOIN pg_operator op ON op.oid = o.amopopr JOIN pg_proc p ON p.oid = op.oprcode
		WHERE i.indrelid = ANY (tenant) AND NOT p.proleakproof
		AND i.indexrelid IS DISTINCT FROM to_regclass('crm.contacts_document');
END $$;

DO $$
DECLARE
	violation text;
BEGIN
	FOR violation IN SELECT test.catalog() LOOP
		PERFORM test.ok(false, violation);
	END LOOP;
	PERFORM test.ok(NOT EXISTS (SELECT test.catalog()), 'the catalogue keeps the rules');
END $$;
