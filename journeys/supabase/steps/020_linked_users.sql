-- Links users to the existing users with their addresses
--
-- This happens only if the plan says so and both systems have verified the address. Otherwise, somebody could become
-- another user by entering that user's address in the source.
-- source: auth.users

-- read
SELECT u.id, lower(u.email) AS email
  FROM auth.users u
 WHERE current_setting('migration.existing_addresses') = 'link'
   AND u.deleted_at IS NULL AND u.email <> '' AND u.email_confirmed_at IS NOT NULL
   -- If several users have the same address, only the oldest user is linked.
   AND NOT EXISTS (SELECT FROM auth.users o
	WHERE lower(o.email) = lower(u.email) AND o.id <> u.id AND o.deleted_at IS NULL
	  AND (coalesce(o.created_at, 'epoch'), o.id) < (coalesce(u.created_at, 'epoch'), u.id))

-- forward
WITH linked AS (
	INSERT INTO identity.imported_user (source_id, user_id)
	SELECT b.id::text, u.id FROM batch b JOIN identity."user" u ON u.email = b.email
	 WHERE u.email_verified AND u.id <> b.id::text
	ON CONFLICT DO NOTHING
	RETURNING source_id, user_id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT l.source_id, l.user_id FROM linked l

-- known
-- Users who were linked before, or for whom no existing user can be linked.
SELECT b.id FROM batch b
 WHERE EXISTS (SELECT FROM identity.imported_user i WHERE i.source_id = b.id::text)
    OR NOT EXISTS (SELECT FROM identity."user" u
	WHERE u.email = b.email AND u.email_verified AND u.id <> b.id::text
	  AND NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.user_id = u.id))

-- compare
SELECT r.source_key AS id, u.email
  FROM ops.migration_row r
  JOIN identity.imported_user i ON i.source_id = r.source_key
  JOIN identity."user" u ON u.id = i.user_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
DELETE FROM identity.imported_user i USING batch b WHERE i.source_id = b.source_key
