-- Switches the membership module on, which creates the missing profiles of members
--
-- source: public.users public.user_profiles

-- forward
WITH switched AS (
	UPDATE identity.organization o SET modules = o.modules || '{membership}'
	 WHERE o.id = ops.enter_migrated_organization() AND NOT o.modules @> '{membership}'
	RETURNING o.id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT 'membership', s.id FROM switched s

-- verify
SELECT format('%s members have no profile', count(*)) FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT FROM identity.organization_member m WHERE m.organization_id = s.org
		AND NOT EXISTS (SELECT FROM membership.user_profiles p WHERE p.org_id = s.org AND p.user_id = m.user_id) OFFSET 0) x
HAVING count(*) > 0

-- reverse
SELECT ops.enter_organization(b.target_id::uuid, 'purging') FROM batch b;
DELETE FROM membership.user_profiles p USING batch b
 WHERE p.org_id = b.target_id::uuid AND p.id::text NOT IN (SELECT r.target_id FROM ops.migration_row r
	WHERE r.migration_id = current_setting('migration.id')::bigint AND r.target_id IS NOT NULL);
UPDATE identity.organization o SET modules = array_remove(o.modules, 'membership') FROM batch b WHERE o.id = b.target_id::uuid
