-- The plan names an organization
-- kind: blocker
-- on: target

SELECT coalesce(nullif(current_setting('migration.organization'), ''), 'organization'), format('there is no such organization;'
		' write the slug or the ID of one into the plan, such as %s', (SELECT string_agg(x.slug, ', ') FROM (
			SELECT o.slug FROM identity.organization o WHERE o.deleted_at IS NULL AND NOT o.modules @> '{b2b}'
			ORDER BY o.created_at DESC, o.id LIMIT 5) x))
 WHERE ops.chosen_organization() IS NULL
