-- Imports passwords and accounts at providers
--
-- Scrypt and bcrypt hashes remain valid. A user with a different hash gets an account without a password, and sets one
-- with "forgot password". A linked user keeps the password in Tenantry.
-- source: public.account public."user"
-- secret: password
-- carried: user_read

-- read
SELECT a.id COLLATE "C" AS id, a.account_id AS subject, a.provider_id AS provider, a.user_id,
	coalesce(nullif(a.issuer, ''), CASE WHEN a.provider_id = 'google' THEN 'https://accounts.google.com' END) AS issuer, a.scope,
	CASE WHEN a.password ~ '^([0-9a-f]{32}:[0-9a-f]{128}|\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31})$'
		THEN a.password END AS password,
	coalesce(a.created_at, a.updated_at, 'epoch') AS created_at, coalesce(a.updated_at, a.created_at, 'epoch') AS updated_at,
	EXISTS (SELECT FROM public."user" w WHERE w.id = a.user_id AND w.email <> '') AS user_read
  FROM public.account a

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.user_id) OFFSET 0)
    OR NOT b.user_read OR ops.migration_rejected('030_users', b.user_id)
UNION ALL
SELECT b.id, 'it has no subject of the provider' FROM batch b WHERE coalesce(b.subject, '') = ''
UNION ALL
SELECT b.id, format('another user has the account %s of %s', b.subject, b.provider)
  FROM batch b
 CROSS JOIN LATERAL (SELECT a.user_id FROM identity.account a
	WHERE a.provider_id = b.provider AND a.account_id = b.subject OFFSET 0) a
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE a.user_id <> coalesce(i.user_id, b.user_id)

-- forward
SELECT set_config('app.importing', 'on', true);
WITH created AS (
	INSERT INTO identity.account (id, account_id, provider_id, issuer, user_id, scope, password, created_at, updated_at)
	SELECT b.id, b.subject, b.provider, b.issuer, coalesce(i.user_id, b.user_id), b.scope, b.password, b.created_at, b.updated_at
	  FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	 WHERE i.source_id IS NULL OR b.provider <> 'credential'
	ON CONFLICT (provider_id, account_id) DO NOTHING
	RETURNING id, user_id, provider_id, account_id),
logged AS (
	INSERT INTO identity.event (user_id, action, data)
	SELECT c.user_id, CASE c.provider_id WHEN 'credential' THEN 'password.set' ELSE 'account.linked' END,
		CASE WHEN c.provider_id <> 'credential' THEN json_build_object('provider', c.provider_id, 'account', left(c.account_id, 500)) END
	  FROM created c)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
SELECT b.id FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE i.source_id IS NOT NULL AND b.provider = 'credential'
    OR EXISTS (SELECT FROM identity.account a WHERE a.provider_id = b.provider AND a.account_id = b.subject
	AND a.user_id = coalesce(i.user_id, b.user_id) OFFSET 0)

-- compare
SELECT r.source_key AS id, x.account_id AS subject, x.provider_id AS provider,
	coalesce((SELECT min(i.source_id) FROM identity.imported_user i WHERE i.user_id = x.user_id), x.user_id) AS user_id,
	x.issuer, x.scope, x.password, x.created_at, x.updated_at
  FROM ops.migration_row r JOIN identity.account x ON x.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
SELECT set_config('app.importing', 'on', true);
WITH gone AS (
	DELETE FROM identity.account a USING batch b
	 WHERE a.id = b.target_id AND a.user_id NOT IN (SELECT k.user_id FROM ops.kept_users(10) k)
	RETURNING a.user_id, a.provider_id, a.account_id)
DELETE FROM identity.event e USING gone g
 WHERE e.user_id = g.user_id AND e.action = 'account.linked'
   AND e.data->>'provider' = g.provider_id AND e.data->>'account' = left(g.account_id, 500)
   AND e.at BETWEEN (SELECT m.started_at FROM ops.migration m WHERE m.id = current_setting('migration.id')::bigint)
	AND ops.migration_end()

-- return
WITH written AS (
	SELECT r.target_id AS id FROM ops.migration_row r
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer),
person AS (
	SELECT r.target_id AS id FROM ops.migration_row r WHERE r.migration_id = current_setting('migration.id')::bigint
	   AND r.step = (SELECT s.step FROM ops.migration_step s WHERE s.migration_id = r.migration_id AND s.name = '030_users'))
SELECT ops.source_statement('UPDATE', 'public.account', json_build_object('id', a.id, 'password', a.password, 'updated_at', a.updated_at)) AS statement,
	format('%s has a new password', u.email) AS detail
  FROM identity.account a JOIN identity."user" u ON u.id = a.user_id
 WHERE a.id IN (SELECT w.id FROM written w) AND a.provider_id = 'credential'
   AND EXISTS (SELECT FROM identity.event e WHERE e.user_id = a.user_id AND e.at > ops.migration_end()
	AND e.action IN ('password.changed', 'password.reset', 'password.set'))
UNION ALL
SELECT ops.source_statement('INSERT', 'public.account', json_build_object('id', a.id, 'account_id', a.account_id, 'provider_id', a.provider_id,
		'user_id', a.user_id, 'issuer', a.issuer, 'scope', a.scope, 'password', a.password, 'created_at', a.created_at, 'updated_at', a.updated_at)),
	format('%s has a new account of %s', u.email, a.provider_id)
  FROM identity.account a JOIN identity."user" u ON u.id = a.user_id
 WHERE a.created_at > ops.migration_end() AND a.user_id IN (SELECT p.id FROM person p) AND a.id NOT IN (SELECT w.id FROM written w)
