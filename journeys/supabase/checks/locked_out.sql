-- People who could not sign in, because their second factor would be an emailed code, which is disabled
--
-- Choose "drop" for unsupported_factors, so that only the first factor is required, or set TENANTRY_TWO_FACTOR_MAIL=on
-- for the workers and for this command.
-- kind: blocker
-- all: yes
-- needs: auth.users auth.mfa_factors

SELECT u.id, format('%s would be asked for a code by mail, and TENANTRY_TWO_FACTOR_MAIL is not on', u.email)
  FROM auth.users u
 WHERE current_setting('migration.unsupported_factors') = 'mail' AND current_setting('migration.TENANTRY_TWO_FACTOR_MAIL') <> 'on'
   AND u.deleted_at IS NULL AND u.email <> ''
   AND EXISTS (SELECT FROM auth.mfa_factors f WHERE f.user_id = u.id AND f.status::text = 'verified')
   AND NOT EXISTS (SELECT FROM auth.mfa_factors f WHERE f.user_id = u.id AND f.status::text = 'verified'
	AND f.factor_type::text = 'totp' AND f.secret ~ '^[A-Z2-7]{16,}=*$')
 ORDER BY u.email, u.id
