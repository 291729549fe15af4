-- People who cannot sign in as before
--
-- Their password hash is not supported, their provider is not configured, or they only had emailed links. They set a
-- password with "forgot password".
-- kind: note
-- all: yes
-- needs: auth.users auth.identities

SELECT u.id, format('%s has %s', u.email, concat_ws(' and ', CASE WHEN u.encrypted_password <> ''
		THEN 'a password that is not read here' END, p.unknown, CASE WHEN coalesce(u.encrypted_password, '') = '' AND p.unknown IS NULL
		THEN 'neither a password nor an account at a provider' END))
  FROM auth.users u,
	LATERAL (SELECT 'an account of ' || string_agg(DISTINCT i.provider, ' and of ') || ', which is not set up here' AS unknown,
			coalesce(bool_or(upper(i.provider) = 'GOOGLE' AND current_setting('migration.GOOGLE_CLIENT_ID') <> ''
				OR upper(i.provider) = 'GITHUB' AND current_setting('migration.GITHUB_CLIENT_ID') <> ''
				OR i.provider = ANY (regexp_split_to_array(current_setting('migration.TENANTRY_PROVIDERS'), '[, ]+'))), false) AS known
		  FROM auth.identities i WHERE i.user_id = u.id AND i.provider NOT IN ('email', 'phone')) p
 WHERE u.deleted_at IS NULL AND u.email <> '' AND NOT p.known
   AND (coalesce(u.encrypted_password, '') = '' OR u.encrypted_password !~ '^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$')
 ORDER BY u.email, u.id
