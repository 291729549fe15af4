-- Application users of no account
-- on: target
-- verdict: warning

SELECT x.* FROM (SELECT set_config('app.org_id', o.id::text, true)::uuid AS org FROM identity.imported_organization o
	WHERE o.source_id = 'supabase ' || current_setting('migration.organization_slug') OFFSET 0) s,
	LATERAL (SELECT a.id::text, format('the application user %s has no account', a.email)
		  FROM membership.users a
		 WHERE a.org_id = s.org
		   AND NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = a.user_id) OFFSET 0) x
