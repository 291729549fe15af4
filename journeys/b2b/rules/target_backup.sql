-- Contacts and deals whose company is missing in the backup or differs from it, although no user has changed it
-- on: target

SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s
  JOIN ops.migration_step t ON t.migration_id = current_setting('migration.id')::bigint AND t.name = '020_backup' AND t.state = 'done',
	LATERAL (SELECT concat_ws(' ', r.source_key, coalesce(d.id::text, 'of ' || r.target_id)) AS key, 'is not as in the backup' AS detail
		  FROM ops.migration_row r,
			-- The transaction of a user may have begun before the run.
			ops.differs_from_copy(r.target_id, r.source_key::name, 'company_id', t.started_at - interval '1 minute') d
		 WHERE r.migration_id = t.migration_id AND r.step = t.step OFFSET 0) x
