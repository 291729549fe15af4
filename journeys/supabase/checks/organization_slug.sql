-- The slug of the organization, which is part of URLs
-- kind: value
-- needs: auth.users

SELECT coalesce(nullif(trim(BOTH '-' FROM left(regexp_replace(lower(o.name), '[^a-z0-9]+', '-', 'g'), 60)), ''), 'organization'), 'the slug of the organization'
  FROM (SELECT left(coalesce(nullif(btrim(u.raw_user_meta_data->>'name'), ''),
			nullif(btrim(u.raw_user_meta_data->>'full_name'), ''),
			nullif(concat_ws(' ', nullif(btrim(u.raw_user_meta_data->>'first_name'), ''),
				nullif(btrim(u.raw_user_meta_data->>'last_name'), '')), ''),
			split_part(u.email, '@', 1)), 400) AS name
	  FROM auth.users u
	 WHERE u.deleted_at IS NULL AND u.email <> ''
	 ORDER BY u.is_super_admin IS NOT TRUE, u.banned_until IS NOT NULL, u.email_confirmed_at IS NULL, u.last_sign_in_at IS NULL,
		u.created_at, u.id
	 LIMIT 1) o
