-- Counts the audit entries of deals, which the history of opportunities shows
--
-- A transaction may get its number early and commit late. Only entries of transactions that began before the oldest
-- running transaction are counted, because no further entries of them can appear.

-- forward
SELECT ops.enter_chosen_organization();
INSERT INTO ops.migration_row (source_key, target_id)
SELECT 'deals', concat_ws(' ', h.horizon, coalesce(max(l.id), 0), count(l.id), coalesce(sum(hashtextextended(l::text, 0)::numeric), 0))
  FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) h
  LEFT JOIN ops.audit_log l ON l.org_id = current_setting('app.org_id')::uuid AND l.table_name = 'deals'
	AND (l.xid IS NULL OR l.xid < h.horizon)
 GROUP BY h.horizon

-- reverse
SELECT 1
