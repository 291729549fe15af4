-- Imports authenticators
--
-- Imports one verified factor of each user, preferably an authenticator. Supabase also has factors by phone and
-- WebAuthn, and may encrypt secrets with a separate key. The decision unsupported_factors determines the treatment of
-- users without another factor. Without a secret, codes are emailed.
-- source: auth.mfa_factors auth.users
-- seal: secret

-- read
SELECT DISTINCT ON (f.user_id) f.user_id AS id,
	CASE WHEN f.factor_type::text = 'totp' AND f.secret ~ '^[A-Z2-7]{16,}=*$' THEN 'base32:' || f.secret END AS secret
  FROM auth.mfa_factors f JOIN auth.users u ON u.id = f.user_id
 WHERE f.status::text = 'verified' AND u.deleted_at IS NULL AND u.email <> ''
   AND (f.factor_type::text = 'totp' AND f.secret ~ '^[A-Z2-7]{16,}=*$'
	OR current_setting('migration.unsupported_factors') = 'mail')
 ORDER BY f.user_id, f.factor_type::text = 'totp' AND f.secret ~ '^[A-Z2-7]{16,}=*$' DESC NULLS LAST,
	f.created_at, f.id

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.id::text
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.id::text) OFFSET 0)

-- forward
WITH created AS (
	INSERT INTO identity.two_factor (user_id, secret, verified)
	SELECT b.id, b.secret, true FROM batch b
	 WHERE NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id::text)
	ON CONFLICT (user_id) DO NOTHING
	RETURNING user_id),
marked AS (
	UPDATE identity."user" u SET two_factor_enabled = true FROM created c WHERE u.id = c.user_id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.user_id, c.user_id FROM created c

-- known
-- Factors of linked users, who keep their factors in Tenantry, and factors imported before.
SELECT b.id FROM batch b
 WHERE EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id::text)
    OR EXISTS (SELECT FROM identity.two_factor t WHERE t.user_id = b.id::text OFFSET 0)

-- compare
SELECT r.source_key AS id, t.secret
  FROM ops.migration_row r JOIN identity.two_factor t ON t.user_id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- verify
SELECT format('the user %s has a second factor that is not asked for', r.target_id)
  FROM ops.migration_row r JOIN identity."user" u ON u.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer AND u.two_factor_enabled IS NOT TRUE

-- reverse
WITH gone AS (
	DELETE FROM identity.two_factor t USING batch b
	 WHERE t.user_id = b.target_id AND t.user_id NOT IN (SELECT k.user_id FROM ops.kept_users(10) k)
	RETURNING t.user_id)
UPDATE identity."user" u SET two_factor_enabled = false FROM gone g WHERE u.id = g.user_id

-- return
SELECT NULL::text AS statement,
	format('%s set up a second factor, which has to be set up again there', u.email) AS detail
  FROM ops.migration g
  JOIN identity.event e ON e.at > ops.migration_end() AND e.action = 'two-factor.created'
  JOIN identity."user" u ON u.id = e.user_id
  JOIN identity.imported_organization o
	ON o.source_id = 'supabase ' || current_setting('migration.organization_slug')
  JOIN identity.organization_member m ON m.organization_id = o.id AND m.user_id = u.id
 WHERE g.id = current_setting('migration.id')::bigint
 GROUP BY u.id
