-- Audit entries of deals that have changed, or that are missing in the history of the opportunity
--
-- The history is compared for the 200 opportunities with the newest entries.
-- on: target

SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT 'audit log' AS key, format('had %s entries of deals, and has %s', split_part(r.target_id, ' ', 3), n.entries) AS detail
		  FROM ops.migration_row r JOIN ops.migration_step t ON t.migration_id = r.migration_id AND t.step = r.step AND t.name = '070_audit_log',
			LATERAL (SELECT count(*) AS entries, coalesce(sum(hashtextextended(l::text, 0)::numeric), 0) AS sum FROM ops.audit_log l
				WHERE l.org_id = s.org AND l.table_name = 'deals' AND l.id <= split_part(r.target_id, ' ', 2)::bigint
				  AND (l.xid IS NULL OR l.xid < split_part(r.target_id, ' ', 1)::xid8)) n
		 WHERE r.migration_id = current_setting('migration.id')::bigint
		   AND concat_ws(' ', n.entries, n.sum) <> substring(r.target_id FROM '[0-9]+ [0-9-]+$')
		UNION ALL SELECT 'opportunity ' || d.row_id, format('has %s entries, and its history %s', d.entries, json_array_length(h.history))
		  FROM (SELECT l.row_id, count(*) AS entries, (array_agg(l.new->>'name' ORDER BY l.id) FILTER (WHERE l.action = 'insert'))[1] AS name
			  FROM ops.audit_log l WHERE l.org_id = s.org AND l.table_name = 'deals'
			GROUP BY l.row_id ORDER BY max(l.id) DESC LIMIT 200) d
		 CROSS JOIN LATERAL (SELECT crm.audited_history('crm.deals', d.row_id::bigint, ARRAY(SELECT a.attname::text FROM pg_attribute a
				WHERE a.attrelid = 'crm.opportunities_summary'::regclass AND a.attnum > 0 AND NOT a.attisdropped), NULL, 1000000)::json
				AS history OFFSET 0) h
		 WHERE json_array_length(h.history) <> d.entries
		    OR d.name <> ALL (ARRAY(SELECT e->'changes'->'name'->>'new' FROM json_array_elements(h.history) e
			WHERE e->>'action' = 'insert')) OFFSET 0) x
