-- All tables of the module and deals have row security with the policies that it needs
--
-- Without row security, other organizations see the rows. Without a permissive policy, nobody sees them.
-- kind: blocker
-- on: target

WITH expected AS (
	SELECT 'deals' AS name, 'tenant may_be_in' AS guards, true AS by_role
	UNION ALL SELECT r.name, 'tenant module_b2b', true FROM identity.resource r WHERE r.module = 'b2b' AND r.same_as IS NULL
	UNION ALL SELECT x, 'tenant module_b2b', false FROM unnest('{pipelines,pipeline_stages}'::text[]) x),
policies AS (
	SELECT e.name, c.oid, c.relrowsecurity AND c.relforcerowsecurity AS forced, w.policy, w.policy IN ('members', 'readers') AS permissive
	  FROM expected e LEFT JOIN pg_class c ON c.oid = to_regclass('crm.' || e.name),
		unnest(string_to_array(e.guards, ' ') || CASE WHEN e.by_role
			THEN '{members,may_read,may_create,may_update,may_delete}'::text[] ELSE '{readers}' END) w (policy))
SELECT 'crm.' || p.name, CASE WHEN p.oid IS NULL THEN 'the table is missing' WHEN NOT p.forced THEN 'row security is off, or not forced'
		ELSE 'it has no policy ' || string_agg(p.policy, ', ' ORDER BY p.policy) END || '; see "tenantry schema verify"'
  FROM policies p
 WHERE p.oid IS NULL OR NOT p.forced OR NOT EXISTS (SELECT FROM pg_policy g
	WHERE g.polrelid = p.oid AND g.polname = p.policy AND g.polpermissive = p.permissive
	  AND (SELECT r.oid FROM pg_roles r WHERE r.rolname = 'tenantry_app') = ANY (g.polroles))
 GROUP BY p.name, p.oid, p.forced ORDER BY 1
