-- Principals are checked by the validate_principal_organization trigger, and no CHECK depends on other rows
--
-- A CHECK cannot have a subquery. A CHECK that calls a function that reads tables is accepted, but holds only until
-- these tables change, regardless of the declared volatility. Tenantry's functions that read no tables are allowed.
-- kind: blocker
-- on: target

SELECT format('%s of %s', k.conname, k.conrelid::regclass), format('the CHECK calls %s, which may read other rows; drop it, the '
		'trigger crm.validate_principal_organization() checks principals', p.oid::regprocedure)
  FROM pg_constraint k
  JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid = 'pg_proc'::regclass
  JOIN pg_proc p ON p.oid = d.refobjid
  JOIN pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
 WHERE k.contype = 'c' AND p.oid::regprocedure::text <> ALL ('{ops.is_safe_link(text),ops.has_safe_links(jsonb)}')
   AND (k.conrelid = 'crm.deals'::regclass OR k.conrelid IN (SELECT g.polrelid FROM pg_policy g WHERE g.polname = 'module_b2b'))
UNION ALL
SELECT format('crm.%s', x.name), CASE WHEN to_regclass('crm.' || x.name) IS NULL THEN 'the table is missing'
		ELSE 'the trigger crm.validate_principal_organization() is missing or disabled' END || '; see "tenantry schema verify"'
  FROM unnest('{products,price_lists,distributor_terms}'::text[]) x (name)
 WHERE ops.runs_trigger(to_regclass('crm.' || x.name), 'crm.validate_principal_organization') IS NOT TRUE
ORDER BY 1
