-- Imports the members of teams
-- source: public."teamMember" public.team public."user"
-- carried: user_read

-- read
SELECT m.id COLLATE "C" AS id, m.team_id, m.user_id, coalesce(m.created_at, 'epoch') AS created_at,
	EXISTS (SELECT FROM public."user" w WHERE w.id = m.user_id AND w.email <> '') AS user_read
  FROM public."teamMember" m

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.user_id) OFFSET 0)
    OR NOT b.user_read OR ops.migration_rejected('030_users', b.user_id)
UNION ALL
SELECT b.id, 'its team was left out' FROM batch b WHERE ops.migration_rejected('100_teams', b.team_id)
UNION ALL
SELECT b.id, 'its user is not a member of the organization of the team' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE NOT EXISTS (SELECT FROM identity.team t JOIN identity.organization_member m ON m.organization_id = t.organization_id
	WHERE t.id = b.team_id AND m.user_id = coalesce(i.user_id, b.user_id))

-- forward
WITH created AS (
	INSERT INTO identity.team_member (id, organization_id, team_id, user_id, created_at)
	SELECT b.id, t.organization_id, t.id, coalesce(i.user_id, b.user_id), b.created_at
	  FROM batch b JOIN identity.team t ON t.id = b.team_id
	  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	ON CONFLICT DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
SELECT b.id FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
  JOIN identity.team_member m ON m.team_id = b.team_id AND m.user_id = coalesce(i.user_id, b.user_id)

-- compare
SELECT r.source_key AS id, x.team_id, coalesce((SELECT min(i.source_id) FROM identity.imported_user i WHERE i.user_id = x.user_id), x.user_id) AS user_id, x.created_at
  FROM ops.migration_row r JOIN identity.team_member x ON x.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
DELETE FROM identity.team_member m USING batch b WHERE m.id = b.target_id
