-- Second factors that cannot be imported
--
-- These are factors by phone or WebAuthn, and secrets that Supabase has encrypted with a separate key. With "mail",
-- users without another factor get emailed codes instead. With "drop", these users no longer have a second factor.
-- kind: decision
-- needs: auth.users auth.mfa_factors
-- choices: mail drop

SELECT f.id, format('%s of %s: %s', f.factor_type, u.email, CASE
		WHEN EXISTS (SELECT FROM auth.mfa_factors o WHERE o.user_id = f.user_id AND o.status::text = 'verified'
			AND o.factor_type::text = 'totp' AND o.secret ~ '^[A-Z2-7]{16,}=*$')
		THEN 'an authenticator of this user is imported'
		WHEN f.factor_type::text = 'totp' THEN 'its secret is encrypted, and the only factor'
		ELSE 'the only factor' END)
  FROM auth.mfa_factors f JOIN auth.users u ON u.id = f.user_id
 WHERE f.status::text = 'verified' AND u.deleted_at IS NULL AND u.email <> ''
   AND (f.factor_type::text = 'totp' AND f.secret ~ '^[A-Z2-7]{16,}=*$') IS NOT TRUE
 ORDER BY u.email, f.created_at, f.id
