-- People who set a password by "forgot password" before they sign in
-- on: target
-- verdict: note
-- all: yes

SELECT u.id, u.email
  FROM identity."user" u
 WHERE NOT EXISTS (SELECT FROM identity.account a WHERE a.user_id = u.id AND (a.provider_id = 'credential' AND a.password IS NOT NULL
		OR a.provider_id = 'google' AND current_setting('migration.GOOGLE_CLIENT_ID') <> ''
		OR a.provider_id = 'github' AND current_setting('migration.GITHUB_CLIENT_ID') <> ''
		OR a.provider_id = ANY (regexp_split_to_array(current_setting('migration.TENANTRY_PROVIDERS'), '[, ]+'))))
   AND NOT EXISTS (SELECT FROM identity.passkey p WHERE p.user_id = u.id)
