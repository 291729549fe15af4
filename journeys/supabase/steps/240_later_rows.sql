-- Records that a rollback deletes all rows of the module, because this run has switched it on
--
-- A rollback reverses this step first, because rows that were written later may refer to imported rows.
-- source: public.users public.user_profiles

-- forward
INSERT INTO ops.migration_row (source_key, target_id)
SELECT r.source_key, r.target_id FROM ops.migration_row r
  JOIN ops.migration_step s ON s.migration_id = r.migration_id AND s.step = r.step AND s.name = '150_module'
 WHERE r.migration_id = current_setting('migration.id')::bigint

-- reverse
SELECT membership.remove_later_rows(b.target_id::uuid) FROM batch b
