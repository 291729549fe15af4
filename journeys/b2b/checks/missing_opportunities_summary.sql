-- The opportunities_summary view shows readers all columns of deals, with the permissions of the reader
-- kind: blocker
-- on: target

WITH view AS (
	SELECT to_regclass('crm.opportunities_summary') AS oid),
expected AS (
	SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'crm.deals'::regclass AND a.attnum > 0 AND NOT a.attisdropped
	   AND a.attname <> 'org_id'
	UNION SELECT unnest('{pipeline_id,outcome,probability_is_manual,weighted_amount}'::name[]))
SELECT 'crm.opportunities_summary', x.found || '; see "tenantry schema verify"'
  FROM view v, LATERAL (SELECT 'the view is missing' AS found WHERE v.oid IS NULL
	UNION ALL SELECT 'it has no column ' || string_agg(e.attname, ', ' ORDER BY e.attname) FROM expected e
	 WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = v.oid AND a.attname = e.attname AND NOT a.attisdropped)
	 HAVING v.oid IS NOT NULL AND count(*) > 0
	UNION ALL SELECT 'it reads with the rights of its owner, without security_invoker' FROM pg_class c
	 WHERE c.oid = v.oid AND NOT coalesce(c.reloptions && '{security_invoker=true,security_invoker=on}', false)
	UNION ALL SELECT format('%s may read deals, and not the view', r.rolname) FROM pg_roles r
	 WHERE r.rolname IN ('tenantry_app', 'tenantry_mcp', 'tenantry_mcp_writer') AND v.oid IS NOT NULL
	   AND has_table_privilege(r.oid, 'crm.deals', 'SELECT') AND NOT has_table_privilege(r.oid, v.oid, 'SELECT')) x
 ORDER BY 2
