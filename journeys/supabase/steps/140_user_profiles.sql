-- Imports the profiles of members
--
-- If a user has several profiles, only the first is imported.
-- source: public.users public.user_profiles

-- read
SELECT p.id, p.user_id, left(p.first_name, 500) AS first_name, left(p.last_name, 500) AS last_name, p.created_at, p.updated_at
  FROM public.user_profiles p
 WHERE NOT EXISTS (SELECT FROM public.user_profiles o WHERE o.user_id = p.user_id AND o.id < p.id)

-- reject
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s, batch b,
	LATERAL (SELECT b.id, 'its user is missing, or was left out' WHERE NOT EXISTS (SELECT FROM membership.users u
		WHERE u.org_id = s.org AND u.user_id IS NOT NULL AND u.id = membership.imported_user_id(b.user_id::text)) OFFSET 0) x

-- forward
SELECT ops.enter_migrated_organization('restoring');
WITH created AS (
	INSERT INTO membership.user_profiles (org_id, id, user_id, first_name, last_name, created_at, updated_at)
	SELECT u.org_id, membership.imported_id(b.id::text), u.user_id, b.first_name, b.last_name, b.created_at, b.updated_at
	  FROM batch b
	  JOIN membership.users u ON u.org_id = current_setting('app.org_id')::uuid AND u.id = membership.imported_user_id(b.user_id::text)
	ON CONFLICT DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT b.id, c.id FROM batch b JOIN created c ON c.id = membership.imported_id(b.id::text)

-- known
SELECT membership.known_rows('user_profiles')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).id) AS user_id, (w.t).first_name, (w.t).last_name, (w.t).created_at,
	(w.t).updated_at
  FROM membership.written_rows(NULL::membership.user_profiles) w

-- reverse
SELECT membership.remove_rows('user_profiles')

-- return
SELECT CASE WHEN r.source_key IS NOT NULL THEN ops.source_statement('UPDATE', 'public.user_profiles', json_build_object('id', r.source_key,
		'first_name', t.first_name, 'last_name', t.last_name)) END AS statement,
	format('the profile of %s %s was %s after the migration', t.first_name, t.last_name, CASE WHEN t.created_at > s.ended_at THEN 'created' ELSE 'changed' END) AS detail
  FROM (SELECT ops.enter_migrated_organization() AS org, ops.migration_end() AS ended_at OFFSET 0) s,
	LATERAL (SELECT t.* FROM membership.user_profiles t
		WHERE t.org_id = s.org AND greatest(t.created_at, t.updated_at) > s.ended_at OFFSET 0) t
  LEFT JOIN ops.migration_row r ON r.migration_id = current_setting('migration.id')::bigint
	AND r.step = current_setting('migration.step')::integer AND r.target_id = t.id::text
