-- Imports authenticators
--
-- Their secrets are encrypted with BETTER_AUTH_SECRET, which must be the same in both systems. Otherwise, the dry run
-- names the users who could not sign in. Backup codes are not imported.
-- source: public."twoFactor" public."user"
-- secret: secret

-- read
SELECT DISTINCT ON (f.user_id COLLATE "C") f.user_id COLLATE "C" AS id, f.secret
  FROM public."twoFactor" f JOIN public."user" u ON u.id = f.user_id
 WHERE coalesce(f.verified, u.two_factor_enabled, false) AND u.two_factor_enabled AND u.email <> '' AND f.secret <> ''
 ORDER BY f.user_id COLLATE "C", f.id

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.id
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.id) OFFSET 0)
    OR ops.migration_rejected('030_users', b.id)

-- forward
WITH created AS (
	INSERT INTO identity.two_factor (user_id, secret, verified)
	SELECT b.id, b.secret, true FROM batch b
	 WHERE NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id)
	ON CONFLICT (user_id) DO NOTHING
	RETURNING user_id),
marked AS (
	UPDATE identity."user" u SET two_factor_enabled = true FROM created c WHERE u.id = c.user_id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.user_id, c.user_id FROM created c

-- known
-- Factors of linked users, who keep their factors in Tenantry, and factors imported before.
SELECT b.id FROM batch b
 WHERE EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id)
    OR EXISTS (SELECT FROM identity.two_factor t WHERE t.user_id = b.id OFFSET 0)

-- compare
SELECT r.source_key AS id, t.secret
  FROM ops.migration_row r JOIN identity.two_factor t ON t.user_id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
WITH gone AS (
	DELETE FROM identity.two_factor t USING batch b
	 WHERE t.user_id = b.target_id AND t.user_id NOT IN (SELECT k.user_id FROM ops.kept_users(10) k)
	RETURNING t.user_id)
UPDATE identity."user" u SET two_factor_enabled = false FROM gone g WHERE u.id = g.user_id

-- return
SELECT NULL::text AS statement, format('%s set up a second factor, which has to be set up again there', u.email) AS detail
  FROM identity.event e JOIN identity."user" u ON u.id = e.user_id
 WHERE e.at > ops.migration_end() AND e.action = 'two-factor.created'
   AND EXISTS (SELECT FROM ops.migration_row r WHERE r.migration_id = current_setting('migration.id')::bigint AND r.target_id = u.id)
 GROUP BY u.id
