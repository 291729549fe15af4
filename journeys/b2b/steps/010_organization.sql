-- Records the ID of the organization, so that its slug may change from now on
-- source: identity.organization

-- read
SELECT o.id, o.name
  FROM identity.organization o
 WHERE o.id = (SELECT ops.chosen_organization())

-- forward
INSERT INTO ops.migration_row (source_key, target_id) SELECT b.id, b.id FROM batch b

-- compare
SELECT o.id, o.name
  FROM ops.migration_row r JOIN identity.organization o ON o.id = r.target_id::uuid
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- verify
SELECT 'there is no such organization' WHERE ops.chosen_organization() IS NULL

-- reverse
SELECT 1
