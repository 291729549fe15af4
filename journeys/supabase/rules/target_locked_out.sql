-- People who cannot sign in, since they are asked for a second factor that no method can give
-- on: target
-- all: yes

SELECT u.id, format('%s is asked for a code by mail, and TENANTRY_TWO_FACTOR_MAIL is not on', u.email)
  FROM identity."user" u JOIN identity.two_factor t ON t.user_id = u.id AND t.verified
 WHERE u.two_factor_enabled AND t.secret IS NULL AND current_setting('migration.TENANTRY_TWO_FACTOR_MAIL') <> 'on'
   AND NOT EXISTS (SELECT FROM identity.passkey p WHERE p.user_id = u.id)
   AND NOT EXISTS (SELECT FROM identity.backup_code c WHERE c.user_id = u.id)
