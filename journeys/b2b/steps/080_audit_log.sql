-- Counts the audit entries of deals, which the history of opportunities shows

-- forward
SELECT ops.enter_chosen_organization();
INSERT INTO ops.migration_row (source_key, target_id)
SELECT 'deals', concat_ws(' ', coalesce(max(l.id), 0), count(*), coalesce(sum(hashtextextended(l::text, 0)::numeric), 0))
  FROM ops.audit_log l WHERE l.org_id = current_setting('app.org_id')::uuid AND l.table_name = 'deals'

-- reverse
SELECT 1
