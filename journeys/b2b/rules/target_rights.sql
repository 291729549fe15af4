-- Roles with different permissions for opportunities than for deals
--
-- The current roles are compared. They may have changed since the run.
-- on: target

SELECT 'role ' || n.role AS key, format('may do %s with deals, and %s with opportunities', n.deals, n.opportunities) AS detail
  FROM (SELECT ops.enter_chosen_organization() AS org
	  FROM ops.migration_step t
	 WHERE t.migration_id = current_setting('migration.id')::bigint AND t.name = '060_rights' AND t.state = 'done' OFFSET 0) s
 CROSS JOIN LATERAL (SELECT x.role, ops.scopes_of(s.org, x.role, 'deals') AS deals, ops.scopes_of(s.org, x.role, 'opportunities') AS opportunities
	  FROM (SELECT unnest('{owner,admin,member,viewer,portal}'::text[])
		UNION SELECT o.role FROM identity.organization_role o WHERE o.organization_id = s.org) x (role) OFFSET 0) n
 WHERE n.deals <> n.opportunities
